"""One study from the layers that the command and the page have."""

import datetime as dt

from demarcation.model import Study
from demarcation.read import descriptions_of, inspections_of, is_retired, lines_of, stakes_of
from demarcation.rules import Rules
from layers.layer import Layer

__all__ = ["study_of"]


def study_of(  # noqa: PLR0913  # one per file that the command takes
    lines: Layer,
    stakes: Layer,
    rules: Rules,
    as_of: dt.date,
    *,
    other_lines: Layer | None = None,
    stakes_before: Layer | None = None,
    units: Layer | None = None,
    features: Layer | None = None,
    facilities: Layer | None = None,
    areas: Layer | None = None,
    projects: Layer | None = None,
    disputes: Layer | None = None,
    inspections: Layer | None = None,
    descriptions: Layer | None = None,
) -> Study:
    """Everything that the checks may ask, from layers as read.

    Stakes of refused rows are among the stakes, without a place; those whose number is void (废止) stand apart.

    Parameters
    ----------
    lines, stakes, rules
        What is checked, and the rules with the patterns of stake numbers.
    as_of
        The day that decides what is due.
    other_lines, stakes_before
        Lines and stakes as the neighbour has them, and as they were surveyed before.
    units, features, facilities, areas, projects, disputes, inspections, descriptions
        What else is known, each of its kind; ``features`` are lines of roads and rivers.

    Examples
    --------
    >>> from demarcation.rules import load_rules
    >>> from geo.paths import DATA_DIR
    >>> from layers.read import read_layer
    >>> layers = [read_layer(DATA_DIR / f"demo/layers/{kind}.parquet", kind) for kind in ("lines", "stakes")]
    >>> study = study_of(*layers, load_rules(), dt.date(2026, 6, 30))
    >>> len(study.lines), len(study.stakes), study.units is None
    (31, 261, True)
    """
    read = stakes_of(stakes, rules)
    return Study(
        lines=lines_of(lines),
        stakes=tuple(stake for stake in read if not is_retired(stake)),
        as_of=as_of,
        other_lines=None if other_lines is None else lines_of(other_lines),
        stakes_before=None if stakes_before is None else stakes_of(stakes_before, rules),
        units=units,
        features=features,
        facilities=facilities,
        areas=areas,
        projects=projects,
        disputes=disputes,
        inspections=None if inspections is None else inspections_of(inspections),
        descriptions=None if descriptions is None else descriptions_of(descriptions),
        retired=tuple(stake for stake in read if is_retired(stake)),
    )
