"""What the page keeps is kept by what was made of a file, not by the file; what leaves it is in the log."""

import dataclasses
import hashlib
from pathlib import Path

import numpy as np
import pytest
import shapely

from coverage.network import build_network
from geo.errors import OutputError
from layers.export_log import read_log
from layers.layer import Layer
from layers.workspace_edit import About, add_layer, new_workspace
from tests.builders import Place, Road, demand, facilities, parameters, roads
from tests.workspaces import DAY
from ui import assets, downloads, i18n, state


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


def test_each_file_of_a_result_is_in_the_log_before_it_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = new_workspace(tmp_path / "w", "试点", as_of=DAY)
    study = state.Study("test_log", workspace, build_network(roads([(0.0, 0.0), (900.0, 0.0)])),
                        facilities({"F": Place((0.0, 5.0))}), demand({"D": Place((400.0, 5.0))}),
                        None, None, None, None, None)  # fmt: skip
    result = state.result_for(study, parameters())
    made = {}
    monkeypatch.setattr(downloads, "_button", lambda place, key, say, make, file: made.update({file[0]: make}))
    downloads.buttons(study, result, i18n.sayer("zh"), "zh")
    assert len(made) == 3
    for name, make in made.items():
        data = make()
        entry = read_log(workspace.path).entries[-1]
        assert (entry.export.file, entry.export.sha256) == (name, hashlib.sha256(data).hexdigest())
        assert (entry.export.level, entry.export.rows, entry.export.public) == ("内部", 2, False)
    assert [entry.export.what for entry in read_log(workspace.path).entries] == ["page", "map", "data"]
    (workspace.path / "exports.jsonl").unlink()
    (workspace.path / "exports.jsonl").mkdir()
    for make in made.values():
        with pytest.raises(OutputError):
            make()
