"""An independent answer, written from the definition of travel time alone: plain, slow, on networkx.

Every road vertex is a node of the graph, nothing is contracted; an edge is one straight segment, cut where points snap.
The engine shares with it the reference system of the study area, and the tables it is handed.
"""

import copy
import math
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from coverage.request import Parameters
from coverage.result import Result
from geo.crs import GEOD, MetricCrs, metric_crs
from geo.paths import DATA_DIR
from layers.layer import Layer
from tests.builders import seconds_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
#: Times this near are one time, in seconds (design: travel time).
SAME_S = 1e-6
#: Nearer than this to a rule's edge, in metres or seconds, a case proves nothing: rounding decides it.
UNSURE = 1e-7
#: Positions on a road nearer than this to each other, or to a vertex, are one, in metres.
SAME_PLACE_M = 1e-7


@dataclass(frozen=True)
class Travel:
    """How a profile moves, read from the table of rules."""

    mode: str
    speed_mps: float | None
    access_mps: float
    barred: frozenset[str]
    oneway_binds: bool
    factor: dict[str, float]
    ferry_kmh: float
    class_kmh: dict[str, float]
    least_kmh: float
    most_kmh: float
    ignored: frozenset[str]

    @classmethod
    def of(cls, parameters: Parameters) -> "Travel":
        table = tomllib.loads((DATA_DIR / "rules" / "profiles.toml").read_text(encoding="utf-8"))
        profile = table["profile"][parameters.profile]
        mode = profile["mode"]
        speed = parameters.speed_mps or profile.get("speed_mps")
        on_foot = mode == "foot" and parameters.speed_mps is not None
        return cls(
            mode=mode,
            speed_mps=speed,
            access_mps=speed if on_foot else profile["access_mps"],
            barred=frozenset(table["mode"][mode]["barred"]) | frozenset(profile.get("barred", [])),
            oneway_binds=table["mode"][mode]["oneway_binds"],
            factor=table["factor"].get(mode, {}),
            ferry_kmh=table["ferry"]["fallback_kmh"],
            class_kmh=table["speeds_kmh"].get(mode, {}),
            least_kmh=table["maxspeed_kmh"]["least"],
            most_kmh=table["maxspeed_kmh"]["most"],
            ignored=frozenset(table["ignored"]["highway"]),
        )

    def mps(self, highway: object, maxspeed_kmh: float, ferry_mps: float) -> float:
        """Speed on a road, in metres per second."""
        if highway == "ferry":
            return self.ferry_kmh / 3.6 if math.isnan(ferry_mps) else ferry_mps
        name = highway if isinstance(highway, str) else "other"
        if self.speed_mps is not None:
            return self.speed_mps * self.factor.get(name, 1.0)
        kmh = self.class_kmh.get(name, self.class_kmh["other"])
        if self.least_kmh <= maxspeed_kmh <= self.most_kmh:
            kmh = min(kmh, maxspeed_kmh)  # a limit lowers the speed of a class and never raises it
        return kmh / 3.6


@dataclass(frozen=True)
class Snap:
    """Where a point meets the road: segment, share of it, access leg."""

    segment: int
    share: float
    access_m: float
    moved: bool
    unsure: bool


