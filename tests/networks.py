"""Two networks that should be one, and a small file of roads to make networks from."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from coverage.network import Network
from tests.builders import path

ARRAYS = (
    "node_lonlat", "node_is_change", "u", "v", "length_m", "oneway", "way", "offsets", "lonlat", "xy", "along_m",
)  # fmt: skip


def assert_same(one: Network, other: Network) -> None:
    """Nothing tells the two apart, not even the types of their arrays."""
    pairs = [(getattr(one, name), getattr(other, name)) for name in ARRAYS]
    # Compiled loops are compiled once for arrays that may be written, and once more for others.
    assert all(left.flags.writeable == right.flags.writeable for left, right in pairs)
    assert one.ways.keys() == other.ways.keys()
    pairs += [(one.ways[name], other.ways[name]) for name in one.ways]
    for left, right in pairs:
        assert left.dtype == right.dtype
        assert left.shape == right.shape
        assert left.tobytes() == right.tobytes()
    for name in ("crs", "join_m", "node_crossings", "diagnosis", "key"):
        assert getattr(one, name) == getattr(other, name)
    ours, theirs = one.source, other.source
    assert (ours.kind, ours.datum, ours.source) == (theirs.kind, theirs.datum, theirs.source)
    for lang in ("zh", "en"):
        assert ours.quality.as_dict(lang) == theirs.quality.as_dict(lang)
    assert ours.quality.refused.equals(theirs.quality.refused)
    assert list(ours.quality.refused.dtypes) == list(theirs.quality.refused.dtypes)


def road_file(folder: Path, rows: list[dict[str, Any]] | None = None, step_m: float = 200.0) -> Path:
    """Streets side by side and one across, as GeoJSON."""
    given_rows = rows or [{"highway": "residential"}] * 4
    lines = [path([(0, step_m * i), (500, step_m * i), (1000, step_m * i)]) for i in range(len(given_rows))]
    across = path([(500, step_m * i) for i in range(len(given_rows))])
    shapes = [shapely.LineString(line) for line in [*lines, across]]
    frame = gpd.GeoDataFrame([*given_rows, {"highway": "primary"}], geometry=shapes, crs="EPSG:4326")
    target = folder / "roads.geojson"
    target.write_text(frame.to_json(), encoding="utf-8")
    return target
