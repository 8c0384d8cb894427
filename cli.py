"""Commands over the same functions as the app. No logic."""

from geo import jit as _jit  # noqa: F401, I001  # first: hides our folder `coverage` while numba is imported

import datetime as dt
import io
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from coverage import run as coverage_run
from coverage.network import build_network
from coverage.pairs import pairs_within
from coverage.profiles import load_profile
from coverage.request import ISLAND_NODES, JOIN_M, MAX_SNAP_M, MOST_MINUTES, Parameters, Request
from coverage.result import Result
from coverage.study import request_of
from coverage.usable import usable_by
from geo.errors import QuarterhourError, RequestError
from geo.findings import Finding, grouped
from geo.log import log_to_file
from geo.messages import row_list
from geo.write import atomic_folder, write_csv, write_text
from layers import demand, facility, levels, places, road, unit, workspace
from layers.layer import Layer
from layers.schema import kind_code
from reports.geojson import RESULT_FILES, write_result

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
_log = logging.getLogger("quarterhour")
_stderr = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)

_INTERRUPTED = 130
_STEPS = {
    "read": "读取 reading",
    "network": "路网 network",
    "snap": "接入道路 snapping",
    "search": "搜索 searching",
    "areas": "服务区 service areas",
    "roads": "可达道路 reached roads",
    "tables": "汇总 tables",
}

