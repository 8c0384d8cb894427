"""Faults of what a row says of its stake: marks and coordinates (K9, K10, K11); as ``boundary_faults_of_stakes``."""

import numpy as np

from geo.datum import from_datum, to_datum
from tests.boundary_measures import GEOD, away, convergence_deg, epsg_of, locate, plane_xy, zone_of
from tests.boundary_plan import SUSPECT_M, inner, moved_along, pick, plant
from tests.boundary_worlds import Border, County, Post

# ---- K9, K10, K11: what a row says of itself ------------------------------------------------------------------------


def mark_data_missing(rng: np.random.Generator, county: County, border: Border) -> bool:
    post = pick(rng, county.of(border.code))
    n = int(rng.integers(1, 4))
    what = str(rng.choice(["distance_m", "azimuth", "name", "all", "kind"]))
    if what == "kind":
        post.cells["azimuth_kind"] = ""
    elif what == "all":
        post.cells |= dict.fromkeys((f"mark{n}_name", f"mark{n}_azimuth", f"mark{n}_distance_m"), "")
        post.cells |= dict.fromkeys((f"mark{n}_lon", f"mark{n}_lat"), "")
    else:
        post.cells[f"mark{n}_{what}"] = ""
    # Azimuths that do not say from which north may be told for the whole line.
    stakes = (post.full, "") if what == "kind" else (post.full,)
    return plant(county, border, "K9", stakes, what=f"mark {n}: no {what}", severities=("warn",))


def marks_seen_from_elsewhere(rng: np.random.Generator, county: County, border: Border) -> bool:
    """Azimuths and distances fit a place 3 to 30 m from the stake."""
    post = pick(rng, county.of(border.code))
    if county.azimuths == "magnetic":
        return False
    post.marks_known = True
    off_m = float(rng.choice([rng.uniform(2.6, 4.4), rng.uniform(6, 30)]))
    elsewhere = away(post.place, rng.uniform(0, 360), off_m)
    turn = convergence_deg(post.place) if county.azimuths == "grid" else 0.0
    for n, (_, azimuth, metres) in enumerate(post.marks, start=1):
        lon, lat = away(post.place, azimuth, metres)
        seen, _, far = GEOD.inv(*elsewhere, lon, lat)
        post.cells |= {f"mark{n}_azimuth": f"{(seen - turn) % 360:.3f}", f"mark{n}_distance_m": f"{far:.2f}"}
    return plant(county, border, "K9", (post.full,), what=f"marks of a place {off_m:.1f} m away", value=off_m,
                 severities=("warn",) if off_m < 5 else ("fail",))  # fmt: skip


def metres_elsewhere(rng: np.random.Generator, county: County, border: Border) -> bool:
    if county.columns != "both":
        return False
    post = pick(rng, county.of(border.code))
    off_m = float(np.exp(rng.uniform(np.log(2), np.log(50))))
    post.written_xy = away(post.place, rng.uniform(0, 360), off_m)
    return plant(county, border, "K10", (post.full,), what=f"X and Y {off_m:.1f} m from the degrees", value=off_m)


def other_datum(rng: np.random.Generator, county: County, border: Border) -> bool:
    """Degrees (and metres where they were made from them) in GCJ-02 or BD-09."""
    post = pick(rng, inner(county, border, "QAB"))
    if post is None:
        return False
    datum = str(rng.choice(["gcj02", "bd09"]))
    lon, lat = to_datum(np.array([post.place]), datum)[0]
    other = tuple(from_datum(np.array([(lon, lat)]), "bd09" if datum == "gcj02" else "gcj02")[0])
    if abs(locate(border.path, (lon, lat))[1]) < 1.3 * SUSPECT_M or abs(locate(border.path, other)[1]) < 120:
        return False
    post.written = (float(lon), float(lat))
    post.written_xy = None if county.columns == "metres" or rng.random() < 0.5 else post.place
    if county.columns == "metres":
        post.written_xy = post.written
    post.written_xy = post.written_xy or post.written
    return _suspect(county, border, post, datum)


def _suspect(county: County, border: Border, post: Post, what: str) -> bool:
    return plant(county, border, "K11", (post.full,), what=what, may_also=moved_along(border))


def axes_swapped(rng: np.random.Generator, county: County, border: Border) -> bool:
    """X and Y, each in the column of the other."""
    if county.columns == "degrees":
        return False
    post = pick(rng, inner(county, border, "QAB"))
    if post is None:
        return False
    north, east = plane_xy(post.place, epsg_of(zone_of(post.place[0]), prefix=county.prefix))
    post.cells |= {"x_north": f"{east:.3f}", "y_east": f"{north:.3f}"}
    return _suspect(county, border, post, "X and Y swapped")


def wrong_zone(rng: np.random.Generator, county: County, border: Border) -> bool:
    """The row names the next central meridian, or was computed for it."""
    if county.columns == "degrees":
        return False
    post = pick(rng, inner(county, border, "QAB"))
    if post is None:
        return False
    zone = zone_of(post.place[0])
    wrong = zone + int(rng.choice([-1, 1]))
    if rng.random() < 0.5:
        post.cells["crs"] = f"EPSG:{epsg_of(wrong, prefix=county.prefix)}"
    else:
        north, east = plane_xy(post.place, epsg_of(wrong, prefix=county.prefix))
        post.cells |= {"x_north": f"{north:.3f}", "y_east": f"{east:.3f}"}
    return _suspect(county, border, post, "zone of the next meridian")


def packed_degrees(rng: np.random.Generator, county: County, border: Border) -> bool:
    """Degrees in one row as D.MMSS."""
    if county.columns == "metres":
        return False
    post = pick(rng, inner(county, border, "QAB"))
    if post is None:
        return False
    cells = {name: _packed(value) for name, value in zip(("lon", "lat"), post.place, strict=True)}
    read = (float(cells["lon"]), float(cells["lat"]))
    if abs(locate(border.path, read)[1]) < 1000:
        return False
    post.cells |= cells
    return _suspect(county, border, post, "D.MMSS")


def _packed(degrees: float) -> str:
    whole = int(degrees)
    minutes = int((degrees - whole) * 60)
    seconds = (degrees - whole - minutes / 60) * 3600
    return f"{whole}.{minutes:02d}{round(seconds * 1e5):07d}"


def degrees_swapped(rng: np.random.Generator, county: County, border: Border) -> bool:
    if county.columns == "metres":
        return False
    post = pick(rng, inner(county, border, "QAB"))
    if post is None:
        return False
    post.cells |= {"lon": f"{post.place[1]:.9f}", "lat": f"{post.place[0]:.9f}"}
    return _suspect(county, border, post, "longitude and latitude swapped")


def no_coordinates(rng: np.random.Generator, county: County, border: Border) -> bool:
    post = pick(rng, inner(county, border, "QAB"))
    if post is None:
        return False
    post.unplaced, post.marks_known = True, False
    return _suspect(county, border, post, "no coordinates")
