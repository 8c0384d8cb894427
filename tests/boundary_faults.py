"""Faults planted in a county of ``boundary_worlds``, each with the one right answer.

Each function tries to plant one fault on a line that has none yet, and says whether it could. What else a check may
rightly say of it stands in ``may_also``: a stake that was moved has also moved since the earlier survey.
"""

import datetime as dt
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import shapely

from geo.datum import from_datum, to_datum
from tests.boundary_study import DECLINATION_DEG
from tests.boundary_worlds import (
    AS_OF,
    SIGMA_M,
    Border,
    County,
    Planted,
    Post,
    along_m,
    at_chain,
    away,
    beside,
    copy_of,
    describe,
    distance_m,
    epsg_of,
    locate,
    plane_xy,
    strange_spacings,
    zone_of,
)

Fault = Callable[[np.random.Generator, County, Border], bool]
ANY = "*"
#: Farther off than this a check tries whether the coordinates are of another system.
SUSPECT_M = 100.0


def plant(county: County, border: Border | None, check: str, stakes: Iterable[str] = ("",), **said: Any) -> bool:
    """Note what must be found."""
    code = border.code if border is not None else ""
    said.setdefault("severities", ("fail",))
    said.setdefault("lines", (code,))
    county.planted.append(Planted(check, stakes=tuple(stakes), **said))
    if border is not None:
        border.faulty = True
    return True


def pick(rng: np.random.Generator, things: Iterable[Any]) -> Any:
    """One of them, None where there is none."""
    options = list(things)
    return options[rng.integers(len(options))] if options else None


def inner(county: County, border: Border, kinds: str = "Q") -> list[Post]:
    """Stakes of some kinds that are neither first nor last."""
    return [post for group in county.groups(border.code)[1:-1] for post in group if post.kind in kinds]


def moved_along(border: Border) -> tuple[tuple[str, str, str], ...]:
    """What may also be said where a stake is not where it belongs."""
    return (("K6", border.code, ANY), ("K19", border.code, ANY), ("K20", border.code, ANY))


def explained_by_a_datum(border: Border, place: tuple[float, float]) -> bool:
    """Whether a place lies by its line when it is taken for GCJ-02 or BD-09."""
    places = [tuple(from_datum(np.array([place]), datum)[0]) for datum in ("gcj02", "bd09")]
    return any(abs(locate(border.path, near)[1]) < 120 for near in places)


def same_survey_before(rng: np.random.Generator, post: Post) -> None:
    """In half the cases the stake stood wrong at the earlier survey too."""
    if rng.random() < 0.5:
        post.before = post.place


# ---- K1, K2: where stakes stand -------------------------------------------------------------------------------------


def off_the_line(rng: np.random.Generator, county: County, border: Border, *, milder: bool = False) -> bool:
    post = pick(rng, inner(county, border))
    if post is None:
        return False
    chain = locate(border.path, post.place)[0]
    for _ in range(20):
        factor = rng.uniform(1.3 * border.warn_m / border.fail_m, 0.85) if milder else rng.uniform(2.5, 20)
        left = float(rng.choice([-1, 1])) * min(factor * border.fail_m, 450.0)
        place = beside(border.path, chain, left)
        found_chain, offset = locate(border.path, place)
        straight = abs(abs(offset) / abs(left) - 1) < 0.1 and abs(found_chain - chain) < 60
        if straight and not (abs(offset) > 0.9 * SUSPECT_M and explained_by_a_datum(border, place)):
            break
    else:
        return False
    post.place = place
    same_survey_before(rng, post)
    worst = "warn" if milder else "fail"
    severity = {"fail": "warn", "warn": "info"}[worst] if post.method == "图解" else worst
    return plant(county, border, "K1", (post.full,), what=f"{offset:.1f} m off the line", severities=(severity,),
                 value=abs(offset), may_also=moved_along(border))  # fmt: skip


def a_little_off(rng: np.random.Generator, county: County, border: Border) -> bool:
    return off_the_line(rng, county, border, milder=True)


