"""K1, K2, K6: stakes beside, in order along, and spread over their line."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely

from demarcation.axis import Axis, Place
from demarcation.bench import Bench
from demarcation.finding import BoundaryFinding, Severity
from demarcation.limits import limits_of
from demarcation.model import Line, Stake
from demarcation.order import ordered
from demarcation.rules import Rules
from demarcation.sides import side_by_units

__all__ = ["offsets", "order", "spacing"]

Standing = tuple[Stake, Place]
_MILDER: Mapping[Severity, Severity] = {"fail": "warn", "warn": "info", "info": "info"}
_PAIR, _TRIPLE = ("A", "B"), ("C", "D", "E")
#: Makes the median of absolute deviations comparable with a standard deviation.
_MAD = 0.6745


def offsets(bench: Bench, rules: Rules) -> Iterator[BoundaryFinding]:
    """K1: single stakes on the line, double and triple ones on both sides of it."""
    for code, line in bench.study.lines.items():
        groups = _groups(bench, code)
        singles = [one for group in groups for one in group if not _of_group(one[0], group)]
        for stake, place in singles:
            yield from _single(bench, stake, place, rules)
        if singles and line.scale is None:
            yield BoundaryFinding("line_scale_unknown", "K1", "info", code, row=line.row,
                                  facts={"used": f"{rules.K1.unknown_scale:.0f}"})  # fmt: skip
        paired = [[one for one in group if _of_group(one[0], group)] for group in groups]
        yield from _both_sides(bench, line, [group for group in paired if group], rules)


def _groups(bench: Bench, code: str) -> list[list[Standing]]:
    """Stakes of a line by serial; those without a serial each alone."""
    groups: dict[object, list[Standing]] = {}
    for position, (stake, place) in enumerate(bench.on(code)):
        groups.setdefault((stake.serial,) if stake.serial is not None else position, []).append((stake, place))
    return list(groups.values())


def _of_group(stake: Stake, group: Sequence[Standing]) -> bool:
    """Whether a stake is one of two or three that mark one point; one of no known type is where it is not alone."""
    return stake.kind in (*_PAIR, *_TRIPLE) or (not stake.kind and len(group) > 1)


def _single(bench: Bench, stake: Stake, place: Place, rules: Rules) -> Iterator[BoundaryFinding]:
    limits = limits_of(bench, stake, place.foot, rules)
    off_m = abs(place.offset_m)
    if off_m > limits.fail_m:
        yield _about("stake_off_line", "fail", (stake, place), limits.fail_m, rules)
    elif off_m > limits.warn_m:
        yield _about("stake_off_line", "warn", (stake, place), limits.warn_m, rules)


def _about(
    code: str, severity: Severity, standing: Standing, limit_m: float, rules: Rules, **facts: object
) -> BoundaryFinding:
    """One step milder, and said so, for a place that was read off a map."""
    stake, place = standing
    verify = {"verify_zh": "", "verify_en": ""}
    if stake.survey_method in rules.K1.to_verify_methods:
        severity = _MILDER[severity]
        verify = {"verify_zh": f"({stake.survey_method}坐标,待核实)", "verify_en": " (read off a map: to be verified)"}
    return BoundaryFinding(code, "K1", severity, stake.line_code, stake.number, abs(place.offset_m), limit_m, "m",
                           _where(stake), {**verify, **facts}, stake.row)  # fmt: skip


def _where(stake: Stake) -> shapely.Point | None:
    return None if stake.place is None else shapely.Point(stake.place)


def _both_sides(
    bench: Bench, line: Line, groups: Sequence[Sequence[Standing]], rules: Rules
) -> Iterator[BoundaryFinding]:
    """Double and triple stakes: the line passes between them, and none is far from it."""
    if not groups:
        return
    side, known_by = side_by_units(bench, line, [group[0][1].chainage_m for group in groups]), "units"
    if side == 0:
        side, known_by = _side_by_pairs(groups), "pairs"
    for group in groups:
        for one in group:
            if abs(one[1].offset_m) > rules.K1.beside_m:
                yield _about("stake_far_beside", "warn", one, rules.K1.beside_m, rules)
        firm = [one for one in group if abs(one[1].offset_m) > limits_of(bench, one[0], one[1].foot, rules).noise_m]
        if len(firm) < len(group):
            continue  # One stands on the line as well as it was measured: on which side, nobody can say.
        yield from _on_one_side(line, group, side, known_by, rules)
        yield from _swapped(line, group, side, rules)


def _sign(standing: Standing) -> int:
    return 1 if standing[1].offset_m > 0 else -1


def _side_by_pairs(groups: Sequence[Sequence[Standing]]) -> int:
    """The side on which most stakes A stand whose B stands on the other."""
    votes = 0
    for group in groups:
        signs = {kind: {_sign(one) for one in group if one[0].kind == kind} for kind in _PAIR}
        if signs["A"] | signs["B"] == {1, -1} and len(signs["A"]) == len(signs["B"]) == 1:
            votes += signs["A"].pop()
    return int(np.sign(votes))


def _on_one_side(
    line: Line, group: Sequence[Standing], side: int, known_by: str, rules: Rules
) -> Iterator[BoundaryFinding]:
    """All stakes of a number on one side of the line: the one that belongs to the other is named."""
    kinds = {one[0].kind for one in group}
    if len({_sign(one) for one in group}) > 1 or not (kinds >= set(_PAIR) or kinds >= set(_TRIPLE)):
        return
    here = _sign(group[0])
    if kinds >= set(_PAIR):
        wrong = "A" if side != here else "B"
    else:
        across = line.unit_b if side == here else line.unit_a
        managed = sorted({one[0].kind for one in group if side and across and one[0].managed_by == across})
        wrong = managed[0] if len(managed) == 1 else "C"
        known_by = known_by if len(managed) == 1 else ""
    others = " ".join(sorted({one[0].number for one in group if one[0].kind != wrong}))
    for one in group:
        if one[0].kind == wrong:
            yield _about("stake_wrong_side", "fail", one, 0.0, rules, others=others, **_how(known_by if side else ""))


def _how(known_by: str) -> dict[str, str]:
    """What tells which stake of a group is the wrong one."""
    if known_by == "units":
        return {"how_zh": "按政区范围判断", "how_en": "by the polygons of the units"}
    if known_by == "pairs":
        return {"how_zh": "按本线其他双立桩判断", "how_en": "by the other pairs of the line"}
    return {"how_zh": "无从判断是哪一颗,以此桩代表", "how_en": "which of them cannot be told; this one stands for all"}


def _swapped(line: Line, group: Sequence[Standing], side: int, rules: Rules) -> Iterator[BoundaryFinding]:
    """A and B, each on the other's side."""
    signs = {kind: {_sign(one) for one in group if one[0].kind == kind} for kind in _PAIR}
    if side == 0 or signs["A"] != {-side} or signs["B"] != {side}:
        return
    for one in group:
        if one[0].kind in _PAIR:
            unit = line.unit_b if one[0].kind == "A" else line.unit_a
            yield _about("stakes_swapped", "warn", one, 0.0, rules, unit=unit or "-")


