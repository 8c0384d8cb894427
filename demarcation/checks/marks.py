"""K9: reference marks, whether they are complete, and whether they put the stake where its coordinates do."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import shapely

from demarcation.azimuths import convergence_deg, true_azimuth_deg
from demarcation.bench import Bench
from demarcation.finding import BoundaryFinding, Severity
from demarcation.model import Mark, Stake, Study
from demarcation.resection import Sight, common_turn_deg, misfit_m, resect
from demarcation.rules import Rules
from geo.crs import GEOD

__all__ = ["check_marks", "no_marks"]

_LACKS: Final = {"name": ("名称", "name"), "azimuth": ("方位角", "azimuth"), "distance": ("距离", "distance")}
_KINDS: Final = {
    "true": ("真", "true"),
    "grid": ("坐标", "grid"),
    "magnetic": ("磁", "magnetic"),
    "": ("其他", "others"),
}
#: Azimuths are read to a tenth of a degree, and marks of known place stand to a metre or so.
_SAME_TURN_DEG: Final = 0.25
_ROUND_DEG: Final = 360.0
#: No distance is longer: a cell that says so is a slip of the pen.
_MOST_M: Final = 1e7
#: Two sights that disagree do not tell which of them is wrong; three do.
_LEAST_TO_TELL: Final = 3


def no_marks(study: Study) -> str:
    """Why K9 cannot run: no stake of the table has a reference mark."""
    return "" if any(stake.marks for stake in study.stakes) else "marks_not_given"


def check_marks(bench: Bench, rules: Rules) -> Iterator[BoundaryFinding]:
    """K9: marks of each stake are complete and say where it stands; azimuths say from which north they count.

    Examples
    --------
    >>> import datetime as dt
    >>> from demarcation.bench import bench_of
    >>> from demarcation.rules import load_rules
    >>> stake = Stake("9916001Q", "9916", 1, "Q", marks=(Mark("水塔", 10.0, None),), azimuth_kind="true")
    >>> found = check_marks(bench_of(Study({}, (stake,), dt.date(2026, 6, 30))), load_rules())
    >>> [(one.code, one.value, one.limit) for one in found]
    [('marks_incomplete', 0.0, 3.0)]
    """
    undeclared: Counter[str] = Counter()
    unused: Counter[str] = Counter()
    for position, stake in enumerate(bench.study.stakes):
        yield from _complete(stake, rules)
        yield from _azimuths(stake)
        if not stake.azimuth_kind and any(mark.azimuth_deg is not None for mark in stake.marks):
            undeclared[stake.line_code] += 1
        # What K11 found says more of a wrong position than marks can.
        if position in bench.slips or stake.place is None:
            continue
        sights, without_north = _sights(stake, stake.place, rules)
        if without_north:
            unused[stake.line_code] += 1
        if sights:
            yield from _position(stake, sights, rules)
    for line, stakes in undeclared.items():
        yield BoundaryFinding("azimuth_kind_undeclared", "K9", "warn", line, value=float(stakes), unit="count")
    for line, stakes in unused.items():
        yield BoundaryFinding("magnetic_azimuths_unused", "K9", "info", line, value=float(stakes), unit="count")


def _complete(stake: Stake, rules: Rules) -> Iterator[BoundaryFinding]:
    """Fewer marks than there must be have name, azimuth and distance."""
    lacks = [_lacking(mark) for mark in stake.marks]
    complete = sum(not lacking for lacking in lacks)
    if complete >= rules.K9.least_marks:
        return
    told = [(mark, lacking) for mark, lacking in zip(stake.marks, lacks, strict=True) if lacking]
    facts = {
        "lacks_zh": "".join(
            f";“{mark.name or '未命名'}”缺{'、'.join(_LACKS[part][0] for part in lacking)}" for mark, lacking in told
        ),
        "lacks_en": "".join(
            f'; "{mark.name or "unnamed"}" lacks {", ".join(_LACKS[part][1] for part in lacking)}'
            for mark, lacking in told
        ),
    }
    yield _finding("marks_incomplete", "warn", stake, (complete, rules.K9.least_marks, "count"), **facts)


def _lacking(mark: Mark) -> tuple[str, ...]:
    there = (bool(mark.name), mark.azimuth_deg is not None, _is_distance(mark.distance_m))
    return tuple(part for part, given in zip(_LACKS, there, strict=True) if not given)


def _is_distance(distance_m: float | None) -> bool:
    return distance_m is not None and 0 < distance_m <= _MOST_M


def _azimuths(stake: Stake) -> Iterator[BoundaryFinding]:
    for mark in stake.marks:
        if mark.azimuth_deg is not None and not 0 <= mark.azimuth_deg <= _ROUND_DEG:
            yield _finding("mark_azimuth_range", "warn", stake, (mark.azimuth_deg, _ROUND_DEG, "deg"), mark=mark.name)


def _sights(stake: Stake, at: tuple[float, float], rules: Rules) -> tuple[list[Sight], bool]:
    """Marks of known place as the stake sees them; and whether some cannot be used for want of a declination."""
    sights, without_north = [], False
    for mark in stake.marks:
        azimuth, distance = mark.azimuth_deg, mark.distance_m
        if mark.place is None or azimuth is None or distance is None or not _is_distance(distance):
            continue
        if not 0 <= azimuth <= _ROUND_DEG:
            continue
        from_true = true_azimuth_deg(azimuth, stake.azimuth_kind, at, stake.crs, rules.K9.declination_deg)
        if from_true is None:
            without_north |= stake.azimuth_kind == "magnetic"
            continue
        bearing, _, length_m = GEOD.inv(*at, *mark.place)
        east, north = length_m * math.sin(math.radians(bearing)), length_m * math.cos(math.radians(bearing))
        sights.append(Sight(mark.name, east, north, from_true, distance))
    return sights, without_north


def _position(stake: Stake, sights: Sequence[Sight], rules: Rules) -> Iterator[BoundaryFinding]:
    """What the marks say of the stake's coordinates: the one explanation that fits best."""
    limit_m = rules.K9.warn_m
    off_m = [misfit_m(sight) for sight in sights]
    off = [index for index, misfit in enumerate(off_m) if misfit > limit_m]
    if not off:
        return
    if len(off) == 1 < len(sights):
        yield _mark_off(stake, sights[off[0]], off_m[off[0]], rules)
        return
    moved = resect(sights)
    turn_deg = common_turn_deg(sights)
    turned_m = [misfit_m(sight, turn_deg=turn_deg) for sight in sights]
    is_moved = max(moved.misfits_m) <= limit_m < moved.residual_m
    is_turned = len(sights) > 1 and max(turned_m) <= limit_m and abs(turn_deg) >= rules.K9.turn_deg
    if is_turned and not (is_moved and _squares(moved.misfits_m) < _squares(turned_m)):
        said, likely = _KINDS[stake.azimuth_kind], _KINDS[_likely(stake, turn_deg)]
        facts = {"turn": f"{turn_deg:+.1f}", "said_zh": said[0], "said_en": said[1], "likely_zh": likely[0],
                 "likely_en": likely[1]}  # fmt: skip
        yield _finding("azimuths_turned", "warn", stake, (max(off_m), limit_m, "m"), **facts)
    elif is_moved:
        yield _stake_off(stake, moved.residual_m, len(sights), rules)
    else:
        yield from _one_wrong(stake, sights, max(off_m), rules)


