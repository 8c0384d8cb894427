"""``check``: read a file as a layer and say everything that is wrong with it, all at once."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from commands.options import Json, RasterUnit, measure_of
from commands.terminal import lines_of
from geo.errors import DataError, QuarterhourError, RequestError
from geo.findings import Finding
from geo.write import write_bytes
from layers.beside import area_of
from layers.options import DATUMS, ReadOptions
from layers.quality import ALONE, inspected, read_context
from layers.read import read_layer
from layers.refused import refused_csv, refused_xlsx
from layers.schemas import SCHEMAS

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(_check)


def _check(
    file: Annotated[Path, typer.Argument(help="Table or layer.")],
    kind: Annotated[str, typer.Option("--kind", help=f"{', '.join(SCHEMAS)}.")],
    datum: Annotated[str, typer.Option("--datum", help=f"What the coordinates are in: {', '.join(DATUMS)}.")] = "auto",
    reference: Annotated[
        Path | None, typer.Option("--reference", help="Roads or units to look at it beside; for stakes, their lines.")
    ] = None,
    encoding: Annotated[str | None, typer.Option("--encoding", help="Of a CSV or a Shapefile.")] = None,
    layer: Annotated[str | None, typer.Option("--layer", help="Layer or sheet.")] = None,
    crs: Annotated[str, typer.Option("--crs", help="EPSG:n of coordinates that declare none.")] = "",
    raster_unit: RasterUnit = "auto",
    refused: Annotated[
        Path | None, typer.Option("--refused", help="Write the refused rows, to be mended: .xlsx or .csv.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Read a file as a layer and report what is wrong with it: rows, columns, coordinates, datum."""
    if kind not in SCHEMAS:
        raise RequestError("unknown_kind", given=kind, known=", ".join(SCHEMAS))
    if datum not in DATUMS:
        raise RequestError("unknown_datum", given=datum, known=", ".join(DATUMS))
    if refused is not None and refused.suffix.lower() not in (".xlsx", ".csv"):
        raise RequestError("refused_suffix", given=refused.name)
    context = read_context(reference, kind) if reference else ALONE
    options = ReadOptions(encoding=encoding, layer=layer, datum=datum, crs=crs, area=area_of(context),
                          raster_unit=measure_of(raster_unit))  # fmt: skip
    try:
        done = inspected(read_layer(file, kind, options), context)
    except QuarterhourError as error:
        _tell(_refused_as_a_whole(kind, error), _findings_of(error), as_json=as_json)
        raise
    report = done.quality
    figures = {"kind": kind, **report.as_dict(), "datum": done.datum, "crs": done.source.crs,
               "encoding": done.source.encoding}  # fmt: skip
    _tell(figures, report.findings, as_json=as_json)
    if refused is not None and report.rows_refused:
        as_file = refused_xlsx if refused.suffix.lower() == ".xlsx" else refused_csv
        write_bytes(refused, as_file(report))


def _findings_of(error: QuarterhourError) -> tuple[Finding, ...]:
    """What was found row by row in a file of which no row was kept."""
    found = error.facts.get("findings")
    return found if isinstance(error, DataError) and isinstance(found, tuple) else ()


def _refused_as_a_whole(kind: str, error: QuarterhourError) -> dict[str, Any]:
    findings = [one.as_dict() for one in _findings_of(error)]
    whole = {"code": error.code, "severity": "error", "row": None, "field": None, "message": error.message(),
             "hint": error.hint()}  # fmt: skip
    rows = int(str(error.facts["count"])) if findings else 0
    return {"kind": kind, "rows_read": rows, "rows_kept": 0, "rows_refused": rows, "findings": [whole, *findings],
            "datum": None, "crs": "", "encoding": ""}  # fmt: skip


def _tell(figures: dict[str, Any], findings: tuple[Finding, ...], *, as_json: bool) -> None:
    """One JSON object, or the figures and one line per kind of finding with its rows."""
    if as_json:
        names = ("kind", "rows_read", "rows_kept", "rows_refused", "datum", "crs", "encoding", "findings")
        typer.echo(json.dumps({name: figures[name] for name in names}, ensure_ascii=False))
        return
    for name in ("kind", "rows_read", "rows_kept", "rows_refused", "datum", "crs", "encoding"):
        typer.echo(f"{name}: {'' if figures[name] is None else figures[name]}")
    for line in lines_of(findings):
        typer.echo(line)
