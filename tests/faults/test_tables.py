"""Ledgers as bureaus write them: read right, or refused with a sentence that names the row (faults.md, part A)."""

from pathlib import Path

import pytest

from geo.read import read_table
from layers.read import read_layer
from tests.ledgers import BAD_ROWS, FIRST_ROW, ROWS, STREETS, bureau_ledger

# ---- the ledger as a whole -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["台账.csv", "台账.xlsx"])
def test_a18_a_ledger_with_titles_two_rows_of_heading_and_a_sum(tmp_path: Path, name: str) -> None:
    layer = read_layer(bureau_ledger(tmp_path / name, dms=False), "facilities")
    quality = layer.quality
    assert (quality.rows_read, quality.rows_kept, quality.rows_refused) == (ROWS, ROWS - 3, 3)
    assert quality.refused["row"].tolist() == list(BAD_ROWS)
    first = layer.frame.iloc[0]
    assert (first["facility_id"], first["beds"], first["nursing_beds"]) == ("0101001", 20, 6)
    assert (first.geometry.x, first.geometry.y) == (114.2, 30.53)
    assert layer.frame["row"].iloc[0] == FIRST_ROW
    assert layer.frame["beds"].tolist()[3] == 23
    left_out = {(finding.code, finding.row) for finding in quality.findings if finding.code.endswith("left_out")}
    last = FIRST_ROW + ROWS
    assert left_out == {
        ("title_left_out", 1), ("title_left_out", 2), ("total_left_out", last),
        ("note_left_out", last + 1), ("note_left_out", last + 2),
    }  # fmt: skip
    assert "total_differs" not in {finding.code for finding in quality.findings}


def test_a18_a_cell_merged_over_rows_belongs_to_each_of_them(tmp_path: Path) -> None:
    table = read_table(bureau_ledger(tmp_path / "a.xlsx", dms=False))
    assert table.frame["所在街道"].tolist() == [street for street in STREETS for _ in range(ROWS // len(STREETS))]
    assert [(f.field, f.facts["count"]) for f in table.findings if f.code == "merged_filled"] == [("所在街道", 54)]
