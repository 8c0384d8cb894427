"""What may be asked [D19]: everything else is refused before any work."""

import datetime as dt
import math
from typing import Any

import pytest

from coverage.request import Parameters
from geo.errors import QuarterhourError, RequestError


@pytest.mark.parametrize(
    "asked",
    [
        {"minutes": ()},
        {"minutes": (0,)},
        {"minutes": (5, -1)},
        {"minutes": (math.nan,)},
        {"minutes": (math.inf,)},
        {"minutes": (1e9,)},
        {"minutes": (24 * 60 + 1,)},
        {"report_minutes": 0},
        {"report_minutes": math.nan},
        {"profile": "rocket"},
        {"speed_mps": 0},
        {"speed_mps": -1.0},
        {"speed_mps": math.inf},
        {"direction": "sideways"},
        {"max_snap_m": -1},
        {"max_snap_m": math.nan},
        {"island_nodes": -1},
    ],
    ids=repr,
)
def test_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(RequestError) as caught:
        Parameters(**asked)
    assert isinstance(caught.value, QuarterhourError)
    for language in ("zh", "en"):
        assert caught.value.message(language)


def test_minutes_are_sorted_and_once() -> None:
    assert Parameters(minutes=(15, 5, 15.0, 10)).minutes == (5.0, 10.0, 15.0)


def test_report_minutes_reach_at_least_the_largest() -> None:
    assert Parameters(minutes=(90,)).report_minutes == 90
    assert Parameters(minutes=(5,)).report_minutes == 60


def test_defaults_are_those_of_the_contract() -> None:
    asked = Parameters()
    assert (asked.profile, asked.minutes, asked.report_minutes) == ("elder", (5.0, 10.0, 15.0), 60.0)
    assert (asked.direction, asked.max_snap_m, asked.island_nodes) == ("to", 500.0, 50)
    assert asked.as_of == dt.date.today()  # noqa: DTZ011  # the office's own calendar


@pytest.mark.parametrize(
    ("profile", "speed", "access"),
    [("adult", 1.25, 1.25), ("elder", 1.0, 1.0), ("elder75", 0.8, 0.8), ("aided", 0.6, 0.6), ("child", 0.9, 0.9),
     ("ebike", 4.17, 1.25), ("drive", None, 1.25)],
)  # fmt: skip
def test_profiles_of_the_contract(profile: str, speed: float | None, access: float) -> None:
    """Walking profiles walk the access leg at their own speed, the others at 1.25 m/s."""
    travel = Parameters(profile=profile).travel()
    assert (travel.speed_mps, travel.access_mps) == (speed, access)


def test_everything_that_decides_is_written_down() -> None:
    """Two requests that differ give different parameters in the summary."""
    plain = Parameters(as_of=dt.date(2026, 6, 30))
    others: list[dict[str, Any]] = [
        {"profile": "adult"}, {"speed_mps": 1.1}, {"minutes": (5,)}, {"report_minutes": 30}, {"direction": "from"},
        {"max_snap_m": 100}, {"island_nodes": 0}, {"kinds": ("clinic",)}, {"as_of": dt.date(2026, 7, 1)},
    ]  # fmt: skip
    for other in others:
        assert Parameters(**{"as_of": dt.date(2026, 6, 30), **other}).as_dict() != plain.as_dict(), other
