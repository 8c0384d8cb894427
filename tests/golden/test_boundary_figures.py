"""T11 of the plans: figures of lines, stakes and disputes, worked out by hand, and how a scorecard takes them."""

import dataclasses
import datetime as dt
from pathlib import Path

import pytest
import shapely

from coverage.plans.inputs import BoundaryFigure, Inputs
from demarcation.figures import FIGURES, boundary_figure, figures_of
from demarcation.model import Inspection, Line, Segment, Stake, Study
from demarcation.rules import load_rules
from layers.layer import Origin, QualityReport, Source
from layers.workspace_edit import new_workspace
from reports.scorecard_words import basis_words, reason_words
from tests.builders import AS_OF, XY, at, layer_of, path, units
from tests.ledgers_of_plans import scored, whole

RULES = load_rules()


def _line(code: str, last: dt.date | None, *points: XY) -> Line:
    segment = Segment("", shapely.LineString(path(points)), 1)
    return Line(code, code, "990101", "990102", "", None, "", *[None] * 5, "", last, (segment,))


def _stake(serial: int, state: str, tag: str = "") -> Stake:
    number = f"9901{serial:03d}Q"
    return Stake(number, "9901", serial, "Q", state, place=at(0, 1000.0 * serial), fields={"tag": tag})


STUDY = Study(
    {
        "9901": _line("9901", dt.date(2022, 1, 1), (0, 0), (0, 100_000)),
        "9902": _line("9902", dt.date(2020, 1, 1), (50_000, 0), (50_000, 50_000)),
    },
    (_stake(1, "完好", "二维码1"), _stake(2, "完好"), _stake(3, "损坏"), _stake(4, "完好")),
    AS_OF,
    disputes=layer_of("disputes", [{"name": name, "state": ""} for name in "abc"],
                      [shapely.Point(at(0, y)) for y in (1000, 2000, 3000)]),
)  # fmt: skip


def _value(name: str, study: Study = STUDY) -> tuple[float | None, float | None, float | None, str, str]:
    found = boundary_figure(name, study, RULES)
    value = None if found.value is None else round(found.value, 3)
    return value, found.numerator, found.denominator, found.reason, found.doubt


def test_figures_of_two_lines_and_four_stakes() -> None:
    """100 + 50 km; the second was inspected six and a half years ago; three of four stakes in order, one has a tag."""
    assert _value("inspections_done") == (50, 1, 2, "", "")
    assert _value("stakes_in_order") == (75, 3, 4, "", "")
    assert _value("stakes_with_tag") == (25, 1, 4, "", "")
    assert _value("open_disputes")[0] == 3
    assert _value("disputes_per_100_km")[0] == pytest.approx(3 / 150 * 100, rel=1e-3)
    plots = layer_of("projects", [{"name": "p"}, {"name": "q"}],
                     [shapely.box(*at(-100, 50), *at(100, 150)), shapely.box(*at(10, 50), *at(100, 150))])  # fmt: skip
    assert _value("features_across", dataclasses.replace(STUDY, projects=plots))[0] == 1
    towns = units({"990101": (0, 0, 10, 10), "990102": (10, 0, 20, 10)})
    towns.frame["valid_from"] = [dt.date(2020, 1, 1), None]
    assert _value("units_with_dates", dataclasses.replace(STUDY, units=towns)) == (50, 1, 2, "", "")


def test_a_round_is_done_when_both_sides_say_so_of_a_whole_line() -> None:
    """The fifth round of 9901 by both sides, of 9902 by one; nobody speaks of the fourth."""
    log = [Inspection(code, "", dt.date(2026, 5, 1), 5, unit) for code, unit in
           (("9901", "990101"), ("9901", "990102"), ("9902", "990101"))]  # fmt: skip
    told = dataclasses.replace(STUDY, inspections=tuple(log))
    assert _value("round_5_done", told) == (50, 1, 2, "", "")
    assert _value("round_4_done", told)[0] == 0


def test_what_nobody_knows_is_no_data_and_not_zero() -> None:
    bare = dataclasses.replace(
        STUDY, stakes=(_stake(1, ""),), disputes=None,
        lines={code: dataclasses.replace(line, last_inspection=None) for code, line in STUDY.lines.items()},
    )  # fmt: skip
    reasons = {name: boundary_figure(name, bare, RULES).reason for name in FIGURES if name != "checks_run"}
    assert reasons == {
        "round_4_done": "no_rounds", "round_5_done": "no_rounds", "inspections_done": "no_inspections",
        "stakes_in_order": "no_states", "stakes_with_tag": "no_tags", "open_disputes": "no_disputes",
        "disputes_per_100_km": "no_disputes", "features_across": "no_shapes", "units_with_dates": "no_units",
        "shared_edge_mismatch": "no_other_edition",
    }  # fmt: skip
    assert boundary_figure("lines_of_poetry", bare, RULES).reason == "not_computed"
    # One of two is known: the share is told, and has to be checked.
    half = dataclasses.replace(STUDY, stakes=(*STUDY.stakes, _stake(5, "")))
    assert _value("stakes_in_order", half) == (75, 3, 4, "", "stakes_untold")
    words = {*reasons.values(), "lines_untold", "stakes_untold", "no_lines", "no_stakes", "not_public"}
    for lang in ("zh", "en"):
        assert all(reason_words(word, lang) != word for word in words)
        assert basis_words("boundary", lang) != "boundary"


def test_an_empty_workspace_names_the_layer_that_it_lacks(tmp_path: Path) -> None:
    study = new_workspace(tmp_path / "study", "望湖", as_of=AS_OF)
    ask = figures_of(study)
    assert ask("inspections_done", AS_OF).reason == "no_lines"
    assert ask("stakes_in_order", AS_OF).reason == "no_stakes"
    assert ask("open_disputes", AS_OF).reason == "no_disputes"
    public = figures_of(study, public=True)
    assert {name: public(name, AS_OF).reason for name in FIGURES} == {
        name: "no_units" if name == "units_with_dates" else "not_public" for name in FIGURES
    }


def test_a_scorecard_takes_the_figures_their_day_and_their_secrecy() -> None:
    """金华 row 79: the plan names no number, so nothing is judged; the level is that of the lines."""
    asked: list[tuple[str, dt.date]] = []
    lines = Origin("lines", "wgs84", Source("lines.gpkg", "0" * 64, level="内部"), QualityReport((), 2, 2))

    def answer(name: str, day: dt.date) -> BoundaryFigure:
        asked.append((name, day))
        return BoundaryFigure(50.0, 1.0, 2.0, origins=(lines,))

    day = dt.date(2021, 12, 31)
    card = scored("jinhua", Inputs(boundary=answer), day)
    one = next(score for score in card.of("79a") if score.whole)
    assert (one.value, one.numerator, one.denominator, one.basis) == (50, 1, 2, "boundary")
    assert (one.status, one.reason) == ("not_applicable", "no_target")
    assert set(asked) == {("inspections_done", day), ("disputes_per_100_km", day)}
    assert [(given["kind"], given["level"]) for given in card.inputs] == [("lines", "内部")]
    nobody = whole("jinhua", Inputs(), "79a", day)
    assert (nobody.status, nobody.reason) == ("no_data", "not_computed")
