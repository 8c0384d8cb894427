"""``scorecard.csv``, ``summary.json`` and ``plan.json``: the columns of the contract, nothing lost, nothing run."""

import csv
import dataclasses
import json
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from coverage.plans.scorecard import Missing, Status
from geo.errors import DataError, FileError
from reports import scorecard_words
from reports.scorecard_csv import SCORECARD_FILES, read_scorecard, write_scorecard
from reports.scorecard_words import basis_words, missing_words, status_word
from tests.scorecards import PLAN, card, renamed, score

CONTRACT = [
    "indicator_id", "unit_code", "unit_name", "year", "baseline", "value", "operator", "target", "pace", "binding",
    "status", "numerator", "denominator", "basis", "department", "quote",
]  # fmt: skip


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "scorecard.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_columns_of_the_contract_come_first_behind_a_mark(tmp_path: Path) -> None:
    write_scorecard(card(), tmp_path)
    data = (tmp_path / "scorecard.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.decode("utf-8-sig").split("\r\n")[0].split(",")[: len(CONTRACT)] == CONTRACT
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(SCORECARD_FILES)


def test_a_row_says_what_the_score_says(tmp_path: Path) -> None:
    write_scorecard(card(), tmp_path)
    rows = rows_of(tmp_path)
    assert len(rows) == 13
    first = rows[0]
    assert {name: first[name] for name in CONTRACT} == {
        "indicator_id": "7", "unit_code": "990100", "unit_name": "望湖县", "year": "2026", "baseline": "33.3",
        "value": repr(200 / 3), "operator": ">=", "target": "100.0", "pace": "90.0", "binding": "约束性",
        "status": "missed", "numerator": "2.0", "denominator": "3.0", "basis": "located_in", "department": "养老服务科",
        "quote": "每个乡镇至少有1个标准化养老机构",
    }  # fmt: skip
    assert json.loads(first["failing"]) == ["990103"]
    assert json.loads(first["flags"]) == ["coverage_of_what"]
    no_value = next(row for row in rows if row["indicator_id"] == "13b")
    assert (no_value["value"], no_value["status"], no_value["reason"]) == ("", "no_data", "no_values")


def test_no_cell_runs_as_a_formula(tmp_path: Path) -> None:
    """E11: also the operator ``=``, which stands behind a quote in the file."""
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"):
        write_scorecard(renamed(card(), text), tmp_path)
        for row in rows_of(tmp_path):
            assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())
        assert rows_of(tmp_path)[0]["name"] == f"'{text}"
    assert next(row for row in rows_of(tmp_path) if row["indicator_id"] == "13b")["operator"] == "'="


@pytest.mark.parametrize("text", ["甲镇", "=1+1", "a,b\"c'd", "两行\n文字", "NA", "0101", ""])
def test_what_is_written_is_read_again(tmp_path: Path, text: str) -> None:
    """P12: to the bit, the numbers too."""
    given = renamed(card(), text)
    write_scorecard(given, tmp_path, lang="en", seconds=1.5)
    read = read_scorecard(tmp_path)
    assert read.scores == given.scores
    assert read.plan == PLAN
    assert read.findings == given.findings
    assert (read.as_of, read.level) == (given.as_of, given.level)
    assert [dict(entry) for entry in read.inputs] == list(given.inputs)
    assert dict(read.parameters) == given.parameters
    assert dict(read.versions) == given.versions


def test_the_summary_counts_and_names(tmp_path: Path) -> None:
    write_scorecard(card(), tmp_path, seconds=0.25)
    said = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert (said["indicators"], said["units"], said["seconds"], said["level"]) == (4, 3, 0.25, "内部")
    assert {status: n for status, n in said["statuses"].items() if n} == {
        "behind": 1, "missed": 1, "no_data": 1, "to_verify": 1,
    }  # fmt: skip
    assert said["statuses_of_units"]["met"] == 2
    assert said["synthetic"] is True
    assert "虚构" in said["notice"]
    assert "OpenStreetMap" in said["attribution"]
    assert said["plan"]["id"] == "wanghu"


def test_nothing_is_fictional_where_no_input_is(tmp_path: Path) -> None:
    real = [{**entry, "synthetic": False} for entry in card().inputs]
    write_scorecard(card(inputs=tuple(real)), tmp_path)
    assert "synthetic" not in json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))


def test_a_finding_of_another_version_is_named(tmp_path: Path) -> None:
    write_scorecard(card(), tmp_path)
    file = tmp_path / "summary.json"
    file.write_text(file.read_text(encoding="utf-8").replace("units_left_aside", "of_tomorrow"), encoding="utf-8")
    (said,) = read_scorecard(tmp_path).findings
    assert "of_tomorrow" in said.sentence("en")


