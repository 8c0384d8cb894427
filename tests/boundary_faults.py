"""All faults that can be planted in a county of ``boundary_worlds``."""

import numpy as np

from tests.boundary_faults_of_lines import (
    due_soon,
    end_off_the_junction,
    facility_near,
    facility_of_the_other,
    flooded,
    gap_or_overlap,
    moved_since,
    neighbour_runs_elsewhere,
    not_in_order,
    overdue,
    parts_do_not_meet,
    repair_open,
    seen_damaged,
    two_sided_at_a_junction,
    water_moved,
    wrong_length,
    wrong_text,
)
from tests.boundary_faults_of_rows import (
    axes_swapped,
    degrees_swapped,
    mark_data_missing,
    marks_seen_from_elsewhere,
    metres_elsewhere,
    no_coordinates,
    other_datum,
    packed_degrees,
    wrong_zone,
)
from tests.boundary_faults_of_stakes import (
    a_little_off,
    bank_too_far,
    half_a_pair,
    line_not_in_table,
    managed_by_neither,
    number_missing,
    number_of_the_neighbour,
    number_twice,
    numbered_backwards,
    off_the_line,
    out_of_order,
    pair_exchanged,
    pair_on_one_side,
    place_twice,
    strange_spacing,
    triple_incomplete,
    triple_on_one_side,
    unknown_unit,
    unreadable_number,
    wrong_count,
    wrong_letter,
    wrong_prefix,
)
from tests.boundary_plan import Fault
from tests.boundary_worlds import County

FAULTS: tuple[Fault, ...] = (
    off_the_line, number_missing, other_datum, gap_or_overlap, wrong_count, not_in_order, mark_data_missing,
    neighbour_runs_elsewhere, out_of_order, metres_elsewhere, wrong_length, end_off_the_junction, facility_near,
    pair_on_one_side, number_twice, axes_swapped, unknown_unit, overdue, wrong_text, moved_since, water_moved,
    marks_seen_from_elsewhere, numbered_backwards, strange_spacing, wrong_prefix, two_sided_at_a_junction, wrong_zone,
    half_a_pair, parts_do_not_meet, facility_of_the_other, a_little_off, number_of_the_neighbour, packed_degrees,
    wrong_letter, pair_exchanged, due_soon, triple_on_one_side, degrees_swapped, line_not_in_table, bank_too_far,
    triple_incomplete, place_twice, unreadable_number, managed_by_neither, seen_damaged, no_coordinates, flooded,
    repair_open,
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
