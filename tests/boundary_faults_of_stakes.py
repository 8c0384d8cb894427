"""Faults of stakes: places, numbers and spacing (K1 to K7), each with one right answer.

Each function tries to plant one on a line that has none yet, and says whether it could. What else a check may rightly
say of it stands in ``may_also``: a stake that was moved has also moved since the earlier survey.
"""

import math

import numpy as np

from tests.boundary_measures import (
    at_chain,
    away,
    azimuth_deg,
    beside,
    locate,
)
from tests.boundary_plan import (
    ANY,
    APART,
    SUSPECT_M,
    explained_by_a_datum,
    inner,
    meeting,
    moved_along,
    pick,
    plant,
    same_survey_before,
)
from tests.boundary_worlds import Border, County, Post, copy_of, strange_spacings

# ---- K1, K2: where stakes stand -------------------------------------------------------------------------------------


def milder(county: County, post: Post, severity: str) -> tuple[str, ...]:
    """A step less for a stake read off a map, 待核实; of a group either where the methods differ."""
    group = {one.method for one in county.of(post.line) if one.serial == post.serial}
    less = {"fail": "warn", "warn": "info"}[severity]
    return (less,) if group == {"图解"} else (severity, less) if "图解" in group else (severity,)


def off_the_line(rng: np.random.Generator, county: County, border: Border, *, little: bool = False) -> bool:
    post = pick(rng, inner(county, border))
    if post is None:
        return False
    chain = locate(border.path, post.place)[0]
    for _ in range(20):
        # Beyond 3σ of a survey of unknown method too.
        least = max(1.3 * border.warn_m, 3.6) / border.fail_m
        factor = rng.uniform(least, 0.85) if little else rng.uniform(2.5, 20)
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
    severities = milder(county, post, "warn" if little else "fail")
    return plant(county, border, "K1", (post.full,), what=f"{offset:.1f} m off the line", severities=severities,
                 value=abs(offset), may_also=moved_along(border))  # fmt: skip


def a_little_off(rng: np.random.Generator, county: County, border: Border) -> bool:
    return off_the_line(rng, county, border, little=True)


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
    return plant(county, border, "K1", (post.full,), what="both on one side",
                 severities=milder(county, post, "fail"), may_also=moved_along(border))  # fmt: skip


def pair_exchanged(rng: np.random.Generator, county: County, border: Border) -> bool:
    post = pick(rng, inner(county, border, "A"))
    if post is None:
        return False
    mate = next(other for other in county.of(border.code) if other.serial == post.serial and other.kind == "B")
    post.place, mate.place = mate.place, post.place
    same_survey_before(rng, post)
    same_survey_before(rng, mate)
    return plant(county, border, "K1", (post.full, mate.full), what="A and B exchanged",
                 severities=milder(county, post, "warn"), may_also=moved_along(border))  # fmt: skip


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
    may_also = (*moved_along(border), ("K2", border.code, ANY))
    # Read off a map or not, 200 m is beyond any survey: both severities are right.
    severities = tuple({"warn", *milder(county, post, "warn")})
    return plant(county, border, "K1", (post.full,), what=f"{found:.0f} m off", value=abs(found),
                 severities=severities, may_also=may_also)  # fmt: skip


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
                 severities=milder(county, post, "fail"), may_also=moved_along(border))  # fmt: skip


def _bearing_off(border: Border, place: tuple[float, float], end: float) -> float:
    node, azimuth = at_chain(border.path, end)
    return azimuth_deg(node, place) - azimuth


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
    what = f"{i + 1:03d} put at {chain:.0f} m"
    return plant(county, border, "K2", (post.full,), what=what, may_also=moved_along(border))


# ---- K3, K4, K5, K7: numbers ----------------------------------------------------------------------------------------


def _counts(rng: np.random.Generator, county: County, border: Border, step: int) -> None:
    """The record still counts what was there before: one more fault; in half the cases."""
    if rng.random() < 0.5:
        now = len(county.of(border.code)) if county.count_by == "rows" else len(county.groups(border.code))
        border.cells |= {"declared_stakes": now - step, **dict.fromkeys(APART)}
        plant(county, border, "K7", what=f"declared {now - step}, there {now}")


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
    if any(void.retired and void.line == post.line and void.serial == post.serial - 1 for void in county.posts):
        return False
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
    both = (last.full, again.full)
    return plant(county, border, "K3", both, what="one place twice", severities=("warn",),
                 may_also=(*moved_along(border), *(("K2", border.code, number) for number in both)))  # fmt: skip


