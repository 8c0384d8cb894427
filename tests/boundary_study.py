"""Counties of ``boundary_worlds`` as tables, layers, files and the study that the checks see."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

import demarcation.study
from demarcation.model import Study
from demarcation.rules import load_rules
from geo.read import Table
from layers.layer import Layer
from layers.read import layer_of, read_layer
from tests import builders
from tests.boundary_measures import away, convergence_deg, epsg_of, plane_xy, zone_of
from tests.boundary_worlds import AS_OF, County, Post

#: East of true north, degrees: what a compass is off by.
DECLINATION_DEG = -5.0


def line_rows(county: County, *, other: bool = False) -> gpd.GeoDataFrame:
    """The table of lines, one row a stretch; of the neighbour's edition one row a line."""
    rng = np.random.default_rng([county.seed, 9])
    rows, shapes = [], []
    for border in county.borders.values():
        posts = county.of(border.code)
        groups = county.groups(border.code)
        apart = {kind: [group for group in groups if {post.kind for post in group} & set(letters)]
                 for kind, letters in (("single", "Q"), ("double", "AB"), ("triple", "CDE"))}  # fmt: skip
        rowwise = county.count_by == "rows"
        counted = {kind: sum(map(len, found)) if rowwise else len(found) for kind, found in apart.items()}
        cells = {
            "line_code": border.code,
            "name": f"{border.units[0]}与{border.units[1]}线",
            "unit_a": border.units[0],
            "unit_b": border.units[1],
            "level": "township",
            "scale": border.scale,
            "survey_method": border.method,
            "declared_length_m": border.declared_m,
            "declared_stakes": len(posts) if rowwise else len(groups),
            **{f"{kind}_stakes": count for kind, count in counted.items()},
            "lead_unit": border.units[0],
            "last_inspection": border.last_inspection.isoformat(),
            **border.cells,
        }
        parts = [border.other if border.other is not None else border.path] if other else border.parts()
        kinds = [""] if other else [kind for kind, _, _ in border.stretches]
        for position, part in enumerate(parts):
            rows.append({**cells, "segment_type": kinds[min(position, len(kinds) - 1)]})
            shapes.append(shapely.LineString(part if rng.random() < 0.8 else part[::-1]))
    if not other:
        order = rng.permutation(len(rows))
        rows, shapes = [rows[n] for n in order], [shapes[n] for n in order]
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=shapes, crs="EPSG:4490")


def stake_rows(county: County, *, before: bool = False) -> pd.DataFrame:
    """The table of stakes, cells as text; of the earlier survey the stakes that it has."""
    posts = [post for post in county.posts if not before or post.before is not None]
    frame = pd.DataFrame([_stake(county, post, before=before) for post in posts])
    return frame.astype(object).where(frame.notna() & (frame != ""), None)


def _stake(county: County, post: Post, *, before: bool) -> dict[str, Any]:
    place = post.before if before else post.written or post.place
    cells: dict[str, Any] = {
        "stake_no": post.full, "line_code": post.line, "serial": str(post.serial), "type": post.kind,
        "state": post.state, "managed_by": post.managed_by, "survey_method": post.method, "shape": post.shape,
        "epoch": "2015-08-01" if before else "2024-05-01",
    }  # fmt: skip
    # Metres as they stand are always of the right place unless a fault says otherwise.
    epsg = epsg_of(zone_of(place[0]), prefix=county.prefix)
    north, east = plane_xy(place if before else post.written_xy or away(place, *post.apart), epsg)
    if county.columns != "metres":
        cells |= {"lon": f"{place[0]:.9f}", "lat": f"{place[1]:.9f}"}
    if county.columns != "degrees":
        cells |= {"x_north": f"{north:.3f}", "y_east": f"{east:.3f}", "crs": f"EPSG:{epsg}"}
    if not before:
        cells |= _marks(county, post) | post.cells
        cells |= dict.fromkeys({"lon", "lat", "x_north", "y_east"} & set(cells) if post.unplaced else (), "")
    return cells


def _marks(county: County, post: Post) -> dict[str, str]:
    off = {"true": 0.0, "grid": convergence_deg(post.place), "magnetic": DECLINATION_DEG}[county.azimuths]
    word = {"true": "true", "grid": "坐标", "magnetic": "磁"}[county.azimuths]
    cells = {"azimuth_kind": word}
    sighted = post.sighted or [(0.0, 0.0)] * len(post.marks)
    for n, ((name, azimuth, metres), (turn, longer)) in enumerate(zip(post.marks, sighted, strict=True), start=1):
        cells |= {
            f"mark{n}_name": name,
            f"mark{n}_azimuth": f"{(azimuth + turn - off) % 360:.2f}",
            f"mark{n}_distance_m": f"{metres + longer:.1f}",
        }
        if post.marks_known and county.azimuths != "magnetic":
            lon, lat = away(post.place, azimuth, metres)
            cells |= {f"mark{n}_lon": f"{lon:.9f}", f"mark{n}_lat": f"{lat:.9f}"}
    return cells


