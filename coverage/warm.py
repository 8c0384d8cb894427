"""Compile all loops before the first user waits for them: ``python -m coverage.warm``, once after each set-up."""

import geo.jit  # noqa: F401, I001  # first: it hides the name of our folder ``coverage`` while numba is imported

import shutil

from coverage.pairs import pairs_within
from coverage.run import run
from coverage.study import request_of
from geo.jit import CACHE_DIR
from layers.workspace import open_demo

__all__ = ["warm"]

#: Long enough for every loop to be entered.
_MINUTES = 5.0


def warm() -> None:
    """Compute the demo with every option; the compiled loops are kept on disk, those of other versions removed."""
    for other in CACHE_DIR.parent.glob("*"):
        if other != CACHE_DIR:
            shutil.rmtree(other, ignore_errors=True)
    request = request_of(open_demo(), minutes=(_MINUTES,), per_facility=True, exclusive=True)
    run(request)
    pairs_within(request.network, request.parameters, request.facilities, request.demand, _MINUTES)


if __name__ == "__main__":
    warm()
