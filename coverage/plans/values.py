"""Numbers entered by hand: the layer of values, by unit, indicator, year and base."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from coverage.plans.territory import plain_code
from layers.layer import Layer

__all__ = ["Given", "Values"]


@dataclass(frozen=True)
class Given:
    """A number that somebody entered.

    Parameters
    ----------
    value, year, base
        As entered.
    several
        Other numbers were entered for the same unit, year and base.
    """

    value: float
    year: int
    base: str
    several: bool = False

    @property
    def basis(self) -> str:
        """As a score tells it: entered, whom it counts where that was said, and the year."""
        return "entered;" + " ".join(part for part in (self.base, str(self.year)) if part)


@dataclass(frozen=True, eq=False)
class Values:
    """The layer of values, ready to be asked.

    Parameters
    ----------
    layer
        Of kind ``values``; None: nothing was entered.
    """

    layer: Layer | None

    def get(self, name: str, unit: str, year: int | None, base: str = "") -> Given | None:
        """The number of a unit: of this year, else the last before it, else the first after it.

        Parameters
        ----------
        name
            Its ``indicator``.
        unit
            Its code, with or without the zeros that fill it up.
        year
            None: the last one.
        base
            Preferred where it was entered for several.
        """
        rows = self._rows.get((name, plain_code(unit)), ())
        rows = tuple(row for row in rows if row[1] == base) or rows
        if not rows:
            return None
        years = sorted({row[0] for row in rows})
        before = [one for one in years if year is None or one <= year]
        chosen = before[-1] if before else years[0]
        found = sorted({(row[1], row[2]) for row in rows if row[0] == chosen})
        return Given(found[0][1], chosen, found[0][0], several=len(found) > 1)

    def first(self, names: Sequence[str], unit: str, year: int | None) -> Given | None:
        """As :meth:`get`, by the first of several names that was entered."""
        return next((given for name in names if (given := self.get(name, unit, year))), None)

    def named(self, name: str) -> bool:
        """Whether anything was entered under a name."""
        return any(key[0] == name for key in self._rows)

    @cached_property
    def _rows(self) -> dict[tuple[str, str], tuple[tuple[int, str, float], ...]]:
        """Year, base and value by indicator and unit."""
        if self.layer is None:
            return {}
        frame = self.layer.frame
        bases = frame["base"].fillna("").astype(str) if "base" in frame else pd.Series("", index=frame.index)
        out: dict[tuple[str, str], list[tuple[int, str, float]]] = {}
        for name, unit, year, base, value in zip(
            frame["indicator"], frame["unit_code"], frame["year"], bases, frame["value"], strict=True
        ):
            key = (str(name).strip(), plain_code(str(unit)))
            out.setdefault(key, []).append((int(year), base.strip(), float(value)))
        return {key: tuple(rows) for key, rows in out.items()}