class Oracle:
    """Roads as one profile sees them."""

    def __init__(self, roads: Layer, parameters: Parameters, join_m: float = 0.01) -> None:
        self.parameters = parameters
        self.travel = travel = Travel.of(parameters)
        frame = roads.frame
        self.crs: MetricCrs = metric_crs(tuple(frame.total_bounds))
        frame = frame[~frame["highway"].isin(travel.ignored)].reset_index(drop=True)
        lonlat, line = shapely.get_coordinates(frame.geometry.values, return_index=True)
        self.lonlat, self.xy = lonlat, self.crs.forward(lonlat)
        self.vertex = _clusters(self.xy, join_m)
        inner = line[:-1] == line[1:]
        a = np.flatnonzero(inner)
        a = a[self.vertex[a] != self.vertex[a + 1]]
        self.a, self.b, row = a, a + 1, line[a]
        _, _, self.length_m = GEOD.inv(lonlat[a, 0], lonlat[a, 1], lonlat[a + 1, 0], lonlat[a + 1, 1])
        usable = ~frame["highway"].isin(travel.barred) & ~frame[f"no_{travel.mode}"].astype(bool)
        self.usable = usable.to_numpy()[row]
        #: Roads that places are reached from: a boat is boarded where its line meets a road.
        self.land = self.usable & (frame["highway"] != "ferry").to_numpy()[row]
        speeds = zip(frame["highway"], frame["maxspeed_kmh"], frame["ferry_mps"], strict=True)
        self.mps = np.asarray([travel.mps(*values) for values in speeds])[row]
        oneway = frame["oneway"].to_numpy()[row] * self._bound(frame)[row]
        self.forward, self.backward = oneway >= 0, oneway <= 0
        columns = ["highway", "oneway", "maxspeed_kmh", "no_foot", "no_cycle", "no_drive", "ferry_mps", "oneway_foot",
                   "both_ways_cycle"]  # fmt: skip
        kept = frame[columns].assign(off_ground=frame["bridge"] | frame["tunnel"])
        about = np.array([repr(values) for values in kept.itertuples(index=False)], dtype=object)
        self._find_components(about[row])

    def _bound(self, frame: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
        """Roads whose one-way, if they have one, binds the profile."""
        binds = np.full(len(frame), self.travel.oneway_binds)
        if self.travel.mode == "foot":
            binds |= frame["oneway_foot"].to_numpy(dtype=bool)
        if self.travel.mode == "cycle":
            binds &= ~frame["both_ways_cycle"].to_numpy(dtype=bool)
        return binds

    def _find_components(self, attributes: npt.NDArray[np.object_]) -> None:
        n = int(self.vertex.max()) + 1
        # The same road drawn twice is one road.
        pieces = {
            (*sorted(ends), about)
            for *ends, about in zip(self.vertex[self.a], self.vertex[self.b], attributes, strict=True)
        }
        ends = np.array([end for piece in pieces for end in piece[:2]], dtype=np.int64)
        is_node = np.bincount(ends, minlength=n) != 2
        u, v = self.vertex[self.a[self.usable]], self.vertex[self.b[self.usable]]
        _, label = connected_components(coo_array((np.ones(len(u)), (u, v)), shape=(n, n)), directed=False)
        touched = np.zeros(n, dtype=bool)
        touched[u] = touched[v] = True
        nodes = np.bincount(label[is_node & touched], minlength=n)
        #: Nodes in the component of each segment; a ring without a junction counts one.
        self.component = label[self.vertex[self.a]]
        self.nodes_around = np.maximum(nodes[self.component], 1)

    # ------------------------------------------------------------------ snapping
    def snap(self, points: Floats, serves: npt.NDArray[np.bool_]) -> list[Snap | None]:
        """Snap points (degrees). Those that serve keep the island they stand on, for themselves and for all others."""
        first = [self._nearest(p, self.land) for p in points]
        limit = self.parameters.island_nodes
        held = {
            int(self.component[s.segment]) for s, is_facility in zip(first, serves, strict=True) if s and is_facility
        }
        mainland = self.land & (self.nodes_around >= limit)
        out: list[Snap | None] = []
        for point, snap in zip(points, first, strict=True):
            if snap is None or self.nodes_around[snap.segment] >= limit or int(self.component[snap.segment]) in held:
                out.append(snap)
                continue
            other = self._nearest(point, mainland)
            if other is None:
                out.append(snap)
            else:
                out.append(
                    Snap(other.segment, other.share, other.access_m, moved=True, unsure=snap.unsure or other.unsure)
                )
        return out

    def _nearest(self, point: Floats, allowed: npt.NDArray[np.bool_]) -> Snap | None:
        reach = self.parameters.max_snap_m
        p = self.crs.forward(point[None, :])[0]
        pa, pb = self.xy[self.a], self.xy[self.b]
        slack = reach * 1.002 + 1.0
        low, high = np.minimum(pa, pb) - slack, np.maximum(pa, pb) + slack
        near = np.flatnonzero(allowed & ((low <= p) & (p <= high)).all(axis=1))
        if len(near) == 0:
            return None
        pa, along = pa[near], pb[near] - pa[near]
        share = np.clip(((p - pa) * along).sum(axis=1) / (along**2).sum(axis=1), 0.0, 1.0)
        foot = pa + share[:, None] * along
        far = np.hypot(*(foot - p).T)
        best = int(np.argmin(far))
        rivals = far < far[best] + UNSURE
        spread = np.hypot(*(foot[rivals] - foot[best]).T).max()
        on_road = self.crs.inverse(foot[best][None, :])[0]
        _, _, access = GEOD.inv(point[0], point[1], on_road[0], on_road[1])
        unsure = bool(spread > 10 * UNSURE) or abs(access - reach) < 10 * UNSURE
        if access > reach:
            return None
        return Snap(int(near[best]), float(share[best]), float(access), moved=False, unsure=unsure)

    # ------------------------------------------------------------------ times
    def graph(self, snaps: list[Snap | None]) -> tuple[nx.DiGraph, list[object]]:
        """The directed graph in seconds with every snapped point in it, and the node of each point."""
        graph = nx.DiGraph()
        stops: dict[int, list[tuple[float, object]]] = defaultdict(list)
        where: list[object] = []
        for snap in snaps:
            if snap is None:
                where.append(None)
                continue
            near = SAME_PLACE_M / self.length_m[snap.segment]
            known = [node for share, node in stops[snap.segment] if abs(share - snap.share) <= near]
            if snap.share <= near or snap.share >= 1 - near:
                where.append(int(self.vertex[(self.a if snap.share <= near else self.b)[snap.segment]]))
            elif known:
                where.append(known[0])
            else:
                where.append(("on", snap.segment, snap.share))
                stops[snap.segment].append((snap.share, where[-1]))
        for k in np.flatnonzero(self.usable):
            inner = sorted(set(stops.get(int(k), [])), key=lambda stop: stop[0])
            chain = [(0.0, int(self.vertex[self.a[k]])), *inner, (1.0, int(self.vertex[self.b[k]]))]
            for (s, u), (t, v) in pairwise(chain):
                seconds = (t - s) * self.length_m[k] / self.mps[k]
                if self.forward[k]:
                    _add(graph, u, v, seconds)
                if self.backward[k]:
                    _add(graph, v, u, seconds)
        return graph, where

    def times_s(
        self, origins: Floats, destinations: Floats, cutoff_s: float, *, origins_serve: bool = False
    ) -> "Times":
        """Seconds from every origin to every destination, NaN beyond the cut-off.

        The destinations are the facilities, whose islands nobody leaves; or the origins are, with ``origins_serve``.
        """
        n = len(origins)
        serves = np.full(n + len(destinations), not origins_serve)
        serves[:n] = origins_serve
        snaps = self.snap(np.vstack([origins, destinations]), serves)
        return self.times_between(snaps[:n], snaps[n:], cutoff_s)

    def times_between(self, origins: list[Snap | None], destinations: list[Snap | None], cutoff_s: float) -> "Times":
        """The same for places that were snapped before."""
        n = len(origins)
        snaps = [*origins, *destinations]
        graph, where = self.graph(snaps)
        leg = np.array([math.nan if s is None else s.access_m / self.travel.access_mps for s in snaps])
        seconds = np.full((n, len(destinations)), np.nan)
        back = graph.reverse(copy=False)
        known: dict[object, dict[object, float]] = {}
        for j, target in enumerate(where[n:]):
            if target is None:
                continue
            if target not in known:
                known[target] = nx.single_source_dijkstra_path_length(back, target, cutoff=cutoff_s + 1.0)
            for i, start in enumerate(where[:n]):
                if start is not None and start in known[target]:
                    seconds[i, j] = leg[i] + known[target][start] + leg[n + j]
        seconds[seconds > cutoff_s + SAME_S] = np.nan
        return Times(seconds, origins, destinations)

    def closing(self, segments: npt.NDArray[np.bool_]) -> "Oracle":
        """The same roads where nobody may use some segments."""
        other = copy.copy(self)
        other.usable, other.land = self.usable & ~segments, self.land & ~segments
        return other


@dataclass(frozen=True)
class Times:
    """A matrix of seconds, shape (origins, destinations), and the snaps behind it."""

    seconds: Floats
    origin_snaps: list[Snap | None]
    destination_snaps: list[Snap | None]


def _add(graph: nx.DiGraph, u: object, v: object, seconds: float) -> None:
    if not graph.has_edge(u, v) or graph[u][v]["weight"] > seconds:
        graph.add_edge(u, v, weight=seconds)


def _clusters(xy: Floats, join_m: float) -> Ints:
    pairs = cKDTree(xy).query_pairs(join_m, output_type="ndarray")
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(xy), len(xy)))
    return connected_components(links, directed=False)[1].astype(np.int64)


