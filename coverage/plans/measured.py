"""What a measure answers: a number for the whole and for each unit, and why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from coverage.plans.scorecard import Missing, Other
from geo.findings import Finding

__all__ = ["NOTHING", "Measured", "Number", "nothing", "quotient"]


@dataclass(frozen=True)
class Number:
    """A number with what it is made of.

    Parameters
    ----------
    value, numerator, denominator
        None where they cannot be told.
    basis
        As :attr:`coverage.plans.scorecard.Score.basis`.
    reason
        Why there is no value.
    doubt
        Why the value has to be checked.
    passes
        Of a unit that a plan promises something for: whether it has it. None: the plan promises the whole only.
    others
        The same on other bases.
    """

    value: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    basis: str = ""
    reason: str = ""
    doubt: str = ""
    passes: bool | None = None
    others: tuple[Other, ...] = ()


NOTHING: Mapping[str, Number] = MappingProxyType({})


@dataclass(frozen=True)
class Measured:
    """The answer of a measure.

    Parameters
    ----------
    whole
        Of the whole.
    units
        By code of the unit; ``""`` are those that lie in none.
    failing
        Units that lack what is promised to each.
    deficits
        What those units lack.
    kinds
        Kinds of facilities that were counted.
    what
        In which more is needed to meet a target: ``facilities``, a column, or empty where it cannot be built.
    findings
        What was noticed.
    """

    whole: Number
    units: Mapping[str, Number] = field(default_factory=lambda: NOTHING)
    failing: tuple[str, ...] = ()
    deficits: tuple[Missing, ...] = ()
    kinds: tuple[str, ...] = ()
    what: str = ""
    findings: tuple[Finding, ...] = ()


def nothing(reason: str, kinds: tuple[str, ...] = (), findings: tuple[Finding, ...] = ()) -> Measured:
    """No number, and why.

    Examples
    --------
    >>> nothing("not_computed").whole.reason
    'not_computed'
    """
    return Measured(Number(reason=reason), kinds=kinds, findings=findings)


def quotient(numerator: float | None, denominator: float | None, per: float = 100.0) -> float | None:
    """Numerator / denominator × per; None where one is not known or nothing is below the line.

    Examples
    --------
    >>> quotient(13, 18), quotient(0, 0)
    (72.22222222222223, None)
    """
    if numerator is None or not denominator:
        return None
    return numerator * per / denominator
