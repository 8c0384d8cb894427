"""osmnx in a process of its own; :mod:`geo.fetch` starts it, and nothing else does.

osmnx keeps its settings in a module and puts a function of its own in the place of ``socket.getaddrinfo``: for all
threads, and for good. It waits and asks again without end when a server is busy, takes an answer that says of itself
that it is cut short, and follows redirections. So it runs here, where nobody else is, with a guard that looks at every
answer before osmnx does; and :mod:`geo.fetch` ends the process when its time is over.

One question as JSON on stdin, one answer as JSON on stdout: ``{"answer": …}`` or ``{"fault": code, …facts}``. Answers
with roads lie as files in the folder that the question names.
"""

import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import osmnx
import requests
import shapely

__all__ = ["main"]

#: Each is one query per piece of the area. Ferries are ways without ``highway``.
_FILTERS = ['["highway"]', '["route"="ferry"]']
_BUSY = frozenset({429, 500, 502, 503, 504})


class _FaultError(Exception):
    """Why there is no answer; ``again``: another try may help."""

    def __init__(self, code: str, *, again: bool = False, **facts: object) -> None:
        super().__init__(code)
        self.again = again
        self.as_dict = {"fault": code, **facts}


class _Bounded:
    """The body of an answer, as ``requests`` reads it, that counts its bytes."""

    def __init__(self, raw: object, spend: Callable[[int], None]) -> None:
        self._raw: Any = raw
        self._spend = spend

    def stream(self, size: int, decode_content: bool | None = None) -> Iterator[bytes]:  # noqa: FBT001  # as urllib3
        for block in self._raw.stream(size, decode_content=decode_content):
            self._spend(len(block))
            yield block

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever the body has
        return getattr(self._raw, name)


class _Guard:
    """Looks at each answer before osmnx does."""

    def __init__(self, most_bytes: int) -> None:
        self.left = self.most_bytes = most_bytes

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise _FaultError("fetch_too_much", most=self.most_bytes // 1024**2)

    def __call__(self, response: requests.Response, **_: object) -> None:
        status = response.status_code
        if 300 <= status < 400:  # noqa: PLR2004  # the class of redirections
            raise _FaultError("fetch_redirected", status=status)
        if status in _BUSY:
            raise _FaultError("fetch_busy", again=True, status=status)
        if not response.ok:
            raise _FaultError("fetch_refused", status=status)
        response.raw = _Bounded(response.raw, self.spend)
        try:
            document = json.loads(response.content)
        except ValueError:
            raise _FaultError("fetch_not_data", again=True) from None
        remark = document.get("remark") if isinstance(document, dict) else None
        if remark:
            raise _FaultError("fetch_partial", again=True, remark=str(remark))


def _set_up(question: dict[str, Any]) -> None:
    settings = osmnx.settings
    settings.overpass_url = question["overpass"]
    settings.nominatim_url = question["nominatim"]
    settings.http_user_agent = settings.http_referer = question["agent"]
    settings.http_accept_language = "zh-CN,zh;q=0.9,en;q=0.8"
    settings.requests_timeout = question["silence_s"]
    # The server shall give up when we do; it understands whole seconds only.
    settings.overpass_settings = f"[out:json][timeout:{math.ceil(question['silence_s'])}]{{maxsize}}"
    settings.requests_kwargs = {"allow_redirects": False, "hooks": {"response": _Guard(question["most_bytes"])}}
    # Names are looked up by the system or not at all; osmnx would ask a host that is on nobody's list.
    settings.doh_url_template = None
    # A busy server says so, and is asked again later; osmnx would wait a minute where the server cannot be reached.
    settings.overpass_rate_limit = False
    settings.max_query_area_size = question["piece_m2"]
    # What was answered before a fault is not asked for again. geo.fetch has the cache that stays.
    settings.use_cache = True
    settings.cache_folder = question["folder"]
    settings.cache_only_mode = True


def _place(question: dict[str, Any]) -> dict[str, Any]:
    try:
        found = osmnx.geocode_to_gdf(question["place"]).iloc[0]
    except (ValueError, TypeError):
        raise _FaultError("fetch_place_unknown", place=question["place"]) from None
    bounds = [float(found[f"bbox_{side}"]) for side in ("west", "south", "east", "north")]
    return {"name": str(found["display_name"]), "bounds": bounds}


def _roads(question: dict[str, Any]) -> dict[str, Any]:
    try:
        osmnx.graph_from_polygon(shapely.from_wkt(question["area"]), custom_filter=_FILTERS)
    except InterruptedError:
        return {}  # how osmnx ends when it only has to fetch
    raise RuntimeError("osmnx did more than fetch")


def _ask(question: dict[str, Any]) -> dict[str, Any]:
    """Ask, and again after a pause where that may help."""
    work = _place if "place" in question else _roads
    pauses_s = iter(question["pauses_s"])
    while True:
        try:
            return {"answer": work(question)}
        except _FaultError as error:
            fault = error
        except requests.Timeout:
            fault = _FaultError("fetch_timeout", again=True, seconds=f"{question['silence_s']:g}")
        except requests.RequestException:
            fault = _FaultError("fetch_no_connection", again=True)
        pause_s = next(pauses_s, None)
        if not fault.again or pause_s is None:
            return fault.as_dict
        time.sleep(pause_s)


def main() -> None:
    """Answer one question."""
    question = json.load(sys.stdin)
    _set_up(question)
    json.dump(_ask(question), sys.stdout)


if __name__ == "__main__":
    main()
