"""What the XML inside an XLSX says beside its values, read before a library unfolds it.

Bytes are counted as they really come out of the archive: a header may lie about them, and the library that reads the
values believes no header either.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from defusedxml import ElementTree

from geo.errors import FileError
from geo.sniff import foreign_errors

__all__ = ["MAX_CELLS", "MAX_ROWS", "MAX_UNPACKED", "SheetFacts", "inspect_workbook"]

#: Bytes of a workbook when unpacked.
MAX_UNPACKED = 500 * 1024 * 1024
#: Cells of a sheet's bounding box that are read at most: the reader allocates the whole box, used or not.
MAX_CELLS = 20_000_000
#: Rows of a sheet in the format.
MAX_ROWS = 1_048_576
_BLOCK = 1 << 18
_MOST_CONTENTS = 4 * 1024 * 1024
#: A row of the format's 16,384 columns fits in it; what has no row ends is looked at in pieces.
_MOST_PENDING = 4 * 1024 * 1024
_ROW_END = b"row>"
_TAIL = 32
_LOCAL_HEADER = 30
_WORKBOOK, _RELATIONS, _STYLES = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"
_XML = (".xml", ".rels")
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")

_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,9})"')
# The library that reads the values believes any number of letters and digits, and letters of either case.
_CELL = re.compile(rb"""\sr=["']([A-Za-z]+)0*(\d{1,9})\d*["']""")
_MOST_LETTERS = 8
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^<>]*)>\s*<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:</(?:\w+:)?c>|<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</)"
)
_ERROR = re.compile(rb'<(?:\w+:)?c\b([^<>]*\bt="e"[^<>]*)>')
_HIDDEN = re.compile(rb'<(?:\w+:)?row\b([^<>]*\bhidden="(?:1|true)"[^<>]*)>')
_STYLED = re.compile(rb'<(?:\w+:)?c\b([^<>]*\bs="[^<>]*)>')
_STYLE = re.compile(rb'\bs="(\d{1,6})"')
_ZEROS = re.compile("0{2,20}")
_ROW_NUMBER = re.compile(rb'\br="(\d{1,9})"')


@dataclass
class SheetFacts:
    """What a sheet holds beside values.

    Parameters
    ----------
    no_value
        Cells with a formula whose result was not saved, such as ``C7``.
    errors
        Cells whose formula failed (``#N/A``, ``#REF!``).
    hidden
        Numbers of the rows that the spreadsheet does not show.
    digits
        Row and column, from 1, of the cells whose number is shown with leading zeros, and how many digits it has then.
    """

    no_value: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    digits: dict[tuple[int, int], int] = field(default_factory=dict)
    _last_row: int = 0
    _last_column: int = 0

    def take(self, xml: bytes, file: str, zeros: Mapping[bytes, int]) -> None:
        """Look at some whole rows; ``zeros`` are the styles with leading zeros."""
        cells = _CELL.findall(xml)
        self._last_column = max(
            [self._last_column, *map(_column_number, {letters[:_MOST_LETTERS].upper() for letters, _ in cells})]
        )
        self._last_row = max([self._last_row, *map(int, {digits for _, digits in cells})])
        if self._last_row > MAX_ROWS:
            raise FileError("sheet_too_long", file=file, rows_found=self._last_row, most=MAX_ROWS)
        if self._last_column * self._last_row > MAX_CELLS:
            columns = self._last_column
            raise FileError("sheet_too_large", file=file, rows_found=self._last_row, columns=columns, most=MAX_CELLS)
        if b"<f" in xml or b":f" in xml:
            # A text formula whose result is no text at all has nothing missing.
            self.no_value += [_name(found) for found in _FORMULA.findall(xml) if b't="str"' not in found]
        if b't="e"' in xml:
            self.errors += [_name(found) for found in _ERROR.findall(xml)]
        if b"hidden=" in xml:
            self.hidden += [int(number) for found in _HIDDEN.findall(xml) for number in _ROW_NUMBER.findall(found)]
        for attributes in _STYLED.findall(xml) if zeros else ():
            style, place = _STYLE.search(attributes), _REFERENCE.search(attributes)
            if style and place and style[1] in zeros:
                self.digits[int(place[2]), _column_number(place[1])] = zeros[style[1]]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _name(attributes: bytes) -> str:
    match = _REFERENCE.search(attributes)
    return (match[1] + match[2]).decode("ascii") if match else "?"


