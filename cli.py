"""Commands over the same functions as the app. No logic."""

from geo import jit as _jit  # noqa: F401, I001  # first: hides our folder `coverage` while numba is imported

import io
import json
import logging
import os
import signal
import sys
import time
from pathlib import Path
from typing import Annotated, Literal

import typer

from commands import boundary as boundary_command
from commands import check as check_command
from commands import datum as datum_commands
from commands import indicators as indicators_command
from commands import report as report_command
from commands.inspection import inspection as inspection_commands
from commands.lines import lines_commands
from commands.options import (
    AsOf, ByAge, Crossings, Elevation, Grid, Islands, Join, Json, MaxSnap, Minutes, PopulationBase, PopulationYear,
    Profile, RasterUnit, Roads, Speed, Values, day_of, measure_of, minutes_of, parts_of,
)  # fmt: skip
from commands.people import Wanted, people_of
from commands.roads import roads as roads_commands
from commands.services import services_commands
from commands.terminal import print_figures, report, say, stderr, steps, warn
from commands.workspace import workspace as workspace_commands
from coverage import run as coverage_run
from coverage.network_store import open_network
from coverage.pairs import pairs_within
from coverage.profiles import load_profile
from coverage.request import ISLAND_NODES, JOIN_M, MAX_SNAP_M, Parameters, Request
from coverage.study import request_of
from coverage.slope import read_terrain
from coverage.usable import usable_by
from geo.errors import QuarterhourError
from geo.log import log_to_file
from geo.sniff import file_sha256
from geo.write import atomic_folder, write_csv, write_text
from layers import levels, places, road, workspace
from layers.export_log import Export, log_export
from layers.read import read_layer
from layers.schema import kind_code
from reports.geojson import RESULT_FILES, write_result

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(roads_commands, name="roads")
datum_commands.register(app)
check_command.register(app)
boundary_command.register(app)
indicators_command.register(app)
report_command.register(app)
app.add_typer(services_commands, name="services")
app.add_typer(inspection_commands, name="inspection")
app.add_typer(lines_commands, name="lines")
app.add_typer(workspace_commands, name="workspace")
_log = logging.getLogger("quarterhour")
_INTERRUPTED = 130


@app.callback()
def _main(
    lang: Annotated[Literal["zh", "en"] | None, typer.Option("--lang", help="Language of messages.")] = None,
) -> None:
    """一刻钟:沿真实道路的 15 分钟服务圈。 Quarterhour: 15-minute service areas on real roads."""
    if lang:
        os.environ["QUARTERHOUR_LANG"] = lang


@app.command()
def network(
    roads: Annotated[Path, typer.Argument(help="Roads: .osm.pbf, .osm, GraphML, or a line layer.")],
    profile: Profile = "elder",
    join_m: Join = JOIN_M,
    node_crossings: Crossings = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write the figures to this JSON file.")] = None,
    as_json: Json = False,
) -> None:
    """Build the network of a road layer and tell what may be wrong with it."""
    travel = load_profile(profile)
    with steps() as tell:
        tell("read", 0.0)
        layer = road.read_roads(roads)
        built = open_network(roads, join_m=join_m, node_crossings=node_crossings, read=lambda: layer, progress=tell)
        figures = built.diagnose(layer, usable_by(built, travel))
    warn(built.source)
    say(built.findings(usable_by(built, travel)))
    if out:
        write_text(out, json.dumps(figures, ensure_ascii=False, indent=2) + "\n")
    print_figures(figures, as_json=as_json)


