"""The page on columns, ``docs/columns.md``, from the schemas: what is declared once is written once."""

from layers.mapping import NOTE_COLUMNS
from layers.schema import Field, Schema, facility_kinds
from layers.schemas import SCHEMAS

__all__ = ["page"]

_HOLDS = {
    "text": "文字 text", "number": "数字 number", "count": "数字 ≥ 0 number", "date": "日期 date",
    "choice": "选填 words", "degrees": "坐标 coordinate",
}  # fmt: skip
_SHAPES = {"point": "点 points", "line": "线 lines", "polygon": "面 polygons"}
_HEAD = """# 各类数据的列 Columns of each kind of layer

<!-- Generated from layers/schemas.py; a test holds it to that. To write it anew:
python -c "from pathlib import Path; from layers.columns_page import page; \
Path('docs/columns.md').write_text(page(), encoding='utf-8')" -->

标题不分大小写和全角半角,空格、换行和括号里的单位不影响识别;两行标题合并为“坐标-经度”的形式,按下一行或两行连起来识别。
标题认不出时,经纬度、设施类型和区划代码按内容判断,并在报告里说明。其余的列按原标题保留。

Headings are read whatever their case and width; blanks, line breaks and a unit in brackets do not matter. A heading of
two rows is joined like 坐标-经度 and known by its lower row, or by both. Where a heading tells nothing, longitude,
latitude, kind and unit code are told by what stands in the column, and the report says so. Other columns are kept under
their own headings.

- 身份证号、法定代表人、负责人、联系人等个人信息列**不导入**。Columns about a person are **not imported**.
- 标有 🔒 的列只留在工作区内,导出时去除。Columns marked 🔒 stay inside the workspace; every export strips them.
- 标题括号里的单位与表中不同的(万人、公里、公顷、亩),按标题换算。A unit in a heading is converted.
- 退回修改的文件里的{notes}三列,重新读取时自动略去。The three columns of a file of refused rows are left out again.
"""


def page() -> str:
    """The page as Markdown.

    Examples
    --------
    >>> page().splitlines()[0]
    '# 各类数据的列 Columns of each kind of layer'
    """
    notes = "、".join(f"“{name}”" for name in NOTE_COLUMNS[0])
    return "\n".join([_HEAD.format(notes=notes), *(_section(schema) for schema in SCHEMAS.values()), _kinds()])


def _section(schema: Schema) -> str:
    shapes = "、".join(text for name, text in _SHAPES.items() if name in schema.geometry)
    place = f"几何 geometry: {shapes}" if shapes else "没有几何 no geometry"
    if schema.geometry_optional and shapes:
        place += "(可以没有 optional)"
    ids = f";不填编号则为 {schema.id_prefix}1、{schema.id_prefix}2 … else made by row" if schema.id_prefix else ""
    rows = "\n".join(_row(entry) for entry in schema.fields)
    return (
        f"## {schema.label} `{schema.kind}`\n\n{place}{ids}\n\n"
        "| 名称 name | 标题 heading | 内容 holds | 单位 unit | 也读作 also read | 说明 |\n|---|---|---|---|---|---|\n"
        f"{rows}\n"
    )


def _row(entry: Field) -> str:
    label = entry.label + ("(**必填** required)" if entry.required else "") + (" 🔒" if entry.inside_only else "")
    also = "、".join(entry.synonyms)
    note = entry.note
    if entry.choices:
        words: dict[str, list[str]] = {}
        for word, value in entry.choices.items():
            words.setdefault(value, []).append(word)
        listed = ";".join(
            f"`{value}`: {'、'.join(w for w in spelled if w != value)}" for value, spelled in words.items()
        )
        note = f"{note + ';' if note else ''}{listed}"
    cells = (f"`{entry.name}`", label, _HOLDS[entry.holds], entry.unit, also, note)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _kinds() -> str:
    names: dict[str, list[str]] = {}
    for word, code in facility_kinds().items():
        names.setdefault(code, []).append(word)
    rows = "\n".join(
        f"| `{code}` | {' | '.join(word for word in words if word != code)} |" for code, words in names.items()
    )
    return f"## 设施类型 kinds of facilities\n\n| 代码 code | 中文 | English |\n|---|---|---|\n{rows}\n"
