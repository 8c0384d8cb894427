"""Lines, stakes and what is known beside them, as the checks see them."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import shapely

from layers.layer import Layer

if TYPE_CHECKING:
    from demarcation.book import Book

__all__ = ["Inspection", "Line", "Mark", "Photo", "Segment", "ServedAcross", "Stake", "Study"]

LonLat = tuple[float, float]


@dataclass(frozen=True)
class Segment:
    """A stretch of a line.

    Parameters
    ----------
    type
        What the line follows: 界桩连线, 河流, 道路, 山脊, 其他标志物; as written, ``""`` where nothing is.
    path
        LineString, EPSG:4326.
    row
        As the user sees it.
    """

    type: str
    path: shapely.LineString
    row: int


@dataclass(frozen=True)
class Line:
    """One boundary line.

    Parameters
    ----------
    code
        界线代码.
    unit_a, unit_b
        Codes of both sides; ``""`` where the file does not say.
    scale
        Denominator of the source map; None where not said.
    survey_method
        As written.
    declared_length_m, declared_stakes, declared_single, declared_double, declared_triple
        What the record says; None where it says nothing.
    last_inspection
        Day of the last joint inspection that the record names.
    segments
        In the order of the line, each in its direction.
    fields
        Everything else that the record has, by column.
    """

    code: str
    name: str
    unit_a: str
    unit_b: str
    level: str
    scale: float | None
    survey_method: str
    declared_length_m: float | None
    declared_stakes: float | None
    declared_single: float | None
    declared_double: float | None
    declared_triple: float | None
    lead_unit: str
    last_inspection: dt.date | None
    segments: tuple[Segment, ...]
    fields: Mapping[str, object] = dataclasses.field(default_factory=dict)

    @property
    def shape(self) -> shapely.MultiLineString:
        """All segments, EPSG:4326."""
        return shapely.MultiLineString([segment.path for segment in self.segments])

    @property
    def row(self) -> int:
        """Its first row."""
        return self.segments[0].row


@dataclass(frozen=True)
class Mark:
    """A reference mark (方位物) of a stake.

    Parameters
    ----------
    name
        As written, ``""`` where absent.
    azimuth_deg
        From the stake, clockwise, 0 to 360, from the north that the stake's ``azimuth_kind`` names; None where absent.
    distance_m
        From the stake; None where absent.
    place
        Longitude and latitude, where the record knows them.
    """

    name: str
    azimuth_deg: float | None
    distance_m: float | None
    place: LonLat | None = None


@dataclass(frozen=True)
class Stake:
    """One row of a table of stakes.

    Parameters
    ----------
    number
        In full, as written.
    line_code
        As written.
    serial
        From the number or from the column; None where neither tells. Where they differ, which K4 says, the one that no
        other stake of the line has.
    kind
        ``Q``, ``A`` … ``E``, from the number or from the column; ``""`` where neither tells.
    state, managed_by, survey_method, shape
        As written, ``""`` where absent. ``shape`` is 双面型 or 三面型.
    epoch
        Day of the survey.
    marks
        Up to three.
    azimuth_kind
        ``true``, ``grid``, ``magnetic``, or ``""`` where not said.
    place
        Longitude and latitude, EPSG:4326; None where the row has no readable place.
    lonlat_given
        Both columns of degrees as they stand in the row; None where it has none.
    x_north, y_east
        Metres as they stand in the row; None where absent.
    crs
        What the row says of them.
    row
        As the user sees it.
    problem
        Why the row has no place: code of the finding of its reader. ``""`` where it has one, or where the row was
        refused for another reason than its coordinates.
    fields
        Everything else that the record has, by column.
    """

    number: str
    line_code: str
    serial: int | None
    kind: str
    state: str = ""
    managed_by: str = ""
    survey_method: str = ""
    shape: str = ""
    epoch: dt.date | None = None
    marks: tuple[Mark, ...] = ()
    azimuth_kind: str = ""
    place: LonLat | None = None
    lonlat_given: LonLat | None = None
    x_north: float | None = None
    y_east: float | None = None
    crs: str = ""
    row: int = 0
    problem: str = ""
    fields: Mapping[str, object] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Photo:
    """A picture that is kept in the workspace.

    Parameters
    ----------
    name
        Of the file as it was given, without folders.
    sha256
        Of its bytes; also its name in the workspace.
    suffix
        ``jpg`` or ``png``.
    """

    name: str
    sha256: str
    suffix: str


@dataclass(frozen=True)
class Inspection:
    """One joint inspection of a line, or what one side saw at a stake.

    Parameters
    ----------
    line_code, stake_no
        ``stake_no`` is ``""`` for the line as a whole.
    day
        When.
    round
        轮次; None where not said.
    unit
        Code of the side that reports; ``""`` where it is both.
    state
        Of the stake, as written.
    marks_seen, marks_missing
        Names of the reference marks that were found, and of those that were not.
    note
        As written.
    km_done
        Of the line, by this entry; None: the whole line.
    photos
        In the order given.
    activity
        联检, 巡查 or 事件, as written; ``""`` is 联检: only that starts the clock anew.
    event
        What happened, such as 洪水 or 河流改道.
    """

    line_code: str
    stake_no: str
    day: dt.date
    round: int | None = None
    unit: str = ""
    state: str = ""
    marks_seen: tuple[str, ...] = ()
    marks_missing: tuple[str, ...] = ()
    note: str = ""
    km_done: float | None = None
    photos: tuple[Photo, ...] = ()
    activity: str = ""
    event: str = ""


@dataclass(frozen=True)
class ServedAcross:
    """People whose nearest facility is on the other side of a line.

    Parameters
    ----------
    a_to_b, b_to_a
        People of the first unit who are served in the second, and the other way round.
    minutes
        Within which.
    """

    a_to_b: float
    b_to_a: float
    minutes: float


@dataclass(frozen=True)
class Study:
    """Everything that the checks may ask. None: not given, and what needs it is not run.

    Parameters
    ----------
    lines
        By code, in the order of codes.
    stakes
        By line, serial, kind and row.
    as_of
        The day that decides what is due.
    other_lines
        The neighbour's edition of the lines, by code.
    stakes_before
        The same stakes at an earlier survey.
    units, features, facilities, projects, disputes
        Layers as read.
    areas
        Service areas of facilities: a frame with ``facility_id`` and polygons.
    served
        People served across each line, by its code.
    inspections
        A log beside what the lines say.
    records
        What was entered into the workspace: inspections, events, patrols, plans.
    descriptions
        边界线走向说明 by line code.
    retired
        Stakes whose number was declared void (废止): no check but K3 looks at them.
    """

    lines: Mapping[str, Line]
    stakes: tuple[Stake, ...]
    as_of: dt.date
    other_lines: Mapping[str, Line] | None = None
    stakes_before: tuple[Stake, ...] | None = None
    units: Layer | None = None
    features: Layer | None = None
    facilities: Layer | None = None
    areas: Layer | None = None
    projects: Layer | None = None
    disputes: Layer | None = None
    served: Mapping[str, ServedAcross] | None = None
    inspections: tuple[Inspection, ...] | None = None
    records: "Book | None" = None
    descriptions: Mapping[str, str] | None = None
    retired: tuple[Stake, ...] = ()
