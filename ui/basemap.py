"""The base map: our own roads cut into small vector tiles, made once and kept in a cache folder.

A tile is a JSON file of polylines in whole numbers (4096 to the side of the tile), which the browser paints on a
canvas. Three levels hold roads of falling importance; zooms between them reuse the coarser level, so that lines stay
sharp at every zoom and a county needs some hundred files instead of some ten thousand pictures.
"""

import hashlib
import json
import logging
import math
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from layers.layer import Layer, Origin
from reports.look import road_rank

__all__ = ["EXTENT", "LEVELS", "Basemap", "build"]

_LOG = logging.getLogger(f"quarterhour.{__name__}")
#: Whole numbers along the side of a tile.
EXTENT = 4096
#: Changes when the content of a tile changes, so that an older cache is not used.
_VERSION = 1
#: Pixels of a tile on the screen (Leaflet's default).
_TILE_PX = 256
#: Vertices of one polyline in a tile; longer ones are cut, so that a motorway is not repeated in a hundred tiles.
_MOST_VERTICES = 48
#: Zoom of each level, and the least importance it shows.
LEVELS = ((10, 3), (12, 2), (14, 0))


@dataclass(frozen=True)
class Basemap:
    """Where the tiles lie and which there are.

    Parameters
    ----------
    folder
        ``<z>/<x>_<y>.json`` and ``index.json`` lie here. The name of the folder is the hash of the roads.
    bounds
        West, south, east, north in degrees.
    tiles
        Names ``z/x_y`` of the tiles there are, so that the browser asks for no other.
    """

    folder: Path
    bounds: tuple[float, float, float, float]
    tiles: tuple[str, ...]


def build(roads: Origin, read: Callable[[], Layer], cache: Path) -> Basemap:
    """The base map of a road layer: from the cache, else made now.

    Parameters
    ----------
    roads
        What is known of the layer.
    read
        Gives the layer itself, when it is needed: lines, EPSG:4326, with the column ``highway`` if there is one.
    cache
        Folder of all base maps; made with rights for this user only.
    """
    folder = cache / _name(roads, read)
    index = folder / "index.json"
    if not index.is_file():
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".basemap-", dir=cache))
        try:
            _write(read().frame, scratch)
            scratch.replace(folder)
        except OSError:
            # Another session was faster: its folder is as good as ours.
            if not index.is_file():
                raise
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    found = json.loads(index.read_text(encoding="utf-8"))
    return Basemap(folder, tuple(found["bounds"]), tuple(found["tiles"]))


def _name(roads: Origin, read: Callable[[], Layer]) -> str:
    digest = hashlib.sha256(f"{_VERSION}:{roads.source.sha256}:{roads.quality.rows_kept}".encode())
    if not roads.source.sha256:
        digest.update(b"".join(shapely.to_wkb(read().frame.geometry.to_numpy())))
    return digest.hexdigest()[:24]


def _write(frame: gpd.GeoDataFrame, folder: Path) -> None:
    ranks = np.array([road_rank(v) for v in frame["highway"]]) if "highway" in frame else np.zeros(len(frame), int)
    merged = {int(rank): _merged(frame.geometry.to_numpy()[ranks == rank]) for rank in np.unique(ranks)}
    names: list[str] = []
    for zoom, least in LEVELS:
        tiles: dict[tuple[int, int], list[list[int]]] = defaultdict(list)
        for rank in sorted(merged):
            if rank >= least:
                _cut(merged[rank], rank, zoom, tiles)
        (folder / str(zoom)).mkdir()
        for (x, y), lines in tiles.items():
            text = json.dumps(lines, separators=(",", ":"))
            (folder / str(zoom) / f"{x}_{y}.json").write_text(text, encoding="utf-8")
            names.append(f"{zoom}/{x}_{y}")
    bounds = [round(float(v), 5) for v in frame.total_bounds]
    index = json.dumps({"bounds": bounds, "tiles": sorted(names)})
    with (folder / "index.json").open("w", encoding="utf-8") as file:
        file.write(index)
        file.flush()
        os.fsync(file.fileno())
    _LOG.info("base map: %d tiles", len(names))


def _merged(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    parts = shapely.get_parts(lines)
    whole = shapely.line_merge(shapely.multilinestrings([part for part in parts if not part.is_empty]))
    return shapely.get_parts(whole)


def _cut(lines: NDArray[np.object_], rank: int, zoom: int, tiles: dict[tuple[int, int], list[list[int]]]) -> None:
    """Add the lines to the tiles of one zoom that their bounds touch."""
    # Half a pixel at the next zoom, where this level is still shown.
    plain = shapely.simplify(shapely.transform(lines, lambda xy: _tile_xy(xy, zoom)), 0.25 / _TILE_PX)
    xy, of_line = shapely.get_coordinates(plain, return_index=True)
    starts = np.flatnonzero(np.r_[True, of_line[1:] != of_line[:-1]])
    ends = np.r_[starts[1:], len(of_line)]
    for start, end in zip(starts, ends, strict=True):
        for first in range(start, end - 1, _MOST_VERTICES - 1):
            piece = xy[first : min(first + _MOST_VERTICES, end)]
            (x0, y0), (x1, y1) = np.floor(piece.min(axis=0)).astype(int), np.floor(piece.max(axis=0)).astype(int)
            for x in range(x0, x1 + 1):
                for y in range(y0, y1 + 1):
                    whole = np.rint((piece - (x, y)) * EXTENT).astype(int)
                    whole[1:] -= whole[:-1].copy()
                    tiles[x, y].append([rank, *whole.ravel().tolist()])


def _tile_xy(lonlat: NDArray[np.float64], zoom: int) -> NDArray[np.float64]:
    """Spherical Mercator in tiles of a zoom; for drawing only."""
    lat = np.radians(np.clip(lonlat[:, 1], -85.0, 85.0))
    x = (lonlat[:, 0] + 180.0) / 360.0
    y = (1.0 - np.arcsinh(np.tan(lat)) / math.pi) / 2.0
    return np.column_stack([x, y]) * 2**zoom
