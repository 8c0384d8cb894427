"""Whatever a reader makes of a table, a workspace keeps it, and its packages carry it: law P12."""

import dataclasses
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import DataError
from geo.read import Table
from layers.public import without_inside
from layers.read import layer_of
from layers.workspace_edit import About, add_layer, new_workspace
from layers.workspace_export import export
from layers.workspace_import import import_workspace
from tests.workspaces import assert_same, assert_same_rows

ROWS = 4
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
NAMES = st.one_of(
    TEXT,
    st.sampled_from(["row", "geometry", "Name", "NAME", "fid", "geom", "经度", "电话", "crs", "beds", "𠮷", "a'\";"]),
)
COLUMNS = st.one_of(
    st.lists(TEXT, min_size=ROWS, max_size=ROWS).map(lambda cells: pd.Series(cells, dtype="str")),
    st.lists(st.none() | TEXT, min_size=ROWS, max_size=ROWS).map(lambda cells: pd.Series(cells, dtype="str")),
    st.lists(st.floats(), min_size=ROWS, max_size=ROWS).map(lambda cells: pd.Series(cells, dtype="float64")),
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=ROWS, max_size=ROWS).map(pd.Series),
    st.lists(st.none() | st.integers(0, 2**60), min_size=ROWS, max_size=ROWS).map(
        lambda cells: pd.Series(cells, dtype=object)),
    st.lists(st.booleans(), min_size=ROWS, max_size=ROWS).map(pd.Series),
    st.lists(st.none() | st.booleans(), min_size=ROWS, max_size=ROWS).map(lambda c: pd.Series(c, dtype="boolean")),
    st.lists(st.none() | st.datetimes(), min_size=ROWS, max_size=ROWS).map(lambda c: pd.Series(c, dtype=object)),
    st.lists(st.none() | st.dates(), min_size=ROWS, max_size=ROWS).map(lambda c: pd.Series(c, dtype=object)),
)  # fmt: skip


@given(st.dictionaries(NAMES, COLUMNS, max_size=4), st.sampled_from(["facilities", "demand", "projects"]))
def test_p12_what_is_read_is_kept_and_carried(columns: dict[str, pd.Series], kind: str) -> None:
    names = pd.Series(["甲", "乙", "丙", "丁"], dtype="str")
    places = shapely.points(114 + np.arange(ROWS) / 100, 30)
    columns = {name: column for name, column in columns.items() if name not in ("geometry", "name")}
    frame = gpd.GeoDataFrame({"name": names, **columns}, geometry=places, crs=4326)
    try:
        layer = layer_of(Table(frame, np.arange(1, ROWS + 1), "a.gpkg", "ab", "EPSG:4326"), kind)
    except DataError:
        return
    with tempfile.TemporaryDirectory() as folder:
        workspace = add_layer(new_workspace(Path(folder) / "w", "试点"), layer, About())
        assert_same(workspace.read(kind), layer)
        for suffix in ("gpkg", "zip"):
            export(workspace, Path(folder) / f"o.{suffix}")
            back = import_workspace(Path(folder) / f"o.{suffix}", Path(folder) / suffix)
            kept, _ = without_inside(layer)
            assert_same_rows(back.read(kind), dataclasses.replace(kept, quality=layer.quality))
