"""What planters of faults share: the note of what must be found, and where a fault can be."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from geo.datum import from_datum
from tests.boundary_measures import locate
from tests.boundary_worlds import Border, County, Planted, Post

Fault = Callable[[np.random.Generator, County, Border], bool]
ANY = "*"
APART = ("single_stakes", "double_stakes", "triple_stakes")
#: Farther off than this a check tries whether the coordinates are of another system.
SUSPECT_M = 100.0


def plant(county: County, border: Border | None, check: str, stakes: Iterable[str] = ("",), **said: Any) -> bool:
    """Note what must be found."""
    code = border.code if border is not None else ""
    said.setdefault("severities", ("fail",))
    said.setdefault("lines", (code,))
    county.planted.append(Planted(check, stakes=tuple(stakes), **said))
    if border is not None:
        border.faulty = True
    return True


def pick(rng: np.random.Generator, things: Iterable[Any]) -> Any:
    """One of them, None where there is none."""
    options = list(things)
    return options[rng.integers(len(options))] if options else None


def inner(county: County, border: Border, kinds: str = "Q") -> list[Post]:
    """Stakes of some kinds that are neither first nor last."""
    return [post for group in county.groups(border.code)[1:-1] for post in group if post.kind in kinds]


def moved_along(border: Border) -> tuple[tuple[str, str, str], ...]:
    """What may also be said where a stake is not where it belongs."""
    return (("K6", border.code, ANY), ("K19", border.code, ANY), ("K20", border.code, ANY))


def explained_by_a_datum(border: Border, place: tuple[float, float]) -> bool:
    """Whether a place lies by its line when it is taken for GCJ-02 or BD-09."""
    places = [tuple(from_datum(np.array([place]), datum)[0]) for datum in ("gcj02", "bd09")]
    return any(abs(locate(border.path, near)[1]) < 120 for near in places)


def same_survey_before(rng: np.random.Generator, post: Post) -> None:
    """In half the cases the stake stood wrong at the earlier survey too."""
    if rng.random() < 0.5:
        post.before = post.place


def meeting(county: County, border: Border) -> list[Border]:
    """The other lines that end where a line ends."""
    ends = {tuple(border.path[side]) for side in (0, -1)}
    return [
        other
        for other in county.borders.values()
        if other is not border and ends & {tuple(other.path[side]) for side in (0, -1)}
    ]
