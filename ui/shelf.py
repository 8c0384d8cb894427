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
        # One lock for each thing that is being made, and how many hold it or wait for it.
        self._making: dict[str, tuple[threading.Lock, int]] = {}

    def __len__(self) -> int:
        """Things kept now."""
        return len(self._kept)

    def take(self, key: str, make: Callable[[], Kept]) -> Kept:
        """What is kept under the key, else what ``make`` makes now."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            making, waiting = self._making.get(key, (threading.Lock(), 0))
            self._making[key] = (making, waiting + 1)
        try:
            with making:
                return self._made(key, make)
        finally:
            with self._lock:
                making, waiting = self._making.pop(key)
                if waiting > 1:
                    self._making[key] = (making, waiting - 1)

    def _made(self, key: str, make: Callable[[], Kept]) -> Kept:
        with self._lock:
            if key in self._kept:
                return self._kept[key]
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made
