"""People of a year to come, by totals that somebody gave: parts keep their shares, and add up to the total."""

import math
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import RequestError
from layers.forecast import at_year, demand_in, forecast
from layers.layer import Layer
from layers.population import Population, population_of
from tests.builders import demand, layer_of, units
from tests.study import cli, coverage_arguments, load, properties, world, write_csv, write_study

Row = tuple[str, str, int, float, str]
HEADER = ["unit_code", "indicator", "year", "value", "base"]


def values(*rows: Row) -> Layer:
    return layer_of("values", [dict(zip(HEADER, row, strict=True)) for row in rows], [None] * len(rows))


def county(*parts: str) -> Layer:
    rows = [{"unit_code": code, "name": code} for code in ("990100", *parts)]
    return layer_of("units", rows, [None] * len(rows))


def of_year(population: Population, year: int) -> dict[str, float]:
    rows = population.frame[(population.frame["source"] == "forecast") & (population.frame["year"] == year)]
    return dict(zip(rows["unit_code"], rows["people"], strict=True))


TODAY: tuple[Row, ...] = (
    ("990100001", "pop60", 2025, 100, "户籍"), ("990100002", "pop60", 2025, 50, "户籍"),
    ("990100003", "pop60", 2025, 50, "户籍"),
)  # fmt: skip
TOWNS = ("990100001", "990100002", "990100003")


def test_a_total_of_the_county_is_spread_by_the_shares_of_today() -> None:
    """预测到2030年: 303 by 2 : 1 : 1 are 151.5, 75.75 and 75.75."""
    table = values(*TODAY, ("990100", "60岁及以上人口(万人)", 2030, 0.0303, "户籍"))
    made = forecast(population_of(county(*TOWNS), table, None), column="pop60", year=2030, base="户籍")
    assert of_year(made, 2030) == {"990100001": 151, "990100002": 76, "990100003": 76}
    told = made.findings[-1]
    assert (told.code, told.facts["unit_code"], told.facts["basis"]) == ("people_forecast", "990100", "户籍 2025")
    one = made.people(["990100", "990100001"], column="pop60", base="户籍", year=2030)
    assert [(each.people, each.as_asked, each.basis.source) for each in one.values()] == [
        (303, True, "values"), (151, True, "forecast")]  # fmt: skip
    # What is known of today stays what it is.
    assert made.people(["990100001"], column="pop60", base="户籍", year=2025)["990100001"].people == 100


def test_a_part_with_a_total_of_its_own_keeps_it() -> None:
    table = values(*TODAY, ("990100", "pop60", 2030, 300, "户籍"), ("990100001", "pop60", 2030, 200, "户籍"))
    made = forecast(population_of(county(*TOWNS), table, None), column="pop60", year=2030, base="户籍")
    assert of_year(made, 2030) == {"990100002": 50, "990100003": 50}


def test_what_cannot_be_spread_is_told() -> None:
    more = values(*TODAY, ("990100", "pop60", 2030, 300, "户籍"), ("990100001", "pop60", 2030, 400, "户籍"))
    unknown = values(*TODAY[:2], ("990100", "pop60", 2030, 300, "户籍"))
    for table in (more, unknown):
        made = forecast(population_of(county(*TOWNS), table, None), column="pop60", year=2030, base="户籍")
        assert of_year(made, 2030) == {}
        assert [finding.code for finding in made.findings] == ["forecast_not_spread"]
    with pytest.raises(RequestError) as caught:
        forecast(population_of(county(*TOWNS), values(*TODAY), None), column="pop60", year=2030, base="户籍")
    assert caught.value.code == "no_total_of_year"


def test_places_add_up_to_their_units_in_that_year() -> None:
    boxes = units({"990100001": (0, 0, 500, 500), "990100002": (500, 0, 1000, 500)})
    places = demand({"a": (100, 100), "b": (200, 100), "c": (900, 100), "outside": (5000, 0)})
    places.frame["pop60"] = [30.0, 10.0, 5.0, 7.0]
    places.frame["pop"] = [100.0, 100.0, 100.0, 100.0]
    table = population_of(
        boxes, values(("990100001", "pop60", 2030, 60, ""), ("990100001", "pop60", 2029, 1, "")), places
    )
    made = at_year(places, boxes, table, year=2030)
    assert made.frame["pop60"].tolist() == [45, 15, 5, 7]
    assert made.frame["pop"].tolist() == [100] * 4
    assert places.frame["pop60"].tolist() == [30, 10, 5, 7]
    told = made.quality.findings[0]
    assert (told.code, told.facts["before"], told.facts["after"], told.facts["stays"]) == (
        "demand_of_year",
        "52",
        "72",
        2,
    )
    with pytest.raises(RequestError):
        at_year(places, boxes, table, year=2031)
    with pytest.raises(RequestError) as caught:
        demand_in(places, boxes, None, year=2030)
    assert caught.value.code == "year_needs_values"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 900), min_size=1, max_size=9), st.lists(st.integers(0, 60), min_size=1, max_size=9),
       st.integers(0, 10**6))  # fmt: skip
