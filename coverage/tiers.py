"""Networks of three tiers (县乡村三级网络): coverage of each level, and the links to a parent centre."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import pandas as pd

from coverage.nearest import objects
from coverage.network import Network
from coverage.pairs import pairs_within
from coverage.places import units_of
from coverage.request import Parameters
from coverage.travel_time import lonlat_of
from geo.errors import RequestError
from geo.findings import Finding
from geo.parse import half_width
from layers.layer import Layer

__all__ = ["FAR_MINUTES", "LEVELS", "ParentWay", "TierCheck", "check_tiers", "parent_minutes"]

#: Levels of units that the tiers belong to, from the top.
LEVELS = ("county", "township", "village")
#: A parent this many minutes farther than the nearest centre of its tier is worth a look. Our choice.
FAR_MINUTES = 10.0
#: What ledgers write in the column ``tier``, without 级; a number is the place in the order of the levels asked for.
WORDS: Mapping[str, str] = MappingProxyType({
    "prefecture": "prefecture", "市": "prefecture", "地市": "prefecture", "设区市": "prefecture",
    "county": "county", "县": "county", "区": "county", "县市区": "county", "区县": "county",
    "township": "township", "乡": "township", "镇": "township", "乡镇": "township", "街道": "township",
    "镇街": "township", "乡镇街道": "township", "乡镇(街道)": "township",
    "village": "village", "村": "village", "社区": "village", "村社": "village", "村居": "village",
    "村(社区)": "village",
})  # fmt: skip


@dataclass(frozen=True)
class ParentWay:
    """How far a parent is, and when it is farther than needed.

    Parameters
    ----------
    network
        The road network.
    parameters
        Profile and ``report_minutes``, beyond which no time is looked for.
    far_minutes
        A parent is ``far`` when another facility of its tier is so many minutes nearer, or when the parent is not
        reached within ``report_minutes`` and another one is.
    """

    network: Network
    parameters: Parameters
    far_minutes: float = FAR_MINUTES


@dataclass(frozen=True, eq=False)
class TierCheck:
    """A network of tiers, level by level and link by link.

    Parameters
    ----------
    levels
        One row per level from the top: ``level``, ``units``, ``units_with`` (at least one facility of this tier stands
        in it), ``share`` (NaN without units), ``facilities``, ``linked`` (their parents lead up to the top tier),
        ``missing`` (codes of the units without one, joined by spaces).
    links
        One row per facility, in order: ``facility_id``, ``name``, ``level`` (None: the tier is not known),
        ``parent_id`` (None: none given), ``faults`` (joined by spaces, "" for none: ``no_tier``, ``orphan``,
        ``unknown_parent``, ``wrong_tier``, ``loop``, ``far``), ``top_id`` (where its parents lead, None when not to the
        top tier), ``parent_minutes``, ``nearest_id`` and ``nearest_minutes`` of the tier above (NaN, None: not asked
        for, or none in reach).
    findings
        One per fault, and the units without a facility.
    """

    levels: pd.DataFrame
    links: pd.DataFrame
    findings: tuple[Finding, ...]

    @property
    def linked_share(self) -> float | None:
        """Facilities below the top tier whose parents lead up to it, of all below; None where there are none."""
        below = self.links[self.links["level"].isin(self.levels["level"].tolist()[1:])]
        return float(below["top_id"].notna().mean()) if len(below) else None


def tier_level(text: object, levels: Sequence[str] = LEVELS) -> str | None:
    """The level that the text of a column ``tier`` means; None for none of those.

    Examples
    --------
    >>> tier_level("村级"), tier_level("2"), tier_level("省级")
    ('village', 'township', None)
    """
    word = "".join(half_width(str(text)).split()).removesuffix("级")
    if word.removesuffix(".0").isdigit():
        place = int(word.removesuffix(".0"))
        return levels[place - 1] if 1 <= place <= len(levels) else None
    level = WORDS.get(word)
    return level if level in levels else None


def check_tiers(
    facilities: Layer, units: Layer, levels: Sequence[str] = LEVELS, way: ParentWay | None = None
) -> TierCheck:
    """Check a network of tiers.

    Parameters
    ----------
    facilities
        Those that serve, with ``tier`` and ``parent_id``.
    units
        Of all levels, with ``level``. A facility counts for the unit that it stands in; where the units of a level have
        no polygons, for the one that its ``unit_code`` names.
    levels
        Values of the column ``level`` of the units, from the top.
    way
        How far a parent may be; None: distances are not looked at.

    Raises
    ------
    RequestError
        When fewer than two levels are asked for, or one twice.
    """
    if len(levels) < 2 or len(set(levels)) != len(levels):  # noqa: PLR2004  # a link joins two
        raise RequestError("bad_tiers", given=", ".join(levels))
    frame = facilities.frame
    level = [tier_level(text, levels) for text in _texts(frame, "tier")]
    links = pd.DataFrame(
        {
            "facility_id": frame["facility_id"].to_numpy(dtype=object),
            "name": frame["name"].to_numpy(dtype=object),
            "level": objects(level),
            "parent_id": objects(text or None for text in _texts(frame, "parent_id")),
        }
    )
    faults, top = _climb(links, levels)
    links["faults"] = [" ".join(one) for one in faults]
    links["top_id"] = objects(top)
    times = parent_minutes(facilities, links, levels, way) if way is not None else None
    links = _with_times(links, times, way)
    table = _levels(facilities, units, levels, links)
    return TierCheck(table, links, _findings(facilities, links, table))


def _texts(frame: pd.DataFrame, column: str) -> list[str]:
    if column not in frame:
        return [""] * len(frame)
    return ["" if pd.isna(value) else str(value).strip() for value in frame[column]]


def _climb(links: pd.DataFrame, levels: Sequence[str]) -> tuple[list[list[str]], list[str | None]]:
    """Faults of each facility's own link, and the facility of the top tier that its parents lead to."""
    row = {key: i for i, key in enumerate(links["facility_id"])}
    level, parent = links["level"].tolist(), links["parent_id"].tolist()
    rank = {name: i for i, name in enumerate(levels)}
    faults: list[list[str]] = []
    for i in range(len(links)):
        own: list[str] = []
        if level[i] is None:
            own.append("no_tier")
        if parent[i] is None:
            own += ["orphan"] if level[i] != levels[0] else []
        elif parent[i] not in row:
            own.append("unknown_parent")
        else:
            if _loops(i, parent, row):
                own.append("loop")
            above = level[row[parent[i]]]
            if level[i] is not None and (above is None or rank[above] != rank[level[i]] - 1):
                own.append("wrong_tier")
        faults.append(own)
    top = []
    for start in range(len(links)):
        i = start
        while not faults[i] and parent[i] is not None:
            i = row[parent[i]]
        top.append(links["facility_id"].iloc[i] if not faults[i] and level[i] == levels[0] else None)
    return faults, top


