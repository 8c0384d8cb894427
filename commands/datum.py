"""``datum`` and ``convert``: what a file's coordinates are in, and the same rows in something else."""

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import typer

from commands.options import Json
from commands.terminal import print_figures, say, stderr, warn
from geo.common_points import Fit, fit
from geo.datum import SHIFTED
from geo.errors import RequestError
from geo.read import read_table
from geo.writers import write_layer
from layers.anything import common_points_of, converted, places_of, read_reference
from layers.datum_evidence import Reference, Verdict, datum_verdict
from layers.options import Datum, ReadOptions

__all__ = ["register"]

File = Annotated[Path, typer.Argument(help="Table or layer with places.")]
_NOT_TOLD = {
    "thin": "点太少 too few places",
    "elsewhere": "参照不在同一地方 the reference is of another place",
    "unclear": "各种基准的吻合程度相差不大 no datum fits clearly better",
    "other_shift": "整体偏移不属于任何基准(投影或数字化有误) a shift that is no datum: wrong projection or digitising",
}


def register(app: typer.Typer) -> None:
    """Add both commands."""
    app.command("datum")(_datum)
    app.command("convert")(_convert)


def _datum(
    file: File,
    reference: Annotated[Path, typer.Option("--reference", help="Roads or units whose datum is known.")],
    encoding: Annotated[str | None, typer.Option("--encoding", help="Of a CSV or a Shapefile.")] = None,
    layer: Annotated[str | None, typer.Option("--layer", help="Layer or sheet.")] = None,
    as_json: Json = False,
) -> None:
    """Tell by evidence which datum a file's coordinates are in."""
    # As they stand: told to be WGS 84, nothing is shifted and nothing assumed.
    places = places_of(file, ReadOptions(encoding=encoding, layer=layer, datum="wgs84"))
    known = read_reference(reference)
    for one in (places, known):
        warn(one)
    verdict = datum_verdict(places, Reference(known))
    if not as_json:
        _tell(verdict)
    print_figures(verdict.as_dict(), as_json=as_json)


def _tell(verdict: Verdict) -> None:
    if verdict.best is None:
        stderr.print(f"无法判断 cannot tell: {_NOT_TOLD[verdict.reason]}")
    for one in verdict.candidates:
        median = "–" if one.median_m is None else f"{one.median_m:.0f} m"
        inside = "–" if one.inside_share is None else f"{one.inside_share:.1%}"
        stderr.print(f"{one.datum}: 距离 median {median}, 在区划内 inside {inside}")


def _convert(
    file: File,
    out: Annotated[Path, typer.Argument(help="The suffix says the format.")],
    from_datum: Annotated[Datum, typer.Option("--from-datum", help="What the file is in.")] = "auto",
    to_datum: Annotated[Datum, typer.Option("--to-datum", help="What it shall be in.")] = "auto",
    to_crs: Annotated[str, typer.Option("--to-crs", help="EPSG:n of the result.")] = "",
    from_crs: Annotated[str, typer.Option("--from-crs", help="EPSG:n of a file that declares none.")] = "",
    common_points: Annotated[
        Path | None, typer.Option("--common-points", help="Your own points in both systems (Xi'an 1980, Beijing 1954).")
    ] = None,
    parameters: Annotated[Literal["4", "6"], typer.Option("--parameters", help="Of the fit to common points.")] = "4",
    packed: Annotated[bool, typer.Option("--packed", help="Degrees are written D.MMSS.")] = False,
    encoding: Annotated[str | None, typer.Option("--encoding", help="Of a CSV or a Shapefile.")] = None,
    layer: Annotated[str | None, typer.Option("--layer", help="Layer or sheet.")] = None,
) -> None:
    """Write a file in another format, datum or reference system; its own columns are kept."""
    if out.exists() and file.exists() and out.samefile(file):
        raise RequestError("output_is_input", path=out.name)
    options = ReadOptions(encoding=encoding, layer=layer, datum=from_datum, crs=from_crs, packed=packed)
    fitted = None
    if common_points is not None:
        fitted = fit(common_points_of(common_points), 6 if parameters == "6" else 4)
        _show_fit(fitted)
    table = read_table(file, encoding=encoding, layer=layer)
    done = converted(table, options, datum=to_datum, crs=to_crs, fitted=fitted)
    warn(done.layer)
    if (from_datum in SHIFTED or to_datum in SHIFTED) and from_datum != to_datum:
        stderr.print("仅供分析,不作测绘成果 analysis only")
    say(write_layer(out, done.frame), out.name)


def _show_fit(fitted: Fit) -> None:
    """Residuals on the screen of the user, and nowhere else."""
    stderr.print("公共点残差 residuals (m): 东 east, 北 north")
    for position, name in enumerate(fitted.names):
        east, north = fitted.residuals_m[position]
        mark = "  ← 粗差? outlier?" if position == fitted.outlier else ""
        stderr.print(f"  {name}: {east:+.3f}, {north:+.3f}{mark}")
    worst = float(np.hypot(*fitted.residuals_m.T).max())
    stderr.print(f"中误差 RMS {fitted.rms_m:.3f} m, 最大 largest {worst:.3f} m; 不保存 not stored")
