"""The only place that imports numba.

Our folder ``coverage`` has the name of the tool coverage.py, which numba looks for when it is imported. For the length
of that import the name is hidden. ``app.py``, ``cli.py`` and ``tests/conftest.py`` import this module first; Python's
import lock makes a second thread that starts at the same moment wait.
"""

import sys

__all__ = ["numba"]

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