def order(bench: Bench, rules: Rules) -> Iterator[BoundaryFinding]:
    """K2: the fewest stakes whose removal lets chainage rise with the serial."""
    for code in bench.study.lines:
        standing = _numbered(bench, code)
        out = _out(bench, code, standing)
        partners = {stake.serial: place for stake, place in standing if (stake, place) not in out}
        for stake, place in out:
            if stake.serial in partners and _is_beside(bench.axes[code], stake, partners[stake.serial], rules):
                continue
            yield BoundaryFinding("stake_breaks_order", "K2", "fail", code, stake.number, place.chainage_m, None, "m",
                                  _where(stake), {"serial": stake.serial}, stake.row)  # fmt: skip


def _is_beside(axis: Axis, stake: Stake, partner: Place, rules: Rules) -> bool:
    """Whether a double or triple stake stands by its partner: in the neck of a bend another reach may be nearer."""
    if stake.kind not in (*_PAIR, *_TRIPLE) or stake.place is None:
        return False
    reach = axis.between(partner.chainage_m - rules.K1.beside_m, partner.chainage_m + rules.K1.beside_m)
    return abs(Axis((reach,)).locate(*stake.place).offset_m) <= rules.K1.beside_m


def _numbered(bench: Bench, code: str) -> list[Standing]:
    return [one for one in bench.on(code) if one[0].serial is not None]


def _out(bench: Bench, code: str, standing: Sequence[Standing]) -> list[Standing]:
    if not standing:
        return []
    serials = [stake.serial or 0 for stake, _ in standing]
    numbers = Counter(stake.number for stake, _ in standing)
    # Of a number that stands twice (K3) one row is wrong, and not the neighbour that it passes.
    twice = [position for position, (stake, _) in enumerate(standing) if numbers[stake.number] > 1]
    found = ordered(serials, [place.chainage_m for _, place in standing], bench.axes[code], twice)
    return [standing[position] for position in sorted(found.out)]


def spacing(bench: Bench, rules: Rules) -> Iterator[BoundaryFinding]:
    """K6: the way from one number to the next, against the agreement or against the other spacings of the line."""
    for code in bench.study.lines:
        steps = _steps(bench, code)
        low_m, high_m = _spread(np.array([step_m for _, step_m in steps]), rules)
        for stake, step_m in steps:
            # Two numbers at one place are K3's.
            if low_m <= step_m <= high_m or step_m <= rules.K3.same_place_m:
                continue
            sentence = "spacing_beyond_agreement" if rules.K6.most_m else "spacing_unusual"
            limit_m = high_m if step_m > high_m else low_m
            yield BoundaryFinding(sentence, "K6", "info", code, stake.number, step_m, limit_m, "m", _where(stake),
                                  row=stake.row)  # fmt: skip


def _steps(bench: Bench, code: str) -> list[tuple[Stake, float]]:
    """The first stake of each number and the way to it from the number before; none where that is not there."""
    standing = _numbered(bench, code)
    out = {id(one) for one in _out(bench, code, standing)}
    by_serial: dict[int, list[Standing]] = {}
    for one in standing:
        if id(one) not in out:
            by_serial.setdefault(one[0].serial or 0, []).append(one)
    at_m = {serial: float(np.mean([place.chainage_m for _, place in group])) for serial, group in by_serial.items()}
    length_m = bench.axes[code].length_m if bench.axes[code].closed else np.inf
    found = []
    for before, serial in pairwise(sorted(at_m)):
        if serial == before + 1:
            step_m = abs(at_m[serial] - at_m[before])
            found.append((by_serial[serial][0][0], float(min(step_m, length_m - step_m))))
    return found


def _spread(steps_m: npt.NDArray[np.float64], rules: Rules) -> tuple[float, float]:
    """The least and the greatest spacing that is not remarkable."""
    if rules.K6.most_m:
        return 0.0, rules.K6.most_m
    steps_m = steps_m[steps_m > 0]
    if len(steps_m) < rules.K6.least_stakes:
        return 0.0, np.inf
    # Ratios count: half and twice the usual spacing are equally far from it.
    logs = np.log(steps_m)
    middle = float(np.median(logs))
    spread = max(float(np.median(np.abs(logs - middle))), np.log1p(rules.K6.least_spread))
    reach = rules.K6.robust_z * spread / _MAD
    return float(np.exp(middle - reach)), float(np.exp(middle + reach))