def wrong_prefix(rng: np.random.Generator, county: County, border: Border) -> bool:
    post = pick(rng, inner(county, border))
    if post is None:
        return False
    right = post.full
    post.number = f"8{right[1:]}"
    post.before = None
    return plant(county, border, "K4", (post.full,), what="number of another line",
                 may_also=(("K3", border.code, right), ("K19", border.code, ANY)))  # fmt: skip


def wrong_letter(rng: np.random.Generator, county: County, border: Border) -> bool:
    post = pick(rng, inner(county, border))
    if post is None:
        return False
    right = post.full
    post.number, post.before = f"{right[:-1]}A", None
    return plant(county, border, "K4", (post.full,), what="letter of another type",
                 may_also=(("K19", border.code, ANY),))  # fmt: skip


def unreadable_number(rng: np.random.Generator, county: County, border: Border) -> bool:
    post = pick(rng, inner(county, border))
    if post is None:
        return False
    post.number, post.before = str(rng.choice([f"{border.code}-{post.serial}", f"{post.serial}号"])), None
    right = f"{border.code}{post.serial:03d}Q"
    return plant(county, border, "K4", (post.full,), what="number fits no scheme",
                 may_also=(("K3", border.code, right), ("K19", border.code, ANY)))  # fmt: skip


def unknown_unit(rng: np.random.Generator, county: County, border: Border) -> bool:
    """A side that the layer of units does not have, or has no more."""
    # Whose units meet at a junction is asked of its lines.
    near = {other.code for other in meeting(county, border)}
    if any(planted.check == "K14" and planted.lines[0] in near for planted in county.planted):
        return False
    old, new = border.units[1], f"9999{border.code[2:]}"
    if rng.random() < 0.5:
        county.old_units[new] = "2019-12-31"
    border.cells["unit_b"] = new
    for post in county.of(border.code):
        post.managed_by = new if post.managed_by == old else post.managed_by
    return plant(county, border, "K4", what="unknown unit")


def line_not_in_table(rng: np.random.Generator, county: County, border: Border) -> bool:
    post = county.of(border.code)[0]
    place = away(post.place, 20.0, 400.0)
    stray = copy_of(post, line="7701", serial=1, kind="Q", before=None, place=place, shape="双面型")
    county.posts.append(stray)
    # Told for the stake or, once, for all that name the line.
    return plant(county, border, "K4", (stray.full, ""), lines=("7701",), what="line not in the table",
                 may_also=(("K1", "7701", ANY),))  # fmt: skip


def managed_by_neither(rng: np.random.Generator, county: County, border: Border) -> bool:
    post = pick(rng, county.of(border.code))
    post.managed_by = next(code for code in county.polygons if code not in border.units)
    return plant(county, border, "K4", (post.full,), what="managed by neither side", severities=("warn",))


def numbered_backwards(rng: np.random.Generator, county: County, border: Border) -> bool:
    groups = county.groups(border.code)
    west_east, south_north = border.path[-1] - border.path[0]
    void = any(post.retired and post.line == border.code for post in county.posts)
    if len(groups) < 2 or west_east < 0.003 or south_north > -0.003 or void:
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


# ---- K6: spacing -------------------------------------------------------------------------------------


def strange_spacing(rng: np.random.Generator, county: County, border: Border) -> bool:
    """All spacings a third as long, and one that takes the rest."""
    posts = county.of(border.code)
    if len(posts) < 8 or any(post.kind != "Q" for post in posts):
        return False
    county.descriptions.pop(border.code, None)
    first, last = (locate(border.path, posts[side].place)[0] for side in (0, -1))
    gap = int(rng.integers(2, len(posts) - 2))
    if posts[gap].serial != posts[gap - 1].serial + 1:
        return False
    for position, post in enumerate(posts):
        chain = locate(border.path, post.place)[0]
        chain = first + (chain - first) * 0.3 if position < gap else last - (last - chain) * 0.3
        if position not in {0, len(posts) - 1}:
            post.place = beside(border.path, chain, 0.3 * border.warn_m * rng.uniform(-1, 1))
            post.before = post.place
    chains = [locate(border.path, post.place)[0] for post in posts]
    wide = chains[gap] - chains[gap - 1]
    # Without the wide one the others must not be strange to each other.
    others = [*chains[:gap], *(chain - wide for chain in chains[gap + 1 :])]
    may_also = (("K6", border.code, ANY),) if strange_spacings(others, 3.5) else ()
    return plant(county, border, "K6", (posts[gap].full,), what=f"{wide:.0f} m to the one before", value=wide,
                 severities=("info",), may_also=may_also)  # fmt: skip
