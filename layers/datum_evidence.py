"""Which datum a layer is in, by evidence: beside which roads, in which units, along which outline it lies.

Each candidate is taken as true in turn: the layer is shifted to WGS 84 from it and compared with a reference whose
datum is known. Three kinds of evidence are used, each with its own measure of luck:

- **roads**: a bounded score of the distance to the nearest road, beside the scores of some hundred random shifts;
- **units**: how many points lie in the unit they claim; points that tell two candidates apart are counted (McNemar);
- **outlines**: the distance to the reference outline, arc by arc; arcs that are nearer are counted (sign test).
"""

from dataclasses import dataclass
from math import erf, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.crs import MetricCrs, geodesic_m
from geo.datum import NAMES, SHIFTED, from_datum, offset_applies
from geo.errors import CrsError
from geo.findings import Finding
from layers._datum_reference import LEAST_POINTS, Reference, is_area, longest_ring, row_points, sampled
from layers.layer import Layer

__all__ = ["CONFIDENT", "Candidate", "Reference", "Verdict", "datum_suspicion", "datum_verdict"]

#: Least confidence at which a datum is named.
CONFIDENT = 0.99
#: Random shifts that show how well a wrong position fits the roads.
_CONTROLS = 120
_CONTROL_M = (150.0, 1500.0)
# A control this near to a candidate would be one.
_APART_M = 120.0
#: Distance at which a point counts half as beside a road: half a wide street and the error of a map click.
_BESIDE_M = 30.0
# The free shift: searched on a grid, then refined; reported only where it is beyond doubt.
_FREE_RADIUS_M, _FREE_STEP_M, _FREE_WIDE_M = 1600.0, 80.0, 80.0
_FREE_POINTS = 120
_FREE_LEAST_Z, _FREE_LEAST_LEAD = 6.0, 4.0
# Farther from everything than this, the reference is of another place.
_ELSEWHERE_M = 3000.0
# Arcs of an outline, and places on each.
_ARCS, _PLACES_PER_ARC = 24, 16
_MOST_OUTLINES = 40
#: Two outlines of one unit differ in area by no more than this factor.
_ALIKE = 1.5
#: Shift that facilities beside roads must show, and its size (faults B08).
_SUSPICIOUS_M = 200.0
# Evidence is never certainty.
_MOST_CERTAIN = 0.9999

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Candidate:
    """How well a datum fits.

    Parameters
    ----------
    datum
        ``wgs84`` or ``cgcs2000`` (as the reference is), ``gcj02``, ``bd09``.
    median_m
        Median distance to the nearest road or to the reference outline; None where there is neither.
    inside_share
        Of the points: in the unit they claim, else in any unit; None without units.
    """

    datum: str
    median_m: float | None
    inside_share: float | None

    def as_dict(self) -> dict[str, Any]:
        """The fields of the contract."""
        return {
            "datum": self.datum,
            "median_m": None if self.median_m is None else round(self.median_m, 1),
            "inside_share": None if self.inside_share is None else round(self.inside_share, 4),
        }


