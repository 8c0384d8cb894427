"""The log file: where tracebacks go, so that nobody has to read them on a page."""

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

import platformdirs

__all__ = ["home_folder", "log_to_file"]

_BYTES, _FILES = 1_000_000, 3


def home_folder() -> Path:
    """The user's own folder of the program: ``QUARTERHOUR_HOME``, else where the system keeps such data."""
    chosen = os.environ.get("QUARTERHOUR_HOME")
    return Path(chosen) if chosen else Path(platformdirs.user_data_dir("quarterhour", appauthor=False))


def log_to_file() -> Path:
    """Send the program's log to a file, once per process.

    Returns
    -------
    Path
        The file.
    """
    logger = logging.getLogger("quarterhour")
    path = home_folder() / "quarterhour.log"
    if not logger.handlers:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8")
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        logger.addHandler(handler)
        logger.propagate = False
    return path
