"""``workspace``: a study as a folder that layers are added to, that is exported, and that knows what left it."""

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import typer

from commands.options import AsOf, Json, RasterUnit, day_of, measure_of
from commands.terminal import print_figures, say, steps, warn
from geo import messages
from geo.errors import DataError, RequestError
from geo.sniff import local_file, sniff
from layers import workspace_edit as edit
from layers import workspace_history as history
from layers.beside import area_of, beside
from layers.export_log import read_log
from layers.layer import Layer
from layers.one_table import table_for
from layers.options import DATUMS, ReadOptions
from layers.quality import ALONE, inspected
from layers.raster_demand import is_raster
from layers.read import layer_of, read_layer
from layers.schemas import SCHEMAS
from layers.secrecy import INTERNAL, checked_level
from layers.workspace import Workspace, open_workspace
from layers.workspace_export import export as export_package
from layers.workspace_import import import_workspace

__all__ = ["workspace"]

workspace = typer.Typer(no_args_is_help=True, help="A study as a folder: layers, where they are from, what left it.")

Folder = Annotated[Path, typer.Argument(help="Folder of the workspace.")]
Kind = Annotated[str, typer.Option("--kind", help=f"Kind of layer: {', '.join(SCHEMAS)}.")]
_OSM = ("pbf", "osm", "graphml")


