"""``indicators`` from the command line: the files of the contract, on the demo and on small workspaces."""

import csv
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from layers.export_log import read_log
from layers.workspace import open_demo
from layers.workspace_edit import About, add_layer, new_workspace
from tests.ledgers_of_plans import COUNTY, at, ledger, rows, side_by_side, township
from tests.study import cli

CONTRACT = (
    "indicator_id", "unit_code", "unit_name", "year", "baseline", "value", "operator", "target", "pace", "binding",
    "status", "numerator", "denominator", "basis", "department", "quote",
)  # fmt: skip


def _table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def _load(file: Path) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return made


@pytest.mark.slow
def test_the_demo_is_scored_by_a_plan(tmp_path: Path) -> None:
    study = open_demo(tmp_path / "home")
    done = cli("indicators", "--plan", "chongming", "--workspace", study.path, "--out", tmp_path / "out", "--json")
    assert done.returncode == 0, done.stderr
    table = _table(tmp_path / "out" / "scorecard.csv")
    assert tuple(table[0])[: len(CONTRACT)] == CONTRACT
    summary = _load(tmp_path / "out" / "summary.json")
    assert json.loads(done.stdout)["statuses"] == summary["statuses"]
    assert sum(summary["statuses"].values()) == summary["indicators"] == sum(row["whole"] == "true" for row in table)
    assert summary["parameters"]["as_of"] == "2026-06-30"
    assert {one["kind"] for one in summary["inputs"]} == {"facilities", "units", "demand", "values", "roads"}
    assert all(len(one["sha256"]) == 64 for one in summary["inputs"])
    outlets = [row for row in table if row["indicator_id"] == "37"]
    passing = [row for row in outlets[1:] if row["status"] == "met"]
    assert (float(outlets[0]["numerator"]), float(outlets[0]["denominator"])) == (len(passing), 14)
    failing = [
        row["unit_code"] for row in _table(tmp_path / "out" / "failing_units.csv") if row["indicator_id"] == "37"
    ]
    assert len(failing) == 14 - len(passing)
    assert outlets[0]["status"] == "missed"
    leaves = read_log(study.path).entries[-1].export
    assert (leaves.what, leaves.file, leaves.rows, leaves.public) == ("indicators", "out", len(table), False)


@pytest.mark.slow
def test_the_same_scorecard_on_each_run(tmp_path: Path) -> None:
    study = open_demo(tmp_path / "home")
    for out in ("a", "b"):
        done = cli("indicators", "--plan", "changxing", "--workspace", study.path, "--out", tmp_path / out)
        assert done.returncode == 0, done.stderr
    for name in ("scorecard.csv", "failing_units.csv", "plan.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def _workspace(folder: Path, level: str) -> Path:
    """Three townships; 3, 40 and 60 people of 60 and over live in them."""
    folder.mkdir(parents=True)
    study = new_workspace(folder / "study", "望湖", as_of=dt.date(2025, 12, 31))
    people = [{**at(n + 0.5), "pop": 100, "pop60": count} for n, count in enumerate((3, 40, 60))]
    for layer in (side_by_side(3), ledger(at(0.5), at(1.5), kind="elder_home"), rows("demand", people)):
        study = add_layer(study, layer, About(level=level))
    return study.path


PLAN = """
schema_version = 1
id = "own"
place = "望湖县"
place_en = "Wanghu"
document = "试"
document_en = "trial"
level = "county"
first_year = 2020
last_year = 2025
[[requirement]]
id = 1
quote = "=1+1"
archetype = "T4"
[[requirement.indicator]]
name = "每百名老年人养老机构"
name_en = "Homes per hundred elders"
target = { year = 2025, value = 1 }
[requirement.indicator.measure]
type = "ratio"
numerator = { facilities = { kinds = ["elder_home"] } }
denominator = { people = "pop60" }
"""


def _scored(tmp_path: Path, level: str, *options: str) -> tuple[int, str, list[dict[str, str]], Path]:
    """Exit code, what was said, the rows of the scorecard, and the workspace."""
    study, plan, out = _workspace(tmp_path / level, level), tmp_path / "own.toml", tmp_path / f"out-{level}"
    plan.write_text(PLAN, encoding="utf-8")
    done = cli("indicators", "--plan", plan, "--workspace", study, "--out", out, *options)
    table = _table(out / "scorecard.csv") if done.returncode == 0 else []
    return done.returncode, done.stderr, table, study


def test_public_numbers_of_fewer_than_ten_people_are_taken_out_and_none_can_be_worked_out(tmp_path: Path) -> None:
    """3, 40 and 60 people: the first is taken out, and the second, for 103 - 40 - 60 would be 3."""
    code, said, table, study = _scored(tmp_path, "公开", "--public")
    assert code == 0
    assert "plan_cells" not in said  # the sentence, not its code
    assert "2 个数值" in said
    found = {row["unit_code"]: (row["denominator"], row["status"], row["reason"]) for row in table}
    assert found[COUNTY][0] == "103"
    assert found[township(1)] == found[township(2)] == ("", "no_data", "suppressed")
    assert found[township(3)][0] == "60"
    assert read_log(study).entries[-1].export.public
    _, _, table, _ = _scored(tmp_path / "inside", "公开")
    assert {row["unit_code"]: row["denominator"] for row in table}[township(1)] == "3"


def test_only_public_layers_pass_public_and_nothing_is_written_else(tmp_path: Path) -> None:
    code, said, _, _ = _scored(tmp_path, "内部", "--public")
    assert code == 2
    assert "内部" in said
    assert not (tmp_path / "out-内部").exists()


def test_a_quote_that_looks_like_a_formula_is_disarmed(tmp_path: Path) -> None:
    _, _, table, _ = _scored(tmp_path, "内部")
    assert {row["quote"] for row in table} == {"'=1+1"}


@pytest.mark.parametrize(("plan", "word"), [("no-such-plan", "chongming"), ("bad.toml", "bad.toml")])
def test_a_plan_that_is_none_is_refused(plan: str, word: str, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("id = 1", encoding="utf-8")
    given = tmp_path / plan if plan.endswith(".toml") else plan
    done = cli(
        "indicators", "--plan", given, "--workspace", _workspace(tmp_path / "w", "内部"), "--out", tmp_path / "out"
    )
    assert done.returncode == 2
    assert word in done.stderr
    assert not (tmp_path / "out").exists()
