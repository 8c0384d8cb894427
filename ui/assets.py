"""What the browser loads from us, so that no page needs the internet: Leaflet and the base map."""

from importlib import metadata
from pathlib import Path

from streamlit.components.v1 import declare_component

from geo.paths import user_data_dir
from ui.basemap import Basemap

__all__ = ["basemap_url", "cache_dir", "leaflet_dir", "leaflet_url"]

_LEAFLET = "XStatic-Leaflet"


def leaflet_dir() -> Path:
    """Folder of Leaflet's script and style inside the installed package."""
    return Path(str(metadata.distribution(_LEAFLET).locate_file("xstatic/pkg/leaflet/data")))


def cache_dir() -> Path:
    """Folder for what can be made again."""
    return user_data_dir() / "cache"


def leaflet_url() -> str:
    """Address of Leaflet's folder, relative to the app. Registering again is cheap and changes nothing."""
    return f"component/{declare_component('leaflet', path=str(leaflet_dir())).name}/"


def basemap_url(basemap: Basemap) -> str:
    """Address of the base map's folder, relative to the app.

    The folder asks for no login: it holds public roads only. Nothing else is ever written there.
    """
    parts = declare_component("basemap", path=str(basemap.folder.parent))
    return f"component/{parts.name}/{basemap.folder.name}/"