def _loops(start: int, parent: Sequence[str | None], row: Mapping[str, int]) -> bool:
    """Whether a facility is among its own parents."""
    seen: set[int] = set()
    i: int | None = start
    while i is not None and i not in seen:
        seen.add(i)
        i = row.get(parent[i] or "")
    return i == start


def parent_minutes(facilities: Layer, links: pd.DataFrame, levels: Sequence[str], way: ParentWay) -> pd.DataFrame:
    """Minutes from each facility to those of the tier above.

    Parameters
    ----------
    facilities
        As for :func:`check_tiers`.
    links
        With ``facility_id`` and ``level``, in the same order.
    levels, way
        As for :func:`check_tiers`.

    Returns
    -------
    DataFrame
        ``from_id``, ``to_id``, ``minutes``, as :func:`coverage.pairs.pairs_within` gives them.
    """
    found = [pd.DataFrame({"from_id": [], "to_id": [], "minutes": []})]
    for above, below in pairwise(levels):
        centres, points = (_only(facilities, links["level"] == name) for name in (above, below))
        if len(centres.frame) and len(points.frame):
            found.append(pairs_within(way.network, way.parameters, points, centres, way.parameters.report_minutes))
    return pd.concat(found[1:] or found, ignore_index=True)


def _only(layer: Layer, wanted: "pd.Series[bool]") -> Layer:
    frame = layer.frame[wanted.to_numpy(dtype=bool)].reset_index(drop=True)
    return Layer(layer.kind, frame, layer.datum, layer.source, layer.quality)


