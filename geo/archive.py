"""Archives and private copies: what a reader opens lies in a folder of our own, under a name of our own.

A name in an archive is a label and never a path. Bytes are counted as they come out, whatever the archive says of
itself. The folder is removed when the reading ends, well or not.
"""

import re
import secrets
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from geo.errors import DataError, FileError, QuarterhourError
from geo.findings import Finding
from geo.sniff import FIELDS, FileKind, foreign_errors, parts, set_of, sniff, suffix_fits, suffixes

__all__ = ["MAX_MEMBERS", "MAX_RATIO", "MAX_UNPACKED", "Member", "Opened", "opened", "unpack"]

#: Bytes that come out of one archive, at most.
MAX_UNPACKED = 500 * 1024 * 1024
#: Bytes out for each byte of the archive, at most; a text table seldom has 20.
MAX_RATIO = 100
#: Files in one archive, at most.
MAX_MEMBERS = 200
# A small archive of one repeated line is no attack: the ratio counts from here on.
_RATIO_FROM = 4 * 1024 * 1024
_BLOCK = 1 << 18
_ENCRYPTED, _UTF8_NAME = 0x1, 0x800
_MADE_ON_UNIX = 3
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# Parts and companions of a Shapefile; none is a dataset by itself.
_OF_A_SHAPEFILE = frozenset({".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj", ".qmd", FIELDS})
_SHAPEFILE_MUST = frozenset({".shx", ".dbf"})
#: Kinds that GDAL opens: it gets a copy, so that no path of the user's reaches it and nothing beside the file changes.
_COPIED: Mapping[FileKind, str] = {"geojson": ".geojson", "gpkg": ".gpkg", "shp": ".shp"}


@dataclass(frozen=True)
class Member:
    """One file that came out of an archive: its name there, and where it lies now."""

    label: str
    path: Path

    @property
    def folder_and_stem(self) -> tuple[str, str]:
        """What the parts of one Shapefile share, whatever their case."""
        return set_of(self.label)[:2]

    @property
    def suffix(self) -> str:
        """Lower case, with ``.fields.csv`` as one."""
        return set_of(self.label)[2]


@dataclass(frozen=True)
class Opened:
    """A file as its reader gets it.

    Parameters
    ----------
    file, kind
        What to open, and what it is.
    given
        What the file is that the user named: ``zip`` for an archive, else ``kind``.
    layer
        Layer inside that file, where the user named one.
    labels
        Own names and what the user knows them by, for errors and findings.
    findings
        What was noticed on the way.
    """

    file: Path
    kind: FileKind
    given: FileKind
    layer: str | None
    labels: Mapping[str, str]
    findings: tuple[Finding, ...] = ()

    def relabel(self, value: object) -> object:
        """A fact with the user's names in place of ours."""
        if isinstance(value, str):
            for own, label in self.labels.items():
                value = value.replace(own, label)
        return value


