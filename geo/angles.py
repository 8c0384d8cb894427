"""Angles as people write them: decimal degrees, degrees-minutes-seconds in many spellings, two in one cell."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from geo.parse import as_text

__all__ = ["Axis", "Order", "may_be_packed", "pair_order", "parse_angles", "parse_pairs"]

#: What a cell should hold; a mark of the other (``N`` in a column of longitudes) makes a bad cell.
Axis = Literal["lon", "lat"]
#: Which of the two stands first in a cell that holds both.
Order = Literal["lonlat", "latlon"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_SIXTY = 60.0
_MOST_LAT = 90.0
# Longitudes and latitudes of China, to tell which of two numbers up to 90 is which.
_CHINA_LON, _CHINA_LAT = (73.0, 136.0), (3.0, 54.0)
#: Of a random decimal 0.36 look packed, of a random row 0.13: five rows that all do are no chance.
_LEAST_PACKED_ROWS = 5
#: A packed number has minutes and seconds: with fewer decimals it is a short decimal number.
_PACKED_DECIMALS = 4

_SIGNS = str.maketrans(
    {
        **dict.fromkeys("°º˚∘度", "°"),
        **dict.fromkeys("′'’‘`´ʹ＇分", "′"),
        **dict.fromkeys('″"”“ʺ＂秒', "″"),
        **dict.fromkeys("−–—－‐‑", "-"),
    }
)
_SIDES: dict[str, tuple[Axis, int]] = {
    "E": ("lon", 1), "W": ("lon", -1), "N": ("lat", 1), "S": ("lat", -1),
    "东经": ("lon", 1), "西经": ("lon", -1), "北纬": ("lat", 1), "南纬": ("lat", -1),
    "东": ("lon", 1), "西": ("lon", -1), "北": ("lat", 1), "南": ("lat", -1),
    "经度": ("lon", 1), "纬度": ("lat", 1), "LON": ("lon", 1), "LNG": ("lon", 1), "LAT": ("lat", 1),
}  # fmt: skip
_SIDE = "|".join(sorted(_SIDES, key=len, reverse=True))
_SIDED = re.compile(rf"(?P<before>{_SIDE})?[:=]?\s*(?P<angle>[-+]?[\d.].*?)\s*(?P<after>{_SIDE})?")
_LETTERS = re.compile(r"(\d+)\s*D(?:EG)?\s*(\d+(?:\.\d+)?)\s*M(?:IN)?(?:\s*(\d+(?:\.\d+)?)\s*S(?:EC)?)?")
# In treaties the mark stands before the fraction: 00″.9
_MARK_FIRST = re.compile(r"([°′″])\s*(\.\d+)")
_NUMBER = r"\d+(?:\.\d+)?"
_MARKED = re.compile(rf"(?P<d>{_NUMBER})\s*°(?:\s*(?P<m>{_NUMBER})\s*(?:′\s*(?:(?P<s>{_NUMBER})\s*″?)?)?)?")
_APART = re.compile(rf"(?P<d>\d+)\s*[\s:-]\s*(?P<m>{_NUMBER})(?:\s*[\s:-]\s*(?P<s>{_NUMBER}))?")
_DECIMAL = re.compile(r"(?:\d+(?:\.\d*)?|\.\d+)(?:E[-+]?\d{1,2})?")
_PACKED = re.compile(r"(?P<sign>-?)(?P<d>\d{1,3})(?:\.(?P<f>\d{1,12}))?")
_BETWEEN = re.compile(r"\s*[,;、/|\t]\s*")
_BEFORE_SIDE = re.compile(rf"(?<=[\d°′″.])\s*(?={_SIDE})")
_AFTER_SIDE = re.compile(r"(?<=[ENSW])\s*(?=\d)")
_BRACKETS = "()[]{}"
#: Longer cells are prose, whatever they hold.
_LONGEST = 100


def parse_angles(
    values: Iterable[object], axis: Axis | None = None, *, packed: bool = False
) -> tuple[FloatArray, BoolArray]:
    """Degrees of a column, and which cells are no angle.

    Read are decimal degrees, and degrees with minutes and seconds under 60: ``118°52′13.42″``, ``118度52分13.42秒``,
    ``东经118°52′``, ``E118 52 13.42``, ``118-52-13.42``, ``118:52:13.42``, ``118d52m13.42s``, ``118°52.2237′``,
    ``74°34′00″.9``, each in full width too. Blank cells are NaN and not bad.

    Parameters
    ----------
    values
        Cells.
    axis
        What they should hold; None: either.
    packed
        Plain numbers are D.MMSS: ``118.521342`` is 118°52′13.42″.

    Returns
    -------
    tuple
        ``(degrees, bad)``: float64 with NaN for blank and bad cells, and a mask of the bad ones.

    Examples
    --------
    >>> degrees, bad = parse_angles(["118°52′13.42″", "东经118度30分", "E118 30 00", "118°75′"], "lon")
    >>> degrees.round(6).tolist()[:3], bad.tolist()
    ([118.870394, 118.5, 118.5], [False, False, False, True])
    """
    texts = [as_text(value).strip() for value in values]
    degrees = np.full(len(texts), np.nan)
    bad = np.zeros(len(texts), dtype=bool)
    for position, text in enumerate(texts):
        if not text:
            continue
        found = _angle(_plain(text), packed=packed)
        if found is None or (axis is not None and found[1] not in (axis, None)):
            bad[position] = True
        else:
            degrees[position] = found[0]
    return degrees, bad


def may_be_packed(*columns: Sequence[str]) -> bool:
    """Whether plain numbers look like D.MMSS: all of at least five rows have minutes and seconds under 60.

    Examples
    --------
    >>> may_be_packed(["118.521342"] * 5, ["30.123456"] * 5), may_be_packed(["118.529942"] * 5)
    (True, False)
    """
    for column in columns:
        filled = [text for text in column if text]
        if len(filled) < _LEAST_PACKED_ROWS:
            return False
        # Spreadsheets drop zeros at the end, so that only most have all their decimals.
        long = sum(len(text.partition(".")[2]) >= _PACKED_DECIMALS for text in filled)
        if 2 * long <= len(filled) or any(_unpacked(text) is None for text in filled):
            return False
    return True


def pair_order(texts: Sequence[str], heading: str = "") -> Order | None:
    """Which angle stands first in cells that hold two: by their marks, the heading, their size; None: none tells.

    Examples
    --------
    >>> pair_order(["39.9,116.4"]), pair_order(["87.6,43.8"]), pair_order(["8.6,41.1"])
    ('latlon', 'lonlat', None)
    """
    pairs = [pair for pair in (_pair(text) for text in texts) if pair is not None]
    marked = {"lonlat" if (a[1] or b[1]) and (a[1] == "lon" or b[1] == "lat") else "latlon"
              for a, b in pairs if a[1] or b[1]}  # fmt: skip
    if marked:
        return None if len(marked) > 1 else ("lonlat" if "lonlat" in marked else "latlon")
    by_size = _order_by_size(np.array([[a[0], b[0]] for a, b in pairs]).reshape(-1, 2))
    return by_size or _order_by_heading(heading)


def parse_pairs(values: Iterable[object], order: Order | None) -> tuple[FloatArray, BoolArray]:
    """Longitude and latitude of cells that hold both, and which cells do not.

    Marks of side in a cell and a number over 90 go before ``order``; where that is None, cells with neither are bad.

    Returns
    -------
    tuple
        ``(lonlat, bad)``: shape (n, 2) with NaN for blank and bad cells, and a mask of the bad ones.

    Examples
    --------
    >>> parse_pairs(["39.9,116.4", "东经116度24分 北纬39度54分"], "latlon")[0].tolist()
    [[116.4, 39.9], [116.4, 39.9]]
    """
    texts = [as_text(value).strip() for value in values]
    lonlat = np.full((len(texts), 2), np.nan)
    bad = np.zeros(len(texts), dtype=bool)
    for position, text in enumerate(texts):
        pair = _pair(text) if text else None
        if pair is None:
            bad[position] = bool(text)
            continue
        lon_first = _lon_first(pair)
        if lon_first is None and order is None:
            bad[position] = True
            continue
        (first, _), (second, _) = pair
        lonlat[position] = (
            (first, second) if (order == "lonlat" if lon_first is None else lon_first) else (second, first)
        )
    return lonlat, bad


# ---- one cell -----------------------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    """In half width and one set of marks; ``""`` of what is too long to be an angle."""
    # Marks first: NFKC would take some of them apart.
    if len(text) > _LONGEST:
        return ""
    text = unicodedata.normalize("NFKC", text.translate(_SIGNS)).translate(_SIGNS).replace("′′", "″")
    return " ".join(text.split()).strip(_BRACKETS).strip().upper()


def _angle(text: str, *, packed: bool = False) -> tuple[float, Axis | None] | None:
    """Degrees and the axis that the cell names, of a text as :func:`_plain` gives it."""
    text = _LETTERS.sub(lambda m: f"{m[1]}°{m[2]}′" + (f"{m[3]}″" if m[3] else ""), text)
    match = _SIDED.fullmatch(text)
    if not match or (match["before"] and match["after"]):
        return None
    axis, sign = _SIDES.get(match["before"] or match["after"] or "", (None, 1))
    core = match["angle"].strip()
    if core[0] in "+-":
        if axis is not None:
            return None
        sign = -1 if core[0] == "-" else 1
        core = core[1:].strip()
    degrees = _unpacked(core) if packed and _DECIMAL.fullmatch(core) else _unsigned(core)
    return None if degrees is None else (sign * degrees, axis)


def _unsigned(text: str) -> float | None:
    if _DECIMAL.fullmatch(text):
        return float(text)
    match = _MARKED.fullmatch(_MARK_FIRST.sub(r"\2\1", text)) or _APART.fullmatch(text)
    if not match:
        return None
    d, m, s = match["d"], match["m"] or "0", match["s"] or "0"
    # Only the last of them may have a fraction.
    if ("." in d and match["m"]) or ("." in m and match["s"]) or float(m) >= _SIXTY or float(s) >= _SIXTY:
        return None
    return float(d) + float(m) / _SIXTY + float(s) / _SIXTY**2


def _unpacked(text: str) -> float | None:
    """Degrees of D.MMSS; None where minutes or seconds are 60 or more."""
    match = _PACKED.fullmatch(text.strip())
    if not match:
        return None
    digits = (match["f"] or "").ljust(4, "0")
    minutes, seconds = int(digits[:2]), float(f"{digits[2:4]}.{digits[4:] or '0'}")
    if minutes >= _SIXTY or seconds >= _SIXTY:
        return None
    return (-1 if match["sign"] else 1) * (int(match["d"]) + minutes / _SIXTY + seconds / _SIXTY**2)


# ---- two in one cell ----------------------------------------------------------------------------------------------


def _pair(text: str) -> tuple[tuple[float, Axis | None], tuple[float, Axis | None]] | None:
    plain = _plain(text)
    for between in (_BETWEEN, _BEFORE_SIDE, _AFTER_SIDE, re.compile(r"(?<=″)\s*(?=\d)"), re.compile(r"\s+")):
        parts = [part for part in between.split(plain) if part]
        if len(parts) != 2:  # noqa: PLR2004  # a pair
            continue
        first, second = (_angle(part.strip()) for part in parts)
        if first is None or second is None or (first[1] is not None and first[1] == second[1]):
            continue
        return first, second
    return None


def _lon_first(pair: tuple[tuple[float, Axis | None], tuple[float, Axis | None]]) -> bool | None:
    """Whether a cell itself tells that its longitude stands first; None: it does not tell."""
    (first, of_first), (second, of_second) = pair
    if of_first or of_second:
        return of_first == "lon" or of_second == "lat"
    if (abs(first) > _MOST_LAT) != (abs(second) > _MOST_LAT):
        return abs(first) > _MOST_LAT
    return None


def _order_by_size(pairs: FloatArray) -> Order | None:
    """The order in which all numbers can be what they would be: in the world, else in China."""
    if not len(pairs):
        return None
    big = np.abs(pairs) > _MOST_LAT
    if big.any():
        return None if big.any(axis=0).all() else ("lonlat" if big[:, 0].any() else "latlon")

    def share(lon: FloatArray, lat: FloatArray) -> float:
        inside = (lon >= _CHINA_LON[0]) & (lon <= _CHINA_LON[1]) & (lat >= _CHINA_LAT[0]) & (lat <= _CHINA_LAT[1])
        return float(inside.mean())

    as_lonlat, as_latlon = share(pairs[:, 0], pairs[:, 1]), share(pairs[:, 1], pairs[:, 0])
    if max(as_lonlat, as_latlon) <= 0.5 or as_lonlat == as_latlon:  # noqa: PLR2004  # most of the rows
        return None
    return "lonlat" if as_lonlat > as_latlon else "latlon"


def _order_by_heading(heading: str) -> Order | None:
    text = heading.casefold()
    lon = min((text.find(word) for word in ("lon", "lng", "经") if word in text), default=-1)
    lat = min((text.find(word) for word in ("lat", "纬") if word in text), default=-1)
    if lon < 0 or lat < 0:
        return None
    return "lonlat" if lon < lat else "latlon"
