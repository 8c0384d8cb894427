"""The row that is chosen in a table."""

import streamlit as st

__all__ = ["picked", "select"]


def select(key: str, row: int | None) -> None:
    """Make a table show the row of what was chosen elsewhere; before the table is made."""
    chosen = [] if row is None else [row]
    st.session_state[key] = {"selection": {"rows": chosen, "columns": [], "cells": []}}


def picked(key: str) -> int | None:
    """The row that the user has just chosen; None when the choice was taken back."""
    chosen = st.session_state[key]["selection"]["rows"]
    return int(chosen[0]) if chosen else None
