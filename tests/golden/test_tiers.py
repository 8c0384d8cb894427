"""[rows 18, 19, 40] Three tiers with parent links: small networks of which every fault is known."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from coverage.network import build_network
from coverage.tiers import ParentWay, TierCheck, check_tiers, tier_level
from geo.errors import RequestError
from layers.layer import Layer
from tests.builders import XY, Place, facilities, parameters, roads, row_of, units

#: One county of two townships of 1 km, each with two villages side by side.
BOXES = {
    "990100": (0, -500, 2000, 500),
    "990100001": (0, -500, 1000, 500),
    "990100002": (1000, -500, 2000, 500),
    "990100001001": (0, -500, 500, 500),
    "990100001002": (500, -500, 1000, 500),
    "990100002001": (1000, -500, 1500, 500),
    "990100002002": (1500, -500, 2000, 500),
}
#: id: place, tier, parent.
Row = tuple[XY, object, str | None]
WHOLE: dict[str, Row] = {
    "C": ((900, 0), "县级", None),
    "T1": ((300, 0), "乡镇", "C"),
    "T2": ((1400, 0), "2", "C"),
    "V1": ((100, 0), "村", "T1"),
    "V2": ((700, 0), "村(社区)", "T1"),
    "V3": ((1200, 0), "3", "T2"),
    "V4": ((1900, 0), "village", "T2"),
}


def network_of(rows: Mapping[str, Row]) -> Layer:
    layer = facilities({key: Place(row[0]) for key, row in rows.items()})
    tiers, parents = [row[1] for row in rows.values()], [row[2] for row in rows.values()]
    return dataclasses.replace(layer, frame=layer.frame.assign(tier=tiers, parent_id=parents))


def areas(codes: Sequence[str] = tuple(BOXES)) -> Layer:
    layer = units({code: BOXES[code] for code in codes})
    level = {6: "county", 9: "township", 12: "village"}
    return dataclasses.replace(layer, frame=layer.frame.assign(level=[level[len(code)] for code in codes]))


def checked(rows: Mapping[str, Row], way: ParentWay | None = None) -> TierCheck:
    return check_tiers(network_of(rows), areas(), way=way)


def faults(check: TierCheck) -> dict[str, str]:
    return {row.facility_id: row.faults for row in check.links.itertuples() if row.faults}


def test_row_18_a_whole_network_has_no_fault_and_every_level_is_covered() -> None:
    check = checked(WHOLE)
    assert faults(check) == {}
    assert check.findings == ()
    assert check.levels[["level", "units", "units_with", "share", "facilities", "linked"]].to_numpy().tolist() == [
        ["county", 1, 1, 1.0, 1, 1],
        ["township", 2, 2, 1.0, 2, 2],
        ["village", 4, 4, 1.0, 4, 4],
    ]
    assert set(check.links["top_id"]) == {"C"}
    assert check.linked_share == 1


def test_row_19_orphans_loops_and_parents_of_the_wrong_tier() -> None:
    """V1 has no parent, V2 hangs on the county, V3 on nobody there; T1 and T2 are each other's parent."""
    rows = WHOLE | {
        "T1": ((300, 0), "乡镇", "T2"),
        "T2": ((1400, 0), "乡镇", "T1"),
        "V1": ((100, 0), "村", None),
        "V2": ((700, 0), "村", "C"),
        "V3": ((1200, 0), "村", "T9"),
        "X": ((1200, 0), "省", "C"),
    }
    check = checked(rows)
    assert faults(check) == {
        "T1": "loop wrong_tier",
        "T2": "loop wrong_tier",
        "V1": "orphan",
        "V2": "wrong_tier",
        "V3": "unknown_parent",
        "X": "no_tier",
    }
    assert check.links["top_id"].tolist() == ["C", None, None, None, None, None, None, None]
    assert check.linked_share == 0
    assert check.levels["linked"].tolist() == [1, 0, 0]
    codes = sorted({finding.code for finding in check.findings})
    assert codes == ["tier_loop", "tier_not_known", "tier_orphan", "tier_parent_not_there", "tier_parent_wrong"]
    assert {f.row for f in check.findings if f.code == "tier_orphan"} == {4}


