"""A layer of each kind, with cells that programs like to spoil, and workspaces made of them."""

import datetime as dt
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from geopandas.testing import assert_geodataframe_equal

from geo.read import Table
from layers.layer import Layer
from layers.options import USUAL, ReadOptions
from layers.read import layer_of
from layers.schemas import SCHEMAS
from layers.workspace import Workspace
from layers.workspace_edit import About, add_layer, new_workspace

P = shapely.Point
#: Text that has been lost by some program: zeros in front, more digits than a float has, words for "missing", quotes.
NASTY = ["0101", "12345678901234567", "NA", 'a"; DROP TABLE facilities; --', "𠮷田'\\", "=1+1", ""]

TABLES: dict[str, pd.DataFrame] = {
    "facilities": pd.DataFrame({
        "编号": ["01", "02", "03", "04", "05"],
        "名称": ["甲", 'b"c', "未成年人救助保护中心", "丁", "零"],
        "类型": ["养老机构", "公墓", "救助管理站", "坟墓", "养老机构"],
        "lon": ["114.30", "114.31", "114.32", "114.33", "0"],
        "lat": ["30.50", "30.51", "30.52", "30.53", "0"],
        "床位数": ["12", "", "3.5", "4", "1"],
        "启用日期": ["2021.2.19", "", "2020-02-29", "约三年前", ""],
        "值班电话": ["0571-1", "0571-2", "0571-3", "0571-4", "0571-5"],
        "备注": NASTY[:5],
        "经度(原)": ["1", "2", "3", "4", "5"],
    }),
    "demand": pd.DataFrame({
        "lon": ["114.30", "114.31", "114.32"], "lat": ["30.50", "30.51", "30.52"],
        "人口": ["9", "10", "200"], "60岁以上": ["1", "4", "40"], "自定": ["1", "2", "x"],
    }),
    "units": pd.DataFrame({
        "unit_code": ["0101", "0102"], "name": ["东", "西"], "valid_from": ["2020-01-01", ""],
    }),
    "stakes": pd.DataFrame({
        "stake_no": ["1"], "line_code": ["01"], "x_north": ["3376000"], "y_east": ["530000"], "crs": ["EPSG:4547"],
    }),
    "candidates": pd.DataFrame({"lon": ["114.3"], "lat": ["30.5"], "capacity": ["40"], "must": ["-1"]}),
    "values": pd.DataFrame({
        "unit_code": ["0101", "0102"], "indicator": ["床位", "NA"], "year": ["2024", "2025"], "value": ["1e3", "-2"],
    }),
    "projects": pd.DataFrame({"name": ["a", "b"], "lon": ["114.3", "114.4"], "lat": ["30.5", "30.5"]}),
    "inspections": pd.DataFrame({"line_code": ["01"], "date": ["2025-03-01"], "round": ["5"]}),
    "descriptions": pd.DataFrame({"line_code": ["01"], "text": ["自甲起向东北"]}),
    "disputes": pd.DataFrame({"name": ["a"], "lon": ["114.3"], "lat": ["30.5"], "date": ["2021年2月3日"]}),
    "place_names": pd.DataFrame({"name": ["张坟村", "𠮷"], "lon": ["114.3", "114.4"], "lat": ["30.5", "30.5"]}),
}  # fmt: skip
_LINES = [shapely.LineString([(114.3, 30.5), (114.31, 30.5)]), shapely.LineString([(114.31, 30.5), (114.31, 30.51)])]
SHAPES: dict[str, gpd.GeoDataFrame] = {
    "roads": gpd.GeoDataFrame(
        {"highway": ["residential", "primary"], "bridge": ["", "yes"], "maxspeed": ["30", "60"], "oneway": ["", "-1"],
         "access": ["no", ""]},
        geometry=[shapely.MultiLineString([_LINES[0].coords, [(114.2, 30.4), (114.21, 30.4)]]), _LINES[1]], crs=4326,
    ),
    "lines": gpd.GeoDataFrame({"line_code": ["01", "01"], "scale": [1000, 2000]}, geometry=_LINES, crs=4326),
    "features": gpd.GeoDataFrame({"类型": ["河道", None], "highway": [None, "primary"]}, geometry=_LINES, crs=4326),
}  # fmt: skip


def table(kind: str) -> Table:
    frame = SHAPES[kind] if kind in SHAPES else TABLES[kind].astype("str")
    return Table(frame, np.arange(2, len(frame) + 2), f"{kind}.x", "ab" * 32, "EPSG:4326" if kind in SHAPES else "")


def layer(kind: str, options: ReadOptions = USUAL) -> Layer:
    return layer_of(table(kind), kind, options)


KINDS = tuple(SCHEMAS)
DAY = dt.date(2026, 6, 30)


def full(folder: Path, level: str = "公开", kinds: tuple[str, ...] = KINDS) -> Workspace:
    """A workspace with a layer of each kind."""
    made = new_workspace(folder, "试点", name_en="Pilot", as_of=DAY)
    for kind in kinds:
        made = add_layer(made, layer(kind), About(level=level, source="测试", licence="MIT", title=f"图层 {kind}"))
    return made


def assert_same(one: Layer | None, other: Layer | None) -> None:
    """The same rows in the same types, and the same is known of them."""
    assert_same_rows(one, other)
    assert one is not None
    assert other is not None
    assert one.quality.findings == other.quality.findings
    assert (one.quality.rows_read, one.quality.rows_kept) == (other.quality.rows_read, other.quality.rows_kept)
    pd.testing.assert_frame_equal(one.quality.refused, other.quality.refused)


def assert_same_rows(one: Layer | None, other: Layer | None) -> None:
    """The same rows in the same types; findings and refused rows do not leave with an export."""
    assert one is not None
    assert other is not None
    assert_geodataframe_equal(one.frame, other.frame)
    for name in set(one.frame.columns) - {"geometry"}:
        assert [type(cell) for cell in one.frame[name]] == [type(cell) for cell in other.frame[name]], name
    assert (one.kind, one.datum) == (other.kind, other.datum)
