"""From an error to what the user reads. The traceback goes to the log only."""

import logging
import traceback
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from geo.errors import QuarterhourError
from ui import i18n

__all__ = ["boundary", "explain", "literal", "show"]

_LOG = logging.getLogger(f"quarterhour.{__name__}")
#: Errors that are not ours to explain in detail, and the sentence for each; the first that fits is used.
_OTHERS: tuple[tuple[type[BaseException], str], ...] = (
    (MemoryError, "memory"),
    (PermissionError, "disk"),
    (OSError, "disk"),
    (Exception, "unexpected"),
)


def explain(error: Exception, lang: str) -> tuple[str, str]:
    """Sentence and mend of an error.

    Parameters
    ----------
    error
        Ours (then the sentence is its own) or any other (then the sentence names no detail, which may hold paths).
    lang
        ``zh`` or ``en``.

    Returns
    -------
    tuple of str
        ``(message, hint)``.
    """
    if isinstance(error, QuarterhourError):
        return error.message(lang), error.hint(lang)
    key = next(key for kind, key in _OTHERS if isinstance(error, kind))
    return i18n.text(lang, f"error.{key}"), i18n.text(lang, f"error.{key}_hint")


def show(error: Exception, lang: str) -> None:
    """Write the error to the log, and its explanation to the page."""
    message, hint = explain(error, lang)
    number = uuid.uuid4().hex[:8]
    if isinstance(error, QuarterhourError):
        # Its sentence quotes cells, which are nobody's business in a log.
        where = "".join(traceback.format_tb(error.__traceback__))
        _LOG.error("shown to the user as %s: %s, rows %s\n%s", number, error.code, error.rows, where)
    else:
        _LOG.error("shown to the user as %s", number, exc_info=error)
    body = f"{message} {hint}".strip()
    # Markdown and HTML in the text of a message stay as they are typed.
    st.error(f"**{i18n.text(lang, 'error.title')}** · {literal(body)}  `{number}`", icon="⚠️")


def literal(body: str) -> str:
    r"""Text for a place that takes Markdown: it stays as it is typed.

    Examples
    --------
    >>> literal("![a](http://b)")
    '\\!\\[a\\]\\(http\\://b\\)'
    """
    return "".join(f"\\{c}" if c in r"\`*_{}[]()#+-!|~$<>:" else c for c in body)


@contextmanager
def boundary(lang: str) -> Iterator[None]:
    """Show what goes wrong inside instead of a traceback; Streamlit's own control flow passes."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - this is the boundary: all errors end here, in the log
        show(error, lang)
