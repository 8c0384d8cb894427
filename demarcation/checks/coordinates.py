"""K10, K11: coordinates that contradict each other, and slips of system that can be named."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import shapely

from demarcation.axis import Place
from demarcation.bench import Bench, Slip
from demarcation.finding import BoundaryFinding
from demarcation.limits import limits_of, rounding_m
from demarcation.model import LonLat, Stake
from demarcation.order import ordered
from demarcation.readings import IN_METRES, Metres, Reading, apart_m, metres_of, readings_of
from demarcation.rules import Rules

__all__ = ["agreement", "slips", "slips_of"]

#: Numbers believed on a line from which on the neighbours of a serial are known.
_LEAST_BELIEVED = 2
#: What the reader says of a row on a datum that has no public way to CGCS2000.
_OLD = "old_datum_row"
#: What comes back to its line from farther than this was in another system.
_NO_CHANCE_M = 10_000.0
#: A stake of no known type is taken for a single one.
_ALONE = ("Q", "")


def slips_of(bench: Bench, rules: Rules) -> dict[int, Slip]:
    """Stakes whose coordinates are of another system than their row says, by position in the study.

    A row that contradicts itself is one where a known slip makes both its coordinates agree. A stake off its line is
    one where a slip brings it back, between the stakes that are believed. Any other is K10's or K1's to report.
    """
    found: dict[int, Slip] = {}
    tried: dict[str, list[int]] = {}
    asked = [(position, stake) for position, stake in enumerate(bench.study.stakes) if not _blameless(stake)]
    for position, stake in asked:
        slip = _slip_in_row(bench, stake, rules)
        if slip is not None:
            found[position] = slip
        elif stake.line_code in bench.axes:
            tried.setdefault(stake.line_code, []).append(position)
    for code, positions in tried.items():
        found |= _slips_off_line(bench, code, positions, rules)
    for position, stake in asked:
        if position not in found and _unreadable(stake):
            found[position] = Slip("slip_unreadable")
    return found


def _blameless(stake: Stake) -> bool:
    """Whether a stake has no place because its reader refused the row for something else than its coordinates."""
    return stake.place is None and not stake.problem and "reason" in stake.fields


def _unreadable(stake: Stake) -> bool:
    """Whether a stake has no place because of its coordinates; those of an old datum are readable, by others."""
    if stake.place is not None or stake.problem == _OLD:
        return False
    return bool(stake.problem) or (stake.lonlat_given is None and stake.x_north is None)


def _slip_in_row(bench: Bench, stake: Stake, rules: Rules) -> Slip | None:
    """The slip that makes both coordinates of a row agree; X and Y swapped, whatever else the row holds."""
    metres = metres_of(stake)
    if metres is None:
        return None
    if metres.turned:
        return Slip("slip_axes")
    given = stake.place or stake.lonlat_given
    if given is None or metres.place is None:
        return None
    limit_m = max(rules.K10.limit_m, rounding_m(bench.step_deg, given))
    if _apart(given, metres.place) <= limit_m:
        return _slip_of_number(metres, given)
    # The metres first: by another zone than their own, the degrees could be said to be as far off as they are.
    for ours, what, others in ((metres.place, "metres", given), (given, "degrees", metres.place)):
        for reading in readings_of(ours, what):
            if _apart(reading.place, others) <= limit_m:
                return _slip(reading, ours)
    return None


def _slip_of_number(metres: Metres, given: LonLat) -> Slip | None:
    """The zone number before the easting of a row that is right otherwise."""
    other = metres.by_number
    zone_deg = 0 if other is None else round(abs(other[0] - given[0]))
    if other is None or not zone_deg:
        return None
    return _slip(Reading("slip_zone", other, {"zone_deg": zone_deg, **IN_METRES}), given)


def _apart(a: LonLat, b: LonLat) -> float:
    """Metres; infinite for what is no place on earth."""
    inside = all(abs(lon) <= 180 and abs(lat) <= 90 for lon, lat in (a, b))  # noqa: PLR2004  # degrees
    return apart_m(a, b) if inside else float("inf")


def _slip(reading: Reading, given: LonLat) -> Slip:
    shift_m = _apart(given, reading.place)
    return Slip(reading.code, None if shift_m == float("inf") else shift_m, reading.facts)


@dataclass(frozen=True)
class _Line:
    """A line with the stakes on it that are believed.

    Parameters
    ----------
    code
        Of the line.
    beside
        Places of all its stakes, by position in the study.
    believed
        Positions of those that stand where they should.
    """

    code: str
    beside: Mapping[int, Place]
    believed: tuple[int, ...]


@dataclass(frozen=True)
class _Try:
    """A reading of a stake that brings it back to its line.

    Parameters
    ----------
    position
        Of the stake in the study.
    given
        Where its row puts it, degrees.
    reading, place
        What that may mean, and where that lies by the line.
    rest_m
        What is left: off the line, or off its group.
    """

    position: int
    given: LonLat
    reading: Reading
    place: Place
    rest_m: float

    @property
    def kind(self) -> tuple[str, str]:
        """Of the slip, to tell readings of several stakes that are the same slip."""
        return self.reading.code, str(sorted(self.reading.facts.items()))


def _slips_off_line(bench: Bench, code: str, positions: Sequence[int], rules: Rules) -> dict[int, Slip]:
    """Stakes of a line that a slip explains."""
    beside = {at: place for at in positions if (place := bench.places[at]) is not None}
    off = {at for at in positions if at not in beside or _is_off(bench, at, beside, rules)}
    off |= _out_of_order(bench, code, {at: beside[at] for at in beside if at not in off})
    if not off:
        return {}
    line = _Line(code, beside, tuple(at for at in positions if at not in off))
    tries = [one for at in sorted(off) for one in _tries(bench, line, at, rules)]
    best: dict[int, _Try] = {}
    for one in _in_order(bench, line, tries, rules):
        if one.position not in best or one.rest_m < best[one.position].rest_m:
            best[one.position] = one
    return {at: _slip(one.reading, one.given) for at, one in best.items()}


def _out_of_order(bench: Bench, code: str, beside: Mapping[int, Place]) -> set[int]:
    """Single stakes on their line that break its order: a shift along the line leaves them on it."""
    stakes = bench.study.stakes
    row = [(serial, at) for at in sorted(beside) if (serial := stakes[at].serial) is not None]
    out = ordered([serial for serial, _ in row], [beside[at].chainage_m for _, at in row], bench.axes[code]).out
    return {row[position][1] for position in out if stakes[row[position][1]].kind in _ALONE}


def _given(stake: Stake) -> tuple[LonLat, str] | None:
    """Where a stake's row puts it, and which columns say so."""
    if stake.place is not None or stake.lonlat_given is not None:
        bare = stake.lonlat_given is None and stake.x_north is not None
        return stake.place or stake.lonlat_given or (0.0, 0.0), "metres" if bare else "degrees"
    metres = metres_of(stake)
    return None if metres is None or metres.place is None else (metres.place, "metres")


