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
from coverage.request import Parameters, Request
from coverage.result import Result
from coverage.run import run as run_coverage
from coverage.study import network_of, study_units
from demarcation import check as boundary_check
from demarcation.check import Checked
from demarcation.finding import SEVERITIES
from demarcation.model import ServedAcross
from demarcation.read import lines_of
from demarcation.records import Records
from demarcation.rules import load_rules
from demarcation.served_across import people_across, service_areas
from demarcation.study import study_of
from geo import messages
from geo.errors import DataError, RequestError
from geo.sniff import file_sha256
from geo.write import atomic_folder
from layers import levels
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
    "features": "features",
    "facilities": "facilities",
    "projects": "projects",
    "disputes": "disputes",
    "inspections": "inspections",
    "descriptions": "descriptions",
    "stakes_before": "stakes",
}
#: What :func:`demarcation.study.study_of` calls them otherwise.
_STUDY_NAMES = {"lines_other": "other_lines"}
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
        Path | None, typer.Option("--features", help="Centre lines of today's rivers and roads.")
    ] = None,
    facilities: Annotated[Path | None, typer.Option("--facilities", help="Facilities: points.")] = None,
    projects: Annotated[Path | None, typer.Option("--projects", help="Red lines of projects.")] = None,
    disputes: Annotated[Path | None, typer.Option("--disputes", help="Register of disputes.")] = None,
    roads: Annotated[
        Path | None, typer.Option("--roads", help="Roads: with facilities, for service areas across a line.")
    ] = None,
    demand: Annotated[
        Path | None, typer.Option("--demand", help="People: with roads, facilities and units, those served across.")
    ] = None,
    inspections: Annotated[Path | None, typer.Option("--inspections", help="Log of joint inspections.")] = None,
    descriptions: Annotated[Path | None, typer.Option("--descriptions", help="边界线走向说明, by line.")] = None,
    stakes_before: Annotated[Path | None, typer.Option("--stakes-before", help="An earlier survey.")] = None,
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
    if study is None:
        _check_together(roads, demand, facilities, units)
    day = day_of(as_of) if as_of or study is None else study.as_of
    with steps() as tell, atomic_folder(out, ours=BOUNDARY_FILES) as folder:
        tell("read", 0.0)
        job = _read(files, study, day, rules)
        if public:
            check_public(job.inputs)
        if "facilities" in job.layers:
            network = _network(roads, study, tell)
            job = job if network is None else _across(job, network, profile, demand, tell)
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
    workspace
        Whose records count.
    areas, served
        Service areas of the facilities, and people served across each line.
    more
        Further inputs: roads, people.
    parameters
        What decided areas and people.
    """

    layers: Mapping[str, Layer]
    day: dt.date
    rules: Path | None = None
    workspace: Workspace | None = None
    areas: Layer | None = None
    served: Mapping[str, ServedAcross] | None = None
    more: Mapping[str, Layer | Origin] = dataclasses.field(default_factory=dict)
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def inputs(self) -> dict[str, Layer | Origin]:
        """All inputs by option."""
        return {**self.layers, **self.more}

    def with_areas(self, network: Network, profile: str, tell: Progress) -> "_Job":
        """The same with the service area of each facility that is open on the day, of the kinds of the study."""
        tell("areas", 0.2)
        kinds = () if self.workspace is None else self.workspace.study.kinds
        asked = Parameters(profile=profile, minutes=(MINUTES,), report_minutes=MINUTES, kinds=kinds, as_of=self.day)
        areas = service_areas(network, self.layers["facilities"], asked)
        said = {"profile": profile, "minutes": MINUTES, "kinds": list(kinds)}
        return dataclasses.replace(self, areas=areas, more={**self.more, "roads": network.source}, parameters=said)

    def with_people(self, result: Result) -> "_Job":
        """The same with the people whose nearest facility is on the other side of a line."""
        served = people_across(result, lines_of(self.layers["lines"]), self.layers["units"])
        return dataclasses.replace(self, served=served, more={**self.more, "demand": result.request.demand})

    def check(self, tell: Progress) -> Checked:
        """Run every check that has what it needs."""
        rules = load_rules(self.rules)
        given = {_STUDY_NAMES.get(name, name): layer for name, layer in self.layers.items()}
        study = study_of(given.pop("lines"), given.pop("stakes"), rules, self.day, areas=self.areas, **given)
        entered = None if self.workspace is None else Records.open(self.workspace.path).read()
        return boundary_check.run(dataclasses.replace(study, served=self.served, records=entered), rules, tell)

    def write(self, checked: Checked, folder: Path, *, public: bool, seconds: float) -> dict[str, Any]:
        """Write the files of the contract; the summary."""
        return write_boundary(checked, self.inputs, folder, parameters=self.parameters, public=public, seconds=seconds)


def check_workspace(study: Workspace, result: Result, folder: Path, tell: Progress) -> Checked:
    """Check the lines and stakes of a workspace into a folder, on its own day.

    Parameters
    ----------
    study
        Has lines, stakes and units.
    result
        Of coverage on the same workspace: its roads and people tell what goes across the lines.
    folder
        Exists and is empty.
    tell
        Told where the work is.
    """
    started = time.monotonic()
    job = _read({}, study, study.as_of, None).with_people(result)
    job = job.with_areas(result.request.network, result.request.parameters.profile, tell)
    checked = job.check(tell)
    job.write(checked, folder, public=False, seconds=round(time.monotonic() - started, 3))
    return checked


def _read(files: Mapping[str, Path | None], study: Workspace | None, day: dt.date, rules: Path | None) -> _Job:
    """All layers, of the files and else of the workspace; what a file gives goes before the workspace."""
    layers = {}
    for name, kind in KINDS.items():
        file = files.get(name)
        if file is not None:
            layers[name] = read_layer(file, kind)
        elif study is not None and name == kind and (found := study.read(kind)) is not None:
            layers[name] = found
    for kind in ("lines", "stakes"):
        if study is not None and kind not in layers:
            raise DataError("workspace_lacks_layer", kind=kind, name=study.name)
    return _Job(layers, day, rules, study)


def _network(roads: Path | None, study: Workspace | None, tell: Progress) -> Network | None:
    if roads is not None:
        return open_network(roads, progress=tell)
    return network_of(study) if study is not None and study.entry("roads") is not None else None


def _check_together(roads: Path | None, demand: Path | None, facilities: Path | None, units: Path | None) -> None:
    """Refuse a file that nothing would be made of."""
    if roads and not facilities:
        raise RequestError("boundary_option_alone", given="--roads", needs="--facilities")
    if demand and not (roads and units):
        raise RequestError("boundary_option_alone", given="--demand", needs="--roads, --facilities, --units")


def _across(job: _Job, network: Network, profile: str, demand: Path | None, tell: Progress) -> _Job:
    """The job with service areas, and with people where there are people and units."""
    job = job.with_areas(network, profile, tell)
    study, units = job.workspace, job.layers.get("units")
    people = read_layer(demand, "demand") if demand else None if study is None else study.read("demand")
    if people is None or units is None:
        return job
    own = study_units(study) if study is not None and study.entry("units") else levels.study_units(units, job.day)
    asked = Parameters(profile=profile, minutes=(MINUTES,), as_of=job.day, kinds=tuple(job.parameters["kinds"]),
                       weight=None if study is None else study.study.weight or None)  # fmt: skip
    return job.with_people(run_coverage(Request(network, job.layers["facilities"], people, own, asked), progress=tell))


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
