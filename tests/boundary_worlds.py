"""Random counties from a seed: units that tile their land, boundary lines between them, stakes.

A county as made here is in order: no check may fail or warn on it. ``boundary_faults`` plants faults in one. It is
written from ``docs/boundary.md`` and not from the checks. Lengths, azimuths and places come from ``pyproj.Geod``.
"""

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from tests.boundary_land import make_land
from tests.boundary_measures import GEOD, XY, along_m, at_chain, away, beside, locate, word_of

AS_OF = dt.date(2026, 6, 30)
#: Standard deviations of data/rules/boundary.toml, metres.
SIGMA_M = {"GNSS": 0.5, "RTK": 0.1, "图解": 25.0, "": 1.0}
WARN_MM, FAIL_MM = 0.2, 0.5
#: Only the stake of a junction stands nearer to it.
FREE_M = 160.0


@dataclass
class Border:
    """One line between two units, in the direction of its numbers."""

    code: str
    units: tuple[str, str]
    path: np.ndarray
    scale: int | None
    method: str
    #: Type, first and last vertex of each stretch.
    stretches: list[tuple[str, int, int]]
    junctions: tuple[bool, bool]
    last_inspection: dt.date
    declared_m: float = 0.0
    #: Cells that a fault puts in place of the true ones.
    cells: dict[str, Any] = field(default_factory=dict)
    #: Stretches as drawn, where that is not the path: a gap, an end moved.
    drawn: list[np.ndarray] | None = None
    #: The neighbour's edition.
    other: np.ndarray | None = None
    faulty: bool = False

    @property
    def along_m(self) -> np.ndarray:
        return along_m(self.path)

    @property
    def length_m(self) -> float:
        return float(self.along_m[-1])

    @property
    def warn_m(self) -> float:
        return WARN_MM * (self.scale or 50000) / 1000

    @property
    def fail_m(self) -> float:
        return FAIL_MM * (self.scale or 50000) / 1000

    def parts(self) -> list[np.ndarray]:
        return self.drawn or [self.path[first : last + 1] for _, first, last in self.stretches]

    def type_at(self, chain_m: float) -> str:
        vertex = int(np.searchsorted(self.along_m, chain_m, side="right")) - 1
        return next(kind for kind, _, last in self.stretches if vertex < last or last == len(self.path) - 1)


@dataclass
class Post:
    """One stake."""

    line: str
    serial: int
    kind: str
    place: XY
    method: str
    managed_by: str
    state: str = "完好"
    shape: str = "双面型"
    #: Azimuth from true north and distance of what stands around it.
    marks: list[tuple[str, float, float]] = field(default_factory=list)
    marks_known: bool = False
    sighted: list[tuple[float, float]] = field(default_factory=list)
    before: XY | None = None
    retired: bool = False
    #: Written in place of its own, where a fault says so.
    number: str = ""
    cells: dict[str, Any] = field(default_factory=dict)
    #: Where a fault makes the written coordinates lie; X and Y apart.
    written: XY | None = None
    written_xy: XY | None = None
    #: X and Y lie so far from the degrees of a row in order: azimuth and metres.
    apart: tuple[float, float] = (0.0, 0.0)
    unplaced: bool = False

    @property
    def full(self) -> str:
        return self.number or f"{self.line}{self.serial:03d}{self.kind}"


@dataclass(frozen=True)
class Planted:
    """What a check must find, and nothing else may be told.

    ``stakes`` and ``lines`` hold what is as right as each other. ``may_also`` are (check, line, stake), ``*`` for any.
    """

    check: str
    lines: tuple[str, ...]
    stakes: tuple[str, ...]
    what: str
    severities: tuple[str, ...]
    near: shapely.Geometry | None = None
    value: float | None = None
    may_also: tuple[tuple[str, str, str], ...] = ()