def _with_times(links: pd.DataFrame, times: pd.DataFrame | None, way: ParentWay | None) -> pd.DataFrame:
    """The links with minutes to the parent and to the nearest of its tier, and the fault ``far``."""
    links = links.assign(parent_minutes=np.nan, nearest_id=objects([None] * len(links)), nearest_minutes=np.nan)
    if times is None or way is None or times.empty:
        return links
    own = {(row.from_id, row.to_id): float(row.minutes) for row in times.itertuples(index=False)}
    first = times.sort_values(["from_id", "minutes", "to_id"]).drop_duplicates("from_id").set_index("from_id")
    ids = links["facility_id"]
    links["parent_minutes"] = [own.get((a, b), np.nan) for a, b in zip(ids, links["parent_id"], strict=True)]
    links["nearest_id"] = objects(first["to_id"].get(key) for key in ids)
    links["nearest_minutes"] = ids.map(first["minutes"]).astype("float64")
    near_limit = links["parent_minutes"].fillna(np.inf) - links["nearest_minutes"] > way.far_minutes
    far = near_limit & (links["faults"] == "") & links["parent_id"].notna()
    links.loc[far, "faults"] = "far"
    return links


def _levels(facilities: Layer, units: Layer, levels: Sequence[str], links: pd.DataFrame) -> pd.DataFrame:
    """Coverage of each level's units by the facilities of its tier."""
    rows = []
    lonlat = lonlat_of(facilities)
    for name in levels:
        wanted = (units.frame["level"] == name).to_numpy(dtype=bool) if "level" in units.frame else np.zeros(0, bool)
        frame = units.frame[wanted].reset_index(drop=True) if wanted.size else units.frame.iloc[:0]
        own = Layer(units.kind, frame, units.datum, units.source, units.quality)
        of_tier = (links["level"] == name).to_numpy(dtype=bool)
        codes = frame["unit_code"].astype(str).tolist()
        stand = set(units_of(facilities, lonlat, own)[of_tier].tolist()) if codes else set()
        missing = sorted(set(codes) - stand)
        with_one = len(set(codes)) - len(missing)
        rows.append(
            {
                "level": name,
                "units": len(set(codes)),
                "units_with": with_one,
                "share": with_one / len(set(codes)) if codes else np.nan,
                "facilities": int(of_tier.sum()),
                "linked": int(links["top_id"].notna().to_numpy()[of_tier].sum()),
                "missing": " ".join(missing),
            }
        )
    return pd.DataFrame(rows)


_CODES = MappingProxyType({
    "no_tier": "tier_not_known", "orphan": "tier_orphan", "unknown_parent": "tier_parent_not_there",
    "wrong_tier": "tier_parent_wrong", "loop": "tier_loop", "far": "tier_parent_far",
})  # fmt: skip


def _findings(facilities: Layer, links: pd.DataFrame, levels: pd.DataFrame) -> tuple[Finding, ...]:
    rows = facilities.frame["row"].tolist()
    out = []
    for number, link in zip(rows, links.itertuples(index=False), strict=True):
        facts = MappingProxyType({
            "name": link.name, "parent": link.parent_id or "", "nearest": link.nearest_id or "",
            "minutes": f"{link.parent_minutes:.1f}" if link.parent_minutes == link.parent_minutes else "-",
            "nearest_minutes": f"{link.nearest_minutes:.1f}",
        })  # fmt: skip
        out += [Finding(_CODES[fault], "warn", int(number), facts=facts) for fault in link.faults.split()]
    for row in levels.itertuples(index=False):
        if row.units > row.units_with:
            codes = row.missing.split()
            facts = MappingProxyType({"level": row.level, "count": len(codes), "codes": ", ".join(codes[:10])})
            out.append(Finding("tier_units_without", "warn", facts=facts))
    return tuple(out)
