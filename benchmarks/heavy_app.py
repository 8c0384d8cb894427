"""The app with one more way in, for :mod:`benchmarks.two_sessions`: ``?heavy=1`` computes the large run.

Run by Streamlit, from the root of the checkout. The folder of its inputs is in ``QUARTERHOUR_BENCH_HEAVY``.
"""

import geo.jit  # noqa: F401, I001  # first: it hides our folder `coverage` while numba is imported

import os
import time
from pathlib import Path

import streamlit as st

from coverage.network_file import load_network
from coverage.request import Parameters, Request
from coverage.run import run
from layers.read import read_layer
from ui.pages import facilities


@st.cache_resource(show_spinner=False)
def _inputs() -> Request:
    """Network and layers, made before anything is timed."""
    folder = Path(os.environ["QUARTERHOUR_BENCH_HEAVY"])
    sites, people = read_layer(folder / "facilities.csv", "facilities"), read_layer(folder / "demand.csv", "demand")
    return Request(
        load_network(folder / "large.network"), sites, people, None, Parameters(profile="adult", minutes=(5, 10, 15))
    )


def _heavy() -> None:
    """A button that computes, and what is known of it."""
    asked = _inputs()
    if st.button("compute", key="compute"):
        begun = time.perf_counter()
        covered = run(asked).summary["covered"]
        st.session_state["done"] = st.session_state.get("done", 0) + 1
        st.session_state["told"] = f"{time.perf_counter() - begun:.3f} {covered}"
    st.text(f"ready {st.session_state.get('done', 0)} {st.session_state.get('told', '')}")


st.set_page_config(page_title="bench", layout="wide")
if st.query_params.get("heavy"):
    _heavy()
else:
    facilities.show()
