"""The main job on the layers of a workspace gives what it gives on the files that they were added from."""

from pathlib import Path

import pandas as pd
from typer.testing import CliRunner

from cli import app
from coverage.network import build_network
from coverage.request import Request
from coverage.result import Result
from coverage.run import run
from layers.layer import Layer
from layers.read import read_layer
from layers.workspace import open_workspace
from tests.builders import parameters
from tests.study import world, write_study

KINDS = ("roads", "facilities", "demand", "units")


def _result(layers: dict[str, Layer]) -> Result:
    roads, *others = (layers[kind] for kind in KINDS)
    return run(Request(build_network(roads), *others, parameters()))


def test_a_stored_layer_answers_as_its_file(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    files = write_study(tmp_path / "files", world())
    said = CliRunner().invoke(app, ["workspace", "new", str(tmp_path / "w")])
    assert said.exit_code == 0
    for kind in KINDS:
        said = CliRunner().invoke(app, ["workspace", "add", str(tmp_path / "w"), str(files[kind]), "--kind", kind])
        assert said.exit_code == 0, said.output
    workspace = open_workspace(tmp_path / "w")
    stored = {kind: workspace.read(kind) for kind in KINDS}
    there = {kind: layer for kind, layer in stored.items() if layer is not None}
    by_file, by_workspace = _result({kind: read_layer(files[kind], kind) for kind in KINDS}), _result(there)
    assert by_file.summary == by_workspace.summary
    for name in ("demand", "facilities", "gaps", "units", "service_areas", "reached_roads"):
        pd.testing.assert_frame_equal(getattr(by_file, name), getattr(by_workspace, name))
    for kind in KINDS:
        pd.testing.assert_frame_equal(
            there[kind].quality.refused, read_layer(files[kind], kind).quality.refused, check_dtype=False
        )