@dataclass(frozen=True)
class Verdict:
    """What the evidence says.

    Parameters
    ----------
    best
        The datum that fits; None when it cannot be told.
    confidence
        0 to 1: one less the chance that luck alone makes the best candidate fit this well, or puts it before the
        second. Below :data:`CONFIDENT` no datum is named.
    shift_m
        Median length by which the layer would be moved; 0 when ``best`` is None.
    candidates
        Best first.
    reason
        Why nothing is named: ``thin``, ``elsewhere``, ``unclear``, ``other_shift``; empty otherwise.
    free_shift_m
        East and north of a shift that fits far better than any candidate: a wrong projection or a digitising fault.
    points
        How many places were compared.
    """

    best: str | None
    confidence: float
    shift_m: float
    candidates: tuple[Candidate, ...]
    reason: str = ""
    free_shift_m: tuple[float, float] | None = None
    points: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The object of the contract."""
        return {
            "best": self.best,
            "confidence": min(round(self.confidence, 4), _MOST_CERTAIN),
            "shift_m": round(self.shift_m, 1),
            "candidates": [candidate.as_dict() for candidate in self.candidates],
        }


@dataclass(frozen=True)
class _Fit:
    """Evidence of one kind: a figure and a standing per candidate, and how sure the best one is."""

    z: FloatArray
    confidence: float
    median_m: FloatArray | None = None
    inside: FloatArray | None = None


def datum_verdict(layer: Layer, *references: Reference) -> Verdict:
    """The datum in which a layer's positions were written, taken as they stand.

    Parameters
    ----------
    layer
        Read with ``datum="wgs84"``, so that nothing was shifted.
    references
        One or several; their evidence is put together.

    Returns
    -------
    Verdict
        Deterministic: the random shifts have a fixed seed.

    Examples
    --------
    >>> import geopandas as gpd, pandas as pd
    >>> from layers.layer import QualityReport, Source
    >>> frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy([116.4], [39.9]), crs=4326)
    >>> layer = Layer("facilities", frame, "wgs84", Source("a.csv", ""), QualityReport((), 1, 1))
    >>> roads = gpd.GeoDataFrame(geometry=[shapely.LineString([(116.4, 39.8), (116.4, 40)])], crs=4326)
    >>> verdict = datum_verdict(layer, Reference(Layer("roads", roads, "wgs84", layer.source, layer.quality)))
    >>> verdict.best, verdict.reason
    (None, 'thin')
    """
    names = (references[0].datum, *SHIFTED)
    fits: list[_Fit] = []
    reasons: list[str] = []
    free: tuple[float, float] | None = None
    points = 0
    for reference in references:
        try:
            fit, reason, shift, count = _compare(layer, reference)
        except CrsError:
            # Too wide for one projection, or on other sides of the world: nothing to measure by.
            fit, reason, shift, count = None, "elsewhere", None, 0
        points = max(points, count)
        reasons.append(reason)
        if fit is not None:
            fits.append(fit)
            free = free or shift
    if not fits:
        empty = tuple(Candidate(name, None, None) for name in names)
        return Verdict(None, 0.0, 0.0, empty, reasons[0], None, points)
    total = np.sum([fit.z for fit in fits], axis=0) / sqrt(len(fits))
    order = np.argsort(-total, kind="stable")
    confidence = fits[0].confidence if len(fits) == 1 else _together(fits, total, order)
    candidates = tuple(Candidate(names[n], _figure(fits, "median_m", n), _figure(fits, "inside", n)) for n in order)
    named = confidence >= CONFIDENT and free is None
    best = names[order[0]] if named else None
    reason = "" if named else "other_shift" if free is not None else next((r for r in reasons if r), "unclear")
    return Verdict(best, confidence if free is None else 0.0, _moved_m(layer, best), candidates, reason, free, points)


def datum_suspicion(layer: Layer, roads: Reference) -> Finding | None:
    """A warning when a layer that was not shifted fits the roads far better as GCJ-02 or BD-09; nothing is moved.

    Parameters
    ----------
    layer
        Facilities, demand or other places, as read.
    roads
        Prepared by :class:`Reference`.

    Returns
    -------
    Finding or None
        ``datum_suspected`` with the datum and the shift.
    """
    if layer.source.datum_read in SHIFTED or not len(layer.frame):
        return None
    verdict = datum_verdict(layer, roads)
    if verdict.best not in SHIFTED or verdict.shift_m < _SUSPICIOUS_M:
        return None
    facts = {"datum": NAMES[verdict.best], "metres": round(verdict.shift_m), "confidence": f"{verdict.confidence:.0%}"}
    return Finding("datum_suspected", "warn", facts=facts)


# ---- evidence -----------------------------------------------------------------------------------------------------


def _compare(layer: Layer, reference: Reference) -> tuple[_Fit | None, str, tuple[float, float] | None, int]:
    """Fit of each candidate to one reference, why there is none, a free shift, and how many places were compared."""
    if not len(reference.shapes):
        return None, "thin", None, 0
    if not reference.is_roads and is_area(layer):
        pairs = _outlines(layer, reference)
        if pairs:
            return (*_outline_fit(pairs, reference.metric), None, len(pairs) * _ARCS)
    lonlat = sampled(layer)
    if len(lonlat) < LEAST_POINTS:
        return None, "thin", None, len(lonlat)
    places = _placed(lonlat, reference.metric)
    if reference.is_roads:
        distance = np.array([reference.distance_m(xy) for xy in places])
        if np.median(distance, axis=1).min() > _ELSEWHERE_M:
            return None, "elsewhere", None, len(lonlat)
        fit, free = _road_fit(places, distance, reference)
        return fit, "", free, len(lonlat)
    return (*_unit_fit(layer, reference), None, len(lonlat))


def _placed(lonlat: FloatArray, metric: MetricCrs) -> list[FloatArray]:
    """The places in metres, as each candidate would have them."""
    return [metric.forward(lonlat), *(metric.forward(from_datum(lonlat, datum)) for datum in SHIFTED)]


def _score(distance_m: FloatArray, scale_m: float = _BESIDE_M) -> float:
    return float(np.mean(1.0 / (1.0 + (distance_m / scale_m) ** 2)))


def _road_fit(
    places: list[FloatArray], distance: FloatArray, roads: Reference
) -> tuple[_Fit, tuple[float, float] | None]:
    scores = np.array([_score(one) for one in distance])
    moves = np.array([np.median(xy - places[0], axis=0) for xy in places])
    controls = np.array([_score(roads.distance_m(places[0] + move)) for move in _controls(moves)])
    mean, spread = float(controls.mean()), max(float(controls.std()), 1e-6)
    z = (scores - mean) / spread
    confidence = _confidence(z)
    fit = _Fit(z, confidence, median_m=np.median(distance, axis=1))
    free = None if confidence >= CONFIDENT else _free_shift(places[0], roads, mean, spread, float(scores.max()))
    return fit, free


def _controls(moves: FloatArray) -> FloatArray:
    """Random shifts that are none of the candidates."""
    rng = np.random.default_rng(20260630)
    angle = rng.uniform(0, 2 * np.pi, 2 * _CONTROLS)
    length = rng.uniform(*_CONTROL_M, 2 * _CONTROLS)
    shifts = np.column_stack([length * np.cos(angle), length * np.sin(angle)])
    apart = (np.hypot(*(shifts[:, None] - moves[None]).transpose(2, 0, 1)) > _APART_M).all(axis=1)
    return np.asarray(shifts[apart][:_CONTROLS])


def _free_shift(
    xy: FloatArray, roads: Reference, mean: float, spread: float, best: float
) -> tuple[float, float] | None:
    """The one shift, if any, that fits far beyond luck and far better than the best candidate."""
    few = xy[:: max(1, len(xy) // _FREE_POINTS)]
    steps = np.arange(-_FREE_RADIUS_M, _FREE_RADIUS_M + 1, _FREE_STEP_M)
    grid = np.array([(x, y) for x in steps for y in steps if np.hypot(x, y) <= _FREE_RADIUS_M])
    wide = np.array([_score(roads.distance_m(few + move), _FREE_WIDE_M) for move in grid])
    found, top = (0.0, 0.0), -1.0
    for start in grid[np.argsort(-wide, kind="stable")[:3]]:
        move, score, step = start, _score(roads.distance_m(few + start)), _FREE_STEP_M / 2
        while step >= 2:  # noqa: PLR2004  # metres
            around = [move + step * np.array(way) for way in ((1, 0), (-1, 0), (0, 1), (0, -1))]
            scores = [_score(roads.distance_m(few + one)) for one in around]
            if max(scores) > score:
                move, score = around[int(np.argmax(scores))], max(scores)
            else:
                step /= 2
        if score > top:
            found, top = (float(move[0]), float(move[1])), score
    beyond = (top - mean) / spread >= _FREE_LEAST_Z and (top - best) / spread >= _FREE_LEAST_LEAD
    return found if beyond else None


def _unit_fit(layer: Layer, units: Reference) -> tuple[_Fit | None, str]:
    rows, shapes = units.claimed(layer)
    lonlat = row_points(layer, rows) if len(rows) else sampled(layer)
    places = _placed(lonlat, units.metric)
    if len(rows):
        inside = np.array([shapely.intersects_xy(shapes, xy[:, 0], xy[:, 1]) for xy in places])
    else:
        whole = shapely.union_all(units.flat)
        shapely.prepare(whole)
        inside = np.array([shapely.intersects_xy(whole, xy[:, 0], xy[:, 1]) for xy in places])
    share = inside.mean(axis=1)
    if share.max() <= 0.5:  # noqa: PLR2004  # of the points: what they claim is of another place
        return None, "elsewhere"
    z = _standing(inside.astype(np.float64))
    return _Fit(z, _lead_confidence(z), inside=share), ""


def _outlines(layer: Layer, reference: Reference) -> list[tuple[shapely.Geometry, shapely.Geometry]]:
    """Areas of the layer in degrees with those of the reference in metres that they are an outline of; else none.

    What claims a unit may also be a house in it: then its area is another one.
    """
    rows, shapes = reference.claimed(layer)
    if len(rows):
        given = layer.frame.geometry.to_numpy()[rows]
        pairs = list(zip(given, shapes, strict=True))[:: max(1, len(rows) // _MOST_OUTLINES)]
    else:
        pairs = [(shapely.union_all(layer.frame.geometry.dropna().to_numpy()), shapely.union_all(reference.flat))]
    ratios = [shapely.area(shapely.transform(one, reference.metric.forward)) / shapely.area(other)
              for one, other in pairs if not other.is_empty and shapely.area(other) > 0]  # fmt: skip
    alike = bool(ratios) and 1 / _ALIKE <= float(np.median(ratios)) <= _ALIKE
    return pairs if alike else []


def _outline_fit(pairs: list[tuple[shapely.Geometry, shapely.Geometry]], metric: MetricCrs) -> tuple[_Fit | None, str]:
    per_arc = []
    for shape, target in pairs:
        line = longest_ring(shape)
        share = (np.arange(_ARCS * _PLACES_PER_ARC) + 0.5) / (_ARCS * _PLACES_PER_ARC)
        lonlat = shapely.get_coordinates(shapely.line_interpolate_point(line, share, normalized=True))
        edge = shapely.boundary(target)
        shapely.prepare(edge)
        distance = np.array([shapely.distance(edge, shapely.points(xy)) for xy in _placed(lonlat, metric)])
        per_arc.append(distance.reshape(len(distance), _ARCS, _PLACES_PER_ARC))
    distance = np.concatenate(per_arc, axis=1)
    median = np.median(distance, axis=(1, 2))
    if median.min() > _ELSEWHERE_M:
        return None, "elsewhere"
    arcs = np.median(distance, axis=2)
    # An arc speaks for the candidate that lies nearer; log, so that long gaps count no more than short ones.
    z = _standing(-np.log1p(arcs))
    return _Fit(z, _lead_confidence(z), median_m=median), ""


def _standing(values: FloatArray) -> FloatArray:
    """Standing of each candidate, shape (candidates, n): its least lead over another one, in sign-test deviations."""
    out = np.empty(len(values))
    for n, mine in enumerate(values):
        leads = []
        for m, other in enumerate(values):
            if m != n:
                wins, losses = int((mine > other).sum()), int((mine < other).sum())
                leads.append((wins - losses) / sqrt(max(wins + losses, 1)))
        out[n] = min(leads)
    return out


def _below(z: float) -> float:
    return 0.5 * (1.0 + erf(z / sqrt(2.0)))


def _confidence(z: FloatArray) -> float:
    """One less the chance of luck against random shifts, of three candidates, and of the second against the best."""
    first, second = sorted(z, reverse=True)[:2]
    luck = len(z) * (1.0 - _below(first))
    rival = 1.0 - _below((first - second) / sqrt(2.0))
    return max(0.0, 1.0 - luck - rival)


def _lead_confidence(z: FloatArray) -> float:
    return max(0.0, 2.0 * _below(float(z.max())) - 1.0)


def _together(fits: list[_Fit], total: FloatArray, order: npt.NDArray[np.int64]) -> float:
    """Evidence that agrees strengthens, evidence that contradicts leaves nothing certain."""
    lead = (total[order[0]] - total[order[1]]) / sqrt(2.0)
    winners = {int(np.argmax(fit.z)) for fit in fits if fit.confidence >= CONFIDENT}
    if len(winners) > 1:
        return 0.0
    return max(0.0, 1.0 - 2.0 * (1.0 - _below(float(lead))))


def _figure(fits: list[_Fit], name: str, position: int) -> float | None:
    for fit in fits:
        values = getattr(fit, name)
        if values is not None:
            return float(values[position])
    return None


def _moved_m(layer: Layer, datum: str | None) -> float:
    if datum not in SHIFTED:
        return 0.0
    lonlat = sampled(layer)
    moved = from_datum(lonlat, "gcj02" if datum == "gcj02" else "bd09")
    applies = offset_applies(moved)
    return float(np.median(geodesic_m(lonlat[applies], moved[applies]))) if applies.any() else 0.0