def pair_on_one_side(rng: np.random.Generator, county: County, border: Border) -> bool:
    post = pick(rng, inner(county, border, "AB"))
    if post is None:
        return False
    chain, offset = locate(border.path, post.place)
    place = beside(border.path, chain + 7, -math.copysign(rng.uniform(25, 60), offset))
    if locate(border.path, place)[1] * offset > 0 or abs(locate(border.path, place)[1]) < 15:
        return False
    post.place = place
    same_survey_before(rng, post)
    return plant(county, border, "K1", (post.full,), what="both on one side", may_also=moved_along(border))


def pair_exchanged(rng: np.random.Generator, county: County, border: Border) -> bool:
    post = pick(rng, inner(county, border, "A"))
    if post is None:
        return False
    mate = next(other for other in county.of(border.code) if other.serial == post.serial and other.kind == "B")
    post.place, mate.place = mate.place, post.place
    same_survey_before(rng, post)
    same_survey_before(rng, mate)
    return plant(county, border, "K1", (post.full, mate.full), what="A and B exchanged", severities=("warn",),
                 may_also=moved_along(border))  # fmt: skip


def bank_too_far(rng: np.random.Generator, county: County, border: Border) -> bool:
    post = pick(rng, inner(county, border, "AB"))
    if post is None:
        return False
    chain, offset = locate(border.path, post.place)
    place = beside(border.path, chain, math.copysign(rng.uniform(260, 420), offset))
    found_chain, found = locate(border.path, place)
    if abs(found) < 230 or found * offset < 0 or abs(found_chain - chain) > 120 or explained_by_a_datum(border, place):
        return False
    post.place = place
    same_survey_before(rng, post)
    return plant(county, border, "K1", (post.full,), what=f"{found:.0f} m off", severities=("warn",), value=abs(found),
                 may_also=(*moved_along(border), ("K2", border.code, ANY)))  # fmt: skip


def triple_on_one_side(rng: np.random.Generator, county: County, border: Border) -> bool:
    three = {post.kind: post for post in county.of(border.code) if post.kind in "CDE"}
    if len(three) != 3:
        return False
    sides = {kind: locate(border.path, post.place) for kind, post in three.items()}
    left = {kind: offset > 0 for kind, (_, offset) in sides.items()}
    odd = [kind for kind in "CDE" if sum(left[other] == left[kind] for other in "CDE") == 1]
    if len(odd) != 1:
        return False
    post, others = three[odd[0]], [three[kind] for kind in "CDE" if kind != odd[0]]
    end = border.length_m if sides[odd[0]][0] > border.length_m / 2 else 0.0
    back = end - math.copysign(45.0, end - border.length_m / 2)
    place = beside(border.path, back, 30.0 if left[others[0].kind] else -30.0)
    # Who stands beyond the end stands on neither side for sure.
    if any(abs(math.sin(math.radians(_bearing_off(border, other.place, end)))) < 0.35 for other in others):
        return False
    post.place = place
    same_survey_before(rng, post)
    return plant(county, border, "K1", [other.full for other in three.values()], what="three on one side",
                 may_also=moved_along(border))  # fmt: skip


def _bearing_off(border: Border, place: tuple[float, float], end: float) -> float:
    node, azimuth = at_chain(border.path, end)
    return _azimuth(node, place) - azimuth


def _azimuth(a: tuple[float, float], b: tuple[float, float]) -> float:
    from tests.boundary_worlds import GEOD

    return float(GEOD.inv(*a, *b)[0])


def out_of_order(rng: np.random.Generator, county: County, border: Border) -> bool:
    groups = county.groups(border.code)
    if len(groups) < 6:
        return False
    chains = [locate(border.path, group[0].place)[0] for group in groups]
    options = [
        (i, (chains[j] + chains[j + 1]) / 2)
        for i in range(1, len(groups) - 1)
        for j in range(len(groups) - 1)
        if groups[i][0].kind == "Q" and (j >= i + 2 or j + 1 <= i - 2)
    ]
    if not options:
        return False
    i, chain = options[rng.integers(len(options))]
    post = groups[i][0]
    post.place = beside(border.path, chain, 0.3 * border.warn_m * rng.uniform(-1, 1))
    same_survey_before(rng, post)
    return plant(county, border, "K2", (post.full,), what=f"{i + 1:03d} put at {chain:.0f} m", may_also=moved_along(border))


