"""What is entered held against the lines and stakes of the workspace, before it becomes a record."""

from collections.abc import Collection, Iterable, Mapping

from demarcation.book import EVENTS, STEPS, EventKind, Found, StepKind
from demarcation.model import Inspection, Line, Stake
from geo.errors import RequestError

__all__ = ["check_known", "event_kind", "managing_side", "sides_of", "step_kind"]


def check_known(entries: Iterable[Inspection | Found], lines: Mapping[str, Line], stakes: Collection[Stake]) -> None:
    """Refuse what is about a line or a stake that there is not, or of a side that is none of the line's.

    Raises
    ------
    RequestError
        ``enter_unknown`` or ``enter_side``.

    Examples
    --------
    >>> check_known([], {}, [])
    """
    numbers = {(stake.line_code, stake.number) for stake in stakes}
    for entry in entries:
        if entry.line_code not in lines:
            raise RequestError("enter_unknown", what=entry.line_code)
        if entry.stake_no and (entry.line_code, entry.stake_no) not in numbers:
            raise RequestError("enter_unknown", what=f"{entry.line_code} {entry.stake_no}")
        sides = sides_of(lines[entry.line_code])
        if entry.unit and entry.unit not in sides:
            raise RequestError("enter_side", line=entry.line_code, unit=entry.unit, known="、".join(sides))


def sides_of(line: Line) -> tuple[str, str]:
    """Codes of both sides of a line.

    Raises
    ------
    RequestError
        ``enter_no_sides`` when the table of lines does not name them.

    Examples
    --------
    >>> sides_of(Line("9901", "", "A", "B", "", None, "", None, None, None, None, None, "A", None, ()))
    ('A', 'B')
    """
    if not line.unit_a or not line.unit_b or line.unit_a == line.unit_b:
        raise RequestError("enter_no_sides", line=line.code)
    return line.unit_a, line.unit_b


def managing_side(stakes: Iterable[Stake], line: Line, stake_no: str) -> str:
    """Code of the side that looks after a stake; ``""`` where the table names none of the line's sides.

    Examples
    --------
    >>> line = Line("9901", "", "A", "B", "", None, "", None, None, None, None, None, "A", None, ())
    >>> managing_side([Stake("9901003Q", "9901", 3, "Q", managed_by="B")], line, "9901003Q")
    'B'
    """
    found = (stake.managed_by for stake in stakes if (stake.line_code, stake.number) == (line.code, stake_no))
    return next((unit for unit in found if unit in (line.unit_a, line.unit_b)), "")


def event_kind(text: str) -> EventKind:
    """A kind of event by its key or its Chinese word.

    Raises
    ------
    RequestError
        ``enter_word`` for any other text.

    Examples
    --------
    >>> event_kind("损坏"), event_kind("flood")
    ('damage', 'flood')
    """
    for kind, word in EVENTS.items():
        if text in (kind, word):
            return kind
    raise RequestError("enter_word", given=text, known="、".join(f"{word}({kind})" for kind, word in EVENTS.items()))


def step_kind(text: str) -> StepKind:
    """A kind of step by its key or its Chinese word; errors as :func:`event_kind`.

    Examples
    --------
    >>> step_kind("已函告")
    'told'
    """
    for kind, word in STEPS.items():
        if text in (kind, word):
            return kind
    raise RequestError("enter_word", given=text, known="、".join(f"{word}({kind})" for kind, word in STEPS.items()))