def test_c06_a_forecast_loses_nobody(towns: Sequence[int], villages: Sequence[int], total: int) -> None:
    """Over two levels: towns add up to the county, villages to their town, in whole people."""
    codes = [f"9901000{number:02}" for number in range(1, len(towns) + 1)]
    small = [f"{codes[0]}{number:03}" for number in range(1, len(villages) + 1)]
    rows = [(code, "pop60", 2025, float(people), "") for code, people in zip(codes, towns, strict=True)]
    rows += [(code, "pop60", 2020, float(people), "") for code, people in zip(small, villages, strict=True)]
    table = values(*rows, ("990100", "pop60", 2030, float(total), ""))
    made = forecast(population_of(county(*codes), table, None), column="pop60", year=2030)
    found = of_year(made, 2030)
    if not sum(towns):
        assert found == {}
        return
    assert math.fsum(found[code] for code in codes) == total
    if sum(villages):
        assert math.fsum(found[code] for code in small) == found[codes[0]]
    assert all(people == int(people) >= 0 for people in found.values())
    assert all(abs(found[code] - total * people / sum(towns)) < 1 for code, people in zip(codes, towns, strict=True))


def test_the_command_counts_the_people_of_a_year_to_come(tmp_path: Path) -> None:
    files = write_study(tmp_path, world())
    now = cli(*coverage_arguments(files, tmp_path / "now", weight="pop65"), cwd=tmp_path)
    assert now.returncode == 0, now.stderr
    by_unit = {row["unit_code"]: row["weight"] for row in properties(tmp_path / "now" / "units.geojson")}
    table = write_csv(tmp_path / "values.csv", HEADER, [["990101", "65岁及以上人口", 2030, 5000, "户籍"]])
    later = cli(*coverage_arguments(files, tmp_path / "later", weight="pop65", values=table,
                                    **{"population-year": 2030, "population-base": "户籍"}), cwd=tmp_path)  # fmt: skip
    assert later.returncode == 0, later.stderr
    after = {row["unit_code"]: row["weight"] for row in properties(tmp_path / "later" / "units.geojson")}
    assert after == {**by_unit, "990101": 5000}
    told = load(tmp_path / "later" / "summary.json")["parameters"]["people_by"]
    assert (told["year"], told["base"], told["file"], len(told["sha256"])) == (2030, "户籍", "values.csv", 64)
    assert load(tmp_path / "now" / "summary.json")["parameters"]["people_by"] is None
    without = cli(*coverage_arguments(files, tmp_path / "no", **{"population-year": 2030}), cwd=tmp_path)
    assert (without.returncode, "--values" in without.stderr) == (2, True)


def test_the_command_takes_the_people_of_units_where_there_are_no_places(tmp_path: Path) -> None:
    files = write_study(tmp_path, world())
    del files["demand"]
    rows = [["990101", "60岁及以上户籍人口", 2020, 40, ""], ["990102", "60岁及以上户籍人口", 2020, 10, ""],
            ["990101", "60岁及以上户籍人口", 2025, 44, ""]]  # fmt: skip
    table = write_csv(tmp_path / "values.csv", HEADER, rows)
    asked = coverage_arguments(files, tmp_path / "out", weight="pop60", values=table, grid=100,
                               **{"population-year": 2020, "population-base": "户籍"})  # fmt: skip
    done = cli(*asked, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = {row["unit_code"]: row["weight"] for row in properties(tmp_path / "out" / "units.geojson")}
    assert {code: people for code, people in found.items() if code} == {"990101": 40, "990102": 10}
    ids = [row["demand_id"] for row in properties(tmp_path / "out" / "demand.geojson")]
    assert "990101#1" in ids
    assert load(tmp_path / "out" / "summary.json")["parameters"]["people_by"]["year"] == 2020
    unsaid = cli(*coverage_arguments({**files, "demand": table}, tmp_path / "no", values=table), cwd=tmp_path)
    assert (unsaid.returncode, "values_need_year" in unsaid.stderr) == (2, True)
    nobody = cli(*coverage_arguments(files, tmp_path / "no"), cwd=tmp_path)
    assert (nobody.returncode, "no_demand_given" in nobody.stderr) == (2, True)
