"""Units of one level, out of a layer that holds several."""

import dataclasses

from layers.layer import Layer

__all__ = ["at_level", "levels", "most_detailed"]


def levels(units: Layer) -> tuple[str, ...]:
    """Levels of a layer of units, the one with most units last.

    Equal numbers in order of the name; an empty tuple where the layer has no column ``level``.
    """
    if "level" not in units.frame:
        return ()
    counts = units.frame["level"].fillna("").value_counts()
    return tuple(str(name) for name in sorted(counts.index, key=lambda name: (counts[name], name)))


def at_level(units: Layer, level: str, *, parent: str | None = None) -> Layer:
    """The units of one level, and of one parent if given. The quality report stays that of the whole file.

    Parameters
    ----------
    units
        Layer of kind ``units``.
    level
        Value of the column ``level``.
    parent
        Value of ``parent_code``.
    """
    frame = units.frame[units.frame["level"] == level]
    if parent is not None:
        frame = frame[frame["parent_code"] == parent]
    return dataclasses.replace(units, frame=frame.reset_index(drop=True))


def most_detailed(units: Layer) -> Layer:
    """The units of the level that has most of them, so that nobody is counted once per level."""
    found = levels(units)
    return at_level(units, found[-1]) if len(found) > 1 else units
