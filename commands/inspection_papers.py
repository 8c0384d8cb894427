"""Papers of ``inspection``: the package for the field, registers, drafts for Word, photos. Each export is logged."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from commands.options import AsOf, Json, day_of, parts_of
from commands.terminal import print_figures, say, steps
from coverage.network import Network
from coverage.network_store import open_network
from coverage.study import network_of
from demarcation.book import Book
from demarcation.check import Checked, run
from demarcation.field_route import MAX_WALK_M, STAKE_MINUTES, FieldRoute, field_route
from demarcation.inspection import Due, due_list, progress
from demarcation.photos import clean_copy
from demarcation.records import Records
from demarcation.rules import load_rules
from demarcation.study import study_of
from geo.errors import RequestError
from geo.findings import Finding
from geo.messages import language
from geo.sniff import file_sha256
from geo.write import atomic_folder, atomic_path
from layers.export_log import Export, log_export
from layers.layer import Layer
from layers.secrecy import highest
from layers.workspace import Workspace, open_workspace
from reports.boundary_docx import letter_docx, report_docx, results_table_docx
from reports.boundary_register import register_xlsx
from reports.field_package import PACKAGE_FILES, write_field_package
from reports.html import page_words
from reports.look import made_up

__all__ = ["register"]

_BESIDE = ("units", "facilities", "projects", "disputes", "inspections", "descriptions")
Folder = Annotated[Path, typer.Option("--workspace", help="Folder of the workspace.")]
Out = Annotated[Path, typer.Option("--out", help="The file.")]
To = Annotated[str, typer.Option("--to", help="Who gets it, for the log.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands: dict[str, Callable[..., None]] = {
        "package": _package, "register": _register, "report": _report, "results": _results, "letter": _letter,
        "photos": _photos,
    }  # fmt: skip
    for name, command in commands.items():
        app.command(name)(command)


def _package(
    workspace: Folder,
    line: Annotated[str, typer.Option("--line", help="Codes of the lines, comma between.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the package.")],
    roads: Annotated[Path | None, typer.Option("--roads", help="Roads (default: those of the workspace).")] = None,
    profile: Annotated[str, typer.Option("--profile", help="How people travel on the roads.")] = "drive",
    start: Annotated[str, typer.Option("--start", help="lon,lat: where each day begins and ends.")] = "",
    hours: Annotated[float | None, typer.Option("--hours", help="In the field each day (default: one day).")] = None,
    stake_minutes: Annotated[float, typer.Option("--stake-minutes", help="At each stake.")] = STAKE_MINUTES,
    max_walk: Annotated[float, typer.Option("--max-walk", help="Farthest stake from a road, metres.")] = MAX_WALK_M,
    gpx: Annotated[bool, typer.Option("--gpx", help="Also where the stakes are, for a receiver.")] = False,
    to: To = "",
    as_json: Json = False,
) -> None:
    """外业资料包: forms for each line and a good order to visit its stakes in; no coordinates unless asked for."""
    job = _Job(workspace)
    study = study_of(job.layers["lines"], job.layers["stakes"], load_rules(), job.workspace.as_of)
    codes = parts_of(line)
    for code in codes:
        if code not in study.lines:
            raise RequestError("enter_unknown", what=code)
    stakes = [stake for stake in study.stakes if stake.line_code in codes]
    begin = _place(start)
    with steps() as tell, atomic_folder(out, ours=PACKAGE_FILES) as folder:
        network = _network(job.workspace, roads)
        tell("search", 0.3)
        route = None
        if network is None:
            say([Finding("route_needs_roads", "warn")])
        else:
            route = field_route(network, stakes, profile=profile, start=begin, hours_per_day=hours,
                                minutes_per_stake=stake_minutes, max_walk_m=max_walk)  # fmt: skip
        tell("write", 0.7)
        write_field_package(folder, study, codes, route, language(), names=job.names, notice=job.notice,
                            with_gpx=gpx)  # fmt: skip
        files = sorted(file for file in folder.iterdir() if file.is_file())
        job.log(("field", out.name, to), len(stakes), files)
    figures = {"lines": len(codes), "stakes": len(stakes), "files": [file.name for file in files], **_figures(route)}
    print_figures(figures, as_json=as_json)


def _register(workspace: Folder, out: Out, to: To = "", as_of: AsOf = None, as_json: Json = False) -> None:
    """Findings, stakes, the history of all entries and what is due, as one workbook (.xlsx) without coordinates."""
    checked, book, due, job = _checked(workspace, as_of)
    made = register_xlsx(checked, book.entries, due, language(), notice=job.notice)
    job.put(out, ".xlsx", made, ("register", to, len(book.entries)), as_json=as_json)


def _report(workspace: Folder, out: Out, to: To = "", as_of: AsOf = None, as_json: Json = False) -> None:
    """联检报告, a draft for Word (.docx): kilometres done and due, states of the stakes, what the checks found."""
    checked, book, due, job = _checked(workspace, as_of)
    study = checked.bench.study
    plans = progress(study.lines, book, study.as_of, study.inspections or ())
    made = report_docx(checked, due, language(), plans=plans, notice=job.notice)
    job.put(out, ".docx", made, ("inspection_report", to, len(checked.findings)), as_json=as_json)


def _results(
    workspace: Folder,
    out: Out,
    coordinates: Annotated[
        bool, typer.Option("--coordinates", help="Longitude and latitude too; else their cells are left to fill in.")
    ] = False,
    to: To = "",
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """界桩成果表, a draft for Word (.docx)."""
    checked, _, _, job = _checked(workspace, as_of)
    made = results_table_docx(checked, language(), with_coordinates=coordinates, notice=job.notice)
    job.put(out, ".docx", made, ("results_table", to, len(checked.bench.study.stakes)), as_json=as_json)


def _letter(
    workspace: Folder,
    number: Annotated[int, typer.Argument(help="Of the event.")],
    out: Out,
    to: To = "",
    as_json: Json = False,
) -> None:
    """A letter (函) to the neighbour about an event, a draft for Word (.docx)."""
    job = _Job(workspace)
    study = study_of(job.layers["lines"], job.layers["stakes"], load_rules(), job.workspace.as_of)
    event = next((one for one in Records.open(workspace).read().events if one.number == number), None)
    if event is None:
        raise RequestError("event_unknown", number=number)
    found = event.found
    if found.line_code not in study.lines:
        raise RequestError("enter_unknown", what=found.line_code)
    stakes = (stake for stake in study.stakes if (stake.line_code, stake.number) == (found.line_code, found.stake_no))
    line, stake = study.lines[found.line_code], next(stakes, None)
    made = letter_docx(event, line, stake, language(), names=job.names, notice=job.notice)
    job.put(out, ".docx", made, ("letter", to, 1), as_json=as_json)


def _photos(
    workspace: Folder,
    line: Annotated[str, typer.Option("--line", help="Code of the line.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the copies.")],
    stake: Annotated[
        str | None, typer.Option("--stake", help="Number of the stake (default: all of the line).")
    ] = None,
    to: To = "",
    as_json: Json = False,
) -> None:
    """Copies of photos with nothing but the picture: no place, no time, no camera."""
    job = _Job(workspace)
    shown = [
        (entry.number, photo)
        for entry in Records.open(workspace).read().about(line, stake)
        for photo in getattr(entry.said, "photos", ())
    ]
    with atomic_folder(out, ours=("photo-*.jpg", "photo-*.png")) as folder:
        for position, (number, photo) in enumerate(shown, start=1):
            name = f"photo-{number:05d}-{position:03d}.{photo.suffix}"
            (folder / name).write_bytes(clean_copy(job.workspace.path, photo))
        job.log(("photos", out.name, to), len(shown), sorted(folder.iterdir()))
    print_figures({"folder": out.name, "photos": len(shown)}, as_json=as_json)


# ---- what all need --------------------------------------------------------------------------------------------------


class _Job:
    """A workspace whose lines and stakes become papers."""

    def __init__(self, folder: Path) -> None:
        self.workspace = open_workspace(folder)
        read = {kind: self.workspace.read(kind) for kind in ("lines", "stakes", *_BESIDE)}
        if read["lines"] is None or read["stakes"] is None:
            raise RequestError("inspection_needs_layers")
        self.layers: dict[str, Layer] = {kind: layer for kind, layer in read.items() if layer is not None}

    @property
    def names(self) -> dict[str, str]:
        """Names of units by code."""
        units = self.layers.get("units")
        return {} if units is None else dict(zip(units.frame["unit_code"], units.frame["name"], strict=True))

    @property
    def notice(self) -> str:
        """What every paper says of data that are made up."""
        what = made_up(self.layers.values(), language())
        return page_words(language())["demo_note"].format(what=what) if what else ""

    def log(self, what: tuple[str, str, str], rows: int, files: list[Path]) -> None:
        """Write the export into the log: its kind, its name, who gets it."""
        kind, name, to = what
        level = highest(layer.source.level for layer in self.layers.values())
        digest = file_sha256(files)
        log_export(self.workspace.path, Export(kind, name, level, public=False, rows=rows, sha256=digest, to=to))

    def put(self, out: Path, suffix: str, made: bytes, about: tuple[str, str, int], *, as_json: bool) -> None:
        """Write one paper: its kind, who gets it, how many rows it has; and log it."""
        if out.suffix.lower() != suffix:
            raise RequestError("report_suffix", given=out.suffix or out.name, known=suffix)
        kind, to, rows = about
        with atomic_path(out) as temporary:
            temporary.write_bytes(made)
            self.log((kind, out.name, to), rows, [temporary])
        print_figures({"file": out.name, "rows": rows}, as_json=as_json)


def _checked(folder: Path, as_of: str | None) -> tuple[Checked, Book, tuple[Due, ...], _Job]:
    """All checks on a workspace with its records, what was entered, and what is due."""
    job, rules, book = _Job(folder), load_rules(), Records.open(folder).read()
    day = day_of(as_of) if as_of else job.workspace.as_of
    beside = {kind: layer for kind, layer in job.layers.items() if kind in _BESIDE}
    study = study_of(job.layers["lines"], job.layers["stakes"], rules, day, **beside)
    with steps() as tell:
        checked = run(dataclasses.replace(study, records=book), rules, tell)
    return checked, book, due_list(study.lines, book, day, rules, study.inspections or ()), job


def _network(opened: Workspace, roads: Path | None) -> Network | None:
    if roads is not None:
        return open_network(roads)
    return network_of(opened) if opened.entry("roads") is not None else None


def _place(text: str) -> tuple[float, float] | None:
    """Longitude and latitude between commas."""
    if not text:
        return None
    try:
        lon, lat = (float(part) for part in parts_of(text))
    except ValueError:
        raise RequestError("route_place", given=text) from None
    if not (abs(lon) <= 180 and abs(lat) <= 90):  # noqa: PLR2004  # degrees
        raise RequestError("route_place", given=text)
    return lon, lat


def _figures(route: FieldRoute | None) -> dict[str, Any]:
    if route is None:
        return {"route": None}
    return {
        "stops": len(route.stops), "days": route.days, "travel_minutes": round(route.travel_minutes, 1),
        "road_km": round(route.road_km, 2), "proven": route.proven,
        "unreached": [stake.number for stake in route.unreached],
    }  # fmt: skip
