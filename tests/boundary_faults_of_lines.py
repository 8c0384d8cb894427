"""Faults of lines and of what lies beside them: K8, K12 to K20; as ``boundary_faults_of_stakes``."""

import datetime as dt
import math

import numpy as np
import shapely

from tests.boundary_measures import along_m, at_chain, away, azimuth_deg, beside, distance_m, locate
from tests.boundary_plan import ANY, meeting, pick, plant
from tests.boundary_worlds import AS_OF, SIGMA_M, Border, County, describe


def wrong_length(rng: np.random.Generator, county: County, border: Border) -> bool:
    percent = float(rng.choice([-1, 1])) * rng.uniform(1.0, 5.0)
    border.declared_m = round(border.length_m * (1 + percent / 100), 2)
    return plant(county, border, "K8", what=f"declared {percent:.2f} % off", severities=("warn",), value=abs(percent))


def parts_do_not_meet(rng: np.random.Generator, county: County, border: Border) -> bool:
    if len(border.stretches) < 2:
        return False
    parts = border.parts()
    position = int(rng.integers(len(parts) - 1))
    part = parts[position]
    drop = next((n for n in range(1, len(part) - 2) if along_m(part[-1 - n :])[-1] > 8), 0)
    near = (distance_m(post.place, tuple(vertex)) for post in county.of(border.code) for vertex in part[-1 - drop :])
    if drop == 0 or min(near) < 150:
        return False
    parts[position] = part[: len(part) - drop]
    border.drawn = parts
    border.declared_m = round(sum(float(along_m(part)[-1]) for part in parts), 1)
    border.other = None
    gap = distance_m(tuple(part[-1 - drop]), tuple(part[-1]))
    return plant(county, border, "K8", what=f"gap of {gap:.1f} m", severities=("warn",), value=gap,
                 may_also=(("K13", border.code, ""), ("K19", border.code, ANY), ("K6", border.code, ANY)))  # fmt: skip


# ---- K12 to K15: lines and land -------------------------------------------------------------------------------------


def gap_or_overlap(rng: np.random.Generator, county: County, border: Border) -> bool:
    """One of the units has the border elsewhere over a stretch of a few vertices."""
    width = float(np.exp(rng.uniform(np.log(0.05), np.log(50))))
    first = int(rng.integers(3, len(border.path) - 9))
    last = first + int(rng.integers(3, 7))
    code = str(rng.choice(list(border.units)))
    left = float(rng.choice([-1, 1])) * width
    put = {}
    for vertex in range(first, last):
        _, azimuth = at_chain(border.path, float(border.along_m[vertex]))
        put[tuple(border.path[vertex])] = away(tuple(border.path[vertex]), azimuth - 90, left)
    polygon = shapely.transform(
        county.polygons[code], lambda xy: np.array([put.get(tuple(vertex), tuple(vertex)) for vertex in xy])
    )
    others = shapely.union_all([other for key, other in county.polygons.items() if key != code])
    if not polygon.is_valid or polygon.area == county.polygons[code].area:
        return False
    grown = polygon.difference(county.polygons[code]).area > 2 * county.polygons[code].difference(polygon).area
    shrunk = county.polygons[code].difference(polygon).area > 2 * polygon.difference(county.polygons[code]).area
    if not grown and not shrunk:
        return False
    county.polygons[code] = polygon
    wrong = polygon.intersection(others) if grown else shapely.LineString(border.path[first - 1 : last + 1])
    return plant(county, border, "K12", lines=("", border.code), near=wrong, may_also=(),
                 what=f"{'overlap' if grown else 'gap'} of {width:.2f} m")  # fmt: skip


def neighbour_runs_elsewhere(rng: np.random.Generator, county: County, border: Border) -> bool:
    factor = rng.uniform(2, 10)
    path = border.path.copy()
    first = int(rng.integers(2, len(path) - 14))
    span = range(first, first + 12)
    left = float(rng.choice([-1, 1])) * factor * border.fail_m
    for vertex in span:
        _, azimuth = at_chain(border.path, float(border.along_m[vertex]))
        path[vertex] = away(tuple(border.path[vertex]), azimuth - 90, left)
    line = shapely.LineString(path)
    real = max(abs(locate(border.path, tuple(path[vertex]))[1]) for vertex in span)
    if not line.is_simple or real < 1.5 * border.fail_m:
        return False
    border.other = path
    return plant(county, border, "K13", what=f"neighbour {real:.1f} m elsewhere", severities=("fail",), value=real)


