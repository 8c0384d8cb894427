"""The parts of a Shapefile: which are missing, whether they belong together, and what their texts are in."""

import codecs
import csv
import io
import struct
from pathlib import Path

from geo.encoding import known_encoding
from geo.errors import DataError, FileError
from geo.findings import Finding
from geo.sniff import FIELDS, foreign_errors

__all__ = ["full_names", "text_encoding"]

_NEEDS = (".shx", ".dbf")
# Longest field name of a dBASE table.
_NAME_BYTES = 10
# Where the descriptions of fields begin, and the bytes of each.
_FIRST_FIELD = _FIELD_BYTES = 32
# Byte that follows the last field description of a dBASE table.
_END_OF_FIELDS = 0x0D


def text_encoding(file: Path, asked: str | None) -> tuple[str, list[Finding]]:
    """Check that the parts are there and belong together; say which encoding the texts of the table are in.

    Parameters
    ----------
    file
        The ``.shp``; the other parts lie beside it.
    asked
        What the user says the encoding is.

    Raises
    ------
    FileError, DataError
        With the part that is missing or damaged, or when the encoding is unknown.

    Examples
    --------
    >>> try:
    ...     text_encoding(Path("no/such.shp"), None)
    ... except FileError as error:
    ...     error.facts["missing"]
    '.shx, .dbf'
    """
    missing = [suffix for suffix in _NEEDS if not file.with_suffix(suffix).exists()]
    if missing:
        raise FileError("shapefile_part_missing", file=file.name, missing=", ".join(missing))
    table = file.with_suffix(".dbf")
    with foreign_errors(file.name, code="shapefile_damaged"):
        count, cells = _dbf_cells(table.read_bytes())
        shapes = (file.with_suffix(".shx").stat().st_size - 100) // 8
    if shapes == 0 and count == 0:
        raise DataError("no_rows", file=file.name)
    if shapes != count:
        raise FileError("shapefile_parts_differ", file=file.name, shapes=shapes, records=count)
    if asked is not None:
        used = known_encoding(asked)
        if used is None:
            raise DataError("unknown_encoding", encoding=asked)
        return used, _mended_names(table, used)
    said = file.with_suffix(".cpg")
    declared = known_encoding(said.read_text("latin-1").removeprefix("ï»¿")) if said.exists() else None
    found = next((name for name in (declared, "utf-8", "gb18030") if name and _decodes(cells, name)), declared)
    if found is None:
        raise FileError("not_text", file=table.name)
    findings = []
    if declared and found != declared:
        findings.append(Finding("cpg_wrong", "warn", facts={"declared": declared, "used": found}))
    elif not declared and not all(cell.isascii() for cell, _ in cells):
        sample = next(cell.decode(found, "replace") for cell, _ in cells if not cell.isascii())
        findings.append(Finding("encoding_detected", "warn", facts={"used": found, "sample": sample}))
    return found, findings + _mended_names(table, found)


def _mended_names(table: Path, encoding: str) -> list[Finding]:
    """Take half characters off the end of field names, in our copy of the table: no library reads such a name."""
    data = bytearray(table.read_bytes())
    findings = []
    position = _FIRST_FIELD
    while data[position] != _END_OF_FIELDS:
        raw = bytes(data[position : position + _NAME_BYTES + 1]).split(b"\0")[0]
        name = raw.decode(encoding, "ignore")
        if name.encode(encoding, "ignore") != raw:
            # What is left of it may be nothing.
            name = name or f"F{position // _FIELD_BYTES}"
            data[position : position + _NAME_BYTES + 1] = name.encode(encoding, "ignore").ljust(_NAME_BYTES + 1, b"\0")
            findings.append(Finding("field_name_cut", "warn", field=name))
        position += _FIELD_BYTES
    if findings:
        table.write_bytes(data)
    return findings


def full_names(file: Path, columns: list[str]) -> dict[str, str]:
    """Full names of columns from the table that stands beside a Shapefile of ours; empty where there is none.

    Parameters
    ----------
    file
        The ``.shp``.
    columns
        Names of its fields. Those of which the table says nothing stay.

    Examples
    --------
    >>> full_names(Path("no/such.shp"), ["F1"])
    {}
    """
    said = file.with_suffix(FIELDS)
    if not said.exists():
        return {}
    with foreign_errors(said.name):
        text = said.read_bytes().decode("utf-8-sig")
        records = [record for record in csv.reader(io.StringIO(text, newline="")) if len(record) == 2]  # noqa: PLR2004
    pairs = {short: full for short, full in records[1:] if short in columns and full}
    after = [pairs.get(name, name) for name in columns]
    # A table that would make two columns one is none of ours.
    return pairs if len(set(after)) == len(after) else {}


def _dbf_cells(data: bytes) -> tuple[int, list[tuple[bytes, bool]]]:
    """Number of records of a dBASE table; its field names and text cells as bytes, and whether each fills its width."""
    count, header, length = struct.unpack_from("<IHH", data, 4)
    fields = []
    cells: list[tuple[bytes, bool]] = []
    position, offset = _FIRST_FIELD, 1
    while data[position] != _END_OF_FIELDS:
        name, kind, width = data[position : position + 11].split(b"\0")[0], data[position + 11], data[position + 16]
        cells.append((name, len(name) >= _NAME_BYTES))
        if kind == ord("C"):
            fields.append((offset, width))
        offset += width
        position += _FIELD_BYTES
    # The head may say anything: with records of no length there would be four thousand million of them.
    if length < offset or header + count * length > len(data):
        msg = f"{count} records of {length} bytes are not in it"
        raise ValueError(msg)
    for record in range(count):
        start = header + record * length
        for at, width in fields:
            cell = data[start + at : start + at + width].rstrip(b" \0")
            cells.append((cell, len(cell) == width))
    return count, cells


def _decodes(cells: list[tuple[bytes, bool]], encoding: str) -> bool:
    """Whether all cells fit an encoding; the last character of a full cell may be cut in two."""
    try:
        decoder = codecs.getincrementaldecoder(encoding)
        for cell, full in cells:
            if not cell.isascii():
                decoder().decode(cell, final=not full)
    except (UnicodeError, LookupError):
        return False
    return True
