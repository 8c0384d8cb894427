"""``boundary``: lines and stakes against what the record and the neighbour say."""

import dataclasses
import datetime as dt
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from commands.options import AsOf, Json, Profile, day_of
from commands.terminal import print_figures, stderr, steps, warn
from coverage.network import Network
from coverage.network_store import open_network
from coverage.prepared import prepare
from coverage.request import Parameters, Request
from coverage.searched import search
from coverage.service_area import areas_per_facility
from coverage.study import network_of
from demarcation import check as boundary_check
from demarcation.check import Checked
from demarcation.finding import SEVERITIES
from demarcation.rules import load_rules
from demarcation.study import study_of
from geo import messages
from geo.errors import RequestError
from geo.sniff import file_sha256
from geo.write import atomic_folder
from layers.export_log import Export, log_export
from layers.layer import Layer, Origin
from layers.read import read_layer
from layers.workspace import Workspace, open_workspace
from reports.boundary_files import BOUNDARY_FILES, check_public, write_boundary

__all__ = ["check_workspace", "register"]

Progress = Callable[[str, float], None]

#: Kind of layer that each option reads; in the order of the command.
KINDS: Mapping[str, str] = {
    "lines": "lines",
    "stakes": "stakes",
    "units": "units",
    "lines_other": "lines",
    "features": "place_names",
    "facilities": "facilities",
    "projects": "projects",
    "disputes": "disputes",
    "inspections": "inspections",
    "descriptions": "descriptions",
    "stakes_before": "stakes",
}
#: Service areas across a line are those of so many minutes.
MINUTES = 15.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("boundary")(_boundary)


