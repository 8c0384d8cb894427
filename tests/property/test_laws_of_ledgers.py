"""Whatever stands in a layer: it can be looked at, mended, compared and sent back, and no row is lost on the way."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import QuarterhourError
from geo.read import Table
from layers.compare import compare
from layers.layer import Layer
from layers.mend import MENDS, mend, mends_for
from layers.quality import Context, inspect
from layers.read import layer_of
from layers.refused import refused_csv, refused_table, refused_xlsx
from layers.schemas import SCHEMAS

_XY = st.tuples(st.integers(-2, 12), st.integers(-2, 12)).map(lambda xy: (119.9 + xy[0] / 100, 31 + xy[1] / 100))
_SHAPES = st.one_of(
    st.none(),
    _XY.map(shapely.Point),
    st.just(shapely.Point(0, 0)),
    st.just(shapely.Polygon()),
    st.lists(_XY, min_size=2, max_size=5).map(shapely.LineString),
    st.lists(_XY, min_size=3, max_size=6).map(shapely.Polygon),
    st.lists(st.lists(_XY, min_size=3, max_size=4).map(shapely.Polygon), min_size=1, max_size=3).map(
        shapely.MultiPolygon
    ),
    st.lists(_XY, min_size=1, max_size=2).map(shapely.MultiPoint),
)
_CODE = st.sampled_from(["990101", "990102", "990101001", "88", "", "甲"])
_ROWS = st.lists(st.tuples(_SHAPES, st.sampled_from(["甲村", "乙 村", "", "=1"]), _CODE, _CODE), min_size=1, max_size=8)


def made(kind: str, rows: list[tuple[shapely.Geometry | None, str, str, str]]) -> Layer | None:
    frame = gpd.GeoDataFrame(
        {
            "name": [row[1] for row in rows],
            "unit_code": [row[2] for row in rows],
            "id": [row[3] for row in rows],
            "line_code": [row[2] for row in rows],
            "stake_no": [f"99{len(row[3]):03}Q" for row in rows],
            "highway": "residential",
            "beds": [str(len(row[1])) for row in rows],
        },
        geometry=[row[0] for row in rows],
        crs=4326,
    )
    try:
        return layer_of(Table(frame, np.arange(1, len(rows) + 1), "a.gpkg", "0" * 64, "EPSG:4326"), kind)
    except QuarterhourError:
        return None


UNITS = made("units", [(shapely.box(119.9, 31, 119.95, 31.1), "甲镇", "990101", ""),
                       (shapely.box(119.95, 31, 120, 31.1), "乙镇", "990102", "")])  # fmt: skip
LINES = made("lines", [(shapely.LineString([(119.9, 31), (120, 31.1)]), "线", "990101", "")])
ROADS = made("roads", [(shapely.LineString([(119.9, 31.05), (120, 31.05)]), "路", "", "")])


@given(st.sampled_from(sorted(set(SCHEMAS) - {"values"})), _ROWS, _ROWS)
def test_any_layer_can_be_looked_at_mended_compared_and_sent_back(
    kind: str,
    rows: list[tuple[shapely.Geometry | None, str, str, str]],
    others: list[tuple[shapely.Geometry | None, str, str, str]],
) -> None:
    layer, other = made(kind, rows), made(kind, others)
    if layer is None:
        return
    context = Context(units=UNITS, roads=ROADS, lines=LINES, demand=made("demand", others))
    findings = inspect(layer, context)
    numbers = set(layer.frame["row"])
    for finding in findings:
        assert finding.row is None or finding.row in numbers
        assert finding.sentence("zh")
        assert finding.sentence("en")
    assert inspect(layer, context) == findings
    for name in MENDS:
        before = layer.frame.copy()
        done = mend(layer, name, context)
        pd.testing.assert_frame_equal(pd.DataFrame(layer.frame), pd.DataFrame(before))
        quality = done.layer.quality
        assert quality.rows_read == quality.rows_kept + quality.rows_refused
        assert bool(done.changes) == (done.layer is not layer)
        if name in mends_for(findings):
            assert done.changes
        # Once is enough.
        assert mend(done.layer, name, context).changes == ()
    table = refused_table(layer.quality)
    assert len(table) == layer.quality.rows_refused
    assert all(table["退回原因"]) if len(table) else True
    assert refused_csv(layer.quality)
    assert refused_xlsx(layer.quality)
    assert compare(layer, layer).differences == ()
    if other is not None:
        told = compare(layer, other)
        assert told.removed + told.changed + told.unchanged == len(layer.frame)
        assert told.added + told.changed + told.unchanged == len(other.frame)
