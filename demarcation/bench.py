"""The bench of the checks: a study with every stake put beside its line."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from demarcation.axis import Axis, Place, axis_of
from demarcation.model import Stake, Study

__all__ = ["Bench", "Slip", "bench_of", "step_deg_of"]

#: Degrees are written to minutes, hundredths, thousandths, seconds, and so on; finer steps are below every limit.
_STEPS_DEG = (1 / 60, 1e-2, 1e-3, 1 / 3600, 1e-4, 0.1 / 3600)
#: Degrees; seconds turned into decimals and rounded once more still count as whole.
_WHOLE_DEG = 1e-7
#: How a table is rounded is told by so many of its rows, and by no fewer than this.
_MOST_ROWS, _LEAST_ROWS = 0.8, 5


@dataclass(frozen=True)
class Slip:
    """Coordinates of a stake that are not what its row says.

    Parameters
    ----------
    code
        Key of the sentence that names what they are.
    shift_m
        From the place as read to the place that is meant; None where the row has no place.
    facts
        Values that the sentence names.
    """

    code: str
    shift_m: float | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Bench:
    """A study with what every check needs of it.

    Parameters
    ----------
    study
        What was read.
    axes
        Lines as axes, by code.
    places
        Where each stake of ``study.stakes`` lies by its line; None where it has no place, or its line is not known.
    slips
        What K11 does not believe of the coordinates of a stake, by its position in ``study.stakes``: K1, K2 and K6
        pass these stakes over.
    """

    study: Study
    axes: Mapping[str, Axis]
    places: tuple[Place | None, ...]
    slips: Mapping[int, Slip] = field(default_factory=dict)

    @cached_property
    def step_deg(self) -> float:
        """What the degrees of the stakes are rounded to, as :func:`step_deg_of` tells."""
        return step_deg_of(self.study.stakes)

    @cached_property
    def suspects(self) -> frozenset[int]:
        """Positions of the stakes that K11 found."""
        return frozenset(self.slips)

    def on(self, line_code: str, *, believed: bool = True) -> Iterator[tuple[Stake, Place]]:
        """Stakes of a line with their places, in the order of the study; without suspects where ``believed``."""
        for position, stake, place in self._placed.get(line_code, ()):
            if not (believed and position in self.slips):
                yield stake, place

    @cached_property
    def by_serial(self) -> Mapping[tuple[str, int | None], list[int]]:
        """Positions of the stakes of each line and serial."""
        found: dict[tuple[str, int | None], list[int]] = {}
        for position, stake in enumerate(self.study.stakes):
            found.setdefault((stake.line_code, stake.serial), []).append(position)
        return found

    @cached_property
    def _placed(self) -> Mapping[str, list[tuple[int, Stake, Place]]]:
        """Stakes that have a place, by line: every check asks for those of every line."""
        found: dict[str, list[tuple[int, Stake, Place]]] = {}
        for position, (stake, place) in enumerate(zip(self.study.stakes, self.places, strict=True)):
            if place is not None:
                found.setdefault(stake.line_code, []).append((position, stake, place))
        return found


def step_deg_of(stakes: Iterable[Stake]) -> float:
    """What the degrees of a table are rounded to; 0 where they are finer than 10 m, or too few to tell.

    Examples
    --------
    >>> table = [Stake(str(n), "9916", n, "Q", place=(114 + n / 3600, 30 + n / 1800)) for n in range(9)]
    >>> round(step_deg_of(table) * 3600, 6), step_deg_of(table[:2])
    (1.0, 0.0)
    """
    places = np.array([stake.place for stake in stakes if stake.place is not None]).reshape(-1, 2)
    if len(places) < _LEAST_ROWS:
        return 0.0
    for step in _STEPS_DEG:
        whole = (np.abs(places - np.round(places / step) * step) <= _WHOLE_DEG).all(axis=1)
        if whole.mean() >= _MOST_ROWS:
            return step
    return 0.0


def bench_of(study: Study) -> Bench:
    """Put every stake beside its line."""
    axes = {code: axis_of([segment.path for segment in line.segments]) for code, line in study.lines.items()}
    places = tuple(
        None if stake.place is None or stake.line_code not in axes else axes[stake.line_code].locate(*stake.place)
        for stake in study.stakes
    )
    return Bench(study, axes, places)
