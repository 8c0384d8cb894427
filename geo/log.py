"""The log file: where tracebacks go, so that nobody has to read them on a page."""

import logging
import tempfile
from logging.handlers import RotatingFileHandler
from pathlib import Path

from geo.paths import user_data_dir

__all__ = ["log_to_file"]

_BYTES, _FILES = 1_000_000, 3


class _OneEntry(logging.Formatter):
    """Entries that cannot be forged: what follows the first line of one is set in, odd characters are spelled out."""

    def format(self, record: logging.LogRecord) -> str:
        """As the base class, then so that only an entry of ours begins at the start of a line."""
        text = super().format(record)
        lines = ("".join(c if c.isprintable() else repr(c)[1:-1] for c in line) for line in text.split("\n"))
        return "\n    ".join(lines)


def log_to_file() -> Path:
    """Send the program's log to a file, once per process; where the user's folder takes none, to the temporary one.

    Returns
    -------
    Path
        The file.
    """
    logger = logging.getLogger("quarterhour")
    for known in logger.handlers:
        if isinstance(known, RotatingFileHandler):
            return Path(known.baseFilename)
    path = user_data_dir() / "quarterhour.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8")
    except OSError:
        path = Path(tempfile.gettempdir()) / "quarterhour.log"
        handler = RotatingFileHandler(path, maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8")
    handler.setFormatter(_OneEntry("%(asctime)s %(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.propagate = False
    return path
