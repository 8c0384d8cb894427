"""Files that a session uploads: read in a process of their own, from a private folder that is gone afterwards."""

import dataclasses
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePath

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from geo.child import read_table_apart
from geo.errors import FileError
from geo.read import Table
from layers.options import USUAL, ReadOptions

__all__ = ["SUFFIXES", "read_uploaded"]

#: Endings of files that may hold a table.
SUFFIXES = (
    "csv", "txt", "xlsx", "xls", "geojson", "json", "gpkg", "zip", "shp", "shx", "dbf", "prj", "cpg", "kml", "kmz",
    "parquet",
)  # fmt: skip
_LONGEST_SUFFIX = len(".geojson")
#: The parts of a Shapefile, which people choose together.
_PARTS = frozenset({".shp", ".shx", ".dbf", ".prj", ".cpg"})


def read_uploaded(files: Sequence[UploadedFile], options: ReadOptions = USUAL) -> Table:
    """The table of an upload. Names of the user are labels only: on the disk each file has one of ours.

    Parameters
    ----------
    files
        One file, or the parts of one Shapefile.
    options
        Encoding and layer, where the user said them.

    Raises
    ------
    FileError
        When it is too large, no table, or several files that do not belong together.
    """
    suffixes = [_suffix(file.name) for file in files]
    if len(files) > 1 and not (set(suffixes) <= _PARTS and len(set(suffixes)) == len(files)):
        raise FileError("several_files", files=", ".join(file.name for file in files))
    # The browser checks the size too, but a browser is no guard.
    most_mb = int(st.get_option("server.maxUploadSize"))
    large = next((file for file in files if file.size > most_mb * 1024**2), None)
    if large is not None:
        raise FileError("file_too_large", file=large.name, size=large.size // 1024**2, most=most_mb)
    with tempfile.TemporaryDirectory(prefix="quarterhour-") as folder:
        paths = {}
        for file, suffix in zip(files, suffixes, strict=True):
            path = Path(folder) / f"upload{suffix}"
            path.write_bytes(file.getvalue())
            paths[suffix] = path
        main = paths.get(".shp", next(iter(paths.values())))
        table = read_table_apart(main, encoding=options.encoding, layer=options.layer)
    label = next((file.name for file in files if file.name.lower().endswith(".shp")), files[0].name)
    return dataclasses.replace(table, file=PurePath(label.replace("\\", "/")).name)


def _suffix(name: str) -> str:
    """What a name ends with, where a file of ours may end so."""
    suffix = PurePath(name.replace("\\", "/")).suffix.lower()
    return suffix if suffix[1:].isascii() and suffix[1:].isalnum() and len(suffix) <= _LONGEST_SUFFIX else ""