Roads = Annotated[Path, typer.Option("--roads", help="Roads: .osm.pbf, .osm, GraphML, or a line layer.")]
Profile = Annotated[str, typer.Option("--profile", help="adult, elder, elder75, aided, child, ebike, drive.")]
Speed = Annotated[float | None, typer.Option("--speed-mps", help="Replaces the profile's speed, m/s.")]
MaxSnap = Annotated[float, typer.Option("--max-snap", help="Farthest place from a road, metres.")]
Islands = Annotated[int, typer.Option("--island-nodes", help="Fewest nodes of a network that is no island.")]
Join = Annotated[float, typer.Option("--join-m", help="Vertices within this distance connect, metres.")]
Crossings = Annotated[bool, typer.Option("--node-crossings", help="Also cut lines where they cross.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="The day that decides what is open (default: today).")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


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
    with _steps() as tell:
        tell("read", 0.0)
        built = build_network(road.read_roads(roads), join_m=join_m, node_crossings=node_crossings)
        tell("network", 0.5)
        figures = built.diagnose(usable_by(built, travel))
    _warn(built.source)
    _say(built.findings(usable_by(built, travel)))
    if out:
        write_text(out, json.dumps(figures, ensure_ascii=False, indent=2) + "\n")
    _print(figures, as_json=as_json)


@app.command()
def coverage(
    roads: Roads,
    facilities: Annotated[Path, typer.Option("--facilities", help="Facilities: points.")],
    demand_: Annotated[Path, typer.Option("--demand", help="Places with people: points or polygons.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the result.")],
    units: Annotated[Path | None, typer.Option("--units", help="Units: polygons.")] = None,
    kind: Annotated[str, typer.Option("--kind", help="Kinds of facilities that serve, comma between.")] = "",
    profile: Profile = "elder",
    speed_mps: Speed = None,
    minutes: Annotated[str, typer.Option("--minutes", help="Comma between.")] = "5,10,15",
    weight: Annotated[str | None, typer.Option("--weight", help="Column that is counted.")] = None,
    direction: Annotated[str, typer.Option("--direction", help="to | from the facility.")] = "to",
    max_snap: MaxSnap = MAX_SNAP_M,
    report_minutes: Annotated[float, typer.Option("--report-minutes", help="Times up to here are reported.")] = 60.0,
    island_nodes: Islands = ISLAND_NODES,
    join_m: Join = JOIN_M,
    node_crossings: Crossings = False,
    per_facility: Annotated[bool, typer.Option("--per-facility", help="Also one area per facility.")] = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Who is, and who is not, within minutes of a facility."""
    started = time.monotonic()
    parameters = Parameters(
        profile=profile,
        speed_mps=speed_mps,
        minutes=_minutes(minutes),
        report_minutes=report_minutes,
        weight=weight,
        direction=direction,  # type: ignore[arg-type]  # checked by Parameters
        max_snap_m=max_snap,
        island_nodes=island_nodes,
        kinds=tuple(kind_code(part) for part in _parts(kind)),
        as_of=_day(as_of),
        per_facility=per_facility,
    )
    with _steps() as tell, atomic_folder(out, ours=RESULT_FILES) as folder:
        tell("read", 0.0)
        people, sites = demand.read_demand(demand_), facility.read_facilities(facilities)
        unit_layer = levels.study_units(unit.read_units(units), parameters.as_of) if units else None
        built = build_network(road.read_roads(roads), join_m=join_m, node_crossings=node_crossings)
        result = coverage_run.run(Request(built, sites, people, unit_layer, parameters), progress=tell)
        write_result(result, folder, seconds=time.monotonic() - started)
    _report(result)
    _print({**result.summary, "seconds": round(time.monotonic() - started, 3)}, as_json=as_json)


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
) -> None:
    """Travel times of all pairs within a limit."""
    parameters = Parameters(
        profile=profile,
        speed_mps=speed_mps,
        minutes=(max_minutes,),
        max_snap_m=max_snap,
        island_nodes=island_nodes,
    )
    with _steps() as tell:
        tell("read", 0.0)
        origins, destinations = places.read_places(from_, "facilities"), places.read_places(to, "demand")
        built = build_network(road.read_roads(roads), join_m=join_m, node_crossings=node_crossings)
        tell("search", 0.5)
        table = pairs_within(built, parameters, origins, destinations, max_minutes)
        write_csv(out, table)
    for layer in (origins, destinations, built.source):
        _warn(layer)


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for the results.")],
    as_json: Json = False,
) -> None:
    """The whole job on the demonstration workspace, without a browser."""
    started = time.monotonic()
    with _steps() as tell, atomic_folder(out, ours=("demo.json", "coverage")) as folder:
        tell("read", 0.0)
        study = workspace.open_demo()
        request = request_of(study)
        result = coverage_run.run(request, progress=tell)
        (folder / "coverage").mkdir()
        write_result(result, folder / "coverage", seconds=time.monotonic() - started)
        about = {"workspace": study.name, "as_of": study.as_of.isoformat(), "parts": ["coverage"]}
        write_text(folder / "demo.json", json.dumps(about, ensure_ascii=False, indent=2) + "\n")
    _report(result)
    _print({**result.summary, "seconds": round(time.monotonic() - started, 3)}, as_json=as_json)


def _minutes(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in _parts(text))
    except ValueError:
        raise RequestError("bad_minutes", given=text, most=MOST_MINUTES) from None


def _parts(text: str) -> list[str]:
    """Parts between commas, Chinese ones included."""
    return [part.strip() for part in text.replace(",", ",").replace("、", ",").split(",") if part.strip()]


def _day(text: str | None) -> dt.date:
    try:
        return dt.date.fromisoformat(text) if text else dt.date.today()  # noqa: DTZ011  # the office's own calendar
    except ValueError:
        raise RequestError("bad_day", given=text) from None


@contextmanager
def _steps() -> Iterator[Callable[[str, float], None]]:
    """A progress bar on stderr, where that is a terminal."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=_stderr,
        disable=not _stderr.is_terminal,
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=1.0)
        yield lambda step, share: bar.update(task, description=_STEPS.get(step, step), completed=share)


def _print(figures: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(figures, ensure_ascii=False))
        return
    for name, value in figures.items():
        if isinstance(value, dict):
            if name in ("covered", "dropped"):
                typer.echo(f"{name}: " + ", ".join(f"{key}: {number}" for key, number in value.items()))
        elif not isinstance(value, list):
            typer.echo(f"{name}: {value}")


def _report(result: Result) -> None:
    """Warnings of all inputs, and of the computation, on stderr."""
    request = result.request
    for layer in (request.network.source, request.facilities, request.demand, request.units):
        if layer is not None:
            _warn(layer)
            _say(result.findings.get(layer.kind, ()))


def _warn(layer: Layer) -> None:
    _say([finding for finding in layer.quality.findings if finding.severity != "info"], layer.source.file)


def _say(findings: Sequence[Finding], file: str = "") -> None:
    """One line per kind of finding: the first in words, then the rows of the others."""
    for first, rows in grouped(findings):
        more = f" (+{len(rows) - 1}: {row_list(rows[1:])})" if len(rows) > 1 else ""
        _stderr.print(f"{first.severity}: {file}{': ' if file else ''}{first.sentence()}{more}")


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
            _stderr.print("已中断,没有写入任何文件 / interrupted, nothing was written")
        raise
    except QuarterhourError as error:
        _stderr.print(f"{error.code}: {error.message()}")
        _stderr.print(error.hint())
        sys.exit(2)
    except Exception as error:  # noqa: BLE001  # the last line of defence: whatever it was, it is logged
        path = log_to_file()
        _log.exception("fault")
        _stderr.print(f"程序内部错误 / internal fault: {type(error).__name__}; {path}")
        sys.exit(1)


if __name__ == "__main__":
    main()
