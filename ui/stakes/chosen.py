"""What the session chose among findings, stakes and lines."""

import dataclasses
from dataclasses import dataclass

import streamlit as st

from demarcation.check import Checked
from demarcation.finding import BoundaryFinding

__all__ = ["Chosen", "choose", "chosen", "forget"]

_KEY = "stakes_choice"


@dataclass(frozen=True)
class Chosen:
    """A stake, a finding that speaks of a line or of units, or a line.

    Parameters
    ----------
    stake
        Position in ``study.stakes``; None where no stake is meant.
    finding
        Position in ``checked.findings``; None where a stake was chosen on the map or in its table.
    line_code
        Of a line that was chosen as such; else ``""``.
    source
        ``map`` or ``table``: the map flies unless it was the source.
    number
        Counts the choices of the session.
    name
        Line, number and row of the stake: what tells it apart when the checks have run again.
    among
        The findings that both positions belong to.
    """

    stake: int | None
    finding: int | None
    line_code: str
    source: str
    number: int
    name: tuple[str, str, int] | None
    among: tuple[BoundaryFinding, ...]


def choose(
    *, source: str, stakes_of: Checked | None = None, stake: int | None = None, finding: int | None = None,
    line_code: str = "",
) -> None:  # fmt: skip
    """Remember what the user chose: a stake or a finding of some checks, or a line."""
    st.session_state["choices"] = number = st.session_state.get("choices", 0) + 1
    name = None if stake is None or stakes_of is None else _name(stakes_of, stake)
    among = () if stakes_of is None else stakes_of.findings
    st.session_state[_KEY] = Chosen(stake, finding, line_code, source, number, name, among)


def chosen(checked: Checked) -> Chosen | None:
    """What was chosen last. Of checks that have run again since, the stake is found by its number."""
    found: Chosen | None = st.session_state.get(_KEY)
    if found is None or found.among == checked.findings:
        return found
    if found.line_code:
        return found if found.line_code in checked.bench.study.lines else None
    stakes = range(len(checked.bench.study.stakes))
    stake = next((one for one in stakes if _name(checked, one) == found.name), None)
    return None if stake is None else dataclasses.replace(found, stake=stake, finding=None, source="map")


def forget() -> None:
    """Nothing is chosen any more."""
    st.session_state.pop(_KEY, None)


def _name(checked: Checked, stake: int) -> tuple[str, str, int]:
    one = checked.bench.study.stakes[stake]
    return one.line_code, one.number, one.row