def _likely(stake: Stake, turn_deg: float) -> str:
    """Which north the azimuths of a stake count from, if they fit when turned: grid and true differ by convergence."""
    grid_deg = 0.0 if stake.place is None else convergence_deg(*stake.place, stake.crs)
    if stake.azimuth_kind == "true" and abs(turn_deg - grid_deg) <= _SAME_TURN_DEG:
        return "grid"
    if stake.azimuth_kind == "grid" and abs(turn_deg + grid_deg) <= _SAME_TURN_DEG:
        return "true"
    return "" if stake.azimuth_kind == "magnetic" else "magnetic"


def _squares(misfits_m: Sequence[float]) -> float:
    return math.fsum(misfit**2 for misfit in misfits_m)


def _one_wrong(stake: Stake, sights: Sequence[Sight], worst_m: float, rules: Rules) -> Iterator[BoundaryFinding]:
    """Marks that contradict each other: the one without which all others agree; where there is none, that they do."""
    without = {}
    for index in range(len(sights)) if len(sights) >= _LEAST_TO_TELL else ():
        fix = resect([sight for other, sight in enumerate(sights) if other != index])
        if max(fix.misfits_m) <= rules.K9.warn_m:
            without[index] = fix
    if len(without) != 1:
        yield _finding("marks_disagree", "warn", stake, (worst_m, rules.K9.warn_m, "m"), count=len(sights))
        return
    ((index, fix),) = without.items()
    yield _mark_off(stake, sights[index], misfit_m(sights[index], (fix.east_m, fix.north_m)), rules)
    if fix.residual_m > rules.K9.warn_m:
        yield _stake_off(stake, fix.residual_m, len(sights) - 1, rules)


def _mark_off(stake: Stake, sight: Sight, off_m: float, rules: Rules) -> BoundaryFinding:
    return _finding("mark_off", "warn", stake, (off_m, rules.K9.warn_m, "m"), mark=sight.name)


def _stake_off(stake: Stake, residual_m: float, sights: int, rules: Rules) -> BoundaryFinding:
    if residual_m > rules.K9.fail_m:
        return _finding("stake_off_marks", "fail", stake, (residual_m, rules.K9.fail_m, "m"), count=sights)
    return _finding("stake_off_marks", "warn", stake, (residual_m, rules.K9.warn_m, "m"), count=sights)


def _finding(
    code: str, severity: Severity, stake: Stake, measured: tuple[float, float, str], **facts: object
) -> BoundaryFinding:
    """A finding about a stake: what was measured, its limit and the unit of both."""
    value, limit, unit = float(measured[0]), float(measured[1]), measured[2]
    where = None if stake.place is None else shapely.Point(stake.place)
    return BoundaryFinding(
        code, "K9", severity, stake.line_code, stake.number, value, limit, unit, where, facts, stake.row
    )
