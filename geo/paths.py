"""Where the project's own data files lie."""

from pathlib import Path

__all__ = ["DATA_DIR", "ROOT_DIR", "VERSION"]

#: The checkout.
ROOT_DIR = Path(__file__).resolve().parent.parent
#: Shipped tables and the demo workspace (read-only).
DATA_DIR = ROOT_DIR / "data"
#: Version of the program; a test holds it against ``pyproject.toml``.
VERSION = "0.1.0"
