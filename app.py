"""The app: `streamlit run app.py`. Page set-up, navigation, error boundary; no logic."""

import geo.jit  # noqa: F401, I001  # first: it hides the name of our folder ``coverage`` while numba is imported

from collections.abc import Callable

import streamlit as st

from geo.log import log_to_file
from ui import i18n, messages, state
from ui.pages import blind_spots, boundary, facilities, indicators, ledger


def guarded(page: Callable[[], None]) -> Callable[[], None]:
    """A page whose errors end in a sentence for the user and a traceback in the log."""

    def show() -> None:
        with messages.boundary(state.language()):
            log_to_file()
            page()

    return show


def main() -> None:
    """Show the chosen page."""
    say = i18n.sayer(state.language())
    pages = [
        st.Page(guarded(facilities.show), title=say("page.coverage.title"), url_path="coverage", default=True),
        st.Page(guarded(blind_spots.show), title=say("page.spots.title"), url_path=blind_spots.URL),
        st.Page(guarded(indicators.show), title=say("page.plan.title"), url_path=indicators.URL),
        st.Page(guarded(boundary.show), title=say("page.stakes.title"), url_path=boundary.URL),
        st.Page(guarded(ledger.show), title=say("page.ledger.title"), url_path="ledger"),
    ]
    chosen = st.navigation(pages, position="top")
    state.opened(chosen, pages)
    st.set_page_config(page_title=f"{say('app.name')} · {chosen.title}", page_icon="⏱️", layout="wide")
    chosen.run()


main()
