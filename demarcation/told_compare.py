"""What a text says of a line beside what the line does: directions by chords, lengths by chainage."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from statistics import fmean
from typing import Literal

import shapely

from demarcation.axis import Axis, Place
from demarcation.codes import full_number
from demarcation.description import LEAST_M, chord_deg, length_words, runs_up
from demarcation.directions import Direction, word_of
from demarcation.model import Stake
from demarcation.numerals import Length
from demarcation.rules import Rules
from demarcation.told import Told, ToldStake, ToldStretch

__all__ = ["Compared", "Comparison", "compare"]

What = Literal["direction", "length", "total"]
#: Longer runs of digits are no serials.
_MOST_SERIAL = 6


@dataclass(frozen=True)
class Compared:
    """One thing that a text says, and what the line does.

    Parameters
    ----------
    what
        A direction, the length of a stretch, or that of the whole line.
    start, end
        Stakes as the text names them; ``""`` for the whole line.
    told, measured
        As the text says it, and as the line is, in words.
    measured_en
        The same in English.
    value, limit, unit
        Degrees between the azimuth and the middle of the word; or how far the length is off in percent, and how far it
        may be: the tolerance, and half of the last place that the text gives.
    fits
        Whether both agree.
    where
        The stretch, where it does not fit.
    """

    what: What
    start: str
    end: str
    told: str
    measured: str
    measured_en: str
    value: float
    limit: float
    unit: str
    fits: bool
    where: shapely.Geometry | None = None


@dataclass(frozen=True)
class Comparison:
    """A text beside its line.

    Parameters
    ----------
    rows
        What could be compared, in the order of the text.
    unknown
        Numbers that the text names and the table of stakes does not have.
    left_out
        Fragments of stretches that could not be compared, or not whole.
    """

    rows: tuple[Compared, ...]
    unknown: tuple[str, ...]
    left_out: tuple[str, ...]


def compare(
    told: Told, line_code: str, axis: Axis, placed: Sequence[tuple[Stake, Place]], known: Sequence[Stake], rules: Rules
) -> Comparison:
    """Compare a text with its line.

    Parameters
    ----------
    told
        What the text says.
    line_code
        Of the line that it describes.
    axis
        The line.
    placed
        Stakes of the line whose places are believed.
    known
        All stakes of the line.
    rules
        Tolerances of K19.

    Examples
    --------
    >>> from demarcation.rules import load_rules
    >>> from demarcation.told import read_description
    >>> rules, axis = load_rules(), Axis((shapely.LineString([(114.0, 30.0), (114.02, 30.0)]),))
    >>> told = read_description("从界线起点向北行进1.93公里至界线止点。", rules)
    >>> [(row.what, row.measured, row.fits) for row in compare(told, "9916", axis, (), (), rules).rows]
    [('length', '1.93公里', True), ('direction', '东 90.0°', False)]
    """
    stakes = _Stakes(line_code, axis, placed, known)
    rows: list[Compared] = []
    left_out: list[str] = []
    for stretch in told.stretches:
        ends = stakes.chainage_m(stretch.start), stakes.chainage_m(stretch.end)
        whole = False
        if ends[0] is not None and ends[1] is not None:
            span = _Span(axis, ends[0], ends[1], stakes.words(stretch.start), stakes.words(stretch.end))
            found, whole = _stretch(stretch, span, rules)
            rows += found
        if not whole:
            left_out.append(stretch.fragment)
    if told.total is not None:
        rows.append(_length(told.total, _Span(axis, 0.0, axis.length_m, "", ""), rules, what="total"))
    return Comparison(tuple(rows), stakes.unknown(told), tuple(left_out))


class _Stakes:
    """Where the stakes of a line stand along it, by the names that texts use."""

    def __init__(
        self, line_code: str, axis: Axis, placed: Sequence[tuple[Stake, Place]], known: Sequence[Stake]
    ) -> None:
        self._line, ends_m = line_code, (0.0, axis.length_m)
        self._ends_m = dict(zip(("start", "end"), ends_m if runs_up(placed) else ends_m[::-1], strict=True))
        self._numbers = {stake.number.upper() for stake in known}
        self._serials = {stake.serial for stake in known if stake.line_code == line_code} - {None}
        self._by_number: dict[str, list[float]] = {}
        self._by_serial: dict[int, list[float]] = {}
        for stake, place in placed:
            self._by_number.setdefault(stake.number.upper(), []).append(place.chainage_m)
            if stake.serial is not None:
                self._by_serial.setdefault(stake.serial, []).append(place.chainage_m)

    def chainage_m(self, stake: ToldStake | None) -> float | None:
        """In the middle of a group; None where it is not known, or one number stands in two places."""
        if stake is None:
            return None
        if stake.end:
            return self._ends_m[stake.end]
        full = [self._by_number[name] for name in stake.names if name in self._by_number]
        if full:
            spread_m = max(max(chainages) - min(chainages) for chainages in full)
            return None if spread_m > LEAST_M else fmean(chainages[0] for chainages in full)
        found = [self._by_serial[serial] for name in stake.names if (serial := self._serial(name)) in self._by_serial]
        return fmean(found[0]) if found else None

    def words(self, stake: ToldStake | None) -> str:
        """The stake as the text names it; its full name where it gives both."""
        if stake is None or stake.end:
            return {"start": "起点", "end": "止点"}[stake.end] if stake else ""
        full = [name for name in stake.names if self._serial(name) is None]
        return "、".join(full or stake.names)

    def unknown(self, told: Told) -> tuple[str, ...]:
        """Numbers that no row has, in the order of the text."""
        found: dict[str, None] = {}
        for stretch in told.stretches:
            for stake in (stretch.start, *stretch.via, stretch.end):
                names = () if stake is None else stake.names
                missing = [name for name in names if not self._is_known(name)]
                # 1号界桩(9916001Q) is one stake: known by either name.
                serials = [name for name in missing if self._serial(name) is not None]
                for name in missing if len(missing) == len(names) else set(missing) - set(serials):
                    found[name] = None
        return tuple(
            full_number(self._line, serial, "") if (serial := self._serial(name)) is not None else name
            for name in found
        )

    def _is_known(self, name: str) -> bool:
        return name in self._numbers or self._serial(name) in self._serials

    def _serial(self, name: str) -> int | None:
        """Of a bare serial, or of a number without its type."""
        digits = name.removeprefix(self._line) if len(name) > len(self._line) else name
        return int(digits) if digits.isdecimal() and len(digits) <= _MOST_SERIAL else None


@dataclass(frozen=True)
class _Span:
    """A part of an axis, in the direction of a text."""

    axis: Axis
    from_m: float
    to_m: float
    start: str
    end: str

    @property
    def length_m(self) -> float:
        return abs(self.to_m - self.from_m)

    @property
    def shape(self) -> shapely.LineString:
        return self.axis.between(self.from_m, self.to_m)

    def chord_deg(self, start_m: float, end_m: float) -> float | None:
        """Azimuth of the chord between two lengths from the start of the span."""
        sign = math.copysign(1.0, self.to_m - self.from_m)
        return chord_deg(
            self.axis.point_at(self.from_m + sign * start_m), self.axis.point_at(self.from_m + sign * end_m)
        )


def _stretch(stretch: ToldStretch, span: _Span, rules: Rules) -> tuple[list[Compared], bool]:
    """What a stretch says beside the line, and whether all that it says could be compared."""
    lengths = [leg.length for leg in stretch.legs if leg.length is not None]
    complete = bool(lengths) and len(lengths) == len(stretch.legs)
    said = stretch.length or (sum(lengths[1:], lengths[0]) if complete else None)
    rows = [] if said is None else [_length(said, span, rules)]
    whole = said is not None or not lengths
    turns = [leg.direction for leg in stretch.legs]
    cuts = _cuts(lengths, span) if complete and rows[0].fits else [(0.0, 0.0), (span.length_m, 0.0)]
    if len(cuts) != len(turns) + 1:
        # Legs without lengths: nobody can tell where along the stretch they turn.
        return rows, whole and not any(turns)
    for direction, start, end in zip(turns, cuts[:-1], cuts[1:], strict=True):
        row = None if direction is None else _direction(direction, span, (start, end), rules)
        rows += [] if row is None else [row]
        whole &= direction is None or row is not None
    return rows, whole


def _cuts(lengths: Sequence[Length], span: _Span) -> list[tuple[float, float]]:
    """Where legs begin and end, metres from the start of the span, each with how far it may be off."""
    told_m = math.fsum(length.metres for length in lengths)
    if told_m <= 0:
        return [(0.0, 0.0), (span.length_m, 0.0)]
    cuts, so_far_m, half_m = [(0.0, 0.0)], 0.0, abs(told_m - span.length_m)
    for length in lengths[:-1]:
        so_far_m, half_m = so_far_m + length.metres, half_m + length.half_m
        cuts.append((so_far_m / told_m * span.length_m, half_m))
    return [*cuts, (span.length_m, 0.0)]


def _direction(
    direction: Direction, span: _Span, ends: tuple[tuple[float, float], tuple[float, float]], rules: Rules
) -> Compared | None:
    """A word beside the chord that fits it best, as the places where legs meet are known so exactly only."""
    best: tuple[float, float] | None = None
    (start_m, start_half_m), (end_m, end_half_m) = ends
    for a, b in product((0, -1, 1), (0, -1, 1)):
        azimuth = span.chord_deg(start_m + a * start_half_m, end_m + b * end_half_m)
        if azimuth is not None and (best is None or direction.off_deg(azimuth) < best[0]):
            best = direction.off_deg(azimuth), azimuth
    if best is None:
        return None
    off_deg, azimuth = best
    limit_deg = direction.half_deg + rules.K19.sector_margin_deg
    words = [f"{word_of(azimuth, lang)} {azimuth:.1f}°" for lang in ("zh", "en")]
    fits = off_deg <= limit_deg
    return Compared("direction", span.start, span.end, direction.text, words[0], words[1], off_deg, limit_deg, "deg",
                    fits, None if fits else span.shape)  # fmt: skip


def _length(length: Length, span: _Span, rules: Rules, what: What = "length") -> Compared:
    """A length beside that of the line; what rounding may have taken is no fault."""
    off_m = abs(length.metres - span.length_m)
    allowed_m = max(rules.K19.length_percent / 100 * span.length_m, LEAST_M) + length.half_m
    percent = 100 * off_m / max(span.length_m, LEAST_M)
    limit, fits = 100 * allowed_m / max(span.length_m, LEAST_M), off_m <= allowed_m
    measured = [length_words(span.length_m, lang) for lang in ("zh", "en")]
    return Compared(what, span.start, span.end, length_words(length.metres), measured[0], measured[1], percent, limit,
                    "%", fits, None if fits else span.shape)  # fmt: skip
