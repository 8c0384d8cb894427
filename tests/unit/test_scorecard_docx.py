"""The page for Word, read again: what it says, that it is one page, and that names are only text."""

import dataclasses
import datetime as dt
import io
import zipfile
from typing import Any
from unicodedata import east_asian_width

import docx
import geopandas as gpd
import pytest
import shapely
from docx.oxml.ns import qn
from PIL import Image

from coverage.plans.scorecard import Scorecard
from geo.errors import RequestError
from geo.paths import VERSION
from layers.layer import Layer, QualityReport, Source
from layers.secrecy import STAMP
from reports.one_page import shortened
from reports.paper import Picture
from reports.scorecard_docx import MOST_INDICATORS, key_indicators, scorecard_docx
from reports.status_map import draw_statuses
from tests.scorecards import PLAN, TOWNSHIPS, card, renamed, score

PRINTED = dt.date(2026, 7, 2)


def drawn(width: int = 1464, height: int = 866) -> Picture:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(buffer, format="PNG")
    return Picture(buffer.getvalue(), labelled=True)


def opened(one: Scorecard, **more: Any) -> Any:
    return docx.Document(io.BytesIO(scorecard_docx(one, printed=PRINTED, **more)))


def text_of(page: Any) -> str:
    cells = [cell.text for table in page.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in page.paragraphs), *cells])


def units_layer() -> Layer:
    boxes = [shapely.box(119.0 + 0.1 * n, 30.0, 119.1 + 0.1 * n, 30.1) for n in range(3)]
    frame = gpd.GeoDataFrame(
        {"unit_code": [c for c, _ in TOWNSHIPS], "name": [n for _, n in TOWNSHIPS]}, geometry=boxes, crs=4326
    )
    return Layer("units", frame, "wgs84", Source("units.geojson", "c" * 64), QualityReport((), 3, 3))


def long_card(length: int) -> Scorecard:
    """Five indicators, each with as much text, as many failing units and flags as anyone could have."""
    text = "很长的文字 and long words " * length
    whole = [one for one in card().scores if one.whole]
    scores = [
        dataclasses.replace(
            one, indicator_id=f"{n}", name=text, department=text, quote=text, assumed=(), unit="张",
            failing=tuple(f"9901{k:02d}" for k in range(60)), value=1234567.125, baseline=1234567.125,
        )
        for n, one in enumerate([*whole, *whole], start=1)
    ]  # fmt: skip
    scores += [score("7", (f"9901{k:02d}", text), indicator_id="1", value=1e9 / 7, status="missed") for k in range(60)]
    inputs = tuple({**entry, "file": text, "credit": f"{entry['credit']}{text}"} for entry in card().inputs)
    return card(scores=tuple(scores), inputs=inputs, plan=PLAN.model_copy(update={"place": text, "document": text}))


