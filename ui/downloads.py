"""What the user takes away: the A4 page, the map as a file, and the GeoJSON files. Made when asked for, not before."""

import io
import logging
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from coverage.result import Result
from reports.geojson import write_result
from reports.html import a4_page
from ui.i18n import Say
from ui.state import Study

__all__ = ["buttons", "day_of", "geojson_zip", "map_file", "page"]

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
                    entry = zipfile.ZipInfo(path.relative_to(folder.parent).as_posix(), _ZIP_TIME)
                    entry.compress_type = zipfile.ZIP_DEFLATED
                    archive.writestr(entry, path.read_bytes())
    _LOG.info("GeoJSON export: %d kB", buffer.tell() // 1000)
    return buffer.getvalue()


def day_of(result: Result) -> str:
    """What the names of files tell a result apart by."""
    day = result.request.parameters.as_of.isoformat()
    return f"what-if-{day}" if result.request.patches else day


def buttons(shared: Study, result: Result, say: Say, lang: str) -> None:
    """The buttons under the tables."""
    day = day_of(result)
    box = st.container(key="downloads")
    left, right = box.columns(2)
    _button(left, "download_page", say, lambda: page(shared, result, lang), (f"a4-{day}.html", "text/html"))
    _button(right, "download_map", say, lambda: map_file(shared, result, lang), (f"map-{day}.html", "text/html"))
    _button(box, "download_data", say, lambda: geojson_zip(result, lang), (f"{day}.zip", "application/zip"))


def _button(
    place: "st.delta_generator.DeltaGenerator", key: str, say: Say, make: Callable[[], bytes], file: tuple[str, str]
) -> None:
    place.download_button(
        say(f"control.{key}"),
        data=make,
        file_name=f"quarterhour-{file[0]}",
        mime=file[1],
        key=key,
        help=say(f"control.{key}_help"),
        on_click="ignore",
        width="stretch",
    )


def _name(shared: Study, lang: str) -> str:
    return shared.workspace.name if lang == "zh" else shared.workspace.name_en
