"""What the page keeps is kept by what was made of a file, not by the file; what leaves it is in the log."""

import dataclasses
import hashlib
from pathlib import Path

import numpy as np
import pytest
import shapely

from coverage.network import build_network
from coverage.request import Request
from coverage.run import run
from geo.errors import OutputError
from layers.export_log import read_log
from layers.layer import Layer
from layers.read import read_layer
from layers.workspace_edit import About, add_layer, new_workspace
from reports.geojson import write_result
from tests.builders import Place, Road, demand, facilities, parameters, roads
from tests.workspaces import DAY
from ui import assets, downloads, i18n, shelves


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
        found.append(shelves.made(workspace, f"{workspace.path} {workspace.digest}"))
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
    study = shelves.Study("test_log", workspace, build_network(roads([(0.0, 0.0), (900.0, 0.0)])),
                        facilities({"F": Place((0.0, 5.0))}), demand({"D": Place((400.0, 5.0))}),
                        None, None, None, None, None)  # fmt: skip
    result = shelves.result_for(study, parameters())
    made = {}
    monkeypatch.setattr(downloads, "button", lambda place, key, say, make, file: made.update({file[0]: make}))
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


def test_no_phone_leaves_with_the_refused_rows_of_a_result(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    text = "编号,名称,经度,纬度,服务电话,值班电话\nF,甲,114.3,30.6,0572-1,0572-2\nG,乙,,,0572-3,0572-4\n"
    file.write_text(text, encoding="utf-8")
    here = Place((0.0, 5.0))
    layer = dataclasses.replace(facilities({"F": here}), quality=read_layer(file, "facilities").quality)
    network = build_network(roads([(0.0, 0.0), (900.0, 0.0)]))
    result = run(Request(network, layer, demand({"D": Place((400.0, 5.0))}), None, parameters()))
    write_result(result, tmp_path)
    written = (tmp_path / "refused_facilities.csv").read_text(encoding="utf-8-sig")
    assert "乙" in written
    assert "电话" not in written.splitlines()[0]
    assert "0572" not in written


def test_refused_rows_that_are_taken_along_are_in_the_log(tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path / "w", "试点", as_of=DAY)
    leaves = downloads.Leaving("refused", "退回-facilities.xlsx", "内部", 3)
    assert downloads.logged(workspace, leaves, lambda: b"rows") == b"rows"
    (entry,) = read_log(workspace.path).entries
    assert vars(leaves).items() <= vars(entry.export).items()
    assert (entry.export.sha256, entry.export.public) == (hashlib.sha256(b"rows").hexdigest(), False)