@dataclass
class County:
    """Everything that a bureau keeps of its lines."""

    seed: int
    origin: XY
    borders: dict[str, Border]
    posts: list[Post]
    polygons: dict[str, shapely.Polygon]
    #: Which columns of coordinates the table of stakes has: ``both``, ``degrees`` or ``metres``.
    columns: str
    azimuths: str
    prefix: bool
    count_by: str
    #: Codes that are in the layer of units without a polygon, with the day they ended.
    old_units: dict[str, str] = field(default_factory=dict)
    rivers: list[tuple[str, str, np.ndarray]] = field(default_factory=list)
    facilities: list[tuple[XY, str]] = field(default_factory=list)
    inspections: list[dict[str, Any]] = field(default_factory=list)
    descriptions: dict[str, str] = field(default_factory=dict)
    planted: list[Planted] = field(default_factory=list)

    def of(self, code: str) -> list[Post]:
        """The stakes of a line, without numbers declared void."""
        return [post for post in self.posts if post.line == code and not post.retired]

    def groups(self, code: str) -> list[list[Post]]:
        """Stakes of a line by serial."""
        serials = sorted({post.serial for post in self.of(code)})
        return [[post for post in self.of(code) if post.serial == serial] for serial in serials]


# ---- a county -------------------------------------------------------------------------------------------------------


def make_county(seed: int) -> County:
    """A county in order."""
    rng = np.random.default_rng(seed)
    while True:
        land = make_land(rng)
        if land is not None:
            break
    origin, polygons, edges = land
    county = County(seed, origin, {}, [], polygons, str(rng.choice(["both", "both", "degrees", "metres"])),
                    str(rng.choice(["true", "grid", "magnetic"], p=[0.5, 0.35, 0.15])), bool(rng.random() < 0.3),
                    str(rng.choice(["rows", "places"])))  # fmt: skip
    for number, (path, units, junctions) in enumerate(edges, start=1):
        border = _border(rng, f"99{number:02d}", units, path, junctions)
        county.borders[border.code] = border
    owners = _owners(rng, county)
    for border in county.borders.values():
        _place_posts(rng, county, border, owners)
    for border in county.borders.values():
        if rng.random() < 0.2:
            _retire(rng, county, border)
        if rng.random() < 0.3:
            _log(rng, county, border)
    _things_beside(rng, county)
    return county


def _border(rng: np.random.Generator, code: str, units: tuple[str, str], path: np.ndarray, junctions: Any) -> Border:
    """A line with its stretches, from its west or its north end."""
    east, north = path[-1] - path[0]
    # By the end that is plainly the west or the north one, where both are plain by either.
    by_west = rng.random() < 0.5 if min(abs(east), abs(north)) > 0.003 else abs(east) > abs(north)
    if east < 0 if by_west else north > 0:
        path, junctions = path[::-1].copy(), junctions[::-1]
    cuts = sorted(rng.choice(np.arange(5, len(path) - 5), size=int(rng.integers(0, 4)), replace=False).tolist())
    cuts = [0, *[cut for before, cut in pairwise([0, *cuts]) if cut - before > 4], len(path) - 1]
    kinds = ["界桩连线", "河流", "山脊", "道路", "其他标志物"]
    stretches = [(str(rng.choice(kinds, p=[0.4, 0.25, 0.15, 0.1, 0.1])), a, b) for a, b in pairwise(cuts)]
    scale = [10000, 10000, 50000, 50000, None][rng.integers(5)]
    border = Border(code, tuple(sorted(units)), path, scale, "GNSS", stretches, tuple(junctions),
                    AS_OF - dt.timedelta(days=int(rng.integers(30, 1560))))  # fmt: skip
    border.declared_m = round(border.length_m * (1 + rng.uniform(-0.0045, 0.0045)), 1)
    border.other = neighbours_edition(rng, path, 0.8 * border.warn_m)
    return border


def neighbours_edition(rng: np.random.Generator, path: np.ndarray, most_m: float) -> np.ndarray:
    """The line with other vertices, each off by ``most_m`` at the most, its ends kept."""
    along = along_m(path)
    steps = np.unique(np.concatenate([along, rng.uniform(0, along[-1], 10)]))
    made = [path[0]]
    for chain in steps[1:-1]:
        place, azimuth = at_chain(path, float(chain))
        made.append(np.array(away(place, azimuth + rng.uniform(0, 360), rng.uniform(0, most_m / 2))))
    made.append(path[-1])
    return np.array(made) if rng.random() < 0.5 else np.array(made)[::-1]


# ---- the stakes -----------------------------------------------------------------------------------------------------


