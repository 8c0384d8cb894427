r"""A network as one file that is mapped into memory, not read: header, then arrays. No pickle, nothing that runs.

Layout, all numbers little-endian::

    0   8 bytes  "QHNET\r\n\x1a", which a transfer as text would change
    8   uint32   version of the format
    12  uint32   length of the header in bytes
    16  32 bytes SHA-256 of the header
    48           the header, JSON: facts of the network; type, shape and place of each array; SHA-256 of all that
                 follows. Blanks at its end make up a multiple of 64
    then         the arrays one behind the other, zeros between them, each at a multiple of 64 after the header

A file is believed when all of this fits: magic, version, header and its sum, the sum of the rest, the places of the
arrays, and that every number which points into another array points inside it. Else it is damaged.
"""

import hashlib
import json
import math
import mmap
import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from coverage.network import MOST_JOIN_M, Network
from coverage.ways import WAY_TYPES
from geo.crs import MetricCrs
from geo.errors import FileError
from geo.write import atomic_path
from layers.origin_json import origin_as_json, origin_from_json

__all__ = ["FORMAT_VERSION", "load_network", "save_network"]

#: Raised with every change of the layout or of the meaning of an array.
FORMAT_VERSION = 1
#: A header is some kilobytes; a longer one is none.
MOST_HEADER_BYTES = 2**20

_MAGIC = b"QHNET\r\n\x1a"
_START = struct.Struct("<8sII32s")
_ALIGN = 64
# Columns of the ways stand in the file under this name and theirs.
_WAYS = "ways/"
_TYPES: Mapping[str, str] = {
    "node_lonlat": "<f8",
    "node_is_change": "|b1",
    "u": "<i4",
    "v": "<i4",
    "length_m": "<f8",
    "oneway": "|i1",
    "way": "<i4",
    "offsets": "<i4",
    "lonlat": "<f8",
    "xy": "<f8",
    "along_m": "<f8",
    "origin": "|u1",
} | {_WAYS + name: kind for name, kind in WAY_TYPES.items()}
# Those that geo.crs chooses from.
_CRS = re.compile(r"EPSG:(45(3[4-9]|4\d|5[0-4])|32[67](0[1-9]|[1-5]\d|60))", re.ASCII)
_KEY = re.compile(r"[0-9a-f]{64}")
_MOST_CODE_POINT = 0x10FFFF

Array = npt.NDArray[Any]


def save_network(network: Network, path: Path, *, inputs: str = "") -> None:
    """Write a network; the same network gives the same bytes.

    Parameters
    ----------
    network
        To be written.
    path
        The file, replaced at once when all is written.
    inputs
        What the network was made from, as one text; :func:`load_network` asks for it again.

    Raises
    ------
    OutputError
        When the system refuses to write. Nothing is left behind then.
    TypeError
        When the report on the roads holds what JSON cannot.
    """
    arrays = _arrays_of(network)
    table: dict[str, list[Any]] = {}
    digest = hashlib.sha256()
    end = 0
    for name, array in arrays.items():
        begin = _aligned(end)
        digest.update(bytes(begin - end))
        digest.update(array.data)
        end = begin + array.nbytes
        table[name] = [array.dtype.str, list(array.shape), begin]
    header = {
        "arrays": table,
        "crs": network.crs.name,
        "diagnosis": dict(network.diagnosis),
        "inputs": inputs,
        "join_m": network.join_m,
        "key": network.key,
        "node_crossings": network.node_crossings,
        "size": end,
        "sum": digest.hexdigest(),
    }
    text = json.dumps(header, sort_keys=True).encode()
    text = text.ljust(_aligned(_START.size + len(text)) - _START.size)
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.write(_START.pack(_MAGIC, FORMAT_VERSION, len(text), hashlib.sha256(text).digest()))
        file.write(text)
        for name, array in arrays.items():
            file.seek(_START.size + len(text) + table[name][2])
            file.write(array.data)


def load_network(path: Path, *, inputs: str = "") -> Network:
    """Open a network that :func:`save_network` wrote.

    Its arrays are mapped: processes share them, and the system reads and drops them as it needs.

    Parameters
    ----------
    path
        The file.
    inputs
        What the network must have been made from.

    Raises
    ------
    FileError
        When the file is missing, damaged, of another version, or of other inputs.
    """
    file = Path(path)
    try:
        mapped = _mapped(file)
        header, first = _header(mapped)
        if header["inputs"] != inputs:
            raise _DamageError("made from something else")
        arrays = {name: _array(mapped, first, name, entry) for name, entry in header["arrays"].items()}
        _check(arrays)
        return _network_of(header, arrays)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FileError("network_file_damaged", file=file.name, reason=str(error) or type(error).__name__) from error
    except OSError as error:
        raise FileError("file_unreadable", file=file.name, reason=error.strerror or str(error)) from error


class _DamageError(ValueError):
    """Something in the file is not as it was written."""


# ---- writing ------------------------------------------------------------------------------------------------------


