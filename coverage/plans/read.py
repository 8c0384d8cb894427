"""Plans from files: those in ``data/plans/``, or the bureau's own in the same form."""

import tomllib
from pathlib import Path

from pydantic import ValidationError

from coverage.plans.model import Plan
from geo.errors import DataError, FileError
from geo.paths import DATA_DIR
from geo.sniff import local_file

__all__ = ["load_plan", "plan_ids"]

_FOLDER = DATA_DIR / "plans"
#: A plan file is some hundred kilobytes of text at most.
_MOST_BYTES = 4 * 2**20


def plan_ids() -> tuple[str, ...]:
    """Ids of the plans that come with the program.

    Examples
    --------
    >>> "chongming" in plan_ids()
    True
    """
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.toml")))


def load_plan(id_or_file: str | Path) -> Plan:
    """A plan by its id, or from a file of one's own.

    Raises
    ------
    FileError
        When there is no such plan, or the file is too large or no text.
    DataError
        When it is no TOML, or says what a plan cannot say; with the place in the file and what is wrong there.

    Examples
    --------
    >>> load_plan("chongming").place
    '崇明区'
    """
    name = str(id_or_file)
    file = _FOLDER / f"{name}.toml" if name in plan_ids() else Path(id_or_file)
    if name not in plan_ids() and not file.suffix:
        raise FileError("plan_unknown", given=name, known=", ".join(plan_ids()))
    file = local_file(file)
    if file.stat().st_size > _MOST_BYTES:
        raise FileError("plan_too_large", file=file.name, most=_MOST_BYTES // 2**20)
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise FileError("plan_not_utf8", file=file.name) from None
    except tomllib.TOMLDecodeError as error:
        raise DataError("plan_not_toml", file=file.name, what=str(error)) from None
    try:
        return Plan.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = _place(first["loc"], said)
        raise DataError(
            "plan_invalid", file=file.name, place=place, what=first["msg"], count=error.error_count()
        ) from None


def _place(steps: tuple[int | str, ...], said: object) -> str:
    """Where in the file, in its own words: ``requirement 37 > indicator b > measure > minuts``.

    Requirements go by their id and indicators by their part; what has neither goes by its place, ``#1``.
    """
    words: list[str] = []
    for step in steps:
        if isinstance(step, int) and isinstance(said, list) and step < len(said):
            said = said[step]
            own = said if isinstance(said, dict) else {}
            words[-1:] = [f"{words[-1]} {own.get('id') or own.get('part') or f'#{step + 1}'}"]
        else:
            words.append(str(step))
            said = said.get(step) or said if isinstance(said, dict) else said
    return " > ".join(words)
