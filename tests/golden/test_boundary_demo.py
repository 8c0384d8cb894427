"""The demo's stakes and lines: every planted fault is found by the check that it is for, and nothing else is told."""

import datetime as dt
import json
from pathlib import Path

from demarcation.check import run
from demarcation.model import Study
from demarcation.read import lines_of, stakes_of
from demarcation.rules import load_rules
from layers.read import read_layer


def test_every_planted_fault_of_the_demo_is_found_and_nothing_else(root: Path) -> None:
    demo = root / "data" / "demo"
    said = json.loads((demo / "planted.json").read_text(encoding="utf-8"))
    kinds = ("lines", "stakes", "units", "facilities")
    layers = {kind: read_layer(demo / "layers" / f"{kind}.parquet", kind) for kind in kinds}
    rules = load_rules()
    study = Study(
        lines=lines_of(layers["lines"]),
        stakes=stakes_of(layers["stakes"], rules),
        as_of=dt.date.fromisoformat(said["as_of"]),
        units=layers["units"],
        facilities=layers["facilities"],
    )
    planted = {(fault["check"], fault["line_code"], fault["stake_no"]) for fault in said["stakes"]}
    also = {(check, f["line_code"], f["stake_no"]) for f in said["stakes"] for check in f["may_also"]}
    checked = run(study, rules)
    found = {(f.check, f.line_code, f.stake_no) for f in checked.findings if f.severity != "info"}
    assert planted - found == set()
    assert found - planted - also == set()
    # Only what the demo has no input for.
    assert set(checked.not_run) <= {"K13", "K15", "K19", "K20"}
