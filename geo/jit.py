"""The only place that imports numba.

Our folder ``coverage`` has the name of the tool coverage.py, which numba looks for when it is imported. For the length
of that import the name is hidden. ``app.py``, ``cli.py`` and ``tests/conftest.py`` import this module first; Python's
import lock makes a second thread that starts at the same moment wait.

What numba compiles is kept in ``.numba_cache`` of the checkout, in a folder for exactly these sources: another version
of them starts with an empty one, as what is kept may not fit its types.
"""

import hashlib
import os
import sys
from pathlib import Path

__all__ = ["CACHE_DIR", "numba"]

_ROOT = Path(__file__).resolve().parent.parent


def _cache_folder() -> Path:
    digest = hashlib.sha256()
    for source in sorted((_ROOT / "coverage").glob("*kernels.py")):
        digest.update(source.read_bytes())
    return _ROOT / ".numba_cache" / digest.hexdigest()[:16]


#: Where compiled loops are kept.
CACHE_DIR = _cache_folder()
if os.access(_ROOT, os.W_OK):
    # Where the checkout may not be written to, numba finds a place of its own.
    os.environ.setdefault("NUMBA_CACHE_DIR", str(CACHE_DIR))

_MISSING = object()
_ours = sys.modules.get("coverage", _MISSING)
sys.modules["coverage"] = None  # type: ignore[assignment]  # None means "not installed" to the import system
try:
    import numba
finally:
    if _ours is _MISSING:
        del sys.modules["coverage"]
    else:
        sys.modules["coverage"] = _ours  # type: ignore[assignment]
