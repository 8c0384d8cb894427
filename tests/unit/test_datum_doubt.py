"""A run of the main job says when places seem to be in a shifted datum that nobody told [B08]."""

import dataclasses

import geopandas as gpd
import numpy as np
import pytest
import shapely

from coverage.run import run
from coverage.study import request_of
from geo.datum import to_datum
from layers.workspace import open_demo


@pytest.mark.parametrize("known", ["assumed", "declared", "user"])
def test_b08_coverage_warns_of_a_datum_that_nobody_told_and_moves_nothing(known: str) -> None:
    """The demo's own facilities, shifted as by a Chinese map: suspected where the datum is assumed, else believed."""
    request = request_of(open_demo())
    frame = request.facilities.frame.copy()
    moved = to_datum(shapely.get_coordinates(frame.geometry.to_numpy()), "gcj02")
    shifted = frame.set_geometry(gpd.points_from_xy(moved[:, 0], moved[:, 1], crs=4326))
    source = dataclasses.replace(request.facilities.source, datum_known=known)
    layer = dataclasses.replace(request.facilities, frame=shifted, source=source)
    result = run(dataclasses.replace(request, facilities=layer))
    codes = [finding.code for finding in result.findings["facilities"]]
    assert ("datum_suspected" in codes) == (known == "assumed")
    assert np.allclose(shapely.get_coordinates(result.facilities.geometry.to_numpy()), moved, atol=1e-9)