@contextmanager
def opened(file: Path, *, layer: str | None = None) -> Iterator[Opened]:
    """Give what a reader may open in place of the file that the user named, for as long as the block lasts.

    Parameters
    ----------
    file
        As :func:`geo.sniff.local_file` returned it.
    layer
        Layer or sheet; in an archive of several datasets the name of one, or ``name/layer``.

    Raises
    ------
    FileError, DataError
        When the archive is refused, or holds nothing to read or several datasets of which none was named.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.zip"
    ...     with zipfile.ZipFile(file, "w") as archive:
    ...         archive.writestr("台账/设施.csv", "id,lon,lat")
    ...     with opened(file) as inner:
    ...         inner.kind, inner.findings[0].facts["inner"]
    ('csv', '台账/设施.csv')
    """
    kind = sniff(file)
    if kind not in (*_COPIED, "zip"):
        yield Opened(file, kind, kind, layer, {})
        return
    # Windows cannot remove what a library still holds open; what is left there the system cleans up.
    with tempfile.TemporaryDirectory(prefix="quarterhour-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        inner = _from_archive(file, folder, layer) if kind == "zip" else _copied(file, kind, folder, layer)
        try:
            yield inner
        except QuarterhourError as error:
            error.facts = {key: inner.relabel(value) for key, value in error.facts.items()}
            error.args = (error.message(),)
            raise


def _copied(file: Path, kind: FileKind, folder: Path, layer: str | None) -> Opened:
    if kind == "shp" and file.suffix.lower() != ".shp":
        raise FileError("shapefile_name", file=file.name)
    stem = _own_stem()
    own = folder / f"{stem}{_COPIED[kind]}"
    with foreign_errors(file.name, code="file_unreadable"):
        if kind == "shp":
            for part in parts(file, kind):
                shutil.copyfile(part, folder / f"{stem}{set_of(part.name)[2]}")
        shutil.copyfile(file, own)
        log = file.with_name(f"{file.name}-wal")
        if kind == "gpkg" and log.is_file() and log.stat().st_size:
            # Changes that the program which has the file open did not put into it yet.
            shutil.copyfile(log, folder / f"{own.name}-wal")
    labels = {own.name: file.name, stem: file.stem}
    return Opened(own, kind, kind, stem if layer == file.stem and kind == "shp" else layer, labels)


def _own_stem() -> str:
    return f"q{secrets.token_hex(8)}"


# ---- what an archive holds ------------------------------------------------------------------------------------------


def _from_archive(file: Path, folder: Path, layer: str | None) -> Opened:
    members = unpack(file, folder)
    datasets = _datasets(file, members)
    chosen, rest = _choose(file, datasets, layer)
    kind = _sniff_member(chosen, file)
    own = {chosen.label}
    if kind == "shp":
        own |= {m.label for m in members if m.folder_and_stem == chosen.folder_and_stem and m.suffix in _OF_A_SHAPEFILE}
    left_out = sorted({member.label for member in members} - own)
    findings = []
    if not suffix_fits(Path(chosen.label), kind):
        findings.append(Finding("suffix_differs", "warn", facts={"file": chosen.label, "format": kind}))
    findings.append(Finding("read_from_archive", "info", facts={"file": file.name, "inner": chosen.label}))
    if left_out:
        facts = {"file": file.name, "count": len(left_out), "others": ", ".join(left_out)}
        findings.append(Finding("archive_left_out", "info", facts=facts))
    label = PurePosixPath(chosen.label)
    labels = {chosen.path.name: f"{file.name}/{label}", chosen.path.stem: label.stem}
    if rest == label.stem and kind == "shp":
        rest = chosen.path.stem
    return Opened(chosen.path, kind, "zip", rest, labels, tuple(findings))


def _sniff_member(member: Member, archive: Path) -> FileKind:
    """What a member is; its errors name it as the user knows it. An archive inside an archive is refused."""
    try:
        kind = sniff(member.path)
    except FileError as error:
        if error.facts.get("format") in _ARCHIVES:
            raise FileError("archive_nested", file=archive.name, inner=member.label) from None
        error.facts = {
            key: f"{archive.name}/{member.label}" if value == member.path.name else value
            for key, value in error.facts.items()
        }
        error.args = (error.message(),)
        raise
    if kind == "zip":
        raise FileError("archive_nested", file=archive.name, inner=member.label)
    return kind


_ARCHIVES = frozenset({"ZIP", "RAR", "7z", "gzip", "bzip2"})


def _datasets(file: Path, members: list[Member]) -> list[Member]:
    """The members that can be read by themselves. A readable name with unreadable content counts: it says why."""
    found: list[Member] = []
    notes: list[Member] = []
    for member in members:
        if member.suffix in _OF_A_SHAPEFILE or member.path.stat().st_size == 0:
            continue
        try:
            _sniff_member(member, file)
        except FileError as error:
            if error.code == "archive_nested":
                raise
            # ".xml" is what programs call their notes on a layer, beside a Shapefile for one.
            if member.suffix == ".xml" or member.suffix not in suffixes():
                continue
        (notes if member.suffix == ".txt" else found).append(member)
    sets = {member.folder_and_stem for member in found if member.suffix == ".shp"}
    for member in members:
        if member.suffix in _SHAPEFILE_MUST and member.folder_and_stem not in sets:
            raise FileError("shapefile_part_missing", file=member.label, missing=".shp")
    if file.suffix.lower() == ".kmz":
        # By its standard the first one is the map; others are loaded from it.
        found = [member for member in found if member.suffix == ".kml"][:1] or found
    found = found or notes
    if not found:
        names = ", ".join(member.label for member in members)
        raise FileError("archive_no_data", file=file.name, names=names or "–")
    return found


def _choose(file: Path, datasets: list[Member], layer: str | None) -> tuple[Member, str | None]:
    """The dataset that is meant, and the layer inside it."""
    if layer is not None:
        named = [m for m in datasets if layer in (m.label, PurePosixPath(m.label).name)]
        if len(named) == 1:
            return named[0], None
        inside = [m for m in datasets if layer.startswith(f"{m.label}/")]
        if len(inside) == 1:
            return inside[0], layer.removeprefix(f"{inside[0].label}/")
    labels = ", ".join(member.label for member in datasets)
    if len(datasets) > 1:
        code = "archive_several" if layer is None else "no_such_layer"
        raise DataError(code, file=file.name, layer=layer, layers=labels)
    return datasets[0], layer


# ---- taking it apart ------------------------------------------------------------------------------------------------


def unpack(file: Path, folder: Path) -> list[Member]:
    """Unpack a ZIP into an empty folder under names of our own, and give what came out, in the archive's order.

    Parameters
    ----------
    file
        The archive. Files that systems leave there (``__MACOSX``, names with a leading dot) are passed over.
    folder
        Of our own. The parts of one Shapefile get one stem and suffixes in lower case.

    Raises
    ------
    FileError
        When it is damaged, encrypted, holds too much or too many, or a link, a device, or a name that leads elsewhere.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.zip"
    ...     with zipfile.ZipFile(file, "w") as archive:
    ...         archive.writestr("../evil.csv", "x")
    ...     try:
    ...         unpack(file, Path(folder))
    ...     except FileError as error:
    ...         error.code
    'archive_bad_name'
    """
    left = min(MAX_UNPACKED, max(_RATIO_FROM, MAX_RATIO * file.stat().st_size))
    out: list[Member] = []
    own: dict[tuple[str, str], str] = {}
    with foreign_errors(file.name), zipfile.ZipFile(file) as archive:
        infos = [(info, _label(info)) for info in archive.infolist()]
        for info, label in infos:
            _refuse_harmful(info, label, file.name)
        wanted = [(info, label) for info, label in infos if not _passed_over(info, label)]
        if len(wanted) > MAX_MEMBERS:
            raise FileError("archive_too_many", file=file.name, count=len(wanted), most=MAX_MEMBERS)
        for info, label in wanted:
            place, stem, suffix = set_of(label)
            name = own.setdefault((place, stem), _own_stem())
            target = folder / f"{name}{suffix}"
            if target.exists():
                target = folder / f"{_own_stem()}{suffix}"
            left -= _inflate(archive, info, target, left, file.name)
            out.append(Member(label, target))
    return out


def _inflate(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, most: int, file: str) -> int:
    """Write one member; how many bytes really came out."""
    count = 0
    with archive.open(info) as source, target.open("xb") as sink:
        while block := source.read(_BLOCK):
            count += len(block)
            if count > most:
                raise FileError("archive_too_large", file=file, most=MAX_UNPACKED // 1024**2, ratio=MAX_RATIO)
            sink.write(block)
    return count


def _label(info: zipfile.ZipInfo) -> str:
    """The name in an archive: UTF-8 where it says so; else what it most likely is, Chinese names of Windows last."""
    if info.flag_bits & _UTF8_NAME:
        return info.orig_filename.replace("\\", "/")
    raw = info.orig_filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding).replace("\\", "/")
        except UnicodeDecodeError:
            continue
    return info.orig_filename.replace("\\", "/")


def _refuse_harmful(info: zipfile.ZipInfo, label: str, file: str) -> None:
    pieces = label.split("/")
    if label.startswith("/") or ".." in pieces or "\0" in label or re.match(r"[A-Za-z]:", label):
        raise FileError("archive_bad_name", file=file, inner=label)
    if info.flag_bits & _ENCRYPTED:
        raise FileError("archive_encrypted", file=file, inner=label)
    mode = info.external_attr >> 16
    if info.create_system == _MADE_ON_UNIX and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise FileError("archive_link", file=file, inner=label)
    if info.compress_type not in _METHODS:
        raise FileError("archive_method", file=file, inner=label, method=info.compress_type)


def _passed_over(info: zipfile.ZipInfo, label: str) -> bool:
    pieces = PurePosixPath(label).parts
    return info.is_dir() or label.endswith("/") or "__MACOSX" in pieces or any(p.startswith(".") for p in pieces)