# ---- K3, K4, K5, K7: numbers ----------------------------------------------------------------------------------------


def _counts(rng: np.random.Generator, county: County, border: Border, step: int) -> None:
    """The record still counts what was there before: one more fault; in half the cases."""
    if rng.random() < 0.5:
        rows = [post for post in county.of(border.code)]
        now = len(rows) if county.count_by == "rows" else len(county.groups(border.code))
        border.cells |= {"declared_stakes": now - step, **dict.fromkeys(APART)}
        plant(county, border, "K7", what=f"declared {now - step}, there {now}")


APART = ("single_stakes", "double_stakes", "triple_stakes")


def number_missing(rng: np.random.Generator, county: County, border: Border) -> bool:
    groups = county.groups(border.code)
    options = [i for i in range(1, len(groups) - 1) if all(groups[j][0].kind == "Q" for j in (i - 1, i, i + 1))]
    if not options:
        return False
    post = groups[options[rng.integers(len(options))]][0]
    county.posts.remove(post)
    _counts(rng, county, border, -1)
    return plant(county, border, "K3", (post.full,), what="missing", may_also=moved_along(border))


def number_twice(rng: np.random.Generator, county: County, border: Border) -> bool:
    """A row too many under a number; at the same place or a little farther on."""
    post = pick(rng, inner(county, border))
    if post is None:
        return False
    chain = locate(border.path, post.place)[0]
    place = post.place if rng.random() < 0.4 else beside(border.path, chain + rng.uniform(20, 60), 0.0)
    county.posts.append(copy_of(post, place=place, before=None))
    if county.count_by == "rows":
        _counts(rng, county, border, 1)
    else:
        border.cells |= dict.fromkeys(("declared_stakes", *APART))
    return plant(county, border, "K3", (post.full,), what="twice", may_also=moved_along(border))


def number_of_the_neighbour(rng: np.random.Generator, county: County, border: Border) -> bool:
    """A stake has the number of the one before: one number twice, one missing (012 twice, 013 missing)."""
    groups = county.groups(border.code)
    options = [i for i in range(2, len(groups) - 1) if all(groups[j][0].kind == "Q" for j in (i - 1, i, i + 1))]
    if not options:
        return False
    post = groups[options[rng.integers(len(options))]][0]
    missing = post.full
    post.serial -= 1
    post.before = None
    if county.count_by == "places":
        border.cells |= dict.fromkeys(("declared_stakes", *APART))
    county.posts.sort(key=lambda one: (one.line, one.serial, one.kind))
    plant(county, border, "K3", (post.full,), what="twice", may_also=moved_along(border))
    return plant(county, border, "K3", (missing,), what="missing", may_also=moved_along(border))


def half_a_pair(rng: np.random.Generator, county: County, border: Border) -> bool:
    post = pick(rng, inner(county, border, "AB"))
    if post is None:
        return False
    mate = next(one for one in county.of(border.code) if one.serial == post.serial and one is not post)
    county.posts.remove(post)
    return plant(county, border, "K3", (post.full, mate.full), what=f"{mate.kind} without {post.kind}",
                 may_also=moved_along(border))  # fmt: skip


def triple_incomplete(rng: np.random.Generator, county: County, border: Border) -> bool:
    post = next((one for one in county.of(border.code) if one.kind == str(rng.choice(["D", "E"]))), None)
    if post is None:
        return False
    county.posts.remove(post)
    rest = [one.full for one in county.of(border.code) if one.serial == post.serial]
    return plant(county, border, "K3", (post.full, *rest), what=f"no {post.kind}", may_also=moved_along(border))


