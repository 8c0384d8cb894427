"""K20: stakes at two surveys."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from demarcation.axis import metres_per_degree
from demarcation.bench import Bench, step_deg_of
from demarcation.finding import BoundaryFinding
from demarcation.limits import SIGMAS, rounding_m
from demarcation.model import LonLat, Stake, Study
from demarcation.readings import apart_m
from demarcation.rules import Rules, sigma_m

__all__ = ["displacements", "no_survey_before"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Pair:
    """One stake at both surveys, with its two places and the tolerance of their distance."""

    stake: Stake
    now: LonLat
    before: LonLat
    limit_m: float

    @property
    def moved_m(self) -> float:
        """On the ellipsoid."""
        return apart_m(self.before, self.now)

    @property
    def step_m(self) -> FloatArray:
        """East and north, for what all stakes have in common."""
        return (np.array(self.now) - self.before) * metres_per_degree(self.now[1])


def no_survey_before(study: Study) -> str:
    """Why K20 cannot run."""
    return "no_stakes_before" if study.stakes_before is None else ""


def displacements(bench: Bench, rules: Rules) -> Iterator[BoundaryFinding]:
    """K20: stakes that moved by more than 3σ of both surveys, and those that one survey alone has."""
    before = bench.study.stakes_before or ()
    pairs = _pairs(bench, before, rules)
    common_m = _common(pairs, rules)
    if common_m is not None:
        facts = {"count": len(pairs)}
        yield BoundaryFinding("surveys_shifted", "K20", "info", "", "", float(np.hypot(*common_m)), None, "m",
                              facts=facts)  # fmt: skip
    for pair in pairs:
        moved_m = pair.moved_m if common_m is None else float(np.hypot(*(pair.step_m - common_m)))
        if moved_m > pair.limit_m:
            sentence = "stake_moved" if common_m is None else "stake_moved_beside_shift"
            yield BoundaryFinding(sentence, "K20", "fail", pair.stake.line_code, pair.stake.number, moved_m,
                                  pair.limit_m, "m", shapely.Point(pair.now), row=pair.stake.row)  # fmt: skip
    yield from _in_one(bench.study.stakes, before)


def _key(stake: Stake) -> tuple[str, str]:
    return stake.line_code, stake.number


def _pairs(bench: Bench, before: Sequence[Stake], rules: Rules) -> list[_Pair]:
    """Stakes that stand once in each survey, at places that are believed."""
    stakes = bench.study.stakes
    times = [Counter(map(_key, survey)) for survey in (stakes, before)]
    earlier = {_key(stake): stake for stake in before}
    steps_deg = (bench.step_deg, step_deg_of(before))
    found = []
    for position, stake in enumerate(stakes):
        slip = bench.slips.get(position)
        if any(counted[_key(stake)] != 1 for counted in times) or (slip is not None and slip.shift_m is not None):
            continue
        old = earlier[_key(stake)]
        if stake.place is not None and old.place is not None:
            sigmas = (sigma_m(rules, survey.survey_method) for survey in (stake, old))
            rounded_m = sum(rounding_m(step_deg, old.place) for step_deg in steps_deg)
            found.append(_Pair(stake, stake.place, old.place, SIGMAS * math.hypot(*sigmas) + rounded_m))
    return found


def _common(pairs: Sequence[_Pair], rules: Rules) -> FloatArray | None:
    """East and north by which nearly all stakes moved alike, as another datum does it; None where they did not."""
    if len(pairs) < rules.K20.least_stakes:
        return None
    steps = np.array([pair.step_m for pair in pairs])
    limits = np.array([pair.limit_m for pair in pairs])
    middle: FloatArray = np.median(steps, axis=0)
    alike = np.hypot(*(steps - middle).T) <= limits
    shifted = np.hypot(*steps.T) > limits
    share = rules.K20.common_share
    return (
        middle
        if alike.mean() >= share and shifted.mean() > 1 - share and np.hypot(*middle) > np.median(limits)
        else None
    )


def _in_one(now: Sequence[Stake], before: Sequence[Stake]) -> Iterator[BoundaryFinding]:
    """Numbers that one survey has and the other has not, on lines that both have."""
    lines = {stake.line_code for stake in now} & {stake.line_code for stake in before}
    for sentence, survey, other in (("stake_new", now, before), ("stake_not_resurveyed", before, now)):
        known = set(map(_key, other))
        for line_code, number in sorted({_key(stake) for stake in survey} - known):
            if line_code in lines:
                yield BoundaryFinding(sentence, "K20", "info", line_code, number)