def _siblings(bench: Bench, at: int, beside: Mapping[int, Place], rules: Rules) -> list[Place]:
    """The other stakes of a double or triple one, without those that are themselves far off the line."""
    stakes = bench.study.stakes
    serial = stakes[at].serial
    if stakes[at].kind in _ALONE or serial is None:
        return []
    return [
        beside[other]
        for other in bench.by_serial[stakes[at].line_code, serial]
        if other != at
        and other in beside
        and stakes[other].kind not in _ALONE
        and abs(beside[other].offset_m) <= rules.K11.suspect_m
    ]


def _is_off(bench: Bench, at: int, beside: Mapping[int, Place], rules: Rules) -> bool:
    """Whether a stake is far enough from where it should stand for slips to be tried."""
    stake, place = bench.study.stakes[at], beside[at]
    off_m = abs(place.offset_m)
    if stake.kind in _ALONE:
        return off_m > limits_of(bench, stake, place.foot, rules).fail_m
    along_m = [abs(place.chainage_m - other.chainage_m) for other in _siblings(bench, at, beside, rules)]
    return off_m > rules.K11.suspect_m or max(along_m, default=0.0) > rules.K11.suspect_m


def _tries(bench: Bench, line: _Line, at: int, rules: Rules) -> Iterator[_Try]:
    """Readings of a stake that lie where it could stand."""
    stake = bench.study.stakes[at]
    source = _given(stake)
    if source is None:
        return
    axis = bench.axes[line.code]
    for reading in readings_of(*source):
        if not axis.may_be_near(*reading.place):
            continue
        place = axis.locate(*reading.place)
        rest_m = _rest_m(bench, line, at, place, rules)
        if rest_m is not None:
            yield _Try(at, source[0], reading, place, rest_m)


