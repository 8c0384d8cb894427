"""T11: figures of the checks of lines and stakes, as plain numbers from whoever knows lines and stakes."""

from coverage.plans.ground import Ground
from coverage.plans.measure import BoundaryCheck
from coverage.plans.measured import Measured, Number, nothing

__all__ = ["boundary"]


def boundary(measure: BoundaryCheck, ground: Ground) -> Measured:
    """T11: the figure that the plan names, for the whole.

    Parameters
    ----------
    measure
        Of the plan.
    ground
        Asks for figures on its day; ``not_computed`` where nobody answers.

    Examples
    --------
    >>> import datetime as dt
    >>> from coverage.plans.inputs import Inputs
    >>> figure = BoundaryCheck(type="boundary", figure="inspections_done")
    >>> boundary(figure, Ground(Inputs(), dt.date(2025, 12, 31))).whole.reason
    'not_computed'
    """
    if ground.inputs.boundary is None:
        return nothing("not_computed")
    found = ground.inputs.boundary(measure.figure, ground.day)
    basis = "" if found.value is None else "boundary"
    return Measured(Number(found.value, found.numerator, found.denominator, basis, found.reason, found.doubt))
