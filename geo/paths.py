"""Where the project's own data files lie."""

import os
from pathlib import Path

import platformdirs

__all__ = ["DATA_DIR", "ROOT_DIR", "VERSION", "user_cache_dir", "user_data_dir"]

#: The checkout.
ROOT_DIR = Path(__file__).resolve().parent.parent
#: Shipped tables and the demo workspace (read-only).
DATA_DIR = ROOT_DIR / "data"
#: Version of the program; a test holds it against ``pyproject.toml``.
VERSION = "0.1.0"


def user_data_dir() -> Path:
    """The user's own folder of the program: ``QUARTERHOUR_HOME``, else where the system keeps such data."""
    chosen = os.environ.get("QUARTERHOUR_HOME")
    return Path(chosen) if chosen else platformdirs.user_data_path("quarterhour", appauthor=False)


def user_cache_dir() -> Path:
    """Where answers of servers are kept: in ``QUARTERHOUR_HOME``, else where the system keeps what may be deleted."""
    chosen = os.environ.get("QUARTERHOUR_HOME")
    return Path(chosen) / "cache" if chosen else platformdirs.user_cache_path("quarterhour", appauthor=False)
