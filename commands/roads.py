"""``roads fetch`` and ``roads import``: from OpenStreetMap to a file of roads."""

import tempfile
from pathlib import Path
from typing import Annotated, Any

import shapely
import typer

from commands.options import Json, MaxSnap, Minutes, Profile, Speed, minutes_of
from commands.terminal import print_figures, say, steps
from coverage.extent import halo_m
from coverage.request import MAX_SNAP_M, Parameters
from geo import fetch as remote
from geo.errors import RequestError
from geo.road_file import check_suffix, write_roads
from layers.road_import import Imported, box_of, import_roads, study_area, with_halo

__all__ = ["roads"]

roads = typer.Typer(no_args_is_help=True, help="Get road data: fetch from OpenStreetMap, or import a file of it.")

Out = Annotated[Path, typer.Option("--out", help="File for the roads: .gpkg, .parquet or .geojson.")]
Box = Annotated[str | None, typer.Option("--bbox", help="Study area: west,south,east,north in degrees.")]


@roads.command()
def fetch(
    out: Out,
    place: Annotated[str | None, typer.Argument(help="Name of a place; the box around it is the study area.")] = None,
    bbox: Box = None,
    minutes: Minutes = "15",
    profile: Profile = "elder",
    speed_mps: Speed = None,
    max_snap: MaxSnap = MAX_SNAP_M,
    server: Annotated[str, typer.Option("--server", help="Overpass server, one of a list.")] = remote.OVERPASS,
    offline: Annotated[bool, typer.Option("--offline", help="Use only what was fetched before.")] = False,
    as_json: Json = False,
) -> None:
    """Fetch the roads of an area and its halo from OpenStreetMap. Needs the internet."""
    if (place is None) == (bbox is None):
        raise RequestError("place_or_bbox")
    check_suffix(out)
    halo = _halo_m(profile, speed_mps, minutes, max_snap)
    named: dict[str, Any] = {}
    with steps() as tell, tempfile.TemporaryDirectory() as folder:
        tell("fetch", 0.0)
        if place is not None:
            found = remote.find_place(place, offline=offline)
            study, named = shapely.box(*found.bounds), {"place": found.name}
        else:
            study = box_of(bbox or "")
        data = remote.download(with_halo(study, halo), offline=offline, server=server)
        file = Path(folder) / "roads.osm.pbf"
        file.write_bytes(data)
        tell("read", 0.6)
        done = import_roads(file, study=study, halo_m=halo, origin=f"OpenStreetMap, {server}")
        tell("write", 0.8)
        write_roads(out, done.frame, done.note)
    _tell(done, out, named, as_json=as_json)


@roads.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="OpenStreetMap file: .osm.pbf or .osm.")],
    out: Out,
    clip: Annotated[
        Path | None, typer.Option("--clip", help="Study area: the polygons of a layer, e.g. units.")
    ] = None,
    bbox: Box = None,
    minutes: Minutes = "15",
    profile: Profile = "elder",
    speed_mps: Speed = None,
    max_snap: MaxSnap = MAX_SNAP_M,
    as_json: Json = False,
) -> None:
    """Take the roads of an area and its halo out of an OpenStreetMap file."""
    if clip is not None and bbox is not None:
        raise RequestError("clip_or_bbox")
    check_suffix(out)
    halo = _halo_m(profile, speed_mps, minutes, max_snap)
    with steps() as tell:
        tell("read", 0.0)
        study = box_of(bbox) if bbox is not None else None
        if clip is not None:
            study, findings = study_area(clip)
            say(findings, clip.name)
        done = import_roads(file, study=study, halo_m=0.0 if study is None else halo)
        tell("write", 0.8)
        write_roads(out, done.frame, done.note)
    _tell(done, out, {}, as_json=as_json)


def _halo_m(profile: str, speed_mps: float | None, minutes: str, max_snap: float) -> float:
    """The halo that a run with these parameters needs; they are checked as for a run."""
    return halo_m(Parameters(profile=profile, speed_mps=speed_mps, minutes=minutes_of(minutes), max_snap_m=max_snap))


def _tell(done: Imported, out: Path, named: dict[str, Any], *, as_json: bool) -> None:
    say([finding for finding in done.findings if finding.severity != "info"], done.note.origin)
    figures = {**named, **done.figures, "origin": done.note.origin, "credit": done.note.credit, "file": out.name}
    print_figures(figures, as_json=as_json)