def _owners(rng: np.random.Generator, county: County) -> dict[tuple[str, int], str]:
    """What stands at which end of a line: ``Q`` a 三面型 stake, ``CDE`` three of them; a junction has one owner."""
    ends: dict[tuple[float, float], list[tuple[str, int]]] = {}
    for border in county.borders.values():
        for side in (0, 1):
            if border.junctions[side]:
                ends.setdefault(tuple(border.path[-side]), []).append((border.code, side))
    owners = {}
    for meeting in ends.values():
        choice = rng.choice(["", "Q", "CDE", "shared"], p=[0.2, 0.35, 0.3, 0.15])
        order = [meeting[i] for i in rng.permutation(len(meeting))]
        for end in order[: {"": 0, "shared": 2}.get(str(choice), 1)]:
            owners[end] = "Q" if choice == "shared" else str(choice)
    return owners


def _place_posts(rng: np.random.Generator, county: County, border: Border, owners: dict[tuple[str, int], str]) -> None:
    """Stakes at uneven distances, none of them strange; both banks of a river have one."""
    length = border.length_m
    first = 0.0 if (border.code, 0) in owners else FREE_M if border.junctions[0] else rng.uniform(100, 200)
    last = length - (0.0 if (border.code, 1) in owners else FREE_M if border.junctions[1] else rng.uniform(100, 200))
    count = max(1, round((last - first) / (500 if rng.random() < 0.3 else 2200)))
    while True:
        steps = np.cumsum(rng.uniform(0.65, 1.35, count))
        chains = first + np.concatenate([[0.0], steps / steps[-1]]) * (last - first)
        if not strange_spacings(chains, 3.0):
            break
    for serial, chain in enumerate(chains, start=1):
        side = 0 if serial == 1 else 1 if serial == len(chains) else None
        put_posts(rng, county, border, serial, float(chain), owners.get((border.code, side), ""))


def strange_spacings(chains: Iterable[float], robust_z: float) -> bool:
    """Whether a spacing stands out, of metres or of their logarithms."""
    spacing = np.diff(np.sort(np.array(list(chains))))
    if len(spacing) < 6:
        return False
    for values in (spacing, np.log(np.maximum(spacing, 1e-3))):
        off = np.abs(values - np.median(values))
        if (0.6745 * off / max(float(np.median(off)), 1e-9)).max() > robust_z:
            return True
    return False


def put_posts(
    rng: np.random.Generator, county: County, border: Border, serial: int, chain: float, junction: str
) -> None:
    """A stake, both, or all three at a chainage."""
    method = str(rng.choice(["GNSS", "GNSS", "RTK", "图解", ""], p=[0.5, 0.2, 0.15, 0.1, 0.05]))
    a, b = border.units
    if junction == "CDE":
        places = dict(zip("CDE", _around(county, border, chain), strict=True))
    elif not junction and border.type_at(chain) == "河流":
        wide = rng.uniform(12, 60, 2)
        left = 1.0 if county.polygons[a].contains(shapely.Point(beside(border.path, chain, 8.0))) else -1.0
        places = {
            "A": beside(border.path, chain + rng.uniform(-4, 4), left * wide[0]),
            "B": beside(border.path, chain + rng.uniform(-4, 4), -left * wide[1]),
        }
    else:
        noise = 0.9 * border.warn_m * rng.uniform(-1, 1)
        places = {"Q": beside(border.path, chain, min(max(noise, -0.8), 0.8) if junction else noise)}
    for kind, place in places.items():
        post = Post(border.code, serial, kind, place, method, str(rng.choice([a, b])))
        post.shape = "三面型" if junction else "双面型"
        names = rng.choice(["水塔", "孤石", "独立树", "石桥墩", "涵洞口", "通信塔"], 3, replace=False)
        bearing = rng.uniform(0, 360)
        post.marks = [(str(name), (bearing + 120 * i + rng.uniform(-35, 35)) % 360, rng.uniform(25, 150))
                      for i, name in enumerate(names)]  # fmt: skip
        post.marks_known = bool(rng.random() < 0.5)
        # What the instrument was off by at each mark, degrees and metres; X and Y were computed by another.
        post.sighted = [(rng.uniform(-0.1, 0.1), rng.uniform(-0.2, 0.2)) for _ in post.marks]
        post.apart = (rng.uniform(0, 360), rng.uniform(0, 0.8)) if county.columns == "both" else (0.0, 0.0)
        post.before = away(place, rng.uniform(0, 360), rng.uniform(0, 0.95) * 3 * math.sqrt(2) * SIGMA_M[method])
        county.posts.append(post)


