"""``failing_units.csv``: the units that lack what a plan promises to each, as a list to print."""

import pandas as pd

from coverage.plans.scorecard import Scorecard

__all__ = ["FAILING_COLUMNS", "FAILING_UNITS_FILE", "failing_table"]

#: Its name.
FAILING_UNITS_FILE = "failing_units.csv"
#: Its columns.
FAILING_COLUMNS = (
    "indicator_id", "name", "unit_code", "unit_name", "year", "status", "needs", "what", "kinds", "department",
    "quote",
)  # fmt: skip


def failing_table(card: Scorecard) -> pd.DataFrame:
    """One row per indicator and unit that fails it; ``needs`` is what it lacks.

    Parameters
    ----------
    card
        As scored.
    """
    units = {(score.indicator_id, score.unit_code): score for score in card.scores if not score.whole}
    rows = []
    for whole in card.of_whole():
        for code in whole.failing:
            one = units[whole.indicator_id, code]
            lack = one.missing[0] if one.missing else None
            lacking = (lack.amount, lack.what) if lack else (None, "")
            row = (whole.indicator_id, whole.name, code, one.unit_name, one.year, one.status, *lacking)
            rows.append((*row, "、".join(whole.kinds), whole.department, whole.quote))
    return pd.DataFrame(rows, columns=list(FAILING_COLUMNS), dtype=object)