def coordinates(frame: gpd.GeoDataFrame) -> Floats:
    """Degrees of a table of points, shape (n, 2)."""
    return np.column_stack([frame.geometry.x, frame.geometry.y])


def answer(roads: Layer, facilities: Layer, demand: Layer, parameters: Parameters) -> pd.DataFrame:
    """What ``demand.geojson`` must say, and where a case proves nothing (``unsure``)."""
    oracle = Oracle(roads, parameters)
    frame = facilities.frame
    serving = frame["status"].fillna("").isin(["", "open"])
    if "open_date" in frame:
        serving &= np.array([pd.isna(day) or day <= parameters.as_of for day in frame["open_date"]])
        serving &= np.array([pd.isna(day) or day >= parameters.as_of for day in frame["close_date"]])
    if parameters.kinds:
        serving &= frame["kind"].isin(parameters.kinds)
    frame = frame[serving].reset_index(drop=True)
    ids = frame["facility_id"].to_numpy(dtype=object)
    homes, sites = coordinates(demand.frame), coordinates(frame)
    cutoff_s = parameters.report_minutes * 60
    if parameters.direction == "to":
        times = oracle.times_s(homes, sites, cutoff_s)
        seconds, snaps = times.seconds, times.origin_snaps
    else:
        times = oracle.times_s(sites, homes, cutoff_s, origins_serve=True)
        seconds, snaps = times.seconds.T, times.destination_snaps
    limit_s = parameters.minutes[-1] * 60
    rows = []
    for i, snap in enumerate(snaps):
        found = np.flatnonzero(~np.isnan(seconds[i]))
        best = seconds[i, found].min() if len(found) else math.nan
        ties = found[seconds[i, found] <= best + SAME_S] if len(found) else found
        gap = np.abs(seconds[i, found] - best - SAME_S)
        near_limit = min(abs(best - limit_s - SAME_S), abs(best - cutoff_s - SAME_S)) < UNSURE
        status = "no_road" if snap is None else "covered" if best <= limit_s + SAME_S else "beyond"
        rows.append(
            {
                "demand_id": demand.frame["demand_id"].iloc[i],
                "status": status,
                "minutes": best / 60,
                "facility_id": min(ids[ties]) if len(ties) else None,
                "access_m": snap.access_m if snap else math.nan,
                "moved_from_island": bool(snap and snap.moved),
                "unsure": bool((snap and snap.unsure) or near_limit or (gap < UNSURE).any()),
            }
        )
    sites_snapped = times.destination_snaps if parameters.direction == "to" else times.origin_snaps
    table = pd.DataFrame(rows)
    # Where a facility's own snap is a matter of rounding, the whole case proves nothing.
    table["unsure"] |= any(snap is not None and snap.unsure for snap in sites_snapped)
    return table