def _around(county: County, border: Border, chain: float) -> list[XY]:
    """Three places around a junction, one in each of its units, by the order of their codes."""
    node = tuple(border.path[0 if chain <= 0 else -1])
    found: dict[str, list[float]] = {}
    for azimuth in range(0, 360, 4):
        place = shapely.Point(away(node, azimuth, 30.0))
        code = next((code for code, polygon in county.polygons.items() if polygon.contains(place)), "")
        found.setdefault(code, []).append(azimuth)
    places = []
    for code in sorted(found):
        vectors = np.exp(1j * np.radians(found[code]))
        places.append(away(node, float(np.degrees(np.angle(vectors.mean()))), 30.0))
    return places


def _retire(rng: np.random.Generator, county: County, border: Border) -> None:
    """A number that was declared void, with the record of the change: no gap, and no stake any more."""
    serials = [group[0].serial for group in county.groups(border.code)]
    if len(serials) < 3:
        return
    serial = int(rng.choice(serials[1:-1]))
    for post in county.of(border.code):
        post.serial += post.serial >= serial
    place = beside(border.path, border.length_m * 0.5, 70.0)
    void = Post(border.code, serial, "Q", place, "GNSS", border.units[0], state="缺失", retired=True)
    void.cells |= {"retired": "是", "change_record": "虚构〔2019〕3号"}
    county.posts.append(void)
    county.posts.sort(key=lambda post: (post.line, post.serial, post.kind))


def _log(rng: np.random.Generator, county: County, border: Border) -> None:
    """The last joint inspection stands in the log alone; both sides saw a stake in order."""
    day = border.last_inspection
    border.last_inspection = day - dt.timedelta(days=1900)
    county.inspections.append({"line_code": border.code, "stake_no": "", "date": day.isoformat()})
    post = county.of(border.code)[-1]
    for unit in border.units:
        seen = {"line_code": border.code, "stake_no": post.full, "unit": unit, "state": "完好"}
        county.inspections.append({**seen, "date": (day + dt.timedelta(days=int(rng.integers(1, 20)))).isoformat()})


# ---- beside lines and stakes ----------------------------------------------------------------------------------------


def _things_beside(rng: np.random.Generator, county: County) -> None:
    """Rivers and roads of today, facilities away from the lines, texts of some lines."""
    for border in county.borders.values():
        for kind, first, last in border.stretches:
            if kind in {"河流", "道路"}:
                stretch = border.path[first : last + 1]
                chains = np.linspace(0, along_m(stretch)[-1], len(stretch))
                today = np.array([beside(stretch, float(at), rng.uniform(-12, 12)) for at in chains])
                county.rivers.append((border.code, kind, today))
    lines = shapely.union_all([shapely.LineString(border.path) for border in county.borders.values()])
    for code, polygon in county.polygons.items():
        west, south, east, north = polygon.bounds
        for _ in range(60):
            place = (rng.uniform(west, east), rng.uniform(south, north))
            if polygon.contains(shapely.Point(place)) and lines.distance(shapely.Point(place)) > 0.004:
                county.facilities.append((place, code))
                break
    single = [code for code in county.borders if all(len(group) == 1 for group in county.groups(code))]
    for code in single[:6]:
        if len(county.groups(code)) > 1:
            county.descriptions[code] = describe(county, code)


def describe(county: County, code: str, *, turned: int | None = None, stretched: int | None = None) -> str:
    """A text of a line of single stakes; one stretch with a wrong word or length where asked."""
    border = county.borders[code]
    stretches = []
    for position, (before, after) in enumerate(pairwise(county.of(code))):
        azimuth, _, _ = GEOD.inv(*before.place, *after.place)
        metres = locate(border.path, after.place)[0] - locate(border.path, before.place)[0]
        word = word_of(azimuth + (90 if turned == position else 0))
        metres *= 1.3 if stretched == position else 1.0
        stretches.append(f"从{before.full}号界桩起,沿{border.type_at(locate(border.path, before.place)[0])}"
                         f"向{word}方向行进约{metres:.0f}米至{after.full}号界桩")  # fmt: skip
    return ";".join(stretches) + "。"


def copy_of(post: Post, **changes: Any) -> Post:
    return replace(post, marks=list(post.marks), cells=dict(post.cells), **changes)