def end_off_the_junction(rng: np.random.Generator, county: County, border: Border) -> bool:
    side = int(rng.integers(2))
    node = tuple(border.path[-side])
    if not border.junctions[side] or any(distance_m(post.place, node) < 100 for post in county.of(border.code)):
        return False
    if any("unit_b" in other.cells for other in meeting(county, border)):
        return False
    parts = [part.copy() for part in border.parts()]
    end = parts[-1] if side else parts[0]
    neighbour = tuple(end[-2 if side else 1])
    off_m = rng.uniform(5, 50)
    end[-1 if side else 0] = away(node, azimuth_deg(node, neighbour) + rng.uniform(-60, 60), off_m)
    if not all(shapely.LineString(part).is_simple for part in parts):
        return False
    border.drawn = parts
    border.declared_m = round(sum(float(along_m(part)[-1]) for part in parts), 1)
    border.other = None
    return plant(county, border, "K14", what=f"ends {off_m:.1f} m off the junction", value=off_m,
                 may_also=(("K13", border.code, ""), ("K15", border.code, "")))  # fmt: skip


def two_sided_at_a_junction(rng: np.random.Generator, county: County, border: Border) -> bool:
    ends = [group[0] for group in (county.groups(border.code)[0], county.groups(border.code)[-1])]
    post = pick(rng, [post for post in ends if post.kind == "Q" and post.shape == "三面型"])
    if post is None:
        return False
    node = next(tuple(border.path[-side]) for side in (0, 1) if distance_m(post.place, tuple(border.path[-side])) < 50)
    if any(distance_m(other.place, node) < 100 for other in county.posts if other is not post):
        return False
    if any("unit_b" in other.cells for other in meeting(county, border)):
        return False
    post.shape = str(rng.choice(["双面型", ""]))
    return plant(county, border, "K14", (post.full,), what="a single stake of three units that is not 三面型")


def water_moved(rng: np.random.Generator, county: County, border: Border) -> bool:
    """Today's river or road runs 40 to 300 m from the line over part of its stretch."""
    own = [n for n, (code, _, path) in enumerate(county.rivers) if code == border.code and len(path) > 16]
    if not own:
        return False
    code, kind, path = county.rivers[own[0]]
    first = int(rng.integers(1, len(path) - 12))
    left = float(rng.choice([-1, 1])) * rng.uniform(40, 300)
    today = path.copy()
    for vertex in range(first, first + 10):
        _, azimuth = at_chain(path, float(along_m(path)[vertex]))
        today[vertex] = away(tuple(path[vertex]), azimuth - 90, left)
    others = [line for n, (_, _, line) in enumerate(county.rivers) if n != own[0]]
    if any(abs(locate(line, tuple(path[first + 5]))[1]) < 35 for line in [*others, today]):
        return False
    county.rivers[own[0]] = (code, kind, today)
    return plant(county, border, "K15", what=f"{kind} moved by {left:.0f} m", severities=("info",))


# ---- K16 to K20: beside the line, state, calendar, text, epochs -----------------------------------------------------


def facility_near(rng: np.random.Generator, county: County, border: Border) -> bool:
    chain = border.length_m * rng.uniform(0.2, 0.8)
    place = beside(border.path, chain, float(rng.choice([-1, 1])) * rng.uniform(8, 80))
    others = [other for other in county.borders.values() if other is not border]
    if any(abs(locate(other.path, place)[1]) < 250 for other in others):
        return False
    code = next(code for code, polygon in county.polygons.items() if polygon.contains(shapely.Point(place)))
    county.facilities.append((place, code))
    value = abs(locate(border.path, place)[1])
    return plant(county, border, "K16", what=f"facility {value:.0f} m from the line", severities=("info",), value=value)


def facility_of_the_other(rng: np.random.Generator, county: County, border: Border) -> bool:
    """A facility that declares the unit on the other side of the line."""
    position = next((n for n, (_, code) in enumerate(county.facilities) if code in border.units), None)
    if position is None:
        return False
    place, code = county.facilities[position]
    if abs(locate(border.path, place)[1]) < 250:
        return False
    county.facilities[position] = (place, border.units[1 - border.units.index(code)])
    return plant(county, border, "K16", what="declares the unit beyond the line", severities=("info",),
                 lines=("", border.code), near=shapely.Point(place))  # fmt: skip


