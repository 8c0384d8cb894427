"""Rows of stakes by line, each with what its number says beside what its columns say."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from demarcation.codes import Number, plain_number, split_numbers
from demarcation.model import Stake
from demarcation.read import whole_number
from demarcation.rules import Rules

__all__ = ["GROUPS", "Row", "group_of", "rows_by_line"]

#: Type codes of stakes that share one number.
GROUPS = ("Q", "AB", "CDE")


@dataclass(frozen=True)
class Row:
    """One stake and its number.

    Parameters
    ----------
    stake
        As read.
    plain
        Its number as it is compared.
    number
        The parts of the number; None where no scheme fits.
    line
        What the number of a stake of this row's line should name as the line.
    serials, kinds
        By the number and by the columns: one where they agree or only one tells.
    """

    stake: Stake
    plain: str
    number: Number | None
    line: str
    serials: frozenset[int]
    kinds: frozenset[str]

    @property
    def stray(self) -> bool:
        """The number names another line than the row."""
        return self.number is not None and self.number.line != self.line

    @property
    def sure(self) -> bool:
        """Number and columns say the same."""
        return not self.stray and len(self.serials) == 1 and len(self.kinds) <= 1


def rows_by_line(stakes: Iterable[Stake], rules: Rules) -> dict[str, list[Row]]:
    """Stakes by the line that their rows name, in the order of lines and stakes.

    A number should name the code of its line. Where no number of the whole table does, lines are numbered apart from
    their codes; then what most numbers of a line name is that line's.

    Examples
    --------
    >>> from demarcation.rules import load_rules
    >>> rows = rows_by_line([Stake("9916005Q", "9916", 5, "Q"), Stake("9917006Q", "9916", 6, "Q")], load_rules())
    >>> [(row.line, row.stray) for row in rows["9916"]]
    [('9916', False), ('9916', True)]
    """
    lines: dict[str, list[Stake]] = {}
    for stake in stakes:
        lines.setdefault(stake.line_code, []).append(stake)
    numbers = {code: split_numbers([stake.number for stake in group], rules) for code, group in lines.items()}
    named = _names(numbers)
    return {
        code: [
            _row(stake, number, named[code]) for stake, number in zip(lines[code], numbers[code], strict=True)
        ]
        for code in sorted(lines)
    }  # fmt: skip


def _names(numbers: Mapping[str, Sequence[Number | None]]) -> dict[str, str]:
    """What the numbers of each line should name as the line."""
    own = {code: plain_number(code) for code in numbers}
    told = {code: Counter(number.line for number in found if number is not None) for code, found in numbers.items()}
    if any(own[code] in names for code, names in told.items()):
        return own
    # The most frequent; of several the first in order, whatever the order of rows.
    return {
        code: min(names, key=lambda name: (-names[name], name)) if (names := told[code]) else own[code]
        for code in numbers
    }


def _row(stake: Stake, number: Number | None, line: str) -> Row:
    column, kind = whole_number(stake.fields, "serial"), str(stake.fields.get("type", ""))
    serials = {column, number.serial if number is not None else None} - {None}
    kinds = {kind if kind in "QABCDE" else "", number.kind if number is not None else ""} - {""}
    return Row(
        stake,
        plain_number(stake.number),
        number,
        line,
        frozenset(serials or {stake.serial} - {None}),  # type: ignore[arg-type]  # None is taken away
        frozenset(kinds or {stake.kind} - {""}),
    )


def group_of(kinds: Iterable[str]) -> str:
    """Which of :data:`GROUPS` the stakes of one serial are; ``""`` where they are of none or of several.

    Examples
    --------
    >>> group_of({"A"}), group_of({"D", "C"}), group_of({"Q", "A"}), group_of(())
    ('AB', 'CDE', '', '')
    """
    found = {next((group for group in GROUPS if kind in group), "") for kind in kinds if kind}
    return found.pop() if len(found) == 1 else ""
