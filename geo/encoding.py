"""Which encoding a text is in, by evidence: mark, zero bytes, strict UTF-8, then GB 18030 or Big5 by characters."""

import codecs
import re

from geo.errors import DataError, FileError

__all__ = ["decode_text", "known_encoding", "sample_of"]

# A mark at the start is proof. UTF-16 comes from Excel's "Unicode text".
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
#: The GB 18030 family, which Excel in a Chinese Windows writes; a superset of GBK and GB 2312.
_CHINESE = "gb18030"
#: As Windows in Taiwan and Hong Kong writes it.
_TRADITIONAL = "cp950"
#: Spellings of the family in .cpg files and in what users type.
_ALIASES = {"936": _CHINESE, "cp936": _CHINESE, "gbk": _CHINESE, "gb2312": _CHINESE, "ansi 936": _CHINESE}
# The first bytes of the characters in everyday use: level 1 of GB 2312 (3,755) and of Big5 (5,401). Other characters
# are rare in either, so a text read in the wrong one of the two falls outside about half the time.
_GB_COMMON = (0xB0, 0xD7)
_BIG5_COMMON = (0xA4, 0xC6)
_PUNCTUATION = (0xA1, 0xA3)
_LEAD, _HIGH = 0x81, 0xA1
#: How much more of the characters must be common ones in Big5 than in GB 18030, which is what bureaus use.
_CLEARLY = 0.1
#: How much rarer zeros are on the one side of each pair of bytes than on the other, in UTF-16.
_ONE_SIDED = 4
_SCORED_BYTES = 200_000
_SAMPLE = re.compile(r"[^\x00-\x7f]+")
_SAMPLE_LENGTH = 12
#: Of the characters outside ASCII: where at least so many are UTF-8, the rest is damage and not another encoding.
_MOSTLY = 0.9


def known_encoding(name: str) -> str | None:
    r"""Python's name of an encoding as users and ``.cpg`` files spell it, or None.

    Parameters
    ----------
    name
        For example ``GBK``, ``936``, ``CP936``, ``utf8``; marks and blanks around it do not matter.

    Examples
    --------
    >>> known_encoding(" CP936\n"), known_encoding("UTF8"), known_encoding("klingon")
    ('gb18030', 'utf-8', None)
    """
    plain = name.strip("\ufeff \t\r\n\0").lower()
    if plain in _ALIASES:
        return _ALIASES[plain]
    if plain.isdigit():
        plain = f"cp{plain}"
    try:
        info = codecs.lookup(plain)
    except (LookupError, ValueError):
        return None
    # Codecs such as rot13 or hex turn text into text or bytes into bytes; they are no encodings.
    return info.name if getattr(info, "_is_text_encoding", True) else None


def decode_text(data: bytes, *, encoding: str | None = None, file: str = "") -> tuple[str, str]:
    """Text of some bytes, and the encoding that was chosen.

    Parameters
    ----------
    data
        All bytes of the file.
    encoding
        What the user says it is; nothing else is tried then.
    file
        Name for the error message.

    Returns
    -------
    tuple of str
        ``(text, encoding)``.

    Raises
    ------
    DataError
        When the encoding asked for is unknown or does not fit, or most of the text is UTF-8 and some is not.
    FileError
        When the bytes are no text.

    Examples
    --------
    >>> decode_text("敬老院".encode("gbk")), decode_text("敬老院,安養中心".encode("big5"))
    (('敬老院', 'gb18030'), ('敬老院,安養中心', 'cp950'))
    """
    if encoding is not None:
        chosen = known_encoding(encoding)
        if chosen is None:
            raise DataError("unknown_encoding", encoding=encoding)
        return _strict(data, chosen, file=file), chosen
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _strict(data, name, file=file), name
    if b"\0" in data:
        return _unmarked_utf16(data, file)
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        _refuse_damaged_utf8(data, error.start, file)
    scores = {_CHINESE: _common_share(data, _GB_COMMON, low_trails=False)}
    scores[_TRADITIONAL] = _common_share(data, _BIG5_COMMON, low_trails=True) - _CLEARLY
    for name in sorted(scores, key=scores.__getitem__, reverse=True):
        try:
            return data.decode(name), name
        except UnicodeDecodeError:
            continue
    raise FileError("not_text", file=file)


def sample_of(text: str) -> str:
    r"""The first few characters of a text that are not ASCII, by which a reader sees whether the encoding is right.

    Examples
    --------
    >>> sample_of("id,name\n1,敬老院\n")
    '敬老院'
    """
    match = _SAMPLE.search(text)
    return match[0][:_SAMPLE_LENGTH] if match else ""


def _unmarked_utf16(data: bytes, file: str) -> tuple[str, str]:
    """Text in UTF-16 without a mark: commas, digits and line ends have a zero byte, always on the same side."""
    if len(data) % 2 == 0:
        first, second = data[0::2].count(0), data[1::2].count(0)
        for zeros, others, name in ((second, first, "utf-16-le"), (first, second, "utf-16-be")):
            if zeros > _ONE_SIDED * others:
                try:
                    text = data.decode(name)
                except UnicodeDecodeError:
                    break
                if "\0" not in text:
                    return text, name
    raise FileError("not_text", file=file)


def _refuse_damaged_utf8(data: bytes, position: int, file: str) -> None:
    """Refuse a text that is UTF-8 but for some bytes, rather than read all of it as something else."""
    text = data[:_SCORED_BYTES].decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    whole = sum(len(match) for match in _SAMPLE.findall(text)) - broken
    if whole and whole >= _MOSTLY * (whole + broken):
        raise DataError("encoding_does_not_fit", file=file, encoding="utf-8", position=position)


def _common_share(data: bytes, common: tuple[int, int], *, low_trails: bool) -> float:
    """Of the pairs of bytes that would be characters, the share that would be everyday ones."""
    seen = found = position = 0
    part = data[:_SCORED_BYTES]
    while position < len(part) - 1:
        lead, trail = part[position], part[position + 1]
        if lead < _LEAD:
            position += 1
            continue
        position += 2
        if _PUNCTUATION[0] <= lead <= _PUNCTUATION[1]:
            continue  # In both.
        seen += 1
        found += common[0] <= lead <= common[1] and (low_trails or trail >= _HIGH)
    return found / seen if seen else 0.0


def _strict(data: bytes, encoding: str, *, file: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeError as error:
        position = getattr(error, "start", 0)
        raise DataError("encoding_does_not_fit", file=file, encoding=encoding, position=position) from None
