"""Roads: one table of lines with the few attributes that routing needs, whatever the file."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.crs import GEOD, to_wgs84
from geo.errors import DataError, naming
from geo.graphml import read_graphml
from geo.messages import row_list
from geo.osm import read_osm
from geo.paths import DATA_DIR
from geo.read import Table
from geo.sniff import local_file, sniff
from layers import _coordinates, _intake
from layers.layer import Layer
from layers.one_table import table_for
from layers.options import USUAL, ReadOptions
from layers.schemas import ROADS

__all__ = ["COLUMNS", "from_table", "read_osm_table", "read_roads"]

#: Columns of the frame, apart from ``row`` and ``geometry``.
COLUMNS = (
    "highway", "oneway", "maxspeed_kmh", "bridge", "tunnel", "layer", "no_foot", "no_cycle", "no_drive", "ferry_mps",
    "oneway_foot", "both_ways_cycle",
)  # fmt: skip
#: Levels of OSM run from -5 to 5; a larger number is some other code.
MAX_LEVEL = 10
#: Class of a way that a boat goes along.
FERRY = "ferry"
_KMH_PER_MPS = 3.6
_KMH_PER = {"mph": 1.609344, "knot": 1.852, "knots": 1.852, "kn": 1.852}

# Types of geometry as shapely numbers them.
_LINE, _LINEAR_RING, _LINES = 1, 2, 5

BoolArray = npt.NDArray[np.bool_]

_YES = frozenset({"yes", "true", "1", "t", "y", "1.0", "是"})
_FORWARD = _YES | {"ft", "单向", "单行", "正向", "顺向"}
_BACKWARD = frozenset({"-1", "reverse", "tf", "-1.0", "逆向", "反向"})
_BOTH = frozenset({"no", "0", "false", "b", "n", "", "0.0", "none", "否", "双向", "双行"})
#: Alone it may be "false" or "forward"; :func:`_plain_codes` leaves it where nothing tells which.
_UNCLEAR = "f"
_RING = frozenset({"roundabout", "circular"})
_OFF = frozenset({"", "no", "0", "false", "f", "n", "none", "0.0", "否", "无"})
_ALLOWED = frozenset({"yes", "designated", "permissive", "destination", "customers", "official", "public"})
# Elders live behind compound gates that are tagged private: on foot and by bicycle the gate is open to who lives there
# and to who visits. A public car run is not planned through it, so `private` and its like bar driving only.
_NOT_BY_CAR = frozenset({
    "no", "private", "agricultural", "forestry", "emergency", "military", "bus", "psv", "permit", "delivery",
})  # fmt: skip
_SPEED = re.compile(r"(\d+(?:\.\d+)?)\s*(km/?h|kmh|kph|公里/小时|公里|mph|knots?|kn)?")
_CLOCK = re.compile(r"(?:(?:(?P<hours>\d+):)?(?P<minutes>\d+)(?::(?P<seconds>\d+))?)\s*(?:minutes?|mins?|分钟|分)?")
_ISO_DURATION = re.compile(r"pt(?:(?P<hours>\d+)h)?(?:(?P<minutes>\d+)m)?(?:(?P<seconds>\d+)s)?")


def read_roads(path: Path, options: ReadOptions = USUAL) -> Layer:
    """Read roads from OSM (PBF or XML), a GraphML of osmnx, or any line layer.

    Parameters
    ----------
    path
        A local file; what it is, its content decides.
    options
        What the user says of the file.

    Returns
    -------
    Layer
        One LineString per row, EPSG:4326, with :data:`COLUMNS`: ``highway`` text; ``oneway`` 1 along the line, -1
        against it, 0 both ways; ``maxspeed_kmh`` (NaN: not given or absurd); ``bridge``, ``tunnel``; ``layer`` level
        over ground; ``no_foot``, ``no_cycle``, ``no_drive``; ``ferry_mps`` of a ferry that says how long it takes;
        ``oneway_foot``, the one-way binds walkers too; ``both_ways_cycle``, it does not bind bicycles. A multi-line
        gives several rows with one ``row`` number; counts of rows are counts of features in the file.

    Raises
    ------
    FileError
        When the file cannot be read.
    DataError
        When it holds no lines, or degrees that are none.
    """
    file = local_file(path)
    kind = sniff(file)
    if kind in ("pbf", "osm"):
        return from_table(read_osm_table(file), options, osm=True)
    if kind == "graphml":
        return from_table(read_graphml(file), options)
    return from_table(table_for(path, "roads", options), options)


def read_osm_table(file: Path) -> Table:
    """Ways of an OSM file with their raw tags, as :func:`geo.osm.read_osm`, without the classes that are no roads."""
    return read_osm(file, ignored=_rules().ignored)


def from_table(table: Table, options: ReadOptions = USUAL, *, osm: bool = False) -> Layer:
    """Roads of a table with line geometry; ``osm`` when its columns are raw OSM tags with their implied values.

    A table with a note has raw OSM tags whatever ``osm`` says.
    """
    frame = table.frame
    osm = osm or table.note is not None
    if not isinstance(frame, gpd.GeoDataFrame):
        raise DataError("not_a_road_layer", file=table.file, found="table")
    types = shapely.get_type_id(frame.geometry.to_numpy())
    has_line = np.isin(types, (_LINE, _LINEAR_RING, _LINES))
    if not has_line.any() and not osm:
        raise DataError("not_a_road_layer", file=table.file, found=_intake.type_names(types))
    intake = _intake.Intake(table, ROADS, options)
    if osm:
        ways = frame["osm_id"][types == -1].tolist() if "osm_id" in frame else []
        intake.refuse_together(types == -1, "osm_way_without_nodes", ways=row_list(ways))
    else:
        intake.refuse(types == -1, "geometry_missing")
    intake.refuse((types != -1) & ~has_line, "not_a_line")
    intake.refuse(shapely.is_empty(frame.geometry.to_numpy()), "geometry_missing")
    with naming(table.file):
        _coordinates.refuse_outside_degrees(intake)
    tags = {name: intake.texts(name).str.lower() for name in _TAGS}
    if not osm:
        intake.refuse(tags["highway"].isin(_rules().ignored).to_numpy(), "road_ignored")
    attributes = _attributes(tags, intake, osm=osm)
    attributes["row"] = table.rows
    lines, owner = _lines(frame, intake)
    kept = _intake.pick(pd.DataFrame(attributes), owner)
    out = gpd.GeoDataFrame(kept[["row", *COLUMNS]], geometry=lines, crs=frame.crs)
    _count_duplicates(out, intake)
    with naming(table.file):
        moved = _to_wgs84(out)
        moved = moved.set_geometry(_coordinates.in_wgs84(intake, moved.geometry.to_numpy()), crs=moved.crs)
    moved["ferry_mps"] = _ferry_mps(moved, tags["duration"].to_numpy(dtype=object)[owner], intake)
    return intake.layer_of("roads", moved, kept_rows=np.unique(owner))


_TAGS = (
    "highway", "oneway", "junction", "maxspeed", "bridge", "tunnel", "layer", "access", "foot", "bicycle", "vehicle",
    "motor_vehicle", "motorcar", "motorroad", "route", "duration", "oneway:foot", "oneway:bicycle",
)  # fmt: skip


@dataclass(frozen=True)
class _Rules:
    """What ``data/rules/profiles.toml`` says of the attributes of roads.

    Parameters
    ----------
    speed_kmh, ferry_kmh
        Least and most believable speed of a limit, and of a ferry.
    zone_kmh
        Limits that are given by the kind of road.
    fallback_kmh
        Speed of a ferry that does not say how long it takes.
    ignored
        Classes that are no roads.
    """

    speed_kmh: tuple[float, float]
    ferry_kmh: tuple[float, float]
    zone_kmh: Mapping[str, float]
    fallback_kmh: float
    ignored: frozenset[str]


@cache
def _rules() -> _Rules:
    table = tomllib.loads((DATA_DIR / "rules" / "profiles.toml").read_text(encoding="utf-8"))
    limits, ferry = table["maxspeed_kmh"], table["ferry"]
    return _Rules(
        speed_kmh=(limits["least"], limits["most"]),
        ferry_kmh=(ferry["least_kmh"], ferry["most_kmh"]),
        zone_kmh=table["maxspeed_zone_kmh"],
        fallback_kmh=ferry["fallback_kmh"],
        ignored=frozenset(table["ignored"]["highway"]),
    )


def _to_wgs84(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if frame.crs is None:
        raise _coordinates.no_crs(frame)
    return to_wgs84(frame)


# ---- geometry -----------------------------------------------------------------------------------------------------


def _lines(frame: gpd.GeoDataFrame, intake: "_intake.Intake") -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int64]]:
    """Single lines with length, and the position of the feature that each belongs to."""
    positions = np.flatnonzero(~intake.refused)
    pieces, source = frame.geometry.to_numpy()[positions], np.arange(len(positions))
    # Taking apart and making flat copy each line; where all are plain lines already, nothing needs it.
    if (shapely.get_type_id(pieces) > _LINE).any():
        pieces, source = shapely.get_parts(pieces, return_index=True)
    if shapely.has_z(pieces).any():
        pieces = shapely.force_2d(pieces)
    # A ring is a closed line; collections may hold other things beside lines.
    is_line = np.isin(shapely.get_type_id(pieces), (_LINE, _LINEAR_RING))
    length = shapely.length(pieces)
    good = is_line & np.isfinite(length) & (length > 0)
    owner = positions[source]
    kept = np.zeros(len(frame), dtype=bool)
    kept[owner[good]] = True
    intake.refuse(~intake.refused & ~kept, "line_without_length")
    partly = int((~good & kept[owner]).sum())
    if partly:
        intake.note("line_pieces_dropped", "info", count=partly)
    return pieces[good], owner[good].astype(np.int64)


def _count_duplicates(frame: gpd.GeoDataFrame, intake: "_intake.Intake") -> None:
    # Kept: parallel edges do no harm to times. Counted, because lengths of roads count them twice.
    lines = frame.geometry.to_numpy()
    in_one_box = pd.DataFrame(shapely.bounds(lines)).duplicated(keep=False).to_numpy()
    same = int(pd.Series(shapely.to_wkb(shapely.normalize(lines[in_one_box]))).duplicated().sum())
    if same:
        intake.note("duplicate_lines", "info", count=same)


# ---- attributes ---------------------------------------------------------------------------------------------------


def _attributes(tags: dict[str, pd.Series], intake: "_intake.Intake", *, osm: bool) -> dict[str, object]:
    highway = _highway(tags["highway"], intake).mask((tags["highway"] == "") & (tags["route"] == FERRY), FERRY)
    missing = int((highway == "").sum())
    if missing:
        intake.note("highway_missing", "info", field="highway", count=missing)
    return {
        "highway": highway,
        "oneway": _oneway(tags, highway, intake, osm=osm),
        "maxspeed_kmh": _maxspeed(tags["maxspeed"], intake),
        "bridge": ~tags["bridge"].isin(_OFF).to_numpy(),
        "tunnel": ~tags["tunnel"].isin(_OFF).to_numpy(),
        "layer": _level(tags["layer"], intake),
        **_barred(tags, (highway == FERRY).to_numpy()),
        "ferry_mps": np.nan,
        "oneway_foot": tags["oneway:foot"].isin(_YES).to_numpy(),
        "both_ways_cycle": tags["oneway:bicycle"].isin(_OFF - {""}).to_numpy(),
    }


def _highway(column: pd.Series, intake: "_intake.Intake") -> pd.Series:
    lists = column.str.contains(r"^\[|;", regex=True).to_numpy(dtype=bool)
    if lists.any():
        intake.note("highway_list", "info", field="highway", count=int(lists.sum()))
        firsts = {text: _listed(text)[0] for text in column[lists].unique()}
        column = column.where(~lists, column.map(firsts).fillna(column))
    return column.replace(dict(ROADS.field("highway").choices)).astype("str")


def _listed(text: str) -> list[str]:
    """Parts of a value that holds several, as OSM (``50;70``) and osmnx (``['50', '70']``) write them; at least one."""
    if text.startswith("["):
        return [part.strip(" '\"") for part in text.strip("[] ").split(",")]
    return [part.strip() for part in text.split(";")]


def _oneway(
    tags: dict[str, pd.Series], highway: pd.Series, intake: "_intake.Intake", *, osm: bool
) -> npt.NDArray[np.int8]:
    column = _plain_codes(tags["oneway"])
    forward, backward = column.isin(_FORWARD).to_numpy(), column.isin(_BACKWARD).to_numpy()
    out = np.where(forward, 1, np.where(backward, -1, 0)).astype(np.int8)
    unclear = int((column == _UNCLEAR).sum())
    if unclear:
        intake.note("oneway_unclear", "warn", field="oneway", count=unclear)
    unknown = int((~column.isin(_FORWARD | _BACKWARD | _BOTH | {_UNCLEAR})).sum())
    if unknown:
        intake.note("oneway_unknown", "warn", field="oneway", count=unknown)
    # What OSM implies where nothing is said: rings and motorways run one way.
    blank = (column == "").to_numpy()
    implied = tags["junction"].isin(_RING).to_numpy()
    if osm:
        implied = implied | highway.isin(("motorway", "motorway_link")).to_numpy()
    out[blank & implied] = 1
    return out


def _plain_codes(column: pd.Series) -> pd.Series:
    """F and T without doubt: along and against the line where B (both) stands beside them, else false and true.

    An F with neither beside it stays as it is.
    """
    held = set(column.unique())
    if "b" in held:
        return column.replace({"f": "ft", "t": "tf"})
    return column.replace({"f": "no"}) if {"t", "f"} <= held else column


def _maxspeed(column: pd.Series, intake: "_intake.Intake") -> npt.NDArray[np.float64]:
    by_text = {text: _lowest_kmh(text) for text in column.unique()}
    speeds: npt.NDArray[np.float64] = column.map(by_text).to_numpy(dtype=np.float64)
    fallen_back = int((np.isnan(speeds) & (column != "").to_numpy()).sum())
    if fallen_back:
        intake.note("maxspeed_unusable", "info", field="maxspeed", count=fallen_back)
    return speeds


def _lowest_kmh(text: str) -> float:
    """The lowest limit that can be used of those that a value holds; NaN where none can."""
    return float(np.fmin.reduce([_kmh(part) for part in _listed(text)]))


def _kmh(text: str) -> float:
    rules = _rules()
    if text in rules.zone_kmh:
        return rules.zone_kmh[text]
    match = _SPEED.fullmatch(text)
    if not match:
        return np.nan
    speed = float(match[1]) * _KMH_PER.get(match[2], 1.0)
    return speed if rules.speed_kmh[0] <= speed <= rules.speed_kmh[1] else np.nan


def _ferry_mps(
    frame: gpd.GeoDataFrame, duration: npt.NDArray[np.object_], intake: "_intake.Intake"
) -> npt.NDArray[np.float64]:
    """Speed of each ferry that says how long it takes, spread over all lines of its feature; NaN for all else."""
    out = np.full(len(frame), np.nan)
    ferry = np.flatnonzero(frame["highway"] == FERRY)
    if not len(ferry):
        return out
    length_m = np.array([GEOD.geometry_length(line) for line in frame.geometry.iloc[ferry]])
    length_m = pd.Series(length_m).groupby(frame["row"].to_numpy()[ferry]).transform("sum").to_numpy()
    mps = length_m / np.array([_duration_s(text) for text in duration[ferry]])
    least, most = _rules().ferry_kmh
    good = (mps * _KMH_PER_MPS >= least) & (mps * _KMH_PER_MPS <= most)
    out[ferry[good]] = mps[good]
    blank = duration[ferry] == ""
    rows = frame["row"].to_numpy()[ferry]
    for code, who in (("ferry_without_duration", blank), ("ferry_duration_unusable", ~good & ~blank)):
        if who.any():
            count = len(np.unique(rows[who]))
            intake.note(code, "warn", field="duration", count=count, kmh=f"{_rules().fallback_kmh:g}")
    return out


def _duration_s(text: str) -> float:
    """Seconds of ``HH:MM``, ``HH:MM:SS``, minutes alone, or ISO 8601 (``PT20M``); NaN for all else, and for nothing.

    Examples
    --------
    >>> _duration_s("01:10"), _duration_s("00:05:30"), _duration_s("20"), _duration_s("pt1h10m")
    (4200.0, 330.0, 1200.0, 4200.0)
    """
    match = _CLOCK.fullmatch(text) or _ISO_DURATION.fullmatch(text)
    if not match:
        return np.nan
    seconds = sum(int(match[name] or 0) * unit for name, unit in (("hours", 3600), ("minutes", 60), ("seconds", 1)))
    return float(seconds) or np.nan


def _level(column: pd.Series, intake: "_intake.Intake") -> npt.NDArray[np.int16]:
    numbers = pd.to_numeric(column.where(column != "", "0"), errors="coerce").to_numpy(dtype=np.float64)
    good = np.isfinite(numbers) & (np.abs(numbers) <= MAX_LEVEL) & (numbers == np.round(numbers))
    if not good.all():
        intake.note("level_unusable", "info", field="layer", count=int((~good).sum()))
    return np.where(good, numbers, 0).astype(np.int16)


def _barred(tags: dict[str, pd.Series], ferry: BoolArray) -> dict[str, BoolArray]:
    """Who may not use a road: the tag of the mode counts before that of its group, and that before ``access``.

    A ferry that names those who walk or cycle, and no vehicles, takes no cars.
    """

    def says(name: str, values: frozenset[str]) -> BoolArray:
        return np.asarray(tags[name].isin(values).to_numpy(), dtype=bool)

    no = frozenset({"no"})
    dismount = frozenset({"no", "dismount"})
    closed = says("access", no)
    motorroad = says("motorroad", _YES)
    no_foot = says("foot", no) | ((closed | motorroad) & ~says("foot", _ALLOWED))
    cycle_allowed = says("bicycle", _ALLOWED)
    no_cycle = says("bicycle", dismount) | (~cycle_allowed & (says("vehicle", no) | motorroad))
    no_cycle |= closed & ~cycle_allowed & ~says("vehicle", _ALLOWED)
    drive_tag = tags["motorcar"].where(tags["motorcar"] != "", tags["motor_vehicle"])
    drive_tag = drive_tag.where(drive_tag != "", tags["vehicle"])
    passengers_only = ferry & (says("foot", _ALLOWED) | cycle_allowed) & (drive_tag == "").to_numpy()
    drive_tag = drive_tag.where(drive_tag != "", tags["access"])
    no_drive = drive_tag.isin(_NOT_BY_CAR).to_numpy() | passengers_only
    return {"no_foot": no_foot, "no_cycle": no_cycle, "no_drive": no_drive}
