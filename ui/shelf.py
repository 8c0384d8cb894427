"""What all sessions keep in common, made once by the first that asks."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["Shelf"]

Kept = TypeVar("Kept")


class Shelf(Generic[Kept]):
    """The last things asked for, by key. Two that ask for one thing at once make it once: the second waits.

    A maker that fails leaves nothing behind; the next that asks makes it.

    Parameters
    ----------
    most
        Things kept; what was asked for longest ago goes first.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._making: dict[str, threading.Lock] = {}

    def take(self, key: str, make: Callable[[], Kept]) -> Kept:
        """What is kept under the key, else what ``make`` makes now."""
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return self._kept[key]
            made = make()
            with self._lock:
                self._kept[key] = made
                self._making.pop(key, None)
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
            return made
