"""Networks that are kept: built once from a file of roads, and opened in no time from then on.

A kept network lies in the user's data folder under the hash of all that it was made from. So a changed file of roads,
an option, another version of the program or of a library each lead to another name, and never to an old answer.
"""

import functools
import hashlib
import importlib.metadata
import json
import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pyproj
import shapely

from coverage.network import Network, build_network
from coverage.network_file import FORMAT_VERSION, load_network, save_network
from geo.errors import FileError
from geo.paths import DATA_DIR, ROOT_DIR, user_data_dir
from geo.sniff import file_sha256, local_file, parts, sniff
from layers.layer import Layer
from layers.road import read_roads

__all__ = ["MOST_BYTES", "MOST_FILES", "networks_dir", "open_network"]

_LOG = logging.getLogger(f"quarterhour.{__name__}")
#: How many networks are kept, and how many bytes of them; those that were used last stay.
MOST_FILES, MOST_BYTES = 16, 4 * 2**30
_SUFFIX = ".network"
# What a killed process left behind is taken away after a day.
_LEFT_BEHIND_S = 86_400.0
# What decides a network beside its inputs: the code from the file to the arrays, and the libraries under it.
_CODE = ("chains", "network", "network_file", "noding", "noding_kernels", "ways")
_LIBRARIES = ("geopandas", "numba", "numpy", "osmium", "pandas", "pyogrio", "pyproj", "scipy", "shapely")


def networks_dir() -> Path:
    """Where networks are kept."""
    return user_data_dir() / "networks"


def open_network(
    path: Path,
    *,
    join_m: float = 0.01,
    node_crossings: bool = False,
    read: Callable[[], Layer] | None = None,
    about: str = "",
    folder: Path | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Network:
    """The network of a file of roads: the one that is kept if there is one, else built now and kept.

    Either way it is the same network. Where it cannot be kept (a folder that may not be written, a full disk) the log
    says so, and it is built each time.

    Parameters
    ----------
    path
        The file of roads.
    join_m, node_crossings
        As for :func:`coverage.network.build_network`.
    read
        Reads the roads from that file; default :func:`layers.road.read_roads`.
    about
        All beside the file's name and bytes that decides what ``read`` returns.
    folder
        Where networks are kept; default :func:`networks_dir`.
    progress
        Told the step (``read``, ``network``) and the share of it that is done; not when the network is kept.

    Raises
    ------
    QuarterhourError
        As reading the roads and building the network do.
    """
    file = local_file(path)
    digest = file_sha256(parts(file, sniff(file)))
    options = {"join_m": join_m, "node_crossings": node_crossings, "about": about}
    inputs = json.dumps({"file": file.name, "sha256": digest, **options, **_made_by()}, sort_keys=True)
    kept = (folder or networks_dir()) / f"{hashlib.sha256(inputs.encode()).hexdigest()[:40]}{_SUFFIX}"
    found = _find(kept, inputs)
    if found is not None:
        return found
    if progress is not None:
        progress("read", 0.0)
    roads = read() if read is not None else read_roads(path)
    tell = functools.partial(progress, "network") if progress is not None else None
    network = build_network(roads, join_m=join_m, node_crossings=node_crossings, progress=tell)
    # The file may have been replaced meanwhile. (The roads of a workspace carry the hash of the file they came from.)
    if file_sha256(parts(file, sniff(file))) == digest:
        _keep(network, kept, inputs)
    return network


def _find(kept: Path, inputs: str) -> Network | None:
    if not kept.is_file():
        return None
    try:
        network = load_network(kept, inputs=inputs)
    except FileError as error:
        _LOG.warning("kept network %s is built anew: %s", kept.name, error.facts.get("reason"))
        return None
    with suppress(OSError):
        os.utime(kept)
    return network


def _keep(network: Network, kept: Path, inputs: str) -> None:
    try:
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        save_network(network, kept, inputs=inputs)
        _tidy(kept)
    except (OSError, TypeError) as error:
        _LOG.warning("the network is not kept in %s: %s", kept.parent, error)


def _tidy(newest: Path) -> None:
    """Remove the networks not used for longest, as far as there are too many, and what was left half written."""
    now = time.time()
    for left in newest.parent.glob(f".*{_SUFFIX}"):
        with suppress(OSError):
            if now - left.stat().st_mtime > _LEFT_BEHIND_S:
                left.unlink()
    used: list[tuple[float, int, Path]] = []
    for file in newest.parent.glob(f"[!.]*{_SUFFIX}"):
        with suppress(OSError):
            about = file.stat()
            used.append((about.st_mtime, about.st_size, file))
    used.sort(key=lambda entry: (entry[2] == newest, entry[0], entry[2].name), reverse=True)
    total = 0
    for number, (_, size, file) in enumerate(used):
        total += size
        if number and (number >= MOST_FILES or total > MOST_BYTES):
            # One that is open elsewhere may refuse to go; it goes another time.
            with suppress(OSError):
                file.unlink()


@functools.cache
def _made_by() -> dict[str, str]:
    """Versions of everything that makes a network of a file."""
    files = [*(ROOT_DIR / "geo").glob("*.py"), *(ROOT_DIR / "layers").glob("*.py")]
    files += [ROOT_DIR / "coverage" / f"{name}.py" for name in _CODE]
    files += [DATA_DIR / "rules" / "profiles.toml"]
    libraries = {name: importlib.metadata.version(name) for name in _LIBRARIES}
    native = {"geos": shapely.geos_version_string, "proj": pyproj.proj_version_str}
    return {"format": str(FORMAT_VERSION), "code": file_sha256(sorted(files)), **libraries, **native}
