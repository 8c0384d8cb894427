"""Papers about lines and stakes, read again: what is on them, what is not, and that text from data is only text."""

import dataclasses
import datetime as dt
import io
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from typing import Any

import docx
import pytest
import python_calamine as calamine
import shapely

from demarcation.bench import bench_of
from demarcation.book import Entry, Event, Found, Patrol
from demarcation.check import Checked
from demarcation.description import describe
from demarcation.finding import BoundaryFinding
from demarcation.inspection import Due, Progress
from demarcation.model import Inspection, Line, Mark, Segment, Stake, Study
from demarcation.rules import load_rules
from geo.errors import DataError
from layers.secrecy import STAMP
from reports import boundary_docx as papers
from reports.boundary_files import stake_states
from reports.boundary_register import register_xlsx
from reports.gpx import gpx

DAY = dt.date(2026, 6, 30)
HOSTILE = "=cmd|' /C calc'!A1<w:p>&\x07\ud800{0}"
#: What a reader sees of it: control letters are gone, what is no letter is a mark.
SHOWN = "=cmd|' /C calc'!A1<w:p>&\ufffd{0}"
#: Digits of the places below, which must be on no paper.
LON, LAT, X, Y = "114.0512345", "30.0123456", "3321234.567", "512345.678"
#: The same in degrees, minutes and seconds: 0.0512345 · 3600 = 184.4442 s; 0.0123456 · 3600 = 44.44416 s.
LON_DMS, LAT_DMS = "114°03′04.444″", "30°00′44.444″"


def line() -> Line:
    path = shapely.LineString([(114.0, 30.0), (114.1, 30.02)])
    return Line("9901", HOSTILE, "990100", "990200", "county", 1e4, "GNSS", 9868.0, 2.0, None, None, None, "990100",
                DAY, (Segment("河流", path, 1),))  # fmt: skip


def stake(number: str = "9901001Q") -> Stake:
    return Stake(
        number, "9901", 1, "Q", "损坏", "990200", "GNSS", "双面型", DAY,
        (Mark(HOSTILE, 95.5, 12.5, (114.0598765, 30.0198765)),), "magnetic", (float(LON), float(LAT)),
        (float(LON), float(LAT)), float(X), float(Y), "EPSG:4547", 2,
        fields={"keeper": "县级护桩岗", "description": HOSTILE},
    )  # fmt: skip


def checked() -> Checked:
    study = Study({"9901": line()}, (stake(), dataclasses.replace(stake("9901002Q"), state="")), DAY)
    found = [
        BoundaryFinding("boundary_needs_input", check, severity, "9901", number, 1.5, 1.0, "m", shapely.Point(1, 2))
        for check, severity, number in (("K1", "fail", "9901001Q"), ("K8", "warn", ""), ("K5", "info", ""))
    ]
    return Checked(bench_of(study), load_rules(), tuple(found), {"K13": "boundary_needs_input"})


def due() -> tuple[Due, ...]:
    one = Due("9901", HOSTILE, "990100", "990200", 9000.0, DAY, dt.date(2031, 6, 30), 1826, "later", (), 5)
    return (one, dataclasses.replace(one, line_code="9902", length_m=1000.0, days=-3, status="overdue"))


def letter(lang: str) -> bytes:
    found = Found("loss", "9901", "9901001Q", DAY, "990100", ("990100", "990200"), "990200", HOSTILE)
    return papers.letter_docx(Event(1, found, ()), line(), stake(), lang, names={"990200": "乙县"})


def course(lang: str) -> bytes:
    bench = checked().bench
    return papers.description_docx(describe(line(), bench.axes["9901"], bench.on("9901")), lang)


PAPERS: dict[str, Callable[[str], bytes]] = {
    "form": lambda lang: papers.inspection_form_docx(line(), [stake()], lang),
    "register": lambda lang: papers.stake_register_docx([stake(), stake("9901002Q")], lang),
    "report": lambda lang: papers.report_docx(
        checked(), due(), lang, plans=[Progress(2026, 5, 2, 1, 10_000.0, 9_000.0, ())]
    ),
    "results": lambda lang: papers.results_table_docx(checked(), lang),
    "letter": letter,
    "description": course,
}


def text_of(made: bytes) -> tuple[str, str]:
    """Text of the pages, and of what stands above and below each."""
    document: Any = docx.Document(io.BytesIO(made))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert len(document.sections) == 1
    around = document.sections[0].header.paragraphs + document.sections[0].footer.paragraphs
    return "\n".join([*(one.text for one in document.paragraphs), *cells]), "\n".join(one.text for one in around)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", PAPERS)
def test_each_page_says_what_it_is_not_good_for(name: str, lang: str) -> None:
    made = PAPERS[name](lang)
    text, around = text_of(made)
    assert STAMP in around
    assert "核对用,不具法律效力" in around
    draft = ("草稿" if lang == "zh" else "DRAFT") in around
    assert draft == (name not in ("form", "register"))
    assert "{" not in text.replace("{0}", "")
    assert made == PAPERS[name](lang)


@pytest.mark.parametrize("name", PAPERS)
def test_no_coordinates_unless_asked_for(name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(PAPERS[name]("zh"))) as package:
        text = "".join(package.read(part).decode("utf-8", "replace") for part in package.namelist())
    for digits in (LON, LAT, LON_DMS, LAT_DMS, X, Y, "114.0598765", "30.0198765"):
        assert digits not in text


