"""Rivers and roads as they are today, as lines, to lay beside stretches of a boundary."""

from pathlib import Path

from layers._coordinates import with_length
from layers._place import place_layer
from layers.layer import Layer
from layers.one_table import table_for
from layers.options import USUAL, ReadOptions
from layers.schema import Field, Schema

__all__ = ["FEATURES", "features_of"]

#: What a line may say of itself; OSM and DLG files say it under several headings.
FEATURES = Schema(
    kind="features",
    label="线状地物",
    fields=(
        Field("type", "text", ("类型", "类别", "地物类型", "fclass", "要素类型"), label="类型", note="如 河流、道路"),
        Field("waterway", "text", (), label="水系类型"),
        Field("highway", "text", (), label="道路等级"),
        Field("name", "text", ("名称", "河名", "路名", "道路名称", "河流名称"), label="名称"),
    ),
    geometry=frozenset({"line"}),
)


def features_of(path: Path, options: ReadOptions = USUAL) -> Layer:
    """Centre lines of rivers and roads of any line layer.

    Returns
    -------
    Layer
        Of kind ``features``: lines in EPSG:4326 with ``type``, ``waterway``, ``highway`` and ``name``, where the file
        has them.

    Raises
    ------
    FileError, DataError, CrsError
        As other layers of lines.
    """
    return place_layer(table_for(path, "features", options), FEATURES, options, shapers=(with_length,))
