"""What of a layer may leave the room: never the columns that are for inside, and of public exports much more.

The rules are those of the bureau (docs: "What must not leave the room"). Each thing that stays behind is said and
counted.
"""

import dataclasses
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.findings import Finding
from geo.heading import spellings
from layers.layer import Layer
from layers.schema import plain, stays_inside
from layers.schemas import SCHEMAS
from layers.stored import ROAD_COLUMNS

__all__ = ["KINDS_WITHHELD", "LEAST_PEOPLE", "ROUNDED_M", "without_inside", "without_restricted"]

#: Kinds of layers that no public export holds: stakes, the vertices of lines and their course in words, disputes; and
#: features, which do not say which roads are restricted.
KINDS_WITHHELD = frozenset({"stakes", "lines", "disputes", "inspections", "descriptions", "features"})
#: Fewest people in a cell that is made public.
LEAST_PEOPLE = 10
#: To how many metres coordinates are rounded.
ROUNDED_M = 10.0

_M_PER_DEGREE = 111_195.0
# Words by which a row is known as a shelter of children or people in need, or as a single grave.
_SHELTER_KINDS = frozenset({"child_protection", "rescue"})
_SHELTER_WORDS = ("救助", "庇护", "未成年人保护", "未保", "儿童福利院", "shelter")
_GRAVE_WORDS = ("坟墓", "墓穴", "乱埋乱葬", "散埋", "散葬", "grave")
# Villages are called so too: it counts in the kind of a row, not in its name.
_GRAVE_KIND = "坟"
_COORDINATES = frozenset({"lon", "lat", "x_north", "y_east", "crs"})
_COUNTS = ("pop", "pop0_14", "pop60", "pop65", "pop75", "pop80")

BoolArray = npt.NDArray[np.bool_]


def without_inside(layer: Layer) -> tuple[Layer, tuple[Finding, ...]]:
    """A layer without the columns that stay inside: contacts, and coordinates beside those of its geometry.

    Whoever has the coordinates before and after a conversion can solve for its parameters, which are secret.

    Returns
    -------
    tuple
        The layer, and what was left out.
    """
    schema, columns = SCHEMAS[layer.kind], [str(name) for name in layer.frame.columns]
    inside = {*stays_inside(schema, columns), *_COORDINATES}
    places = {plain(word) for name in ("lon", "lat", "x_north", "y_east") for word in _words(name)}
    declared = {entry.name for entry in schema.fields} if layer.kind != "roads" else set(ROAD_COLUMNS)
    out = [name for name in columns if name in inside or (name not in declared and places & _called(name))]
    return _less_columns(layer, out, "export_inside_columns")


def _words(name: str) -> tuple[str, ...]:
    """Headings of a coordinate column in any schema."""
    return tuple(word for schema in SCHEMAS.values() for entry in schema.fields if entry.name == name
                 for word in entry.words)  # fmt: skip


def _called(heading: str) -> set[str]:
    """What a heading may mean; a second column of a name has a number behind it."""
    return {plain(word).rstrip("0123456789") for word in (heading, *spellings(heading))}


def _less_columns(layer: Layer, names: list[str], code: str) -> tuple[Layer, tuple[Finding, ...]]:
    if not names:
        return layer, ()
    said = Finding(code, "warn", facts={"kind": layer.kind, "count": len(names), "columns": ", ".join(names)})
    return dataclasses.replace(layer, frame=layer.frame.drop(columns=names)), (said,)


def without_restricted(layer: Layer) -> tuple[Layer | None, tuple[Finding, ...]]:
    """What of a 公开 layer passes a public export; None where nothing does.

    Own columns of the file stay behind (nobody vouched for them), as do rows and values that the bureau's rules name;
    coordinates are rounded to 10 m.

    Returns
    -------
    tuple
        The layer, and what was left out.
    """
    if layer.kind in KINDS_WITHHELD:
        return None, (Finding("export_kind_withheld", "warn", facts={"kind": layer.kind, "count": len(layer.frame)}),)
    known = ROAD_COLUMNS if layer.kind == "roads" else {entry.name for entry in SCHEMAS[layer.kind].fields}
    own = [str(name) for name in layer.frame.columns if name not in known and name not in ("row", "geometry")]
    layer, findings = _less_columns(layer, own, "export_own_columns")
    for code, which in _RULES.get(layer.kind, {}).items():
        layer, said = _less_rows(layer, which(layer.frame), code)
        findings += said
    if layer.kind == "demand":
        layer, said = _small_counts_blank(layer)
        findings += said
    if layer.kind == "roads":
        layer, said = _bridge_limits_blank(layer)
        findings += said
    layer, said = _rounded(layer)
    return (layer if len(layer.frame) else None), findings + said


def _less_rows(layer: Layer, out: BoolArray, code: str) -> tuple[Layer, tuple[Finding, ...]]:
    if not out.any():
        return layer, ()
    said = Finding(code, "warn", facts={"kind": layer.kind, "count": int(out.sum())})
    return dataclasses.replace(layer, frame=layer.frame[~out].reset_index(drop=True)), (said,)


