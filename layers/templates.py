"""Tables to fill in: a template of each kind."""

import csv
import io

from geo.workbook import Sheet, workbook
from layers._columns import EXAMPLE
from layers.schema import Field, facility_kinds
from layers.schemas import SCHEMAS

__all__ = ["fields_of", "template_csv", "template_xlsx"]

_HOLDS = {
    "text": "文字", "number": "数字", "count": "不小于 0 的数字", "date": "日期", "choice": "从允许值中选填",
    "degrees": "十进制度",
}  # fmt: skip
_EXAMPLES = {
    "lon": "119.9081", "lat": "31.0262", "unit_code": "990101", "parent_code": "9901", "kind": "居家养老服务中心",
    "status": "在用", "open_date": "2021-02-19", "crs": "EPSG:4549", "x_north": "3433560.12", "y_east": "491234.56",
    "year": "2025", "value": "62.5", "indicator": "护理型床位占比", "base": "户籍", "line_code": "9901",
    "stake_no": "9901001Q", "serial": "001", "type": "Q", "highway": "县道", "public": "否", "phone": "0572-0000000",
    "credit_code": "", "spatial_id": "", "close_date": "", "valid_to": "", "must": "", "epoch": "2020-05-01",
    "valid_from": "2020-01-01", "last_inspection": "2022-06-30", "date": "2025-03-01", "azimuth_kind": "坐标",
    "shape": "双面型", "repair_opened": "", "repair_closed": "", "photo_date": "2025-03-01", "retired": "否",
    "change_record": "", "repair_confirmed_by": "", "tag": "", "round": "5", "activity": "联检", "state": "完好",
}  # fmt: skip
#: Kinds whose rows need lines, which no table holds.
_LINES_ONLY = ("roads", "lines", "features")


def template_xlsx(kind: str) -> bytes:
    """A workbook to fill in: headings in Chinese with an example row, and a sheet that explains each column.

    Parameters
    ----------
    kind
        A key of :data:`layers.schemas.SCHEMAS`.

    Examples
    --------
    >>> template_xlsx("facilities")[:2]
    b'PK'
    """
    schema = SCHEMAS[kind]
    table = Sheet(schema.label, _headings(kind), [_example(kind)])
    explained = [
        [entry.label, _HOLDS[entry.holds], entry.unit, "必填" if entry.required else "", _allowed(kind, entry),
         entry.note + ("(只留在本单位,导出时去除)" if entry.inside_only else "")]
        for entry in fields_of(kind)
    ]  # fmt: skip
    general = [
        ["说明", f"第一行标题请勿改动;以“{EXAMPLE}”开头的行是示例,填报时可删除,留着也不会导入。", "", "", "", ""],
        ["说明", "不需要的列可以空着或删除;可以另加自己的列。编号、代码按文本填写,保留前面的 0。", "", "", "", ""],
        ["说明", "不要填写身份证号、个人姓名和个人电话,这些列不会导入。", "", "", "", ""],
    ]
    if kind in _LINES_ONLY:
        general.append(
            ["说明", "表格里没有线形:请用作属性表,线形放在 GeoPackage、Shapefile 等图层里。", "", "", "", ""]
        )
    heading = ["列名", "填写内容", "单位", "是否必填", "允许值", "说明"]
    return workbook([table, Sheet("填写说明", heading, explained + general)])


def fields_of(kind: str) -> tuple[Field, ...]:
    """The columns of a template: those of the schema, with one way to say where a row lies; of stakes, both.

    Examples
    --------
    >>> [entry.name for entry in fields_of("facilities")][-2:]
    ['lon', 'lat']
    """
    other_ways = ("lonlat",) if kind == "stakes" else ("lonlat", "x_north", "y_east", "crs")
    return tuple(entry for entry in SCHEMAS[kind].fields if entry.name not in other_ways)


def template_csv(kind: str) -> bytes:
    """The heading and the example row as CSV, in UTF-8 with a mark so that Excel reads the Chinese.

    Examples
    --------
    >>> template_csv("values").decode("utf-8-sig").splitlines()[0]
    '行政区划代码,指标名称,年份,数值,口径,数据来源'
    """
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_headings(kind), _example(kind)])
    return text.getvalue().encode("utf-8-sig")


def _headings(kind: str) -> list[str]:
    return [f"{entry.label}({entry.unit})" if entry.unit else entry.label for entry in fields_of(kind)]


def _example(kind: str) -> list[str]:
    cells = [_example_of(entry) for entry in fields_of(kind)]
    return [f"{EXAMPLE}{cells[0]}", *cells[1:]]


def _example_of(entry: Field) -> str:
    if entry.name in _EXAMPLES:
        return _EXAMPLES[entry.name]
    if entry.note.startswith("填 是"):
        return "是"
    if entry.holds in ("number", "count"):
        return "10"
    return "" if entry.holds != "text" else f"某{entry.label}"


def _allowed(kind: str, entry: Field) -> str:
    """Chinese words that a column of choices takes, one per meaning where there are many."""
    if entry.holds != "choice":
        return ""
    words = facility_kinds() if entry.name == "kind" and kind in ("facilities", "candidates") else entry.choices
    chinese: dict[str, str] = {}
    for word, value in words.items():
        if not word.isascii() or value == word:
            chosen = chinese.get(value, "")
            chinese[value] = word if not chosen or chosen.isascii() else chosen
    return "、".join(chinese.values())