def place_twice(rng: np.random.Generator, county: County, border: Border) -> bool:
    groups = county.groups(border.code)
    last = groups[-1][0]
    if last.kind != "Q" or border.junctions[1]:
        return False
    again = copy_of(last, serial=last.serial + 1, before=None)
    county.posts.append(again)
    return plant(county, border, "K3", (last.full, again.full), what="one place twice", severities=("warn",),
                 may_also=(*moved_along(border), ("K2", border.code, again.full), ("K2", border.code, last.full)))  # fmt: skip


def wrong_prefix(rng: np.random.Generator, county: County, border: Border) -> bool:
    post = pick(rng, inner(county, border))
    if post is None:
        return False
    right = post.full
    post.number = f"8{right[1:]}"
    post.before = None
    return plant(county, border, "K4", (post.full,), what="number of another line",
                 may_also=(("K3", border.code, right), ("K19", border.code, "")))  # fmt: skip


def wrong_letter(rng: np.random.Generator, county: County, border: Border) -> bool:
    post = pick(rng, inner(county, border))
    if post is None:
        return False
    right = post.full
    post.number, post.before = f"{right[:-1]}A", None
    return plant(county, border, "K4", (post.full,), what="letter of another type",
                 may_also=(("K19", border.code, ""),))  # fmt: skip


def unreadable_number(rng: np.random.Generator, county: County, border: Border) -> bool:
    post = pick(rng, inner(county, border))
    if post is None:
        return False
    post.number, post.before = str(rng.choice([f"{border.code}-{post.serial}", f"{post.serial}号"])), None
    right = f"{border.code}{post.serial:03d}Q"
    return plant(county, border, "K4", (post.full,), what="number fits no scheme",
                 may_also=(("K3", border.code, right), ("K19", border.code, "")))  # fmt: skip


def unknown_unit(rng: np.random.Generator, county: County, border: Border) -> bool:
    """A side that the layer of units does not have, or has no more."""
    old, new = border.units[1], f"9999{border.code[2:]}"
    if rng.random() < 0.5:
        county.old_units[new] = "2019-12-31"
    border.cells["unit_b"] = new
    for post in county.of(border.code):
        post.managed_by = new if post.managed_by == old else post.managed_by
    return plant(county, border, "K4", what="unknown unit")


def line_not_in_table(rng: np.random.Generator, county: County, border: Border) -> bool:
    post = county.of(border.code)[0]
    stray = copy_of(post, line="7701", serial=1, kind="Q", before=None, place=away(post.place, 20.0, 400.0), shape="双面型")
    county.posts.append(stray)
    return plant(county, border, "K4", (stray.full,), lines=("7701",), what="line not in the table",
                 may_also=(("K1", "7701", ANY),))  # fmt: skip


def managed_by_neither(rng: np.random.Generator, county: County, border: Border) -> bool:
    post = pick(rng, county.of(border.code))
    post.managed_by = next(code for code in county.polygons if code not in border.units)
    return plant(county, border, "K4", (post.full,), what="managed by neither side", severities=("warn",))


def numbered_backwards(rng: np.random.Generator, county: County, border: Border) -> bool:
    groups = county.groups(border.code)
    west_east, south_north = border.path[-1] - border.path[0]
    if len(groups) < 2 or west_east < 0.003 or south_north > -0.003:
        return False
    county.descriptions.pop(border.code, None)
    for post in county.of(border.code):
        post.serial = len(groups) + 1 - post.serial
    county.posts.sort(key=lambda one: (one.line, one.serial, one.kind))
    return plant(county, border, "K5", what="001 at the south-east end", severities=("info",))


def wrong_count(rng: np.random.Generator, county: County, border: Border) -> bool:
    """One off in the whole, or a single one counted as double."""
    rows, groups = county.of(border.code), county.groups(border.code)
    if len(rows) != len(groups):
        return False
    if rng.random() < 0.6:
        declared = len(rows) + int(rng.choice([-1, 1]))
        border.cells |= {"declared_stakes": declared, **dict.fromkeys(APART)}
    else:
        border.cells |= {"single_stakes": len(rows) - 1, "double_stakes": 1, "triple_stakes": 0}
    return plant(county, border, "K7", what="declared counts are off")