def not_in_order(rng: np.random.Generator, county: County, border: Border) -> bool:
    reported = {entry["stake_no"] for entry in county.inspections}
    post = pick(rng, [post for post in county.of(border.code) if post.full not in reported])
    if post is None:
        return False
    post.state = str(rng.choice(["损坏", "移动", "缺失", "注记不清", "倾斜", "遮挡"]))
    return plant(county, border, "K17", (post.full,), what=post.state, severities=("warn",))


def repair_open(rng: np.random.Generator, county: County, border: Border) -> bool:
    """Half a year and more, or at its end confirmed by one side alone."""
    post = pick(rng, county.of(border.code))
    days = int(rng.integers(190, 900))
    post.cells["repair_opened"] = (AS_OF - dt.timedelta(days=days)).isoformat()
    if rng.random() < 0.5:
        return plant(county, border, "K17", (post.full,), what=f"repair open for {days} days", severities=("warn",))
    post.cells["repair_closed"] = (AS_OF - dt.timedelta(days=days - 60)).isoformat()
    post.cells["repair_confirmed_by"] = str(rng.choice(list(border.units)))
    return plant(county, border, "K17", (post.full,), what="repair confirmed by one side", severities=("warn",))


def seen_damaged(rng: np.random.Generator, county: County, border: Border) -> bool:
    """The newest reports say otherwise than the table; or one side does and the other does not."""
    post = pick(rng, county.of(border.code))
    day = (AS_OF - dt.timedelta(days=int(rng.integers(1, 25)))).isoformat()
    states = ["损坏", str(rng.choice(["损坏", "完好"]))]
    for unit, state in zip(border.units, states, strict=True):
        county.inspections.append(
            {
                "line_code": border.code,
                "stake_no": post.full,
                "date": day,
                "unit": unit,
                "state": state,
                "activity": "巡查",
            }
        )
    return plant(county, border, "K17", (post.full,), what=f"seen {states}", severities=("warn",))


def flooded(rng: np.random.Generator, county: County, border: Border) -> bool:
    """A flood since the last joint inspection asks for one more."""
    days = int(rng.integers(1, 25))
    county.inspections.append({
        "line_code": border.code, "stake_no": "", "date": (AS_OF - dt.timedelta(days=days)).isoformat(),
        "activity": "事件", "event": "洪水",
    })  # fmt: skip
    return plant(county, border, "K18", what=f"flood {days} days ago", severities=("warn",))


def overdue(rng: np.random.Generator, county: County, border: Border) -> bool:
    late = int(rng.integers(5, 900))
    county.inspections = [entry for entry in county.inspections if entry["line_code"] != border.code]
    border.last_inspection = AS_OF.replace(year=AS_OF.year - 5) - dt.timedelta(days=late)
    return plant(county, border, "K18", what=f"{late} days overdue", severities=("warn",), value=late)


def due_soon(rng: np.random.Generator, county: County, border: Border) -> bool:
    left = int(rng.integers(5, 170))
    county.inspections = [entry for entry in county.inspections if entry["line_code"] != border.code]
    border.last_inspection = AS_OF.replace(year=AS_OF.year - 5) + dt.timedelta(days=left)
    return plant(county, border, "K18", what=f"due in {left} days", severities=("info",))


def wrong_text(rng: np.random.Generator, county: County, border: Border) -> bool:
    if border.code not in county.descriptions:
        return False
    stretch = int(rng.integers(len(county.of(border.code)) - 1))
    if rng.random() < 0.5:
        county.descriptions[border.code] = describe(county, border.code, turned=stretch)
    else:
        county.descriptions[border.code] = describe(county, border.code, stretched=stretch)
    return plant(county, border, "K19", what=f"stretch {stretch + 1} of the text is wrong", severities=("info",))


def moved_since(rng: np.random.Generator, county: County, border: Border) -> bool:
    """The earlier survey had the stake elsewhere, by a multiple of three standard deviations."""
    post = pick(rng, county.of(border.code))
    limit = 3 * math.sqrt(2) * SIGMA_M[post.method]
    off_m = limit * rng.uniform(2.5, 8)
    post.before = away(post.place, rng.uniform(0, 360), off_m)
    return plant(county, border, "K20", (post.full,), what=f"moved by {off_m:.1f} m", value=off_m)
