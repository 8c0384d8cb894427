"""A workspace as a request: the one way from a study folder to an answer, for the app and the command alike."""

from collections.abc import Callable
from typing import Any

from coverage.network import Network
from coverage.network_store import open_network
from coverage.request import Parameters, Request
from geo.errors import DataError
from layers import levels
from layers.layer import Layer
from layers.workspace import Workspace

__all__ = ["network_of", "read_layer", "request_of", "study_units"]


def read_layer(workspace: Workspace, kind: str) -> Layer:
    """A layer that a study cannot do without.

    Raises
    ------
    DataError
        When the workspace has none of this kind.
    """
    layer = workspace.read(kind)
    if layer is None:
        raise DataError("workspace_lacks_layer", kind=kind, name=workspace.name)
    return layer


def network_of(workspace: Workspace, *, read: Callable[[], Layer] | None = None) -> Network:
    """The network of a study's roads: kept from an earlier time, else built and kept.

    Parameters
    ----------
    workspace
        The study.
    read
        Reads its roads; default :func:`read_layer`.

    Raises
    ------
    DataError
        When the workspace has no roads.
    """
    entry = workspace.entry("roads")
    if entry is None:
        raise DataError("workspace_lacks_layer", kind="roads", name=workspace.name)
    return open_network(
        workspace.file_of(entry),
        read=read or (lambda: read_layer(workspace, "roads")),
        about=f"workspace {entry!r}",
    )


def study_units(workspace: Workspace) -> Layer | None:
    """The units that a study reports by: those of the level and parent that the workspace names."""
    units = workspace.read("units")
    if units is None:
        return None
    if workspace.study.level:
        return levels.at_level(units, workspace.study.level, parent=workspace.study.parent or None)
    return levels.study_units(units, workspace.as_of)


def request_of(workspace: Workspace, *, network: Network | None = None, **parameters: Any) -> Request:  # noqa: ANN401
    """Request on a workspace.

    Parameters
    ----------
    workspace
        Holds at least roads, facilities and demand.
    network
        Of its roads, when it was built before.
    parameters
        Of :class:`coverage.request.Parameters`; what is not given is the workspace's own day and study.

    Raises
    ------
    DataError
        When a layer is missing.
    """
    study = workspace.study
    usual = {"as_of": workspace.as_of, "kinds": study.kinds, "weight": study.weight or None}
    chosen = Parameters(**{**usual, **parameters})
    return Request(
        network=network or network_of(workspace),
        facilities=read_layer(workspace, "facilities"),
        demand=read_layer(workspace, "demand"),
        units=study_units(workspace),
        parameters=chosen,
    )
