"""Where the project's own data files lie."""

from pathlib import Path

__all__ = ["DATA_DIR", "ROOT_DIR"]

#: The checkout.
ROOT_DIR = Path(__file__).resolve().parent.parent
#: Shipped tables and the demo workspace (read-only).
DATA_DIR = ROOT_DIR / "data"
