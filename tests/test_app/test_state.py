"""What the page keeps is kept by what was made of a file, not by the file."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import shapely

from layers.layer import Layer
from layers.workspace_edit import About, add_layer, new_workspace
from tests.builders import Road, roads
from tests.workspaces import DAY
from ui import assets, state


def moved(layer: Layer, by: float) -> Layer:
    """The same file, read in another datum."""
    shapes = shapely.transform(layer.frame.geometry.to_numpy(), lambda xy: xy + np.array([by, 0.0]))
    source = dataclasses.replace(layer.source, file="roads.gpkg", sha256="ab" * 32)
    return dataclasses.replace(layer, frame=layer.frame.set_geometry(shapes, crs=4326), source=source)


def test_one_file_read_in_two_ways_is_two_studies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "cache_dir", lambda: tmp_path / "cache")
    layer = roads(Road([(0.0, 0.0), (4000.0, 0.0)], highway="primary"))
    found = []
    for name, by in (("a", 0.0), ("b", 0.005)):
        workspace = add_layer(new_workspace(tmp_path / name, "试点", as_of=DAY), moved(layer, by), About())
        found.append(state.made(workspace, f"{workspace.path} {workspace.digest}"))
    one, other = found
    assert one.network is not None
    assert other.network is not None
    assert one.network.source.source.sha256 == other.network.source.source.sha256
    assert one.key != other.key
    assert one.network.key != other.network.key
    assert one.base is not None
    assert other.base is not None
    assert one.base.folder != other.base.folder