def _says(frame: pd.DataFrame, words: tuple[str, ...]) -> BoolArray:
    """Rows whose kind or name holds one of some words."""
    found = np.zeros(len(frame), dtype=bool)
    for name in ("kind", "name"):
        if name in frame:
            texts = frame[name].str.casefold()
            found |= np.array([any(word in text for word in words) for text in texts], dtype=bool)
    return found


def _shelters(frame: pd.DataFrame) -> BoolArray:
    by_kind = frame["kind"].isin(_SHELTER_KINDS).to_numpy() if "kind" in frame else np.zeros(len(frame), dtype=bool)
    return np.asarray(by_kind | _says(frame, _SHELTER_WORDS), dtype=bool)


def _graves(frame: pd.DataFrame) -> BoolArray:
    by_kind = _says(frame[["kind"]], (_GRAVE_KIND,)) if "kind" in frame else np.zeros(len(frame), dtype=bool)
    return np.asarray(by_kind | _says(frame, _GRAVE_WORDS), dtype=bool)


def _closed_roads(frame: pd.DataFrame) -> BoolArray:
    return np.asarray((frame["no_foot"] & frame["no_cycle"] & frame["no_drive"]).to_numpy(), dtype=bool)


def _few_people(frame: pd.DataFrame) -> BoolArray:
    """Cells under ten people; where no column says how many live there, the largest of the age groups counts."""
    counts = [name for name in _COUNTS if name in frame][:1] if "pop" in frame else [n for n in _COUNTS if n in frame]
    if not counts:
        return np.zeros(len(frame), dtype=bool)
    return np.asarray((frame[counts].max(axis=1).fillna(0.0) < LEAST_PEOPLE).to_numpy(), dtype=bool)


_PLACES = MappingProxyType({"export_shelters": _shelters, "export_graves": _graves})
_RULES: Mapping[str, Mapping[str, Callable[[pd.DataFrame], BoolArray]]] = MappingProxyType({
    "facilities": _PLACES,
    "candidates": _PLACES,
    "projects": _PLACES,
    "place_names": _PLACES,
    "roads": MappingProxyType({"export_closed_roads": _closed_roads}),
    "demand": MappingProxyType({"export_few_people": _few_people}),
})  # fmt: skip


def _small_counts_blank(layer: Layer) -> tuple[Layer, tuple[Finding, ...]]:
    """Age groups of one to nine people are left blank: with the others of the cell they could be known."""
    frame, blanked = layer.frame.copy(), 0
    for name in _COUNTS[1:]:
        if name in frame:
            small = (frame[name] > 0) & (frame[name] < LEAST_PEOPLE)
            blanked += int(small.sum())
            frame[name] = frame[name].mask(small)
    if not blanked:
        return layer, ()
    said = Finding("export_small_counts", "warn", facts={"kind": layer.kind, "count": blanked})
    return dataclasses.replace(layer, frame=frame), (said,)


def _bridge_limits_blank(layer: Layer) -> tuple[Layer, tuple[Finding, ...]]:
    limited = (layer.frame["bridge"] | layer.frame["tunnel"]) & layer.frame["maxspeed_kmh"].notna()
    if not limited.any():
        return layer, ()
    frame = layer.frame.assign(maxspeed_kmh=layer.frame["maxspeed_kmh"].mask(limited))
    said = Finding("export_bridge_limits", "warn", facts={"kind": layer.kind, "count": int(limited.sum())})
    return dataclasses.replace(layer, frame=frame), (said,)


def _rounded(layer: Layer) -> tuple[Layer, tuple[Finding, ...]]:
    """Coordinates on a grid of 10 m; equal places stay equal, and lines that have no length then are left out."""
    shapes = layer.frame.geometry.to_numpy()
    if (shapely.get_type_id(shapes) == -1).all():
        return layer, ()
    moved = shapely.transform(shapes, _on_grid)
    broken = (shapely.get_dimensions(moved) == 2) & ~shapely.is_valid(moved)  # noqa: PLR2004  # polygons
    moved[broken] = shapely.make_valid(moved[broken], method="structure", keep_collapsed=False)
    short = (shapely.get_dimensions(shapes) == 1) & (shapely.length(moved) == 0)
    gone = (short | shapely.is_empty(moved)) & (shapely.get_type_id(shapes) != -1)
    out = dataclasses.replace(layer, frame=layer.frame.set_geometry(moved, crs=layer.frame.crs))
    out, said = _less_rows(out, np.asarray(gone, dtype=bool), "export_too_short")
    rounded = Finding("export_rounded", "info", facts={"kind": layer.kind, "metres": f"{ROUNDED_M:g}"})
    return out, (*said, rounded)


def _on_grid(lonlat: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    step = ROUNDED_M / _M_PER_DEGREE
    lat = np.round(lonlat[:, 1] / step) * step
    # Meridians come together: a degree of longitude is as wide as the cosine of the latitude says.
    wide = step / np.maximum(np.cos(np.radians(lat)), step)
    return np.column_stack([np.round(np.round(lonlat[:, 0] / wide) * wide, 7), np.round(lat, 7)])