def inspect_workbook(file: Path) -> Mapping[str, SheetFacts]:
    """Look through the parts of an XLSX, and refuse one that would fill the memory or declares entities.

    Returns
    -------
    mapping
        Name of each worksheet to what was found in it.

    Raises
    ------
    FileError
        When it is damaged, unpacks to more than :data:`MAX_UNPACKED` bytes, a sheet spans more than :data:`MAX_CELLS`
        cells or :data:`MAX_ROWS` rows, or a part has a document type.

    Examples
    --------
    >>> import tempfile, xlsxwriter
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.xlsx"
    ...     with xlsxwriter.Workbook(str(file)) as book:
    ...         sheet = book.add_worksheet("台账")
    ...         _ = sheet.write_formula("B2", "=A1", None, "")
    ...     inspect_workbook(file)["台账"].no_value
    ['B2']
    """
    with foreign_errors(file.name), zipfile.ZipFile(file) as archive, file.open("rb") as handle:
        members = {member.filename.casefold(): member for member in archive.infolist()}
        if len(members) < len(archive.infolist()):
            raise FileError("file_damaged", file=file.name, reason="ZIP")
        parts = _parts_of_sheets(handle, members, file.name)
        zeros = _styles_with_zeros(handle, members, file.name)
        facts = {part: SheetFacts() for part in parts.values()}
        unpacked = 0
        for name, member in members.items():
            for xml, size in _pieces(handle, member, file.name):
                unpacked += size
                if unpacked > MAX_UNPACKED:
                    most = MAX_UNPACKED // 1024**2
                    raise FileError("file_too_large", file=file.name, size=f"> {most}", most=most)
                if name in facts:
                    facts[name].take(xml, file.name, zeros)
        return {name: facts[part] for name, part in parts.items()}


def _parts_of_sheets(handle: BinaryIO, members: Mapping[str, zipfile.ZipInfo], file: str) -> dict[str, str]:
    """Name of each sheet to the member, in lower case, that holds it."""
    roots = []
    for name in (_RELATIONS, _WORKBOOK):
        xml = _small(handle, members[name], file)
        if xml is None:
            raise FileError("file_damaged", file=file, reason=name)
        roots.append(ElementTree.fromstring(xml))
    targets = {}
    for relation in roots[0]:
        target = relation.get("Target", "")
        path = target if target.startswith("/") else f"xl/{target}"
        targets[relation.get("Id")] = path.lstrip("/").casefold()
    out = {}
    for element in roots[1].iter():
        if element.tag.rpartition("}")[2] == "sheet":
            key = next((value for name, value in element.attrib.items() if name.rpartition("}")[2] == "id"), None)
            out[element.get("name", "")] = targets.get(key, "")
    return out


def _styles_with_zeros(handle: BinaryIO, members: Mapping[str, zipfile.ZipInfo], file: str) -> dict[bytes, int]:
    """Numbers of the styles that show a number with leading zeros (``0000``), and with how many digits."""
    xml = _small(handle, members[_STYLES], file) if _STYLES in members else None
    if xml is None:
        return {}
    root = ElementTree.fromstring(xml)
    formats = {
        element.get("numFmtId"): len(element.get("formatCode", ""))
        for element in root.iter()
        if element.tag.endswith("}numFmt") and _ZEROS.fullmatch(element.get("formatCode", ""))
    }
    used = next((element for element in root if element.tag.endswith("}cellXfs")), ())
    styles = enumerate(style.get("numFmtId") for style in used)
    return {str(number).encode("ascii"): formats[code] for number, code in styles if code in formats}


def _small(handle: BinaryIO, member: zipfile.ZipInfo, file: str) -> bytes | None:
    """A part as a whole; None when it is larger than such a part may be."""
    xml = b""
    for piece, _ in _pieces(handle, member, file):
        xml += piece
        if len(xml) > _MOST_CONTENTS:
            return None
    return xml


def _pieces(handle: BinaryIO, member: zipfile.ZipInfo, file: str) -> Iterator[tuple[bytes, int]]:
    """A member in pieces that end with a row of a sheet where they can, each with the number of bytes that came out."""
    pending = b""
    size = 0
    for position, block in enumerate(_inflated(handle, member)):
        if position == 0 and block.startswith(_UTF16) and member.filename.casefold().endswith(_XML):
            raise FileError("xml_in_utf16", file=file)
        if _DOCTYPE.search(pending[-_TAIL:] + block):
            raise FileError("xml_doctype", file=file)
        pending += block
        size += len(block)
        end = pending.rfind(_ROW_END) + len(_ROW_END)
        if end < len(_ROW_END) and len(pending) > _MOST_PENDING:
            end = len(pending) - _TAIL
        if end >= len(_ROW_END):
            yield pending[:end], size
            pending, size = pending[end:], 0
    yield pending, size


def _inflated(handle: BinaryIO, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of a member as they come out, to the end of what is stored, whatever its header says."""
    handle.seek(member.header_offset)
    header = handle.read(_LOCAL_HEADER)
    if len(header) < _LOCAL_HEADER or not header.startswith(b"PK\x03\x04"):
        raise zipfile.BadZipFile("local header")
    handle.seek(sum(struct.unpack("<HH", header[26:30])), 1)
    left = member.compress_size
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or member.flag_bits & 1:
        raise zipfile.BadZipFile("method")
    while left > 0 and (stored := handle.read(min(_BLOCK, left))):
        left -= len(stored)
        if member.compress_type == zipfile.ZIP_STORED:
            yield stored
            continue
        while stored and not inflater.eof:
            block = inflater.decompress(stored, _BLOCK)
            stored = inflater.unconsumed_tail
            if block:
                yield block
    if left > 0 or (member.compress_type == zipfile.ZIP_DEFLATED and not inflater.eof):
        raise zipfile.BadZipFile("cut off")
