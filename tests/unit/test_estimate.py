"""A run that would not fit is refused before it begins, with what helps."""

import dataclasses

import pytest

from coverage.estimate import bytes_needed, check_memory
from coverage.network import build_network
from coverage.request import Request
from coverage.run import run
from geo.errors import RequestError
from tests import builders


@pytest.fixture
def request_() -> Request:
    network = build_network(builders.roads([(0, 0), (500, 0)]))
    sites, people = builders.facilities({"F1": (0, 10)}), builders.demand({"D1": (400, 10), "D2": (100, 0)})
    return Request(network, sites, people, None, builders.parameters())


def test_more_of_anything_needs_more(request_: Request) -> None:
    least = bytes_needed(request_)
    each = dataclasses.replace(request_, parameters=dataclasses.replace(request_.parameters, per_facility=True))
    twice = builders.demand(dict.fromkeys(("D1", "D2", "D3"), (100, 10)))
    assert bytes_needed(each) > least
    assert bytes_needed(dataclasses.replace(request_, demand=twice)) > least


def test_what_does_not_fit_is_refused_with_figures_and_advice(request_: Request) -> None:
    needed = bytes_needed(request_)
    check_memory(request_, free=needed)
    with pytest.raises(RequestError) as caught:
        check_memory(request_, free=needed - 1)
    assert caught.value.code == "too_large"
    assert "--clip" in caught.value.hint()


def test_a_run_asks_before_it_begins(request_: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("psutil.virtual_memory", type("Memory", (), {"available": 1}))
    with pytest.raises(RequestError, match=r"0\.0 GB"):
        run(request_)