# ---- K6, K8: spacing and length -------------------------------------------------------------------------------------


def strange_spacing(rng: np.random.Generator, county: County, border: Border) -> bool:
    """All spacings a third as long, and one that takes the rest."""
    posts = county.of(border.code)
    if len(posts) < 8 or any(post.kind != "Q" for post in posts):
        return False
    county.descriptions.pop(border.code, None)
    first, last = (locate(border.path, posts[side].place)[0] for side in (0, -1))
    gap = int(rng.integers(2, len(posts) - 2))
    for position, post in enumerate(posts):
        chain = locate(border.path, post.place)[0]
        chain = first + (chain - first) * 0.3 if position < gap else last - (last - chain) * 0.3
        if position not in {0, len(posts) - 1}:
            post.place = beside(border.path, chain, 0.3 * border.warn_m * rng.uniform(-1, 1))
            post.before = post.place
    chains = [locate(border.path, post.place)[0] for post in posts]
    usual = np.delete(np.array(chains), gap)
    if strange_spacings(np.concatenate([chains[:gap], np.array(chains[gap:]) - (chains[gap] - chains[gap - 1])]), 3.5):
        usual = None
    return plant(county, border, "K6", (posts[gap].full,), what=f"{chains[gap] - chains[gap - 1]:.0f} m to the one before",
                 severities=("info",), value=chains[gap] - chains[gap - 1],
                 may_also=(("K6", border.code, ANY),) if usual is None else ())  # fmt: skip


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
    if drop == 0 or any(distance_m(post.place, tuple(vertex)) < 150 for post in county.of(border.code) for vertex in part[-1 - drop :]):
        return False
    parts[position] = part[: len(part) - drop]
    border.drawn = parts
    border.declared_m = round(sum(float(along_m(part)[-1]) for part in parts), 1)
    border.other = None
    gap = distance_m(tuple(part[-1 - drop]), tuple(part[-1]))
    return plant(county, border, "K8", what=f"gap of {gap:.1f} m", severities=("warn",), value=gap,
                 may_also=(("K13", border.code, ""), ("K19", border.code, ""), ("K6", border.code, ANY)))  # fmt: skip


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
    return plant(county, border, "K9", (post.full,), what=f"mark {n}: no {what}", severities=("warn",))


def marks_seen_from_elsewhere(rng: np.random.Generator, county: County, border: Border) -> bool:
    """Azimuths and distances fit a place 3 to 30 m from the stake."""
    post = pick(rng, county.of(border.code))
    if county.azimuths == "magnetic":
        return False
    post.marks_known = True
    off_m = float(rng.choice([rng.uniform(2.6, 4.4), rng.uniform(6, 30)]))
    elsewhere = away(post.place, rng.uniform(0, 360), off_m)
    from tests.boundary_worlds import GEOD, convergence_deg

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
    if not border.junctions[side] or any(distance_m(post.place, tuple(border.path[-side])) < 100 for post in county.of(border.code)):
        return False
    node = tuple(border.path[-side])
    parts = [part.copy() for part in border.parts()]
    end = parts[-1] if side else parts[0]
    neighbour = tuple(end[-2 if side else 1])
    off_m = rng.uniform(5, 50)
    end[-1 if side else 0] = away(node, _azimuth(node, neighbour) + rng.uniform(-60, 60), off_m)
    if not all(shapely.LineString(part).is_simple for part in parts):
        return False
    border.drawn = parts
    border.declared_m = round(sum(float(along_m(part)[-1]) for part in parts), 1)
    border.other = None
    return plant(county, border, "K14", what=f"ends {off_m:.1f} m off the junction", value=off_m,
                 may_also=(("K13", border.code, ""),))  # fmt: skip