@workspace.command()
def new(
    folder: Folder,
    name: Annotated[str, typer.Option("--name", help="What people call it (default: the folder's name).")] = "",
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Make an empty workspace."""
    made = edit.new_workspace(folder, name or folder.resolve().name, as_of=day_of(as_of))
    print_figures(_figures(made), as_json=as_json)


@workspace.command()
def add(
    folder: Folder,
    file: Annotated[Path, typer.Argument(help="The layer's file.")],
    kind: Kind,
    level: Annotated[str, typer.Option("--level", help="公开 | 内部.")] = INTERNAL,
    datum: Annotated[str, typer.Option("--datum", help=" | ".join(DATUMS))] = "auto",
    encoding: Annotated[str | None, typer.Option("--encoding", help="Of a CSV or a Shapefile.")] = None,
    layer: Annotated[str | None, typer.Option("--layer", help="Layer or sheet of the file.")] = None,
    crs: Annotated[str, typer.Option("--crs", help="EPSG:n of coordinates that declare none.")] = "",
    raster_unit: RasterUnit = "auto",
    source: Annotated[str, typer.Option("--source", help="Where it is from (default: the file's name).")] = "",
    licence: Annotated[str, typer.Option("--licence", help="On what terms.")] = "",
    approval: Annotated[str, typer.Option("--approval", help="Number under which its use was approved.")] = "",
    title: Annotated[str, typer.Option("--title", help="What people call it.")] = "",
    as_json: Json = False,
) -> None:
    """Add a layer, in the place of the one of its kind where there is one."""
    checked_level(level, title or file.name)
    _known_kind(kind)
    if datum not in DATUMS:
        raise RequestError("unknown_datum", given=datum, known=", ".join(DATUMS))
    opened = open_workspace(folder)
    with steps() as tell:
        tell("read", 0.0)
        context = ALONE if kind == "roads" else beside(opened.read)
        said = ReadOptions(encoding=encoding, layer=layer, datum=datum, crs=crs, area=area_of(context),
                           raster_unit=measure_of(raster_unit))  # fmt: skip
        read, options, headings = _read(opened, file, kind, said)
        read = inspected(read, context)
        about = edit.About(level=level, source=source, licence=licence, approval=approval, title=title)
        tell("write", 0.7)
        # What others added while this file was read stays.
        with history.locked(folder):
            opened = edit.add_layer(open_workspace(folder), read, about, options=options, headings=headings)
    warn(read)
    quality = read.quality.as_dict()
    figures = {"kind": kind, "file": read.source.file, "datum": read.datum, "crs": read.source.crs,
               "encoding": read.source.encoding, "level": level, **quality, "change": opened.change.what,
               "state": opened.change.number}  # fmt: skip
    print_figures(figures, as_json=as_json)


def _read(opened: Workspace, file: Path, kind: str, said: ReadOptions) -> tuple[Layer, ReadOptions, list[str]]:
    """The layer; columns that were corrected for such a table before are taken so again."""
    if is_raster(file, kind) or (kind == "roads" and sniff(local_file(file)) in _OSM):
        return read_layer(file, kind, said), said, []
    table = table_for(file, kind, said)
    headings = [str(name) for name in table.frame.columns]
    columns = edit.remembered_columns(opened, kind, headings)
    options = dataclasses.replace(said, columns=columns)
    return layer_of(table, kind, options), options, headings


def _known_kind(kind: str) -> None:
    if kind not in SCHEMAS:
        raise RequestError("unknown_kind", given=kind, known=", ".join(SCHEMAS))


@workspace.command("list")
def list_(folder: Folder, as_json: Json = False) -> None:
    """What is in a workspace, and the states that can be restored."""
    opened = open_workspace(folder)
    figures = _figures(opened)
    if as_json:
        print_figures(figures, as_json=True)
        return
    print_figures({key: figures[key] for key in ("name", "as_of", "state")}, as_json=False)
    for layer in figures["layers"]:
        typer.echo(f"{layer['kind']}\t{layer['level']}\t{layer['rows']}\t{layer['title']}\t{layer['original']}")
    for state in figures["states"]:
        typer.echo(
            f"{'*' if state['number'] == figures['state'] else ' '}{state['number']}\t{state['when']}\t{state['what']}"
        )


def _figures(opened: Workspace) -> dict[str, Any]:
    return {
        "name": opened.name,
        "as_of": opened.as_of.isoformat(),
        "state": opened.change.number,
        "layers": [
            {
                "kind": entry.kind,
                "title": entry.title,
                "level": entry.level,
                "source": entry.source,
                "licence": entry.licence,
                "rows": entry.rows,
                "original": entry.provenance.original if entry.provenance else entry.file,
                "sha256": entry.provenance.original_sha256 if entry.provenance else entry.sha256,
                "rows_refused": entry.provenance.rows_refused if entry.provenance else 0,
                "datum": entry.provenance.datum if entry.provenance else "",
                "datum_from": entry.provenance.datum_from if entry.provenance else "",
                "added": _when(entry.provenance.added if entry.provenance else None),
            }
            for entry in opened.layers
        ],
        "states": [
            {"number": change.number, "parent": change.parent, "when": _when(change.when), "what": change.sentence()}
            for change in history.states(opened)
        ],
    }


def _when(moment: dt.datetime | None) -> str:
    return moment.isoformat() if moment else ""


@workspace.command()
def remove(folder: Folder, kind: Annotated[str, typer.Argument(help="Kind of layer.")], as_json: Json = False) -> None:
    """Take a layer out; undo brings it back."""
    _known_kind(kind)
    with history.locked(folder):
        changed = edit.remove_layer(open_workspace(folder), kind)
    print_figures(_figures(changed), as_json=as_json)


@workspace.command()
def undo(
    folder: Folder,
    to: Annotated[int | None, typer.Option("--to", help="Go to this state instead (see list).")] = None,
    as_json: Json = False,
) -> None:
    """Take the last change back."""
    with history.locked(folder):
        opened = open_workspace(folder)
        changed = history.undo(opened) if to is None else history.restore(opened, to)
    print_figures(_figures(changed), as_json=as_json)


@workspace.command()
def redo(folder: Folder, as_json: Json = False) -> None:
    """Make the change again that was taken back."""
    with history.locked(folder):
        changed = history.redo(open_workspace(folder))
    print_figures(_figures(changed), as_json=as_json)


@workspace.command()
def export(
    folder: Folder,
    out: Annotated[Path, typer.Argument(help="The package: .gpkg or .zip.")],
    public: Annotated[bool, typer.Option("--public", help="Only what may be made public.")] = False,
    to: Annotated[str, typer.Option("--to", help="Who gets it, for the log.")] = "",
    as_json: Json = False,
) -> None:
    """Write all layers into one file, and a line into the log of exports."""
    with steps() as tell:
        tell("write", 0.0)
        done = export_package(open_workspace(folder), out, public=public, to=to)
    say([finding for finding in done.findings if finding.severity != "info"])
    print_figures(done.as_dict(), as_json=as_json)


@workspace.command("import")
def import_(
    package: Annotated[Path, typer.Argument(help="A .gpkg or .zip that was exported from a workspace.")],
    folder: Folder,
    as_json: Json = False,
) -> None:
    """Make a workspace of a package."""
    with steps() as tell:
        tell("read", 0.0)
        made = import_workspace(package, folder)
    print_figures(_figures(made), as_json=as_json)


@workspace.command()
def log(folder: Folder, as_json: Json = False) -> None:
    """What left the workspace: who, when, what, which level."""
    found = read_log(open_workspace(folder).path)
    if as_json:
        entries = [entry.as_dict() for entry in found.entries]
        print_figures({"entries": entries, "whole": found.whole, "broken": list(found.broken)}, as_json=True)
    else:
        for entry in found.entries:
            one = entry.export
            words = (entry.number, entry.when.isoformat(), entry.who, one.what, one.file, one.level,
                     "公开" if one.public else "", one.rows, one.to, one.sha256[:16])  # fmt: skip
            typer.echo("\t".join(_plain(word) for word in words))
    if not found.whole:
        lines = messages.row_list(found.broken)
        raise DataError("log_broken", lines=lines)


def _plain(word: object) -> str:
    return "".join(letter if letter.isprintable() else "�" for letter in str(word))