@pytest.mark.parametrize("name", SCORECARD_FILES)
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    write_scorecard(card(), tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(FileError) as caught:
        read_scorecard(tmp_path)
    assert name in caught.value.message("en")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("plan.json", "{}"), ("plan.json", "[" * 100_000), ("summary.json", "[]"), ("summary.json", "{"),
        ("summary.json", '{"inputs": [1], "level": "内部"}'), ("scorecard.csv", 'a,b\n"x'),
        ("scorecard.csv", "a,b\n1,2"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_told(tmp_path: Path, name: str, text: str) -> None:
    write_scorecard(card(), tmp_path)
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises((FileError, DataError)) as caught:
        read_scorecard(tmp_path)
    assert name in caught.value.message("en")


def test_a_level_above_internal_is_not_read(tmp_path: Path) -> None:
    write_scorecard(dataclasses.replace(card(), level="秘密"), tmp_path)
    with pytest.raises(FileError):
        read_scorecard(tmp_path)


@pytest.mark.parametrize(
    ("column", "cell"),
    [("status", "great"), ("value", "many"), ("whole", "1"), ("missing", "{}"), ("others", '[{"basis":"x"}]'),
     ("missing", '[{"amount":"1","what":"beds"}]'), ("year", ""), ("failing", "[" * 50_000)],
)  # fmt: skip
def test_a_row_that_says_what_no_score_says(tmp_path: Path, column: str, cell: str) -> None:
    write_scorecard(card(scores=(score("7"), score("13a"))), tmp_path)
    rows = rows_of(tmp_path)
    rows[1][column] = cell
    with (tmp_path / "scorecard.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(DataError) as caught:
        read_scorecard(tmp_path)
    assert caught.value.code == "scorecard_row_bad"
    assert caught.value.rows == (3,)


@pytest.mark.parametrize(
    ("basis", "zh", "en"),
    [
        ("located_in", "设施位于本单元内", "facility stands in the unit"),
        ("ledger;户籍 2020", "台账汇总;户籍人口 2020", "from the ledger; registered people 2020"),
        ("户籍 2025", "户籍人口 2025", "registered people 2025"),
        ("distance:300", "路网距离 300 米", "300 m along the road"),
        ("within_time:mine;常住", "路网时间(mine);常住人口", "time on the road network (mine); residents"),
        ("other:1", "other:1", "other:1"), ("", "", ""),
    ],
)  # fmt: skip
def test_a_basis_in_words(basis: str, zh: str, en: str) -> None:
    """What has no word stays as it is: nothing is lost."""
    assert (basis_words(basis), basis_words(basis, "en")) == (zh, en)


def test_both_languages_have_words_for_the_same() -> None:
    """One table for tables, Word and pages: each status of each sort of indicator has a word and a look."""
    words = tomllib.loads((Path(scorecard_words.__file__).with_name("scorecard.toml")).read_text(encoding="utf-8"))

    def keys(part: dict[str, object], above: str = "") -> set[str]:
        return {
            key
            for name, value in part.items()
            for key in (keys(value, f"{above}.{name}") if isinstance(value, dict) else {f"{above}.{name}"})
        }

    assert keys(words["zh"]) == keys(words["en"])
    statuses = set(get_args(Status))
    assert set(words["look"]) == statuses
    assert all(set(by_status) == statuses for by_status in words["zh"]["status"].values())
    assert len({look["mark"] for look in words["look"].values()}) == len(statuses)


def test_words_of_statuses_are_those_of_the_bureau() -> None:
    """约束性: 达标, 未达标; 预期性: 已完成, 按序时推进, 滞后; 未达标 is said of nothing else."""
    said = {
        (binding, status): status_word(score("7", binding=binding, status=status))
        for binding in ("约束性", "预期性", "")
        for status in get_args(Status)
    }
    assert {pair for pair, word in said.items() if word in {"达标", "未达标"}} == {
        ("约束性", "met"), ("约束性", "missed"),
    }  # fmt: skip
    assert [said["预期性", status] for status in ("met", "on_pace", "behind", "missed")] == [
        "已完成", "按序时推进", "滞后", "滞后",
    ]  # fmt: skip
    assert {said["约束性", status] for status in ("no_data", "not_applicable", "to_verify")} == {
        "暂无数据", "不适用", "数据待核实",
    }  # fmt: skip


def test_what_is_missing_in_words() -> None:
    either = Missing(2.0, "facilities", ("elder_home", "自有类型"), "990103")
    assert missing_words(either, names={"990103": "丙乡"}) == "2 处养老机构或自有类型(丙乡)"
    assert missing_words(Missing(1.5, "beds")) == "1.5 张床位"
    assert missing_words(Missing(3.0, "facilities"), "en") == "3 facilities"
    assert missing_words(Missing(4.0, "desks")) == "4(desks)"