def check_equal(result: Result, expected: pd.DataFrame, most_unsure: float = 0.1) -> int:
    """Compare the demand table of a result with the oracle's; return how many rows proved something.

    Times agree to a millionth of a second, and the table gives them to the sixth decimal of a minute. Rows that
    rounding decides are left out, and may not be many.
    """
    found, seconds = result.demand, seconds_of(result)
    assert found["demand_id"].tolist() == expected["demand_id"].tolist()
    sure = ~expected["unsure"].to_numpy(dtype=bool)
    assert (~sure).mean() <= most_unsure, "the case is made of ties"
    found, expected, seconds = found[sure], expected[sure], seconds[sure]
    off_min = found["minutes"].to_numpy(dtype=float) - expected["minutes"].to_numpy(dtype=float)
    wrong = (found["status"].to_numpy() != expected["status"].to_numpy()) | (
        np.abs(off_min) > 0.500001e-6 + SAME_S / 60
    )
    wrong |= np.abs(seconds - expected["minutes"].to_numpy(dtype=float) * 60) > SAME_S
    wrong |= np.isnan(found["minutes"].to_numpy(dtype=float)) != np.isnan(expected["minutes"].to_numpy(dtype=float))
    wrong |= found["facility_id"].fillna("").to_numpy() != expected["facility_id"].fillna("").to_numpy()
    wrong |= found["moved_from_island"].to_numpy(dtype=bool) != expected["moved_from_island"].to_numpy(dtype=bool)
    off_m = np.abs(found["access_m"].to_numpy(dtype=float) - expected["access_m"].to_numpy(dtype=float))
    wrong |= off_m > 0.00501  # the contract gives two decimals
    columns = ["demand_id", "status", "minutes", "facility_id", "access_m", "moved_from_island"]
    both = found[columns].merge(expected[columns], on="demand_id", suffixes=("", "_oracle"))
    assert not wrong.any(), f"{int(wrong.sum())} of {len(wrong)} differ:\n{both[wrong].head(10).to_string()}"
    return int(sure.sum())


def check_pairs(found: pd.DataFrame, times: Times, from_ids: list[str], to_ids: list[str]) -> int:
    """Compare a table of pairs with a matrix of the oracle; return how many pairs there are."""
    doubtful = {k for k, s in zip(from_ids, times.origin_snaps, strict=True) if s is not None and s.unsure}
    doubtful |= {k for k, s in zip(to_ids, times.destination_snaps, strict=True) if s is not None and s.unsure}
    expected = {
        (from_ids[i], to_ids[j]): times.seconds[i, j]
        for i, j in zip(*np.nonzero(~np.isnan(times.seconds)), strict=True)
        if not doubtful & {from_ids[i], to_ids[j]}
    }
    got = {
        (row.from_id, row.to_id): row.minutes * 60
        for row in found.itertuples()
        if not doubtful & {row.from_id, row.to_id}
    }
    assert list(zip(found["from_id"], found["to_id"], strict=True)) == sorted(
        zip(found["from_id"], found["to_id"], strict=True)
    )
    assert got.keys() == expected.keys()
    worst = max((abs(got[key] - expected[key]) for key in expected), default=0.0)
    assert worst <= 0.500001e-6 * 60 + SAME_S, f"{worst} s between engine and oracle"  # minutes have six decimals
    return len(expected)