def _boundary(
    out: Annotated[Path, typer.Option("--out", help="Folder for the result.")],
    lines: Annotated[Path | None, typer.Option("--lines", help="Boundary lines.")] = None,
    stakes: Annotated[Path | None, typer.Option("--stakes", help="Table of stakes.")] = None,
    workspace: Annotated[
        Path | None, typer.Option("--workspace", help="Its layers, instead of --lines and --stakes.")
    ] = None,
    units: Annotated[Path | None, typer.Option("--units", help="Units of both sides: polygons, or codes.")] = None,
    lines_other: Annotated[
        Path | None, typer.Option("--lines-other", help="The neighbour's edition of the lines.")
    ] = None,
    features: Annotated[
        Path | None, typer.Option("--features", help="Today's rivers and roads, by name or kind.")
    ] = None,
    facilities: Annotated[Path | None, typer.Option("--facilities", help="Facilities: points.")] = None,
    projects: Annotated[Path | None, typer.Option("--projects", help="Red lines of projects.")] = None,
    disputes: Annotated[Path | None, typer.Option("--disputes", help="Register of disputes.")] = None,
    roads: Annotated[
        Path | None, typer.Option("--roads", help="Roads: with facilities, for service areas across a line.")
    ] = None,
    inspections: Annotated[Path | None, typer.Option("--inspections", help="Log of joint inspections.")] = None,
    descriptions: Annotated[Path | None, typer.Option("--descriptions", help="边界线走向说明, by line.")] = None,
    stakes_before: Annotated[
        Path | None, typer.Option("--stakes-before", help="The stakes at an earlier survey.")
    ] = None,
    rules: Annotated[Path | None, typer.Option("--rules", help="TOML with tolerances of your own.")] = None,
    profile: Profile = "elder",
    public: Annotated[bool, typer.Option("--public", help="Counts only: no stakes, no places, no disputes.")] = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Check boundary lines and stakes; it reports and moves nothing."""
    started = time.monotonic()
    if (workspace is None) == (lines is None or stakes is None) or (workspace and (lines or stakes)):
        raise RequestError("boundary_needs_input")
    files = {
        "lines": lines, "stakes": stakes, "units": units, "lines_other": lines_other, "features": features,
        "facilities": facilities, "projects": projects, "disputes": disputes, "inspections": inspections,
        "descriptions": descriptions, "stakes_before": stakes_before,
    }  # fmt: skip
    study = open_workspace(workspace) if workspace else None
    day = day_of(as_of) if as_of or study is None else study.as_of
    with steps() as tell, atomic_folder(out, ours=BOUNDARY_FILES) as folder:
        tell("read", 0.0)
        job = _read(files, study, day, rules)
        if public:
            check_public(job.inputs)
        if "facilities" in job.layers:
            network = _network(roads, study, tell)
            job = job if network is None else job.with_areas(network, profile, tell)
        checked = job.check(tell)
        summary = job.write(checked, folder, public=public, seconds=round(time.monotonic() - started, 3))
        if study is not None:
            _log(study, folder, out.resolve().name, checked, summary)
    _tell(job.inputs, checked)
    print_figures(summary if as_json else _short(summary), as_json=as_json)


@dataclasses.dataclass(frozen=True)
class _Job:
    """What was read for the checks.

    Parameters
    ----------
    layers
        By option.
    day
        That decides what is due.
    rules
        The user's own file of tolerances.
    areas, roads
        Service areas of the facilities, and what they were computed on.
    parameters
        What decided them.
    """

    layers: Mapping[str, Layer]
    day: dt.date
    rules: Path | None = None
    areas: Layer | None = None
    roads: Origin | None = None
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def inputs(self) -> dict[str, Layer | Origin]:
        """All inputs by option."""
        return {**self.layers, **({} if self.roads is None else {"roads": self.roads})}

    def with_areas(self, network: Network, profile: str, tell: Progress) -> "_Job":
        """The same with the service area of each facility that is open on the day."""
        tell("areas", 0.2)
        parameters = Parameters(profile=profile, minutes=(MINUTES,), report_minutes=MINUTES, as_of=self.day)
        sites = self.layers["facilities"]
        # Nobody asks about people here: the facilities stand where a request has them.
        request = Request(network, sites, dataclasses.replace(sites, kind="demand"), None, parameters)
        found = areas_per_facility(search(request, prepare(request)).field, (MINUTES,))
        areas = dataclasses.replace(sites, frame=found.drop(columns="slivers"))
        said = {"profile": profile, "minutes": MINUTES}
        return dataclasses.replace(self, areas=areas, roads=network.source, parameters=said)

    def check(self, tell: Progress) -> Checked:
        """Run every check that has what it needs."""
        rules = load_rules(self.rules)
        said = {name: layer for name, layer in self.layers.items() if name not in ("lines", "stakes", "lines_other")}
        study = study_of(
            self.layers["lines"], self.layers["stakes"], rules, self.day,
            other_lines=self.layers.get("lines_other"), areas=self.areas, **said,
        )  # fmt: skip
        return boundary_check.run(study, rules, tell)

    def write(self, checked: Checked, folder: Path, *, public: bool, seconds: float) -> dict[str, Any]:
        """Write the files of the contract; the summary."""
        return write_boundary(checked, self.inputs, folder, parameters=self.parameters, public=public, seconds=seconds)


def check_workspace(
    study: Workspace, folder: Path, tell: Progress, network: Network | None = None
) -> tuple[Checked, dict[str, Any]]:
    """Check the lines and stakes of a workspace into a folder, on its own day.

    Parameters
    ----------
    study
        Has lines and stakes.
    folder
        Exists and is empty.
    tell
        Told where the work is.
    network
        Of its roads, for service areas; None: without them.

    Returns
    -------
    tuple
        What the checks found, and what the summary says.
    """
    started = time.monotonic()
    job = _read({}, study, study.as_of, None)
    if network is not None and "facilities" in job.layers:
        job = job.with_areas(network, "elder", tell)
    checked = job.check(tell)
    return checked, job.write(checked, folder, public=False, seconds=round(time.monotonic() - started, 3))


def _read(files: Mapping[str, Path | None], study: Workspace | None, day: dt.date, rules: Path | None) -> _Job:
    """All layers, of the files and else of the workspace; what a file gives goes before the workspace."""
    layers = {}
    for name, kind in KINDS.items():
        file = files.get(name)
        if file is not None:
            layers[name] = read_layer(file, kind)
        elif study is not None and name == kind and (found := study.read(kind)) is not None:
            layers[name] = found
    if not {"lines", "stakes"} <= set(layers):
        raise RequestError("boundary_needs_input")
    return _Job(layers, day, rules)


def _network(roads: Path | None, study: Workspace | None, tell: Progress) -> Network | None:
    if roads is not None:
        return open_network(roads, progress=tell)
    return network_of(study) if study is not None and study.entry("roads") is not None else None


def _log(study: Workspace, folder: Path, name: str, checked: Checked, summary: Mapping[str, Any]) -> None:
    digest = file_sha256(sorted(file for file in folder.rglob("*") if file.is_file()))
    public = bool(summary["parameters"]["public"])
    rows = len(checked.findings) + len(checked.bench.study.stakes)
    log_export(study.path, Export("boundary", name, summary["level"], public=public, rows=rows, sha256=digest))


def _tell(inputs: Mapping[str, Layer | Origin], checked: Checked) -> None:
    """Warnings of the inputs, and what did not run, on stderr."""
    for layer in inputs.values():
        warn(layer)
    for check, reason in checked.not_run.items():
        stderr.print(f"{check} not_run: {messages.text(reason)[0]}")


def _short(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Figures for people: the counts of the checks that found something."""
    found = {check: count for check, count in summary["checks"].items() if any(count.values())}
    told = {check: ", ".join(f"{name} {count[name]}" for name in SEVERITIES if count[name])
            for check, count in found.items()}  # fmt: skip
    return {name: summary[name] for name in ("lines", "stakes", "length_km", "level", "seconds")} | told
