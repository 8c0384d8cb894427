"""What sessions keep in common: made once, by one, and only if it succeeds."""

import re
import threading
import time
from pathlib import Path

import pytest

from coverage.network import build_network
from coverage.patches import CloseFacility
from layers.workspace import Workspace
from tests.builders import Place, demand, facilities, parameters, roads
from ui import i18n, shelves
from ui.shelf import Shelf


def test_eight_that_ask_at_once_make_it_once() -> None:
    shelf: Shelf[int] = Shelf(2)
    made: list[int] = []

    def make() -> int:
        time.sleep(0.05)
        made.append(1)
        return 7

    got: list[int] = []
    threads = [threading.Thread(target=lambda: got.append(shelf.take("a", make))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [7] * 8
    assert made == [1]


def test_two_things_are_made_side_by_side() -> None:
    shelf: Shelf[str] = Shelf(2)
    meet = threading.Barrier(2, timeout=10)

    def make() -> str:
        meet.wait()
        return "done"

    threads = [threading.Thread(target=shelf.take, args=(key, make)) for key in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not meet.broken


def test_a_failure_or_a_break_leaves_the_next_to_make_it() -> None:
    shelf: Shelf[int] = Shelf(2)
    for error in (ValueError(), KeyboardInterrupt()):
        with pytest.raises(type(error)):
            shelf.take("a", lambda error=error: (_ for _ in ()).throw(error))
    assert len(shelf) == 0
    assert shelf.take("a", lambda: 3) == 3
    assert len(shelf) == 1
    # No lock is left behind, whatever was asked for.
    assert not shelf._making


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    shelf: Shelf[int] = Shelf(2)
    for key in ("a", "b", "a", "c"):
        shelf.take(key, lambda: 1)
    assert shelf.take("a", lambda: 2) == 1
    assert shelf.take("b", lambda: 2) == 2


def test_a_result_tells_its_progress_while_it_is_computed_and_not_again() -> None:
    study = shelves.Study(
        key="test_shelf",
        workspace=Workspace.__new__(Workspace),
        network=build_network(roads([(0.0, 0.0), (900.0, 0.0)])),
        facilities=facilities({"F": Place((0.0, 5.0))}),
        demand=demand({"D": Place((400.0, 5.0))}),
        townships=None,
        villages=None,
        lines=None,
        stakes=None,
        base=None,
    )
    told: list[str] = []
    first = shelves.result_for(study, parameters(), progress=lambda step, _: told.append(step))
    assert list(dict.fromkeys(told)) == ["snap", "search", "areas", "roads", "tables"]
    told.clear()
    assert shelves.result_for(study, parameters(), progress=lambda step, _: told.append(step)) is first
    assert told == []


def test_other_minutes_share_what_was_prepared_and_other_speeds_do_not() -> None:
    study = shelves.Study(
        key="test_prepared",
        workspace=Workspace.__new__(Workspace),
        network=build_network(roads([(0.0, 0.0), (900.0, 0.0)])),
        facilities=facilities({"F": Place((0.0, 5.0))}),
        demand=demand({"D": Place((400.0, 5.0))}),
        townships=None,
        villages=None,
        lines=None,
        stakes=None,
        base=None,
    )
    usual = shelves.request_for(study, parameters())
    first = shelves.prepared_for(usual)
    assert shelves.prepared_for(shelves.request_for(study, parameters(minutes=(7,)), (CloseFacility("F"),))) is first
    assert shelves.prepared_for(shelves.request_for(study, parameters(profile="elder"))) is not first


def test_every_step_has_a_text(root: Path) -> None:
    named = set(re.findall(r'tell\("(\w+)"', (root / "coverage" / "run.py").read_text(encoding="utf-8")))
    assert named
    assert {f"step.{step}" for step in named} <= i18n.keys("zh")
