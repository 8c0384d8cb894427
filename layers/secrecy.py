"""How secret a layer is, how secret what is made of several layers is, and the stamp that everything carries."""

from collections.abc import Iterable
from typing import Final

from geo.errors import DataError

__all__ = ["INTERNAL", "LEVELS", "PUBLIC", "STAMP", "checked_level", "highest"]

PUBLIC: Final = "公开"
INTERNAL: Final = "内部"
#: Levels that may be opened, the lowest first.
LEVELS: Final = (PUBLIC, INTERNAL)
#: Data of these levels does not belong on this computer (bureau rules).
_SECRET: Final = ("秘密", "机密", "绝密")
#: Stands on whatever leaves the program; a number of approval belongs to one reviewed map and never takes its place.
STAMP: Final = "内部用图,未经审核不得公开"


def checked_level(level: str, layer: str) -> str:
    """A level, if it may be handled here.

    Parameters
    ----------
    level
        As written.
    layer
        What people call the layer, for the sentence.

    Raises
    ------
    DataError
        ``level_refused`` for 秘密 and above, ``level_unknown`` for any other word.

    Examples
    --------
    >>> checked_level("内部", "养老机构")
    '内部'
    """
    if level in LEVELS:
        return level
    if any(word in level for word in _SECRET):
        raise DataError("level_refused", layer=layer, level=level)
    raise DataError("level_unknown", layer=layer, level=level, known="、".join(LEVELS))


def highest(levels: Iterable[str]) -> str:
    """The level of a result: the highest of its inputs; 内部 where there is none, as nobody said that it is public.

    Raises
    ------
    DataError
        As :func:`checked_level`.

    Examples
    --------
    >>> highest(["公开", "内部", "公开"]), highest(["公开"])
    ('内部', '公开')
    """
    found = {checked_level(level, "") for level in levels}
    return PUBLIC if found == {PUBLIC} else INTERNAL
