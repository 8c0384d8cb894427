"""A scorecard as a snapshot that is kept from year to year."""

from coverage.plans.scorecard import Scorecard
from layers.snapshots import KeptValue, Snapshot
from reports.scorecard_words import shown_status

__all__ = ["snapshot_of"]


def snapshot_of(card: Scorecard) -> Snapshot:
    """Values and statuses of a scorecard, as :func:`layers.snapshots.keep_snapshot` takes them.

    Parameters
    ----------
    card
        As scored; the id of its plan is the name of the series.
    """
    rows = tuple(
        KeptValue(
            id=score.indicator_id,
            name=score.name,
            name_en=score.name_en,
            unit=score.unit,
            unit_code=score.unit_code,
            unit_name=score.unit_name,
            whole=score.whole,
            value=score.value,
            target=score.target,
            status=shown_status(score),
        )
        for score in card.scores
    )
    return Snapshot(
        series=card.plan.id,
        as_of=card.as_of,
        rows=rows,
        parameters=dict(card.parameters),
        inputs={f"{n} {entry.get('kind', '')}": str(entry.get("sha256", "")) for n, entry in enumerate(card.inputs)},
        level=card.level,
    )
