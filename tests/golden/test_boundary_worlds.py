"""Random counties with planted faults: every one is found by the right check, and nobody else is accused.

``tests/boundary_worlds.py`` makes counties in order, ``tests/boundary_faults.py`` plants faults of every kind; both are
written from ``docs/boundary.md`` and not from the checks. Ten counties here, 200 in ``make test-long``.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import settings

from demarcation.check import run
from demarcation.finding import CHECKS, BoundaryFinding
from demarcation.rules import load_rules
from tests.boundary_faults import spoil
from tests.boundary_measures import GEOD, locate
from tests.boundary_plan import ANY
from tests.boundary_study import layers_by_files, layers_of, study_of
from tests.boundary_worlds import County, Planted, make_county

#: Their infos answer a question too; elsewhere an info accuses nobody.
INFO_CHECKS = {"K5", "K6", "K15", "K16", "K18", "K19"}
LEAST = 0.99


def _counties() -> int:
    return 200 if settings.get_current_profile_name() == "long" else 10


def _counts(finding: BoundaryFinding) -> bool:
    return finding.severity != "info" or finding.check in INFO_CHECKS


def _answers(finding: BoundaryFinding, planted: Planted) -> bool:
    """Whether a finding is what was planted."""
    right = (
        finding.check == planted.check
        and finding.line_code in planted.lines
        and finding.stake_no in planted.stakes
        and finding.severity in planted.severities
    )
    # A hundredth of a degree is a kilometre: which of two gaps of the county it is, not where in it the place lies.
    return right and (planted.near is None or finding.where is None or finding.where.distance(planted.near) < 0.01)


def _value_is_right(finding: BoundaryFinding, planted: Planted) -> bool:
    """To 2 % and the centimetres of what a table holds of azimuths, distances and places."""
    return planted.value is None or abs(finding.value or 0.0) == pytest.approx(abs(planted.value), rel=0.02, abs=0.15)


def _excused(finding: BoundaryFinding, county: County) -> bool:
    said = (finding.check, finding.line_code, finding.stake_no)
    return any(
        all(pattern in {ANY, value} for pattern, value in zip(allowed, said, strict=True))
        for planted in county.planted
        for allowed in planted.may_also
    )


class Score:
    """Planted and found, by check."""

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self.right: Counter[str] = Counter()
        self.false: Counter[str] = Counter()
        self.story: list[str] = []

    def add(self, county: County, findings: tuple[BoundaryFinding, ...]) -> None:
        told = [f for f in findings if _counts(f) or any(_answers(f, planted) for planted in county.planted)]
        wrong = []
        for planted in county.planted:
            answers = [finding for finding in told if _answers(finding, planted)]
            hit = any(_value_is_right(finding, planted) for finding in answers)
            (self.found if hit else self.missed)[planted.check] += 1
            if not hit:
                values = [finding.value for finding in answers]
                wrong.append(f"missed {planted.check} {planted.lines} {planted.stakes}: {planted.what} {values}")
        for finding in told:
            if any(_answers(finding, planted) for planted in county.planted):
                self.right[finding.check] += 1
            elif not _excused(finding, county):
                self.false[finding.check] += 1
                wrong.append(f"false {finding.check} {finding.severity} {finding.line_code} {finding.stake_no}: "
                             f"{finding.code} {finding.value}")  # fmt: skip
        if wrong:
            plan = "; ".join(f"{p.check} {p.lines[-1]} {p.stakes[0]} {p.what}" for p in county.planted)
            self.story += [f"county {county.seed}:", *[f"  {line}" for line in wrong], f"  planted: {plan}"]

    def shares(self, check: str) -> tuple[float, float]:
        """Precision and recall; 1 of nothing."""
        right, found = self.right[check], self.found[check]
        told, planted = right + self.false[check], found + self.missed[check]
        return right / told if told else 1.0, found / planted if planted else 1.0

    def table(self) -> str:
        lines = ["check   planted  found  false  precision  recall"]
        for check in CHECKS:
            precision, recall = self.shares(check)
            planted = self.found[check] + self.missed[check]
            counts = f"{check:<5} {planted:>9} {self.found[check]:>6} {self.false[check]:>6}"
            lines.append(f"{counts} {precision:>10.4f} {recall:>7.4f}")
        return "\n".join(lines)


# ---- the generator by itself ----------------------------------------------------------------------------------------


def test_units_tile_their_land_and_stakes_stand_by_their_lines() -> None:
    county = make_county(3)
    polygons = list(county.polygons.values())
    whole = shapely.union_all(polygons)
    assert whole.area == pytest.approx(sum(polygon.area for polygon in polygons), rel=1e-12)
    assert len({code[:4] for code in county.polygons}) >= 2
    for border in county.borders.values():
        assert 30 <= len(border.path) <= 300
        previous = -1.0
        for group in county.groups(border.code):
            places = {post.kind: locate(border.path, post.place) for post in group}
            if "Q" in places:
                assert abs(places["Q"][1]) <= 0.9 * border.warn_m + 0.01
            if "A" in places:
                assert places["A"][1] * places["B"][1] < 0
                a = next(post for post in group if post.kind == "A")
                assert county.polygons[border.units[0]].contains(shapely.Point(a.place))
            if "C" not in places:
                chain = max(place[0] for place in places.values())
                assert chain > previous
                previous = chain


def test_the_offset_of_the_generator_is_that_of_the_geodesic() -> None:
    rng = np.random.default_rng(1)
    path = np.array([[114.0, 30.0], [114.02, 30.01], [114.05, 30.0]])
    for _ in range(20):
        left = rng.uniform(-300, 300)
        at = path[0] + (path[1] - path[0]) * rng.uniform(0.2, 0.8)
        azimuth = GEOD.inv(*at, *path[1])[0]
        lon, lat, _ = GEOD.fwd(*at, azimuth - 90, left)
        chain, offset = locate(path, (lon, lat))
        assert offset == pytest.approx(left, abs=0.01)
        assert chain == pytest.approx(GEOD.inv(*path[0], *at)[2], abs=0.05)


# ---- the checks on them ---------------------------------------------------------------------------------------------


def test_a_county_in_order_has_no_finding() -> None:
    county = make_county(2_000_001)
    checked = run(study_of(county, layers_of(county)), load_rules())
    assert [f.as_dict("en") for f in checked.findings if _counts(f)] == []
    assert dict(checked.not_run) == {}


@pytest.mark.hypothesis
def test_planted_faults_are_found_and_nothing_else_is(
    record_property: Callable[[str, object], None], tmp_path: Path
) -> None:
    score = Score()
    first = 0 if _counties() == 10 else 1_000
    for turn in range(_counties()):
        county = make_county(first + turn)
        spoil(county, turn)
        layers = layers_by_files(county, tmp_path) if turn == 0 else layers_of(county)
        score.add(county, run(study_of(county, layers), load_rules()).findings)
    record_property("figures", score.table())
    # Nothing planted, nothing proved.
    assert all(score.found[check] + score.missed[check] for check in CHECKS)
    weak = [check for check in CHECKS if min(score.shares(check)) < LEAST]
    assert not weak, "\n".join([score.table(), *score.story])