def test_who_hangs_on_a_loop_without_being_in_it_is_not_linked() -> None:
    """V4 → T2 → T2: the loop is T2's fault, and V4 leads nowhere."""
    check = checked(WHOLE | {"T2": ((1400, 0), "乡镇", "T2")})
    assert faults(check) == {"T2": "loop wrong_tier"}
    assert row_of(check.links, "V4")["top_id"] is None
    assert check.linked_share == pytest.approx(3 / 6)


def test_units_without_a_facility_are_listed() -> None:
    """Two centres in one township do not cover the other: the total proves nothing."""
    rows = {key: row for key, row in WHOLE.items() if key != "V4"} | {"T2": ((310, 0), "乡镇", "C")}
    check = checked(rows)
    assert check.levels["share"].tolist() == [1.0, 0.5, 0.75]
    assert check.levels["missing"].tolist() == ["", "990100002", "990100002002"]
    assert [f.facts["codes"] for f in check.findings] == ["990100002", "990100002002"]


def test_a_parent_farther_than_needed() -> None:
    """V2 at 700 m: its parent T2 is 700 m off, T1 400 m. On foot at 1 m/s: 11.67 min against 6.67 min."""
    network = build_network(roads([(0, 0), (2000, 0)]))
    walker = parameters(profile="elder", island_nodes=0)
    rows = WHOLE | {"V2": ((700, 0), "村", "T2")}
    check = checked(rows, ParentWay(network, walker, far_minutes=4.9))
    assert faults(check) == {"V2": "far"}
    link = row_of(check.links, "V2")
    assert link["parent_minutes"] == pytest.approx(700 / 60, abs=1e-5)
    assert (link["nearest_id"], link["nearest_minutes"]) == ("T1", pytest.approx(400 / 60, abs=1e-5))
    assert faults(checked(rows, ParentWay(network, walker, far_minutes=5.1))) == {}
    # A link that is far is still a link.
    assert check.linked_share == 1
    assert row_of(checked(WHOLE).links, "V2")["parent_minutes"] != row_of(checked(WHOLE).links, "V2")["parent_minutes"]


def test_a_parent_out_of_reach_is_far_only_where_another_is_in_reach() -> None:
    """T2 is on the other bank of V1, and T1 on its own."""
    banks = build_network(roads([(0, 0), (1000, 0)], [(1100, 0), (2000, 0)]))
    walker = parameters(profile="elder", island_nodes=0)
    rows = WHOLE | {"V1": ((100, 0), "村", "T2")}
    check = checked(rows, ParentWay(banks, walker))
    assert faults(check) == {"V1": "far"}
    assert np.isnan(row_of(check.links, "V1")["parent_minutes"])


def test_units_that_are_codes_only() -> None:
    """Villages without polygons: the unit is the one that the ledger names."""
    layer = network_of(WHOLE)
    codes = ["990100", "990100001", "990100002", *(c for c in BOXES if len(c) == 12)]
    layer = dataclasses.replace(layer, frame=layer.frame.assign(unit_code=codes))
    bare = areas()
    bare = dataclasses.replace(bare, frame=bare.frame.assign(geometry=None))
    assert check_tiers(layer, bare).levels["share"].tolist() == [1.0, 1.0, 1.0]


def test_words_and_numbers_of_tiers() -> None:
    assert [tier_level(w) for w in ("县级", "区", " 乡 镇 ", "镇街", "村居", "社区", "1", "3.0", 2)] == [
        "county", "county", "township", "township", "village", "village", "county", "village", "township"
    ]  # fmt: skip
    assert [tier_level(w) for w in ("", "省级", "0", "4", None)] == [None] * 5
    four = ("prefecture", "county", "township", "village")
    assert [tier_level(w, four) for w in ("市", "1", "4")] == ["prefecture", "prefecture", "village"]


def test_no_facility_and_no_tier_column() -> None:
    """[T27] Nobody is there: every unit is missing, nothing is linked, no share of none."""
    layer = network_of(WHOLE)
    nobody = dataclasses.replace(layer, frame=layer.frame.iloc[:0])
    check = check_tiers(nobody, areas())
    assert check.levels["share"].tolist() == [0, 0, 0]
    assert check.linked_share is None
    plain = dataclasses.replace(layer, frame=layer.frame.drop(columns=["tier", "parent_id"]))
    assert set(check_tiers(plain, areas()).links["faults"]) == {"no_tier orphan"}
    for levels in (("county",), ("county", "county")):
        with pytest.raises(RequestError):
            check_tiers(layer, areas(), levels)