def two_sided_at_a_junction(rng: np.random.Generator, county: County, border: Border) -> bool:
    ends = [group[0] for group in (county.groups(border.code)[0], county.groups(border.code)[-1])]
    post = pick(rng, [post for post in ends if post.kind == "Q" and post.shape == "三面型"])
    if post is None:
        return False
    node = next(tuple(border.path[-side]) for side in (0, 1) if distance_m(post.place, tuple(border.path[-side])) < 50)
    if any(distance_m(other.place, node) < 100 for other in county.posts if other is not post):
        return False
    post.shape = str(rng.choice(["双面型", ""])) if rng.random() < 1 else ""
    return plant(county, border, "K14", (post.full,), what="a single stake of three units that is not 三面型")


def water_moved(rng: np.random.Generator, county: County, border: Border) -> bool:
    """Today's river or road runs 40 to 300 m from the line over part of its stretch."""
    position = next((n for n, (code, _, path) in enumerate(county.rivers) if code == border.code and len(path) > 16), None)
    if position is None:
        return False
    code, kind, path = county.rivers[position]
    first = int(rng.integers(1, len(path) - 12))
    left = float(rng.choice([-1, 1])) * rng.uniform(40, 300)
    path = path.copy()
    for vertex in range(first, first + 10):
        _, azimuth = at_chain(path, float(along_m(path)[vertex]))
        path[vertex] = away(tuple(county.rivers[position][2][vertex]), azimuth - 90, left)
    middle = tuple(county.rivers[position][2][first + 5])
    near = min(shapely.LineString(p).distance(shapely.Point(middle)) for _, _, p in [*county.rivers[:position], *county.rivers[position + 1 :], (code, kind, path)])
    if near * 9e4 < 40:
        return False
    county.rivers[position] = (code, kind, path)
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
    post = pick(rng, county.of(border.code))
    post.state = str(rng.choice(["损坏", "移动", "缺失", "注记不清", "倾斜", "遮挡"]))
    return plant(county, border, "K17", (post.full,), what=post.state, severities=("warn",))


def overdue(rng: np.random.Generator, county: County, border: Border) -> bool:
    late = int(rng.integers(5, 900))
    border.last_inspection = AS_OF.replace(year=AS_OF.year - 5) - dt.timedelta(days=late)
    return plant(county, border, "K18", what=f"{late} days overdue", severities=("warn",), value=late)


def due_soon(rng: np.random.Generator, county: County, border: Border) -> bool:
    left = int(rng.integers(5, 170))
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


FAULTS: tuple[Fault, ...] = (
    off_the_line, number_missing, other_datum, gap_or_overlap, wrong_count, not_in_order, mark_data_missing,
    neighbour_runs_elsewhere, out_of_order, metres_elsewhere, wrong_length, end_off_the_junction, facility_near,
    pair_on_one_side, number_twice, axes_swapped, unknown_unit, overdue, wrong_text, moved_since, water_moved,
    marks_seen_from_elsewhere, numbered_backwards, strange_spacing, wrong_prefix, two_sided_at_a_junction, wrong_zone,
    half_a_pair, parts_do_not_meet, facility_of_the_other, a_little_off, number_of_the_neighbour, packed_degrees,
    wrong_letter, pair_exchanged, due_soon, triple_on_one_side, degrees_swapped, line_not_in_table, bank_too_far,
    triple_incomplete, place_twice, unreadable_number, managed_by_neither,
)  # fmt: skip


def spoil(county: County, turn: int, most: int = 9) -> None:
    """Plant faults, a line each; over many turns each kind comes as often."""
    rng = np.random.default_rng([county.seed, 5])
    start = (turn * most) % len(FAULTS)
    for fault in [*FAULTS[start:], *FAULTS[:start]][: most + 4]:
        free = [border for border in county.borders.values() if not border.faulty]
        for position in rng.permutation(len(free)):
            if fault(rng, county, free[position]):
                break
        if sum(border.faulty for border in county.borders.values()) >= most:
            return


__all__ = ["DECLINATION_DEG", "FAULTS", "spoil"]