@app.command()
def coverage(
    roads: Roads,
    facilities: Annotated[Path, typer.Option("--facilities", help="Facilities: points.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the result.")],
    demand_: Annotated[
        Path | None,
        typer.Option("--demand", help="Places with people: points, polygons, or a GeoTIFF (else units by --values)."),
    ] = None,
    units: Annotated[Path | None, typer.Option("--units", help="Units: polygons.")] = None,
    kind: Annotated[str, typer.Option("--kind", help="Kinds of facilities that serve, comma between.")] = "",
    profile: Profile = "elder",
    speed_mps: Speed = None,
    minutes: Minutes = "5,10,15",
    weight: Annotated[str | None, typer.Option("--weight", help="Column that is counted.")] = None,
    direction: Annotated[str, typer.Option("--direction", help="to | from the facility.")] = "to",
    max_snap: MaxSnap = MAX_SNAP_M,
    report_minutes: Annotated[float, typer.Option("--report-minutes", help="Times up to here are reported.")] = 60.0,
    island_nodes: Islands = ISLAND_NODES,
    join_m: Join = JOIN_M,
    node_crossings: Crossings = False,
    per_facility: Annotated[bool, typer.Option("--per-facility", help="Also one area per facility.")] = False,
    elevation: Elevation = None,
    exclusive: Annotated[
        bool, typer.Option("--exclusive", help="Also divide the area: each place to the nearest.")
    ] = False,
    raster_unit: RasterUnit = "auto",
    values: Values = None,
    population_year: PopulationYear = None,
    population_base: PopulationBase = "",
    grid: Grid = None,
    by_age: ByAge = False,
    capacity: Annotated[
        str | None, typer.Option("--capacity", help="What a facility can take: a column, or auto (by kind).")
    ] = None,
    assign: Annotated[str | None, typer.Option("--assign", help="Who finds room: nearest | optimal.")] = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Who is, and who is not, within minutes of a facility."""
    started = time.monotonic()
    parameters = Parameters(
        profile=profile,
        speed_mps=speed_mps,
        minutes=minutes_of(minutes),
        report_minutes=report_minutes,
        weight=weight,
        direction=direction,  # type: ignore[arg-type]  # checked by Parameters
        max_snap_m=max_snap,
        island_nodes=island_nodes,
        kinds=tuple(kind_code(part) for part in parts_of(kind)),
        as_of=day_of(as_of),
        per_facility=per_facility,
        exclusive=exclusive,
        by_age=by_age,
        grid_m=grid,
        capacity=capacity,
        assign=assign,  # type: ignore[arg-type]  # checked by Parameters
    )
    with steps() as tell, atomic_folder(out, ours=RESULT_FILES) as folder:
        tell("read", 0.0)
        sites = read_layer(facilities, "facilities")
        every_unit = read_layer(units, "units") if units else None
        unit_layer = levels.study_units(every_unit, parameters.as_of) if every_unit is not None else None
        wanted = Wanted(demand_, measure_of(raster_unit), values, population_year, population_base)
        people, parameters = people_of(wanted, every_unit, unit_layer, parameters)
        built = open_network(roads, join_m=join_m, node_crossings=node_crossings, progress=tell)
        terrain = read_terrain(elevation, built) if elevation else None
        request = Request(built, sites, people, unit_layer, parameters, terrain=terrain)
        result = coverage_run.run(request, progress=tell)
        write_result(result, folder, seconds=time.monotonic() - started)
    report(result)
    print_figures({**result.summary, "seconds": round(time.monotonic() - started, 3)}, as_json=as_json)


@app.command()
def times(
    roads: Roads,
    from_: Annotated[Path, typer.Option("--from", help="Places that trips start at.")],
    to: Annotated[Path, typer.Option("--to", help="Places that trips end at.")],
    max_minutes: Annotated[float, typer.Option("--max-minutes", help="Pairs within this time.")],
    out: Annotated[Path, typer.Option("--out", help="CSV file: from_id,to_id,minutes.")],
    profile: Profile = "elder",
    speed_mps: Speed = None,
    max_snap: MaxSnap = MAX_SNAP_M,
    island_nodes: Islands = ISLAND_NODES,
    join_m: Join = JOIN_M,
    node_crossings: Crossings = False,
    elevation: Elevation = None,
) -> None:
    """Travel times of all pairs within a limit."""
    parameters = Parameters(
        profile=profile,
        speed_mps=speed_mps,
        minutes=(max_minutes,),
        max_snap_m=max_snap,
        island_nodes=island_nodes,
    )
    with steps() as tell:
        tell("read", 0.0)
        origins, destinations = places.read_places(from_, "facilities"), places.read_places(to, "demand")
        built = open_network(roads, join_m=join_m, node_crossings=node_crossings, progress=tell)
        tell("search", 0.5)
        terrain = read_terrain(elevation, built) if elevation else None
        table = pairs_within(built, parameters, origins, destinations, max_minutes, terrain)
        write_csv(out, table)
    for layer in (origins, destinations, built.source):
        warn(layer)


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for the results.")],
    as_json: Json = False,
) -> None:
    """The whole job on the demonstration workspace, without a browser."""
    started = time.monotonic()
    with steps() as tell, atomic_folder(out, ours=("demo.json", "coverage", "indicators", "boundary")) as folder:
        tell("read", 0.0)
        study = workspace.open_demo()
        request = request_of(study)
        result = coverage_run.run(request, progress=tell)
        (folder / "coverage").mkdir()
        write_result(result, folder / "coverage", seconds=time.monotonic() - started)
        cards = indicators_command.write_every_plan(study, folder / "indicators")
        (folder / "boundary").mkdir()
        checked = boundary_command.check_workspace(study, result, folder / "boundary", tell)
        parts = ["coverage", "boundary", *(f"indicators/{card.plan.id}" for card in cards)]
        about = {"workspace": study.name, "as_of": study.as_of.isoformat(), "parts": parts}
        write_text(folder / "demo.json", json.dumps(about, ensure_ascii=False, indent=2) + "\n")
        digest = file_sha256(sorted(file for file in folder.rglob("*") if file.is_file()))
        rows = len(result.demand) + len(result.facilities) + sum(len(card.scores) for card in cards)
        rows += len(checked.findings)
        leaves = Export("demo", out.resolve().name, result.summary["level"], public=False, rows=rows, sha256=digest)
        log_export(study.path, leaves)
    report(result)
    print_figures({**result.summary, "seconds": round(time.monotonic() - started, 3)}, as_json=as_json)


def main() -> None:
    """Run a command; a fault of the input ends with 2, one of ours with 1, neither with a traceback."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except SystemExit as end:
        if end.code == _INTERRUPTED:
            stderr.print("已中断,没有写入任何文件 / interrupted, nothing was written")
        raise
    except QuarterhourError as error:
        stderr.print(f"{error.code}: {error.message()}")
        stderr.print(error.hint())
        sys.exit(2)
    except Exception as error:  # noqa: BLE001  # the last line of defence: whatever it was, it is logged
        path = log_to_file()
        _log.exception("fault")
        stderr.print(f"程序内部错误 / internal fault: {type(error).__name__}; {path}")
        sys.exit(1)


if __name__ == "__main__":
    main()
