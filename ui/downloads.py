"""What the user takes away: the A4 page, the map as a file, and the GeoJSON files. Made when asked for, not before."""

import functools
import hashlib
import io
import logging
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import streamlit as st

from coverage.result import Result
from layers.export_log import Export, log_export
from layers.workspace import Workspace
from reports.geojson import write_result
from reports.html import a4_page
from ui.i18n import Say
from ui.shelves import Study

__all__ = ["Leaving", "add_to_zip", "button", "buttons", "day_of", "geojson_zip", "logged", "map_file", "page"]

_Maker: TypeAlias = "tuple[st.delta_generator.DeltaGenerator, str, Callable[[], bytes], tuple[str, str]]"
_LOG = logging.getLogger(f"quarterhour.{__name__}")
#: So that equal results give equal files: the time inside a zip is fixed.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def page(shared: Study, result: Result, lang: str) -> bytes:
    """The A4 page as one file."""
    text = a4_page(result, workspace=_name(shared, lang), units=shared.townships, lang=lang)
    _LOG.info("A4 page: %d kB", len(text) // 1000)
    return text.encode("utf-8")


def map_file(shared: Study, result: Result, lang: str) -> bytes:
    """The map as one file."""
    from ui.map_file import interactive_map  # noqa: PLC0415 - folium takes seconds to import; few ask for it

    text = interactive_map(result, workspace=_name(shared, lang), units=shared.townships, lang=lang)
    _LOG.info("map as a file: %d kB", len(text) // 1000)
    return text.encode("utf-8")


def geojson_zip(result: Result, lang: str) -> bytes:
    """The files of the contract in one zip."""
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="quarterhour-") as scratch:
        folder = Path(scratch) / "coverage"
        folder.mkdir()
        write_result(result, folder, lang=lang)
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    add_to_zip(archive, path, path.relative_to(folder.parent).as_posix())
    _LOG.info("GeoJSON export: %d kB", buffer.tell() // 1000)
    return buffer.getvalue()


def add_to_zip(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    """A file with a fixed time inside the zip."""
    entry = zipfile.ZipInfo(name, _ZIP_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, path.read_bytes())


def day_of(result: Result) -> str:
    """What the names of files tell a result apart by."""
    day = result.request.parameters.as_of.isoformat()
    return f"what-if-{day}" if result.request.patches else day


def buttons(shared: Study, result: Result, say: Say, lang: str) -> None:
    """The buttons under the tables."""
    day = day_of(result)
    box = st.container(key="downloads")
    left, right = box.columns(2)
    makers: tuple[_Maker, ...] = (
        (left, "download_page", lambda: page(shared, result, lang), (f"a4-{day}.html", "text/html")),
        (right, "download_map", lambda: map_file(shared, result, lang), (f"map-{day}.html", "text/html")),
        (box, "download_data", lambda: geojson_zip(result, lang), (f"{day}.zip", "application/zip")),
    )
    for place, key, make, (name, mime) in makers:
        file = f"quarterhour-{name}"
        rows = len(result.demand) + len(result.facilities)
        leaves = Leaving(key.removeprefix("download_"), file, result.summary["level"], rows)
        button(place, key, say, functools.partial(logged, shared.workspace, leaves, make), (file, mime))


@dataclass(frozen=True)
class Leaving:
    """What the log of exports is told of a file: its kind, name, level and number of rows."""

    what: str
    file: str
    level: str
    rows: int


def logged(workspace: Workspace, leaves: Leaving, make: Callable[[], bytes]) -> bytes:
    """The bytes of a file, when they are in the log of exports: what cannot be logged does not leave."""
    data = make()
    digest = hashlib.sha256(data).hexdigest()
    log_export(workspace.path, Export(**vars(leaves), public=False, sha256=digest))
    return data


def button(
    place: "st.delta_generator.DeltaGenerator", key: str, say: Say, make: Callable[[], bytes], file: tuple[str, str]
) -> None:
    """One button; ``control.<key>`` and ``control.<key>_help`` are its words, ``make`` is called when it is pressed."""
    place.download_button(
        say(f"control.{key}"),
        data=make,
        file_name=file[0],
        mime=file[1],
        key=key,
        help=say(f"control.{key}_help"),
        on_click="ignore",
        width="stretch",
    )


def _name(shared: Study, lang: str) -> str:
    return shared.workspace.name if lang == "zh" else shared.workspace.name_en
