"""Which encoding a text is in, decided by evidence: mark, strict UTF-8, then GB 18030."""

import codecs

from geo.errors import DataError, FileError

__all__ = ["decode_text", "known_encoding"]

# A mark at the start is proof. UTF-16 comes from Excel's "Unicode text".
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
#: The GB 18030 family, which Excel in a Chinese Windows writes; a superset of GBK and GB 2312.
_CHINESE = "gb18030"
#: Spellings of the family in .cpg files and in what users type.
_ALIASES = {"936": _CHINESE, "cp936": _CHINESE, "gbk": _CHINESE, "gb2312": _CHINESE, "ansi 936": _CHINESE}


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
        When the encoding asked for is unknown or does not fit.
    FileError
        When the bytes are no text.

    Examples
    --------
    >>> decode_text("敬老院".encode("gbk"))
    ('敬老院', 'gb18030')
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
        raise FileError("not_text", file=file)
    for name in ("utf-8", _CHINESE):
        try:
            return data.decode(name), name
        except UnicodeDecodeError:
            continue
    raise FileError("not_text", file=file)


def _strict(data: bytes, encoding: str, *, file: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeError as error:
        position = getattr(error, "start", 0)
        raise DataError("encoding_does_not_fit", file=file, encoding=encoding, position=position) from None