def _rest_m(bench: Bench, line: _Line, at: int, place: Place, rules: Rules) -> float | None:
    """What a reading leaves between the stake and where it should stand; None where that is too much."""
    stake = bench.study.stakes[at]
    now = line.beside.get(at)
    off_m = abs(place.offset_m)
    if stake.kind in _ALONE:
        limits = limits_of(bench, stake, place.foot, rules)
        far = now is None or abs(now.offset_m) > rules.K11.suspect_m
        return off_m if off_m <= (max(rules.K11.near_m, limits.fail_m) if far else rules.K11.sure_m) else None
    siblings = _siblings(bench, at, line.beside, rules)
    along_m = min((abs(place.chainage_m - other.chainage_m) for other in siblings), default=None)
    if off_m > rules.K11.group_m or (along_m is not None and along_m > rules.K11.suspect_m):
        return None
    return off_m if along_m is None else along_m


def _in_order(bench: Bench, line: _Line, tries: Sequence[_Try], rules: Rules) -> Iterator[_Try]:
    """Those that stand between the believed neighbours of their serial.

    Where too few are believed, as when a whole file is in another datum, all that one slip explains are the
    neighbours of each other.
    """
    stakes = bench.study.stakes
    believed = _numbered((stakes[at].serial, line.beside[at].chainage_m) for at in line.believed)
    for kind in sorted({one.kind for one in tries}):
        same = [one for one in tries if one.kind == kind]
        row = list(believed)
        if len({serial for serial, _ in row}) < _LEAST_BELIEVED:
            row += _numbered((stakes[one.position].serial, one.place.chainage_m) for one in same)
        out = ordered([serial for serial, _ in row], [at_m for _, at_m in row], bench.axes[line.code]).out
        good = sorted(one for i, one in enumerate(row) if i not in out)
        known = len({serial for serial, _ in good}) >= _LEAST_BELIEVED
        for one in same:
            fits = _between(stakes[one.position].serial, one.place.chainage_m, good, rules.K11.suspect_m)
            # Where nothing tells the order, only what comes back exactly is named, or from so far that it is no chance.
            sure = one.rest_m <= rules.K11.sure_m or _apart(one.given, one.reading.place) > _NO_CHANCE_M
            if bench.axes[line.code].closed or (fits if known else sure):
                yield one


def _numbered(rows: Iterable[tuple[int | None, float]]) -> list[tuple[int, float]]:
    return [(serial, at_m) for serial, at_m in rows if serial is not None]


def _between(serial: int | None, at_m: float, good: Sequence[tuple[int, float]], margin_m: float) -> bool:
    """Whether a chainage lies between those of the numbers before and after, whichever way they run."""
    if serial is None or not good:
        return True
    way = 1.0 if good[-1][1] >= good[0][1] else -1.0
    before = [way * other for number, other in good if number < serial]
    after = [way * other for number, other in good if number > serial]
    return max(before, default=-float("inf")) - margin_m <= way * at_m <= min(after, default=float("inf")) + margin_m


def slips(bench: Bench, _rules: Rules) -> Iterator[BoundaryFinding]:
    """K11: the stakes that :func:`slips_of` found."""
    for position, slip in sorted(bench.slips.items()):
        stake = bench.study.stakes[position]
        yield BoundaryFinding(slip.code, "K11", "fail", stake.line_code, stake.number, slip.shift_m, None,
                              "" if slip.shift_m is None else "m", _where(stake), slip.facts, stake.row)  # fmt: skip


def _where(stake: Stake) -> shapely.Point | None:
    return None if stake.place is None else shapely.Point(stake.place)


def agreement(bench: Bench, rules: Rules) -> Iterator[BoundaryFinding]:
    """K10: longitude and latitude against X and Y of the same row, where K11 explains nothing."""
    old, unnamed = 0, 0
    for position, stake in enumerate(bench.study.stakes):
        metres, given = metres_of(stake), stake.place or stake.lonlat_given
        old += metres is not None and metres.old
        if metres is None or metres.old or given is None or position in bench.slips:
            continue
        limit_m = max(rules.K10.limit_m, rounding_m(bench.step_deg, given))
        if metres.place is None:
            unnamed += all(_apart(given, one) > limit_m for one in metres.anywhere)
            continue
        off_m = _apart(given, metres.place)
        if off_m > limit_m:
            yield BoundaryFinding("coordinates_differ", "K10", "fail", stake.line_code, stake.number, off_m,
                                  limit_m, "m", _where(stake), row=stake.row)  # fmt: skip
    for code, count in (("old_datum_not_compared", old), ("zone_not_named", unnamed)):
        if count:
            yield BoundaryFinding(code, "K10", "info", "", value=float(count), unit="count")