def _arrays_of(network: Network) -> dict[str, Array]:
    report = np.frombuffer(origin_as_json(network.source), dtype=np.uint8)
    arrays: dict[str, Array] = {}
    for name, kind in _TYPES.items():
        column = network.ways[name.removeprefix(_WAYS)] if name.startswith(_WAYS) else None
        array = report if name == "origin" else getattr(network, name) if column is None else column
        arrays[name] = np.ascontiguousarray(array, dtype=kind)
    return arrays


def _aligned(place: int) -> int:
    return -(-place // _ALIGN) * _ALIGN


# ---- reading ------------------------------------------------------------------------------------------------------


def _mapped(file: Path) -> mmap.mmap:
    with file.open("rb") as handle:
        # Copy on write: what the arrays are handed to may want to be able to write, and nothing reaches the file.
        return mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_COPY)


def _header(mapped: mmap.mmap) -> tuple[dict[str, Any], int]:
    """The checked header, and where the arrays begin."""
    if len(mapped) < _START.size:
        raise _DamageError("too short")
    magic, version, length, digest = _START.unpack_from(mapped)
    if magic != _MAGIC:
        raise _DamageError("no network")
    if version != FORMAT_VERSION:
        raise _DamageError(f"version {version}, not {FORMAT_VERSION}")
    if length > MOST_HEADER_BYTES or _START.size + length > len(mapped):
        raise _DamageError(f"header of {length} bytes")
    first = _START.size + length
    if first % _ALIGN or hashlib.sha256(mapped[_START.size : first]).digest() != digest:
        raise _DamageError("sum of the header")
    header = json.loads(mapped[_START.size : first])
    if first + header["size"] != len(mapped):
        raise _DamageError(f"{len(mapped)} bytes")
    if hashlib.sha256(memoryview(mapped)[first:]).hexdigest() != header["sum"]:
        raise _DamageError("sum of the arrays")
    return header, first


def _array(mapped: mmap.mmap, first: int, name: str, entry: list[Any]) -> Array:
    """One array of the file."""
    kind, shape, begin = entry
    if kind != _TYPES[name]:
        raise _DamageError(f"type of {name}")
    dtype = np.dtype(kind)
    if min(*shape, begin) < 0 or begin % _ALIGN or first + begin + math.prod(shape) * dtype.itemsize > len(mapped):
        raise _DamageError(f"place of {name}")
    return np.frombuffer(mapped, dtype, math.prod(shape), first + begin).reshape(shape)


def _check(arrays: Mapping[str, Array]) -> None:
    """That the shapes fit each other, and that no number leads outside an array or is none."""
    nodes, edges, vertices, ways = (len(arrays[name]) for name in ("node_lonlat", "u", "lonlat", _WAYS + "highway"))
    shapes = {
        "node_lonlat": (nodes, 2),
        "node_is_change": (nodes,),
        "offsets": (edges + 1,),
        "lonlat": (vertices, 2),
        "xy": (vertices, 2),
        "along_m": (vertices,),
        "origin": (len(arrays["origin"]),),
    } | {_WAYS + name: (ways,) for name in WAY_TYPES}
    for name in _TYPES:
        if arrays[name].shape != shapes.get(name, (edges,)):
            raise _DamageError(f"shape of {name}")
    for name, below in (("u", nodes), ("v", nodes), ("way", ways)):
        if arrays[name].min() < 0 or arrays[name].max() >= below:
            raise _DamageError(f"numbers of {name}")
    offsets = arrays["offsets"]
    # An edge has two vertices at least; as all steps go up and the last is right, none leads outside.
    if offsets[0] != 0 or offsets[-1] != vertices or (offsets[1:] < offsets[:-1].astype(np.int64) + 2).any():
        raise _DamageError("numbers of offsets")
    for name, kind in _TYPES.items():
        array = arrays[name]
        if kind == "<f8" and not name.startswith(_WAYS) and not np.isfinite(array).all():
            raise _DamageError(f"numbers of {name}")
        if kind == "|b1" and array.view(np.uint8).max() > 1:
            raise _DamageError(f"marks of {name}")
        if kind.startswith("<U") and array.view(np.uint32).max() > _MOST_CODE_POINT:
            raise _DamageError(f"texts of {name}")
    if np.abs(arrays["oneway"].astype(np.int16)).max() > 1 or arrays["length_m"].min() < 0:
        raise _DamageError("numbers of oneway or length_m")


def _network_of(header: Mapping[str, Any], arrays: Mapping[str, Array]) -> Network:
    crs, key, join_m, crossings = (header[name] for name in ("crs", "key", "join_m", "node_crossings"))
    counts = header["diagnosis"]
    whole = [counts["vertices"], counts["dropped"]["zero_length"], counts["dropped"]["duplicates"]]
    plain = _CRS.fullmatch(crs) and _KEY.fullmatch(key) and all(type(number) is int for number in whole)
    if not plain or type(crossings) is not bool or not 0 <= join_m <= MOST_JOIN_M:
        raise _DamageError("facts of the header")
    return Network(
        crs=MetricCrs(crs),
        ways={name: arrays[_WAYS + name] for name in WAY_TYPES},
        join_m=float(join_m),
        node_crossings=crossings,
        diagnosis=counts,
        source=origin_from_json(arrays["origin"].tobytes()),
        key=key,
        **{name: arrays[name] for name in _TYPES if name != "origin" and not name.startswith(_WAYS)},
    )
