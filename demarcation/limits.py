"""How far a stake may stand off its line: by the scale of the map, the survey, and what the line follows."""

import math
from dataclasses import dataclass

import shapely

from demarcation.axis import metres_per_degree
from demarcation.bench import Bench
from demarcation.model import Line, LonLat, Stake
from demarcation.rules import Rules, sigma_m

__all__ = ["SIGMAS", "Limits", "limits_of", "rounding_m", "scale_of"]

#: The tolerance of a difference is three times its standard deviation (3σ).
SIGMAS = 3.0
_MM_PER_M = 1000.0


@dataclass(frozen=True)
class Limits:
    """Of the distance of a single stake to its line, metres.

    Parameters
    ----------
    warn_m, fail_m
        Beyond them somebody has to look; the record is contradicted.
    noise_m
        3σ, and what degrees are rounded to: less than this is no distance at all.
    """

    warn_m: float
    fail_m: float
    noise_m: float


def scale_of(line: Line, rules: Rules) -> float:
    """Denominator of the line's map; where it names none, that of the rules.

    Examples
    --------
    >>> from geo.paths import DATA_DIR
    >>> from demarcation.read import lines_of
    >>> from demarcation.rules import load_rules
    >>> from layers.read import read_layer
    >>> scale_of(lines_of(read_layer(DATA_DIR / "demo/layers/lines.parquet", "lines"))["9916"], load_rules())
    10000.0
    """
    return line.scale if line.scale is not None and line.scale > 0 else rules.K1.unknown_scale


def limits_of(bench: Bench, stake: Stake, foot: LonLat, rules: Rules) -> Limits:
    """The limits for a stake of a known line, whose foot on it is known.

    No limit is below 3σ of the survey and of what the line follows there, nor below what the degrees of the table are
    rounded to. What is read off a map has its σ in the millimetres of that map.

    Examples
    --------
    >>> import datetime as dt
    >>> from geo.paths import DATA_DIR
    >>> from demarcation.bench import bench_of
    >>> from demarcation.model import Study
    >>> from demarcation.read import lines_of
    >>> from demarcation.rules import load_rules
    >>> from layers.read import read_layer
    >>> lines = lines_of(read_layer(DATA_DIR / "demo/layers/lines.parquet", "lines"))
    >>> bench = bench_of(Study(lines, (), dt.date(2026, 6, 30)))
    >>> stake = Stake("9916001Q", "9916", 1, "Q", survey_method="GNSS")
    >>> limits_of(bench, stake, bench.axes["9916"].point_at(0.0), load_rules())
    Limits(warn_m=2.0, fail_m=5.0, noise_m=1.5)
    """
    line = bench.study.lines[stake.line_code]
    read_off = stake.survey_method in rules.K1.to_verify_methods
    survey_m = 0.0 if read_off else sigma_m(rules, stake.survey_method)
    ground_m = rules.K1.inexact_sigma_m if _type_at(line, foot) in rules.K1.inexact_types else 0.0
    noise_m = max(SIGMAS * math.hypot(survey_m, ground_m), rounding_m(bench.step_deg, foot))
    m_per_mm = scale_of(line, rules) / _MM_PER_M
    return Limits(max(rules.K1.warn_mm * m_per_mm, noise_m), max(rules.K1.fail_mm * m_per_mm, noise_m), noise_m)


def rounding_m(step_deg: float, place: LonLat) -> float:
    """How far a place may be off because the degrees of its table are written in steps: whole seconds, few decimals.

    Examples
    --------
    >>> round(rounding_m(1 / 3600, (114.3, 30.6)), 1)
    20.4
    """
    return math.hypot(*metres_per_degree(place[1])) * step_deg / 2


def _type_at(line: Line, foot: LonLat) -> str:
    """What the line follows at a point of it."""
    if len(line.segments) == 1:
        return line.segments[0].type
    point = shapely.Point(foot)
    return min(line.segments, key=lambda segment: (shapely.distance(segment.path, point), segment.type)).type