def test_coordinates_when_asked_for() -> None:
    text, _ = text_of(papers.stake_register_docx([stake()], "zh", with_coordinates=True))
    assert {LON_DMS, LAT_DMS, X, Y, "EPSG:4547"} <= set(text.splitlines())
    text, _ = text_of(
        papers.stake_register_docx([dataclasses.replace(stake(), lonlat_given=None)], "zh", with_coordinates=True)
    )
    assert X in text
    assert LON_DMS not in text
    text, _ = text_of(papers.results_table_docx(checked(), "zh", with_coordinates=True))
    assert {LON_DMS, LAT_DMS} <= set(text.splitlines())


@pytest.mark.parametrize("name", [name for name in PAPERS if name not in ("description", "results")])
def test_names_from_data_are_only_text(name: str) -> None:
    assert SHOWN in text_of(PAPERS[name]("zh"))[0]


def test_what_the_papers_say() -> None:
    form, _ = text_of(PAPERS["form"]("zh"))
    assert {"9901001Q", "牵头方(签字、盖章)", "配合方(签字、盖章)", "损坏"} <= set(form.splitlines())
    register, _ = text_of(PAPERS["register"]("zh"))
    assert {"单立", "方位角(磁方位角)", "95°30′00″", "12.5", "管护单位"} <= set(register.splitlines())
    assert "护桩岗" not in register
    report, _ = text_of(PAPERS["report"]("zh"))
    assert "应检界线共 10.000 公里;其中在联检有效期内 9.000 公里;逾期界线 1 条。" in report
    assert "不符 1 项,待核实 1 项,提示 1 项" in report
    assert "未填写" in report
    assert "2026\n5\n2\n1\n10.000\n9.000" in report
    said, _ = text_of(letter("zh"))
    assert "乙县(990200):" in said
    assert "有异常情况(缺失)" in said


def test_the_register_is_read_back() -> None:
    seen = Inspection("9901", "9901001Q", DAY, 5, "990100", "损坏", note=HOSTILE)
    walked = Patrol("9901", "9901001Q", DAY, "县级护桩岗", 90)
    history = [
        Entry(number, kind, said, "界线管理岗", dt.datetime(2026, 6, 30, 9, tzinfo=dt.UTC))
        for number, kind, said in ((1, "inspection", seen), (2, "patrol", walked))
    ]
    made = register_xlsx(checked(), history, due(), "zh", notice="演示数据")
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(made))
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    assert list(sheets) == ["发现清单", "界桩登记册", "检查与变更历史", "联检到期表"]
    assert all(STAMP in str(rows[0][0]) for rows in sheets.values())
    assert all(rows[1][0] == "演示数据" for rows in sheets.values())
    assert sheets["发现清单"][3][:7] == ["K1", "不符", "9901", "9901001Q", 1.5, 1.0, "m"]
    assert [row[1] for row in sheets["界桩登记册"][3:]] == ["9901001Q", "9901002Q"]
    assert sheets["界桩登记册"][3][9:] == ["不符", "K1"]
    assert sheets["检查与变更历史"][3][2] == "界线管理岗"
    assert sheets["检查与变更历史"][3][8] == f"损坏; 轮次 5; {SHOWN}"
    assert sheets["检查与变更历史"][4][8] == "90 d"
    assert sheets["联检到期表"][4][7:] == [-3, "逾期"]
    cells = [cell for rows in sheets.values() for row in rows for cell in row if isinstance(cell, str)]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert f"'{SHOWN}" in cells
    # Who keeps a stake stays inside, as its column does.
    assert not [cell for cell in map(str, cells) for told in (LON, LAT, X, Y, "护桩岗") if told in cell]


def test_waypoints_only_with_places_and_never_for_the_public() -> None:
    root = ET.fromstring(gpx([stake(HOSTILE), dataclasses.replace(stake(), place=None)]))  # noqa: S314  # our own
    name = "{http://www.topografix.com/GPX/1/1}"
    points = root.findall(f"{name}wpt")
    assert [(one.get("lon"), one.get("lat"), one.findtext(f"{name}name")) for one in points] == [(LON, LAT, SHOWN)]
    with pytest.raises(DataError, match="不对外公开"):
        gpx([stake()], public=True)
    with pytest.raises(DataError, match="没有写 GPX"):
        gpx([dataclasses.replace(stake(), place=None)])


def test_papers_tell_the_state_that_was_reported_last() -> None:
    """Both sides: 移动 for the record's 损坏; the word of the rules for what is written 移位."""
    one = checked()
    seen = [Inspection("9901", "9901001Q", DAY, 5, unit, "移位") for unit in ("990100", "990200")]
    study = dataclasses.replace(one.bench.study, inspections=tuple(seen))
    told = dataclasses.replace(one, bench=bench_of(study))
    assert stake_states(told) == {("9901", "9901001Q"): "移动", ("9901", "9901002Q"): ""}
    alone = bench_of(dataclasses.replace(study, inspections=tuple(seen[:1])))
    assert stake_states(dataclasses.replace(one, bench=alone))["9901", "9901001Q"] == "损坏、移动"
    report = text_of(papers.report_docx(told, (), "zh"))[0]
    assert "移动\n1" in report
    assert "损坏" not in report
