"""Plans that the page can score: those that come with the program, and the bureau's own in its workspace."""

from pathlib import Path

import streamlit as st

from coverage.plans.model import Plan
from coverage.plans.read import load_plan, plan_ids
from geo.errors import QuarterhourError
from ui import messages
from ui.state import language

__all__ = ["FOLDER", "choices", "plan_of"]

#: Folder of the workspace with the bureau's own plan files.
FOLDER = "plans"


@st.cache_resource(show_spinner=False, max_entries=32)
def _read(name: str, stamp: int) -> Plan:  # noqa: ARG001 - a file that was changed is read again
    return load_plan(name)


def plan_of(name: str) -> Plan:
    """A plan by its id or its file; errors as :func:`coverage.plans.read.load_plan`."""
    return _read(name, 0 if name in plan_ids() else Path(name).stat().st_mtime_ns)


def choices(workspace: Path) -> dict[str, Plan]:
    """Plans by id or file; a file of the bureau that cannot be read is told and left out."""
    found = {name: plan_of(name) for name in plan_ids()}
    for file in sorted((workspace / FOLDER).glob("*.toml")):
        try:
            found[str(file)] = plan_of(str(file))
        except QuarterhourError as error:
            messages.show(error, language())
    return found
