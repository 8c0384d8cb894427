"""``inspection package`` and ``inspection register``: what goes to the field, and what was entered as a workbook."""

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import typer

from commands.options import AsOf, Json, day_of, parts_of
from commands.terminal import print_figures, say, steps
from coverage.network import Network
from coverage.network_store import open_network
from coverage.study import network_of
from demarcation.check import run
from demarcation.field_route import MAX_WALK_M, STAKE_MINUTES, FieldRoute, field_route
from demarcation.inspection import due_list
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
from reports.boundary_register import register_xlsx
from reports.field_package import PACKAGE_FILES, write_field_package
from reports.html import page_words
from reports.look import made_up

__all__ = ["register"]

_BESIDE = ("units", "facilities", "projects", "disputes", "inspections", "descriptions")
Folder = Annotated[Path, typer.Option("--workspace", help="Folder of the workspace.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("package")(_package)
    app.command("register")(_register)


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
    to: Annotated[str, typer.Option("--to", help="Who gets it, for the log.")] = "",
    as_json: Json = False,
) -> None:
    """外业资料包: forms for each line and a good order to visit its stakes in; no coordinates unless asked for."""
    opened = open_workspace(workspace)
    layers = _layers(opened)
    study = study_of(layers["lines"], layers["stakes"], load_rules(), opened.as_of)
    codes = parts_of(line)
    for code in codes:
        if code not in study.lines:
            raise RequestError("enter_unknown", what=code)
    stakes = [stake for stake in study.stakes if stake.line_code in codes]
    begin = _place(start)
    with steps() as tell, atomic_folder(out, ours=PACKAGE_FILES) as folder:
        network = _network(opened, roads)
        tell("search", 0.3)
        route = None
        if network is None:
            say([Finding("route_needs_roads", "warn")])
        else:
            route = field_route(network, stakes, profile=profile, start=begin, hours_per_day=hours,
                                minutes_per_stake=stake_minutes, max_walk_m=max_walk)  # fmt: skip
        tell("write", 0.7)
        write_field_package(folder, study, codes, route, language(), names=_names(layers), notice=_notice(layers),
                            with_gpx=gpx)  # fmt: skip
        files = sorted(file for file in folder.iterdir() if file.is_file())
        _log(opened, layers, ("field", out.name, to), len(stakes), files)
    figures = {"lines": len(codes), "stakes": len(stakes), "files": [file.name for file in files], **_figures(route)}
    print_figures(figures, as_json=as_json)


def _register(
    workspace: Folder,
    out: Annotated[Path, typer.Option("--out", help="FILE.xlsx.")],
    to: Annotated[str, typer.Option("--to", help="Who gets it, for the log.")] = "",
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Findings, stakes, the history of all entries and what is due, as one workbook without coordinates."""
    if out.suffix.lower() != ".xlsx":
        raise RequestError("report_suffix", given=out.suffix or out.name, known=".xlsx")
    opened = open_workspace(workspace)
    day = day_of(as_of) if as_of else opened.as_of
    layers, rules, book = _layers(opened), load_rules(), Records.open(workspace).read()
    beside = {kind: layer for kind, layer in layers.items() if kind in _BESIDE}
    study = study_of(layers["lines"], layers["stakes"], rules, day, **beside)
    with steps() as tell:
        checked = run(dataclasses.replace(study, records=book), rules, tell)
    due = due_list(study.lines, book, day, rules, study.inspections or ())
    with atomic_path(out) as temporary:
        temporary.write_bytes(register_xlsx(checked, book.entries, due, language(), notice=_notice(layers)))
        _log(opened, layers, ("register", out.name, to), len(book.entries), [temporary])
    figures = {"file": out.name, "lines": len(study.lines), "stakes": len(study.stakes), "entries": len(book.entries)}
    print_figures(figures, as_json=as_json)


# ---- what both need -------------------------------------------------------------------------------------------------


def _layers(opened: Workspace) -> dict[str, Layer]:
    """Lines, stakes and what the workspace has beside them."""
    read = {kind: opened.read(kind) for kind in ("lines", "stakes", *_BESIDE)}
    if read["lines"] is None or read["stakes"] is None:
        raise RequestError("inspection_needs_layers")
    return {kind: layer for kind, layer in read.items() if layer is not None}


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


def _names(layers: dict[str, Layer]) -> dict[str, str]:
    units = layers.get("units")
    return {} if units is None else dict(zip(units.frame["unit_code"], units.frame["name"], strict=True))


def _notice(layers: dict[str, Layer]) -> str:
    what = made_up(layers.values(), language())
    return page_words(language())["demo_note"].format(what=what) if what else ""


def _log(opened: Workspace, layers: dict[str, Layer], what: tuple[str, str, str], rows: int, files: list[Path]) -> None:
    kind, name, to = what
    level = highest(layer.source.level for layer in layers.values())
    log_export(opened.path, Export(kind, name, level, public=False, rows=rows, sha256=file_sha256(files), to=to))


def _figures(route: FieldRoute | None) -> dict[str, Any]:
    if route is None:
        return {"route": None}
    return {
        "stops": len(route.stops), "days": route.days, "travel_minutes": round(route.travel_minutes, 1),
        "road_km": round(route.road_km, 2), "proven": route.proven,
        "unreached": [stake.number for stake in route.unreached],
    }  # fmt: skip
