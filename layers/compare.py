"""A new ledger beside the last one: what came, what went, what changed and by how much."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.crs import geodesic_m
from geo.messages import language
from geo.parse import as_text
from geo.workbook import Sheet, workbook
from layers.layer import Layer
from layers.names import plain_name
from layers.schemas import SCHEMAS

__all__ = ["Comparison", "Difference", "compare", "difference_table", "difference_xlsx"]

#: Metres. Less than that is the rounding of coordinates to five decimals, no move.
MOVED_M = 1.5
_NOT_COMPARED = ("row", "geometry")
# What names a row where no id does.
_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "stakes": ("line_code", "stake_no"),
        "lines": ("line_code", "name"),
        "values": ("unit_code", "indicator", "year", "base"),
        "inspections": ("line_code", "stake_no", "date", "unit"),
        "descriptions": ("line_code",),
    }
)
_WORDS = MappingProxyType(
    {
        "zh": {"added": "新增", "removed": "减少", "changed": "变更"},
        "en": {"added": "added", "removed": "removed", "changed": "changed"},
    }
)
_HEADINGS = MappingProxyType(
    {
        "zh": ("变化", "编号", "名称", "列", "原值", "现值", "移动(米)", "原行号", "现行号"),
        "en": ("change", "id", "name", "column", "old", "new", "moved (m)", "old row", "new row"),
    }
)


@dataclass(frozen=True)
class Difference:
    """One row that came or went, or one cell of a row that changed.

    Parameters
    ----------
    change
        ``added``, ``removed`` or ``changed``.
    key
        Id of the row, or what names it where ids were made from the row order.
    name
        Name of the row, of the new ledger where it is there.
    field
        Canonical column, or ``geometry``; empty for a row as a whole.
    old, new
        As text.
    moved_m
        How far the place moved; None where it did not.
    old_row, new_row
        Row numbers as the user sees them in either file; None where the row is not there.
    """

    change: Literal["added", "removed", "changed"]
    key: str
    name: str
    field: str = ""
    old: str = ""
    new: str = ""
    moved_m: float | None = None
    old_row: int | None = None
    new_row: int | None = None


@dataclass(frozen=True)
class Comparison:
    """What differs between two ledgers of one kind.

    Parameters
    ----------
    differences
        In the order of the new ledger, then the rows that went, in the order of the old one.
    added, removed, changed, unchanged
        Counts of rows; ``added + changed + unchanged`` are the rows of the new ledger, ``removed + changed +
        unchanged`` those of the old one.
    by
        ``id``, or ``name`` where the ids of one of the two were made from its row order.
    new_columns, lost_columns
        Columns that only one of the two has; their cells are not compared.
    """

    differences: tuple[Difference, ...]
    added: int
    removed: int
    changed: int
    unchanged: int
    by: Literal["id", "name"]
    new_columns: tuple[str, ...] = ()
    lost_columns: tuple[str, ...] = ()


def compare(old: Layer, new: Layer) -> Comparison:
    """Compare two layers of one kind, row by row.

    Parameters
    ----------
    old, new
        As read. Rows belong together by their id; where the ids of either were made from the row order, by name and
        unit. Where several rows have one such key, the first belongs to the first and so on.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from layers.layer import QualityReport, Source
    >>> def ledger(beds):
    ...     frame = gpd.GeoDataFrame({"facility_id": list(beds), "name": list(beds), "beds": list(beds.values())},
    ...                              geometry=gpd.points_from_xy([119.9] * len(beds), [31.0] * len(beds)), crs=4326)
    ...     frame["row"] = range(2, len(beds) + 2)
    ...     return Layer("facilities", frame, "wgs84", Source("a", ""), QualityReport((), len(beds), len(beds)))
    >>> found = compare(ledger({"a": 10.0, "b": 5.0}), ledger({"a": 12.0, "c": 7.0}))
    >>> [(one.change, one.key, one.field, one.old, one.new) for one in found.differences]
    [('changed', 'a', 'beds', '10', '12'), ('added', 'c', '', '', ''), ('removed', 'b', '', '', '')]
    """
    by: Literal["id", "name"] = "id" if all(_has_ids(layer) for layer in (old, new)) else "name"
    old_keys, new_keys = (_keys(layer, by) for layer in (old, new))
    at = {key: position for position, key in enumerate(old_keys)}
    skip = {*_NOT_COMPARED, *((SCHEMAS[new.kind].id_column,) if by == "name" else ())}
    columns = [name for name in new.frame.columns if name in old.frame.columns and name not in skip]
    cells = {layer: {name: [as_text(value) for value in side.frame[name]] for name in columns}
             for layer, side in (("old", old), ("new", new))}  # fmt: skip
    moved, redrawn = _moves(old, new, old_keys, new_keys)
    differences: list[Difference] = []
    added = changed = 0
    for position, key in enumerate(new_keys):
        told = {"key": key[0], "name": _name(new, position), "new_row": int(new.frame["row"].iloc[position])}
        if key not in at:
            differences.append(Difference("added", **told))  # type: ignore[arg-type]
            added += 1
            continue
        before = at[key]
        told["old_row"] = int(old.frame["row"].iloc[before])
        here = [
            Difference("changed", field=name, old=cells["old"][name][before], new=cells["new"][name][position], **told)  # type: ignore[arg-type]
            for name in columns
            if cells["old"][name][before] != cells["new"][name][position]
        ]
        if redrawn[position]:
            shapes = (_place(old, before), _place(new, position))
            here.append(Difference("changed", field="geometry", old=shapes[0], new=shapes[1],
                                   moved_m=moved[position], **told))  # type: ignore[arg-type]  # fmt: skip
        differences += here
        changed += bool(here)
    there = set(new_keys)
    gone = [position for position, key in enumerate(old_keys) if key not in there]
    differences += [
        Difference("removed", key=old_keys[position][0], name=_name(old, position),
                   old_row=int(old.frame["row"].iloc[position]))
        for position in gone
    ]  # fmt: skip
    columns_of = _only_in(new, old), _only_in(old, new)
    return Comparison(tuple(differences), added, len(gone), changed, len(new_keys) - added - changed, by, *columns_of)


def _only_in(one: Layer, other: Layer) -> tuple[str, ...]:
    return tuple(name for name in one.frame.columns if name not in other.frame.columns)


def difference_table(found: Comparison, kind: str, lang: str | None = None) -> pd.DataFrame:
    """The differences as people read them: columns by their labels, changes in words."""
    chosen = language(lang)
    labels = {entry.name: entry.label for entry in SCHEMAS[kind].fields} if chosen == "zh" else {}
    labels.setdefault("geometry", "位置" if chosen == "zh" else "place")
    rows = [
        (_WORDS[chosen][one.change], one.key, one.name, labels.get(one.field, one.field), one.old, one.new,
         "" if one.moved_m is None else f"{one.moved_m:.0f}", one.old_row, one.new_row)
        for one in found.differences
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(_HEADINGS[chosen]), dtype=object)
    return frame.where(frame.notna(), None)


def difference_xlsx(found: Comparison, kind: str, lang: str | None = None) -> bytes:
    """As :func:`difference_table`, a workbook."""
    table = difference_table(found, kind, lang)
    name = "与上次台账比较" if language(lang) == "zh" else "changes"
    return workbook([Sheet(name, list(table.columns), [list(row) for row in table.itertuples(index=False)])])


def _has_ids(layer: Layer) -> bool:
    schema = SCHEMAS[layer.kind]
    made = any(finding.code == "ids_by_row" for finding in layer.quality.findings)
    return layer.kind in _KEYS or bool(schema.id_column and not made)


def _keys(layer: Layer, by: str) -> list[tuple[str, int]]:
    """What names each row, and which of several rows of that name it is."""
    frame, schema = layer.frame, SCHEMAS[layer.kind]
    if layer.kind in _KEYS:
        parts = [frame[name].map(as_text) for name in _KEYS[layer.kind] if name in frame]
    elif by == "id":
        parts = [frame[schema.id_column].map(as_text)]
    elif "name" not in frame:
        # Roads: nothing names them but their course.
        courses = shapely.to_wkb(shapely.normalize(frame.geometry.to_numpy()))
        parts = [pd.Series([hashlib.sha256(course or b"").hexdigest()[:12] for course in courses], index=frame.index)]
    else:
        parts = [frame["name"].map(plain_name), *([frame["unit_code"].map(as_text)] if "unit_code" in frame else [])]
    texts = [" ".join(part for part in row if part) for row in zip(*parts, strict=True)]
    count: dict[str, int] = {}
    keys = []
    for text in texts:
        keys.append((text, count.get(text, 0)))
        count[text] = count.get(text, 0) + 1
    return keys


def _name(layer: Layer, position: int) -> str:
    return as_text(layer.frame["name"].iloc[position]) if "name" in layer.frame else ""


def _place(layer: Layer, position: int) -> str:
    """A point as degrees; of another shape its type and the number of its vertices."""
    shape = layer.frame.geometry.iloc[position]
    if shape is None:
        return ""
    if shape.geom_type == "Point":
        return f"{shape.x:.6f}, {shape.y:.6f}"
    return f"{shape.geom_type} ({shapely.get_num_coordinates(shape)})"


def _moves(
    old: Layer, new: Layer, old_keys: list[tuple[str, int]], new_keys: list[tuple[str, int]]
) -> tuple[list[float | None], npt.NDArray[np.bool_]]:
    """Metres between the middles of the shapes of each new row, and whether its shape changed beyond rounding."""
    at = {key: position for position, key in enumerate(old_keys)}
    moved: list[float | None] = [None] * len(new_keys)
    redrawn = np.zeros(len(new_keys), dtype=bool)
    pairs = [(position, at[key]) for position, key in enumerate(new_keys) if key in at]
    if not pairs:
        return moved, redrawn
    mine, theirs = (np.array(side) for side in zip(*pairs, strict=True))
    a, b = new.frame.geometry.to_numpy()[mine], old.frame.geometry.to_numpy()[theirs]
    one_missing = shapely.is_missing(a) != shapely.is_missing(b)
    middles = [shapely.centroid(shapes) for shapes in (a, b)]
    lonlat = [np.column_stack([shapely.get_x(points), shapely.get_y(points)]) for points in middles]
    known = np.isfinite(lonlat[0]).all(axis=1) & np.isfinite(lonlat[1]).all(axis=1)
    metres = np.full(len(a), np.nan)
    metres[known] = geodesic_m(lonlat[0][known], lonlat[1][known])
    points = (shapely.get_type_id(a) == 0) & (shapely.get_type_id(b) == 0)
    same = shapely.equals_exact(a, b, tolerance=1e-7, normalize=True)
    changed = one_missing | np.where(points, metres > MOVED_M, known & ~same)
    redrawn[mine] = changed
    for position, value, is_changed in zip(mine.tolist(), metres.tolist(), changed.tolist(), strict=True):
        moved[position] = value if is_changed and np.isfinite(value) else None
    return moved, redrawn