def height_pt(page: Any) -> float:
    """Height of what is in the body, by its own reckoning: exact lines times lines that the text needs."""
    width = 210 * 72 / 25.4 - page.sections[0].left_margin.pt - page.sections[0].right_margin.pt
    used = 0.0
    for paragraph in page.paragraphs:
        shapes = paragraph._element.findall(f".//{qn('wp:extent')}")
        used += sum(int(shape.get("cy")) / 12700 for shape in shapes) + (8 if shapes else 0)
        if not shapes:
            size = max((run.font.size.pt for run in paragraph.runs), default=9.0)
            # Chinese letters are as wide as high; of others, half is what common fonts need.
            long = sum(size * (1.0 if east_asian_width(c) in "WF" else 0.52) for c in paragraph.text)
            used += paragraph.paragraph_format.line_spacing.pt * max(-(-long // width), 1)
            used += paragraph.paragraph_format.space_after.pt
    return used + sum(row.height.pt for table in page.tables for row in table.rows)


@pytest.mark.parametrize("length", [0, 1, 40])
@pytest.mark.parametrize("chosen", [(), ("1",)])
def test_it_is_one_page_whatever_is_in_it(length: int, chosen: tuple[str, ...]) -> None:
    """All rows are exactly as high as said, and with the lines and the picture they fit between the margins."""
    page = opened(long_card(length), chosen=chosen, drawn=drawn())
    (section,) = page.sections
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    room = section.page_height.pt - section.top_margin.pt - section.bottom_margin.pt
    assert all(row.height_rule == 2 for table in page.tables for row in table.rows)  # exactly
    assert height_pt(page) <= room
    assert "w:br" not in page.element.xml


def test_the_picture_takes_what_is_left_in_its_own_shape() -> None:
    for width, height in ((1464, 866), (400, 1600), (3000, 500)):
        (shape,) = opened(card(), drawn=drawn(width, height)).inline_shapes
        assert shape.width / shape.height == pytest.approx(width / height, rel=1e-3)
        assert shape.width.mm <= 174.01
        assert shape._inline.docPr.get("descr") == "望湖县各单元指标完成情况地图"


def test_what_the_page_says() -> None:
    page = opened(card(), drawn=drawn())
    text = text_of(page)
    assert page.paragraphs[0].text == "望湖县规划指标完成情况"
    rows = [[cell.text for cell in row.cells] for row in page.tables[0].rows]
    assert rows[0] == ["指标", "基期", "规划目标(2027)", "序时应达", "完成值", "约束性/预期性", "状态", "责任科室"]
    assert rows[1] == ["乡镇养老机构覆盖率", "33.3%", "≥100%", "90%", "66.67%", "约束性", "✕ 未达标", "养老服务科"]
    assert "7 尚未达到的单位:丙乡。" in text
    assert "数据日期 2026-06-30" in text
    assert "来源:roads.gpkg、facilities.csv。" in text
    assert "道路 © OpenStreetMap contributors" in text
    assert "设施为虚构" in text
    (section,) = page.sections
    assert section.header.paragraphs[0].text == STAMP
    assert section.footer.paragraphs[0].text == f"制表日期 2026-07-02 · 一刻钟 {VERSION}"


def test_the_plans_own_basis_comes_first_and_the_time_beside_it() -> None:
    lines = [paragraph.text for paragraph in opened(card()).paragraphs]
    own = next(line for line in lines if line.startswith("7 乡镇养老机构覆盖率:"))
    assert own == "7 乡镇养老机构覆盖率:设施位于本单元内;服务范围含本单元:100%。覆盖率未说明口径"
    time = next(line for line in lines if line.startswith("21 "))
    assert "规划未明确出行方式、年龄" in time
    assert time.index("75岁以上") < time.index("60–74岁")


@pytest.mark.parametrize("status", ["missed", "behind"])
def test_an_assumption_makes_nobody_fail(status: Any) -> None:
    own = [dataclasses.replace(s, status=status, failing=("990103",)) for s in card().scores if s.indicator_id == "21"]
    for chosen in ((), ("21",)):
        text = text_of(opened(card(scores=tuple(own)), chosen=chosen))
        assert "未达标" not in text
        assert "滞后" not in text
        assert "? 数据待核实" in text


def test_one_indicator_shows_its_units_those_behind_first() -> None:
    page = opened(card(), chosen=["7"])
    assert page.paragraphs[0].text == "望湖县“乡镇养老机构覆盖率”完成情况"
    rows = [[cell.text for cell in row.cells] for row in page.tables[1].rows]
    assert rows == [
        ["单位", "完成值", "状态"] * 2,
        ["丙乡", "0%", "✕ 未达标", "乙镇", "1%", "● 达标"],
        ["甲镇", "2%", "● 达标", "", "", ""],
    ]  # fmt: skip
    many = text_of(opened(long_card(0), chosen=["1"]))
    assert "仅列 20 个单位(未达标、滞后的在前),共 60 个" in many


def test_indicators_are_chosen_by_value_and_binding_and_shown_as_in_the_plan() -> None:
    assert key_indicators(card()) == ("7", "13a", "13b", "21")
    more = [score(key, value=1.0, indicator_id=f"{n}") for n, key in enumerate(("13a", "13a", "13a", "7", "7", "13a"))]
    more.append(score("7", indicator_id="x"))
    assert key_indicators(card(scores=tuple(more))) == ("0", "1", "2", "3", "4")
    assert "另有 2 项指标见督查表。" in text_of(opened(card(scores=tuple(more))))


def test_what_cannot_be_chosen() -> None:
    with pytest.raises(RequestError) as caught:
        scorecard_docx(card(), chosen=["99"])
    assert caught.value.code == "indicator_unknown"
    many = [score("7", indicator_id=f"{n}") for n in range(MOST_INDICATORS + 1)]
    with pytest.raises(RequestError) as caught:
        scorecard_docx(card(scores=tuple(many)), chosen=[one.indicator_id for one in many])
    assert caught.value.code == "indicators_too_many"


def test_chinese_has_a_chinese_font() -> None:
    fonts = opened(card()).styles["Normal"].element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == "宋体"
    assert fonts.get(qn("w:ascii")) == "Arial"


@pytest.mark.parametrize(
    "text", ['{ INCLUDETEXT "c:/x" }', "=1+1", "<w:t>x</w:t>", "a\x00\x07\u202eb\uffff", "两行\n文字\t", "{{ x }}"]
)
def test_names_in_data_are_only_text(text: str) -> None:
    """No field, no element, no character that the file cannot hold."""
    data = scorecard_docx(renamed(card(), text), chosen=["7"], printed=PRINTED)
    page = docx.Document(io.BytesIO(data))
    xml = page.element.xml
    assert not any(tag in xml for tag in ("w:fldChar", "w:instrText", "w:fldSimple", "w:hyperlink", "w:object"))
    kept = {"a\x00\x07\u202eb\uffff": "a\ufffdb\ufffd", "两行\n文字\t": "两行 文字"}.get(text, text)
    assert kept in text_of(page)


def test_the_same_scorecard_gives_the_same_bytes() -> None:
    one, other = (scorecard_docx(card(), drawn=drawn(), printed=PRINTED) for _ in range(2))
    assert one == other
    with zipfile.ZipFile(io.BytesIO(one)) as archive:
        assert archive.testzip() is None
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_in_english() -> None:
    page = opened(card(), lang="en", chosen=["7"])
    assert page.paragraphs[0].text == "Wanghu County: Townships with a home"
    assert page.tables[0].rows[1].cells[6].text == "✕ Not met"


def test_a_text_is_cut_where_its_lines_end() -> None:
    assert shortened("甲" * 10, 100.0, 10.0, 1) == "甲" * 8 + "…"
    assert shortened("甲" * 9, 100.0, 10.0, 1) == "甲" * 9
    assert shortened("", 100.0, 10.0, 1) == ""


def test_the_map_of_an_indicator() -> None:
    """The colours of the three townships are in the picture; without outlines there is none."""
    found = draw_statuses(card(), "7", units_layer())
    assert found is not None
    with Image.open(io.BytesIO(found.png)) as image:
        assert image.size == (1464, 866)
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 24)}
    for hexed in ("9ecae9", "d95f0e"):
        want = tuple(bytes.fromhex(hexed))
        assert any(max(abs(a - b) for a, b in zip(colour, want, strict=True)) <= 4 for colour in colours), hexed
    layer = units_layer()
    bare = dataclasses.replace(layer, frame=layer.frame.set_geometry(gpd.GeoSeries([None] * 3, crs=4326)))
    assert draw_statuses(card(), "7", bare) is None
    assert draw_statuses(card(), "13b", layer) is None
    english = dataclasses.replace(layer, frame=layer.frame.assign(name=["A", "B", "C"]))
    scores = tuple(dataclasses.replace(one, unit_name="A", name_en="Homes") for one in card().scores)
    # No letter is missing in its font: that would be a warning, which fails a test.
    assert draw_statuses(card(scores=scores), "7", english, lang="en", height_mm=60) is not None
