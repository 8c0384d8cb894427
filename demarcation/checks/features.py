"""K15: stretches along a river or a road against today's centre line; the legal line stays where it is."""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from demarcation.alongside import Track, Wires, runs, track_of
from demarcation.bench import Bench
from demarcation.finding import BoundaryFinding
from demarcation.model import Line, Segment, Study
from demarcation.rules import Rules
from layers.layer import Layer

__all__ = ["no_features", "stretches_follow_features"]

_CHECK = "K15"
_STEP_M = 5.0
_WATER = ("河", "江", "溪", "水", "渠", "港", "浜", "river", "stream", "canal", "water", "drain", "ditch")
_ROAD = ("路", "道", "街", "road", "highway", "street")
_IN_ENGLISH = {"河流": "river", "道路": "road"}
BoolArray = npt.NDArray[np.bool_]


def no_features(study: Study) -> str:
    """Why stretches cannot be compared; ``""`` where they can."""
    return "features_not_given" if study.features is None else ""


def stretches_follow_features(bench: Bench, rules: Rules) -> Iterator[BoundaryFinding]:
    """K15: 变化 of what a stretch follows, or that the file does not have it there."""
    features = bench.study.features
    if features is None:
        return
    wires = {kind: _wires(features, kind) for kind in rules.K15.types}
    for line in bench.study.lines.values():
        for segment in line.segments:
            if segment.type in wires:
                yield from _of_segment(line, segment, wires[segment.type], rules)


def _wires(features: Layer, kind: str) -> Wires | None:
    """Lines of the file that are of a kind, and those that do not say what they are; None where there is none."""
    frame = features.frame
    shapes = shapely.get_parts(frame.geometry.to_numpy()[_may_be(features, kind)])
    lines = [line for line in shapes if not line.is_empty]
    return Wires(lines) if lines else None


def _may_be(features: Layer, kind: str) -> BoolArray:
    frame = features.frame

    def says(words: tuple[str, ...]) -> BoolArray:
        if "kind" not in frame:
            return np.zeros(len(frame), dtype=bool)
        text = frame["kind"].fillna("").astype(str).str.casefold()
        named = {value: any(word in value for word in words) for value in text.unique()}
        return np.asarray(text.map(named), dtype=bool)

    water = says(_WATER) | _filled(frame, "waterway")
    # 河道 and 水道 are no roads.
    road = (says(_ROAD) & ~water) | _filled(frame, "highway")
    silent = ~water & ~road & ~_filled(frame, "kind")
    return silent | (water if any(word in kind for word in _WATER) else road)


def _filled(frame: gpd.GeoDataFrame, column: str) -> BoolArray:
    if column not in frame:
        return np.zeros(len(frame), dtype=bool)
    return np.asarray(frame[column].fillna("").astype(str) != "", dtype=bool)


def _of_segment(line: Line, segment: Segment, wires: Wires | None, rules: Rules) -> Iterator[BoundaryFinding]:
    track = track_of([segment.path], _STEP_M)
    away_m = np.full(len(track.chainage_m), np.inf) if wires is None else wires.nearest(track.lonlat)[0]
    weight_m = track.lengths_m()
    found = away_m <= rules.K15.reach_m
    changed = _long(found & (away_m > rules.K15.changed_m), weight_m, rules.K15.changed_m)
    words = {"type_zh": segment.type, "type_en": _IN_ENGLISH.get(segment.type, segment.type)}
    if changed.any():
        mean_m = float(np.average(away_m[changed], weights=weight_m[changed]))
        yield BoundaryFinding(
            "feature_changed", _CHECK, "info", line.code, value=float(away_m[changed].max()),
            limit=rules.K15.changed_m, unit="m", where=_drawn(track, changed),
            facts={**words, "length_m": f"{weight_m[changed].sum():,.0f}", "mean_m": f"{mean_m:,.1f}"}, row=segment.row,
        )  # fmt: skip
    absent = _long(~found, weight_m, rules.K15.changed_m)
    if absent.any():
        absent_m = f"{weight_m[absent].sum():,.0f}"
        yield BoundaryFinding(
            "feature_not_found", _CHECK, "info", line.code, limit=rules.K15.reach_m, unit="m",
            where=_drawn(track, absent), facts={**words, "length_m": absent_m}, row=segment.row,
        )  # fmt: skip


def _long(wanted: BoolArray, weight_m: npt.NDArray[np.float64], least_m: float) -> BoolArray:
    """Without stretches that are shorter than the distance that is told: an end, a corner."""
    kept = np.zeros_like(wanted)
    for run in runs(wanted):
        kept[run] = weight_m[run].sum() >= least_m
    return kept


def _drawn(track: Track, wanted: BoolArray) -> shapely.Geometry:
    """The stretches; a single point gets the way to its neighbours."""
    last = len(track.lonlat) - 1
    parts = [shapely.LineString(track.lonlat[max(run.start - 1, 0) : min(run.stop, last) + 1]) for run in runs(wanted)]
    return shapely.simplify(shapely.multilinestrings(parts), 1e-9)
