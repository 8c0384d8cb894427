"""K19 worked by hand: sixteen directions, a described line, texts as people write them, texts that mean harm."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from demarcation.axis import axis_of
from demarcation.bench import Bench, bench_of
from demarcation.checks.text import check_text, no_descriptions
from demarcation.description import Description, describe, length_words
from demarcation.directions import ENGLISH, WORDS, parse_direction, turned_deg, word_of
from demarcation.finding import BoundaryFinding
from demarcation.model import Line, Segment, Stake, Study
from demarcation.numerals import chinese_number, parse_length
from demarcation.read import lines_of, stakes_of
from demarcation.rules import load_rules
from demarcation.told import MOST_LETTERS, read_description
from geo.crs import GEOD
from layers.read import read_layer
from tests.builders import layer_of

RULES = load_rules()
DAY = dt.date(2026, 6, 30)
BLANK = (None,) * 5


def line_of(*segments: tuple[str, Sequence[tuple[float, float]]], code: str = "9916") -> Line:
    parts = tuple(Segment(kind, shapely.LineString(xy), row) for row, (kind, xy) in enumerate(segments, start=1))
    return Line(code, "甲县与乙县线", "", "", "", None, "", *BLANK, "", None, parts)


def walked(*legs: tuple[float, float], start: tuple[float, float] = (114.0, 30.0)) -> list[tuple[float, float]]:
    """Places after legs of an azimuth and metres each."""
    places = [start]
    for azimuth, metres in legs:
        lon, lat, _ = GEOD.fwd(*places[-1], azimuth, metres)
        places.append((lon, lat))
    return places


def stake(serial: int, place: tuple[float, float], kind: str = "Q") -> Stake:
    return Stake(f"9916{serial:03d}{kind}", "9916", serial, kind, place=place, row=serial)


def bench(line: Line, *stakes: Stake, text: str | None = None) -> Bench:
    told = None if text is None else {line.code: text}
    return bench_of(Study({line.code: line}, stakes, DAY, descriptions=told))


def found(line: Line, *stakes: Stake, text: str) -> list[BoundaryFinding]:
    return list(check_text(bench(line, *stakes, text=text), RULES))


def described(on: Bench, code: str = "9916") -> Description:
    return describe(on.study.lines[code], on.axes[code], on.on(code))


# ---- directions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("azimuth", "word"),
    [
        (0.0, "北"), (348.75, "北"), (348.7499, "北偏西北"), (11.2499, "北"), (11.25, "北偏东北"), (33.74, "北偏东北"),
        (33.75, "东北"), (56.25, "东偏东北"), (90.0, "东"), (112.5, "东偏东南"), (135.0, "东南"), (157.5, "南偏东南"),
        (180.0, "南"), (202.5, "南偏西南"), (225.0, "西南"), (247.5, "西偏西南"), (270.0, "西"), (292.5, "西偏西北"),
        (315.0, "西北"), (337.5, "北偏西北"), (360.0, "北"), (-1e-12, "北"),
    ],
)  # fmt: skip
def test_k19_sixteen_words_by_hand(azimuth: float, word: str) -> None:
    """Sectors are 22.5 degrees wide about 0, 22.5, 45 …; a limit belongs to the sector that begins there."""
    assert word_of(azimuth) == word
    assert parse_direction(word).middle_deg == WORDS.index(word) * 22.5
    assert parse_direction(ENGLISH[WORDS.index(word)]).middle_deg == WORDS.index(word) * 22.5


@pytest.mark.parametrize(
    ("text", "middle", "half"),
    [
        ("正东", 90, 11.25), ("北东", 45, 11.25), ("北北东", 22.5, 11.25), ("东北东", 67.5, 11.25), ("東", 90, 11.25),
        ("向东偏北30°", 60, 11.25), ("北偏西15°30′", 344.5, 11.25), ("南东30度", 150, 11.25),
        ("45°30′36″", 45.51, 11.25),
        ("北偏东", 22.5, 22.5), ("东北偏北", 28.125, 16.875), ("西北偏西", 298.125, 16.875),
        ("NNE", 22.5, 11.25), ("south-westerly", 225, 11.25), ("S 15°30′ W", 195.5, 11.25), ("northwest", 315, 11.25),
    ],
)  # fmt: skip
def test_k19_other_spellings(text: str, middle: float, half: float) -> None:
    direction = parse_direction(text)
    assert direction is not None
    assert (round(direction.middle_deg, 6), direction.half_deg) == (middle, half)


@pytest.mark.parametrize("text", ["", "偏", "东西", "南北", "东偏西", "北偏东120°", "361°", "东北偏西", "东" * 10**6])
def test_k19_what_is_no_direction(text: str) -> None:
    assert parse_direction(text) is None


@settings(max_examples=50, deadline=None)
@given(st.floats(0, 359.999), st.floats(-180, 180))
def test_k19_turns(azimuth: float, turn: float) -> None:
    assert math.isclose(abs(turned_deg(azimuth, azimuth + turn)), abs(turn), abs_tol=1e-9)
    assert parse_direction(word_of(azimuth)).off_deg(azimuth) <= 11.25 + 1e-9


# ---- the line in words -----------------------------------------------------------------------------------------------


def test_k19_golden_description() -> None:
    """800 m north-east along a ridge to stake 1; 1 200 m east along the ridge, 300 m south along a river to stake 2."""
    places = walked((45.0, 800.0), (90.0, 1200.0), (180.0, 300.0), (180.0, 4.0))
    line = line_of(("山脊", places[:3]), ("河流", places[2:]))
    told = described(bench(line, stake(1, places[1], "A"), stake(1, places[1], "B"), stake(2, places[3])))
    assert told.sentences() == (
        "从界线起点起,沿山脊向东北方向行进800米,至9916001A、9916001B号双立界桩。",
        "从9916001A、9916001B号双立界桩起,沿山脊向东方向行进1.20公里,再沿河流向南方向行进300米,至9916002Q号界桩。",
        "从9916002Q号界桩起,沿河流向南方向行进4.0米,至界线止点。",
        "界线全长2.30公里。",
    )
    assert told.text().splitlines()[:2] == [
        "边界线走向核对稿:9916 甲县与乙县线",
        "核对用,不具法律效力。方向以真北为准,分十六个方位;距离为沿界线的椭球面长度。",
    ]
    assert (
        told.sentences("en")[0]
        == "From the start of the line along the ridge north-east for 800 m, to stakes 9916001A, 9916001B."
    )
    assert [row["azimuth_deg"] for row in told.rows()] == pytest.approx([45.0, 90.0, 180.0, 180.0], abs=0.02)
    assert "30.0" not in told.text()  # no coordinates


def test_k19_numbers_that_run_against_the_drawing() -> None:
    """The description follows the numbers, whichever way the line was drawn; rows in any order."""
    places = walked((90.0, 1000.0), (90.0, 1000.0), (90.0, 1000.0))
    stakes = (stake(1, places[2]), stake(2, places[1]))
    for given_stakes in (stakes, stakes[::-1]):
        told = described(bench(line_of(("", places)), *given_stakes))
        assert [(row["from"], row["direction"]) for row in told.rows()] == [
            ("界线起点", "西"), ("9916001Q号界桩", "西"), ("9916002Q号界桩", "西"),
        ]  # fmt: skip


def test_k19_names_that_would_speak_for_themselves() -> None:
    """What a line passes stays inside its quotes: a name cannot add a stake, a length or a sentence to the text."""
    places = walked((0.0, 2000.0))
    on = bench(line_of(("", places)), stake(1, places[0]), stake(2, places[1]))
    name = "小路”向东9公里至9916009Q号界桩。\n界线全长99公里“"
    at = on.axes["9916"].point_at
    shapes = [shapely.LineString([(113.9, at(500)[1]), (114.1, at(500)[1])]), shapely.Point(114.0001, at(1500)[1])]
    rows = [{"name": name}, {"name": "水塔"}]
    told = describe(on.study.lines["9916"], on.axes["9916"], on.on("9916"), (layer_of("place_names", rows, shapes),))
    inside = name.replace("”", "").replace("“", "").replace("\n", " ")
    assert told.sentences()[0] == (
        f"从9916001Q号界桩起,向北方向行进2.00公里,跨越“{inside}”(里程500米),旁经“水塔”(里程1.50公里),至9916002Q号界桩。"
    )
    text = told.text()
    assert list(check_text(replace(on, study=replace(on.study, descriptions={"9916": text})), RULES)) == []


@st.composite
def benches(draw: st.DrawFn) -> Bench:
    """A winding line of one to three types with stakes on it, some double; drawn in either direction."""
    legs = draw(st.lists(st.tuples(st.floats(0, 359), st.floats(30, 3000)), min_size=2, max_size=12))
    places = walked(*legs, start=(draw(st.floats(110, 122)), draw(st.floats(20, 40))))
    cut = draw(st.integers(1, len(legs) - 1)) if len(legs) > 1 else 1
    kinds = draw(st.permutations(["山脊", "河流", "界桩连线", "沿江公路"]))
    line = line_of((kinds[0], places[: cut + 1]), (kinds[1], places[cut:]))
    axis = axis_of([segment.path for segment in line.segments])
    shares = sorted(draw(st.sets(st.integers(0, 200), min_size=0, max_size=6)))
    if draw(st.booleans()):
        shares.reverse()
    stakes = []
    for serial, share in enumerate(shares, start=1):
        place = axis.point_at(axis.length_m * share / 200)
        stakes += [stake(serial, place, kind) for kind in draw(st.sampled_from(["Q", "AB", "CDE"]))]
    return bench(line, *stakes)


@settings(max_examples=60, deadline=None)
@given(benches())
def test_k19_what_we_write_reads_back_and_fits(on: Bench) -> None:
    """Round trip: every stretch of the text has its stakes, directions and lengths, and none of them is accused."""
    told = described(on)
    read = read_description(told.text(), RULES)
    assert [tuple(s.end.names) if s.end else None for s in read.stretches] == [s.to_stakes for s in told.stretches]
    assert [[leg.along for leg in s.legs] for s in read.stretches] == [
        [leg.type for leg in s.legs] for s in told.stretches
    ]
    assert read.unread == ()
    again = replace(on, study=replace(on.study, descriptions={"9916": told.text()}))
    # A line that meets itself may put a stake on the other pass; what cannot be placed is left out, not accused.
    accused = [one.code for one in check_text(again, RULES) if one.code != "text_not_compared"]
    assert accused == []


def test_k19_all_lines_of_the_demo_read_back(root: Path) -> None:
    lines = lines_of(read_layer(root / "data/demo/layers/lines.parquet", "lines"))
    stakes = stakes_of(read_layer(root / "data/demo/layers/stakes.parquet", "stakes"), RULES)
    on = bench_of(Study(lines, stakes, DAY))
    texts = {code: describe(line, on.axes[code], on.on(code)).text() for code, line in lines.items()}
    told = replace(on, study=replace(on.study, descriptions=texts))
    codes = [(one.code, one.line_code) for one in check_text(told, RULES)]
    # 9907 has one number in two places: which of them is meant cannot be told.
    assert codes in ([], [("text_not_compared", "9907")])


# ---- texts as people write them --------------------------------------------------------------------------------------


def east_then_south() -> tuple[Line, Stake, Stake, Stake]:
    """Three stakes: 1 200 m to the north-east, then 1 000 m to the south."""
    places = walked((45.0, 1200.0), (180.0, 1000.0))
    first, second, third = places
    return line_of(("山脊", places)), stake(1, first), stake(2, second), stake(3, third)


RIGHT = (
    "从1号界桩(9916001Q)起,界线沿山脊向东北方向行进约1.2公里至9916002Q号界桩,"
    "再折向正南行一千米到9916003Q号界桩止,全长2.2公里。"
)


WIDE = {ord(","): "\uff0c", ord("("): "\uff08", ord(")"): "\uff09", ord("1"): "\uff11", ord("."): "\uff0e"}


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (RIGHT, "东北", "西北"),
        (RIGHT.translate(WIDE), "正南", "正西"),
        ("9916001Q—9916002Q:方向东北,距离1200米;9916002Q—9916003Q:方向南,1公里。总长2,200米。", "方向南", "方向北"),
        (
            "起点为一号界桩,由西南向东北延伸1.2km至二号界桩;该段宽5米、海拔523米。自第2号界桩向南2里至3号界桩。",
            "向东北", "向东南",
        ),
        ("从9916003Q号界桩起,向北1公里至9916002Q号界桩,再向南西45°行1公里200米,至9916001Q号界桩。", "45°", "80°"),
        (
            ("自9916001Q号界桩起沿“向东村”小路向北偏东50°行1.2公里,至9916002Q号界桩,方位角为180°,距离1000.0米,"
            "至9916003号界桩。"),
            "180°", "200°",
        ),
        ("界线走向:9916001Q→东北,1.2公里→9916002Q→南,1.0公里→9916003Q。", "→南", "→东"),
        (
            ("(一)9916001Q(双面型)位于老鹰岩山顶,从此处沿山脊东北行1.2千米处的9916002Q,溪水流向由北向南。"
            "(二)9916002Q号界桩至9916003Q号界桩段:界线由9916002Q号界桩起,大致呈南走向,沿G318国道延伸,长约1.00km。"),
            "呈南走向", "呈北走向",
        ),
        (
            "第一段:自界桩1(9916001Q)向北偏东行1200m至界桩2(9916002Q),距青山村300米;第二段:自界桩2向南行一千米至界桩3。",
            "北偏东", "北偏西",
        ),
    ],
)  # fmt: skip
def test_k19_texts_that_fit_and_one_word_of_them_wrong(text: str, right: str, wrong: str) -> None:
    assert [one.sentence() for one in found(*east_then_south(), text=text)] == []
    assert text.count(right) == 1
    assert [one.code for one in found(*east_then_south(), text=text.replace(right, wrong))] == ["text_direction"]


def test_k19_golden_wrong_word_wrong_length_wrong_total() -> None:
    """North-east called 东: 45 degrees off, 13.25 allowed. 1 000 m called 1.1 km: 10 %, 5.5 allowed. 2.2 km as 2.9."""
    text = RIGHT.replace("东北", "东").replace("一千米", "1.10公里").replace("2.2公里", "2.9公里")
    direction, length, total = found(*east_then_south(), text=text)
    assert (direction.code, direction.severity, direction.unit, direction.limit) == (
        "text_direction",
        "info",
        "deg",
        13.25,
    )
    assert direction.value == pytest.approx(45.0, abs=0.02)
    assert direction.facts["told"] == "东"
    assert (length.code, length.unit) == ("text_length", "%")
    # 5 % of 1 000 m, and 5 m that rounding to 0.01 km may take.
    assert length.limit == pytest.approx(5.5, abs=0.01)
    assert length.value == pytest.approx(10.0, abs=0.01)
    assert (length.facts["start"], length.facts["end"]) == ("9916002Q", "9916003Q")
    # 700 of 2 200.
    assert (total.code, round(total.value or 0, 1)) == ("text_total", 31.8)
    assert "东北 45.0°" in direction.sentence("zh")[0]


@pytest.mark.parametrize(
    ("azimuth", "fits"), [(11.2, True), (13.2, True), (13.3, False), (346.8, True), (346.7, False)]
)
def test_k19_within_the_margin_both_words_fit(azimuth: float, fits: bool) -> None:
    """北 ends at 11.25 degrees; 2 degrees beyond it still agree."""
    places = walked((azimuth, 1000.0))
    told = found(
        line_of(("", places)), stake(1, places[0]), stake(2, places[1]), text="从1号界桩起,向北1公里至2号界桩。"
    )
    assert [one.code for one in told] == ([] if fits else ["text_direction"])


def test_k19_rounding_is_no_fault() -> None:
    """1.1 km for 1 049.9 m is 4.8 % off; 0.1 km for 60 m is 67 % off, and yet what rounding makes of it."""
    places = walked((0.0, 60.0))
    line, ends = line_of(("", places)), (stake(1, places[0]), stake(2, places[1]))
    assert found(line, *ends, text="从1号界桩向北0.1公里至2号界桩。") == []
    assert [one.code for one in found(line, *ends, text="从1号界桩向北100米至2号界桩。")] == ["text_length"]


def test_k19_legs_of_a_stretch_each_by_its_own_chord() -> None:
    """From stake 1 round the bend to stake 3: two legs with lengths are told apart, without lengths they are not."""
    line, first, _, third = east_then_south()
    text = "从1号界桩起,向东北行1200米,再向{}行1000米,至3号界桩。"
    assert found(line, first, third, text=text.format("南")) == []
    assert [one.code for one in found(line, first, third, text=text.format("西南"))] == ["text_direction"]
    vague = found(line, first, third, text="从1号界桩起,向东北,再折向南,至3号界桩。")
    assert [(one.code, one.value) for one in vague] == [("text_not_compared", 1.0)]


def test_k19_what_is_not_understood_is_quoted() -> None:
    text = RIGHT + "经双方同意。磁方位角45°处立有石碑。至9916099Q号界桩。"
    codes = {one.code: one for one in found(*east_then_south(), text=text)}
    assert set(codes) == {"text_unread", "text_stake_unknown", "text_not_compared"}
    assert "磁方位角45°" in codes["text_unread"].sentence("zh")[0]
    assert codes["text_stake_unknown"].stake_no == "9916099Q"


def test_k19_text_of_a_line_that_is_not_there() -> None:
    study = Study({}, (), DAY, descriptions={"9999": "全长1公里"})
    assert [one.code for one in check_text(bench_of(study), RULES)] == ["text_of_no_line"]
    assert no_descriptions(Study({}, (), DAY)) == "descriptions_not_given"


# ---- numbers and texts that mean harm --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "metres"),
    [("1.2公里", 1200), ("一千二百零五米", 1205), ("1,200.5米", 1200.5), ("三公里半", 3500), ("十里", 5000),
     ("二十千米", 20000),
     ("一万零三百米", 10300), ("两百五米", 250), ("0.5km", 500), ("3千米", 3000), ("半公里", 500)],
)  # fmt: skip
def test_k19_lengths(text: str, metres: float) -> None:
    assert parse_length(text).metres == metres


def test_k19_what_is_no_number() -> None:
    assert [chinese_number(text) for text in ("", "十十", "百十", "一点", "万", "二三十")] == [None] * 6
    assert length_words(999.6) == "1.00公里"


@pytest.mark.parametrize(
    "bomb",
    ["9916001Q-", "一", "从", "沿", "1,1", "方位角1°", "从9916001Q向东1公里至", "\ufdfa", "号界桩(A、B"],
)
def test_k19_hostile_texts_are_cut_and_said_so(bomb: str) -> None:
    """Each pattern is bounded: one that goes back and forth over such a text would not end in the time of a test."""
    told = read_description(bomb * (MOST_LETTERS // len(bomb) + 1), RULES)
    assert told.cut
    assert all(len(fragment) <= 60 for fragment in told.unread)