def unit_rows(county: County) -> gpd.GeoDataFrame:
    """Units, each vertex with other last bits in each unit that it belongs to."""
    rng = np.random.default_rng([county.seed, 7])
    rows: list[dict[str, Any]] = []
    shapes: list[shapely.Geometry | None] = []
    for code, polygon in county.polygons.items():
        rows.append({"unit_code": code, "name": f"单位{code}", "level": "township", "parent_code": code[:4] + "00"})
        shapes.append(shapely.transform(polygon, lambda xy: _ring_bits(rng, xy)))
    for code, ended in county.old_units.items():
        rows.append({"unit_code": code, "name": f"原单位{code}", "level": "township", "valid_to": ended})
        shapes.append(None)
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=shapes, crs="EPSG:4490")


def _ring_bits(rng: np.random.Generator, xy: np.ndarray) -> np.ndarray:
    out = xy + rng.uniform(-1e-12, 1e-12, xy.shape)
    out[-1] = out[0]
    return out


def _table(frame: pd.DataFrame, name: str, crs: str = "") -> Table:
    return Table(frame, np.arange(1, len(frame) + 1), file=name, sha256="0" * 64, crs=crs)


def layers_of(county: County) -> dict[str, Layer]:
    """All layers through the readers of tables, without files."""
    shuffled = np.random.default_rng([county.seed, 8])
    stakes = stake_rows(county)
    stakes = stakes.iloc[shuffled.permutation(len(stakes))].reset_index(drop=True)
    return {
        "lines": layer_of(_table(line_rows(county), "lines.gpkg", "EPSG:4490"), "lines"),
        "other": layer_of(_table(line_rows(county, other=True), "other.gpkg", "EPSG:4490"), "lines"),
        "stakes": layer_of(_table(stakes, "stakes.csv"), "stakes"),
        "before": layer_of(_table(stake_rows(county, before=True), "before.csv"), "stakes"),
        "units": layer_of(_table(unit_rows(county), "units.gpkg", "EPSG:4490"), "units"),
    }


def layers_by_files(county: County, folder: Path) -> dict[str, Layer]:
    """The same through files: GeoPackage, Parquet and CSV."""
    line_rows(county).to_file(folder / "lines.gpkg")
    line_rows(county, other=True).to_parquet(folder / "other.parquet")
    stake_rows(county).to_csv(folder / "stakes.csv", index=False, encoding="gb18030")
    stake_rows(county, before=True).to_csv(folder / "before.csv", index=False, encoding="utf-8-sig")
    unit_rows(county).to_file(folder / "units.gpkg")
    return {
        "lines": read_layer(folder / "lines.gpkg", "lines"),
        "other": read_layer(folder / "other.parquet", "lines"),
        "stakes": read_layer(folder / "stakes.csv", "stakes"),
        "before": read_layer(folder / "before.csv", "stakes"),
        "units": read_layer(folder / "units.gpkg", "units"),
    }


def study_of(county: County, layers: dict[str, Layer]) -> Study:
    """What the checks see."""
    facilities = builders.layer_of(
        "facilities",
        [
            {"facility_id": f"F{n:03d}", "name": f"站{n}", "kind": "elder_centre", "status": "open", "unit_code": code}
            for n, (_, code) in enumerate(county.facilities, start=1)
        ],
        [shapely.Point(place) for place, _ in county.facilities],
    )
    rivers = county.rivers or [("无", "河流", np.array(county.origin) - [[1.0, 1.0], [1.0, 0.9]])]
    features = gpd.GeoDataFrame(
        [{"name": code, "kind": kind} for code, kind, _ in rivers],
        geometry=[shapely.LineString(path) for _, _, path in rivers],
        crs="EPSG:4490",
    )
    told = [{"line_code": code, "text": text} for code, text in county.descriptions.items()]
    return demarcation.study.study_of(
        layers["lines"],
        layers["stakes"],
        load_rules(),
        AS_OF,
        other_lines=layers["other"],
        stakes_before=layers["before"],
        units=layers["units"],
        features=layer_of(_table(features, "features.gpkg", "EPSG:4490"), "features"),
        facilities=facilities,
        inspections=_texts("inspections", county.inspections) if county.inspections else None,
        descriptions=_texts("descriptions", told) if told else None,
    )


def _texts(kind: str, rows: list[dict[str, Any]]) -> Layer:
    frame = pd.DataFrame(rows).astype(object)
    return layer_of(_table(frame.where(frame.notna(), None), f"{kind}.csv"), kind)
