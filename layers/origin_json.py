"""What is known of a layer beside its rows, as JSON and back: without loss, and believed only as far as checked."""

import datetime as dt
import json
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import shapely

from geo import messages
from geo.findings import Finding
from layers.layer import Origin, QualityReport, Source

__all__ = ["extent_of", "origin_as_json", "origin_from_json"]

_T = TypeVar("_T")
_SOURCE_TEXTS = ("file", "sha256", "crs", "encoding", "level", "credit", "datum_read", "datum_known")
_SEVERITIES = ("error", "warn", "info")
# Types of the columns of refused rows.
_NUMBER, _TEXT = "int64", "str"


def origin_as_json(origin: Origin) -> bytes:
    """The origin as JSON in ASCII.

    Raises
    ------
    TypeError
        When a finding holds a fact that JSON cannot.

    Examples
    --------
    >>> origin = Origin("roads", "wgs84", Source("a.gpkg", ""), QualityReport((), 1, 1))
    >>> origin_from_json(origin_as_json(origin)).source.file
    'a.gpkg'
    """
    source, quality = origin.source, origin.quality
    extent = None if source.extent is None else shapely.to_wkb(source.extent, hex=True)
    refused = {
        str(name): [_NUMBER if column.dtype == np.int64 else _TEXT, column.tolist()]
        for name, column in quality.refused.items()
    }
    document = {
        "kind": origin.kind,
        "datum": origin.datum,
        "source": {
            "file": source.file,
            "sha256": source.sha256,
            "crs": source.crs,
            "encoding": source.encoding,
            "level": source.level,
            "synthetic": source.synthetic,
            "credit": source.credit,
            "datum_read": source.datum_read,
            "datum_known": source.datum_known,
            "extent": extent,
        },
        "rows_read": quality.rows_read,
        "rows_kept": quality.rows_kept,
        "refused": refused,
        "columns": dict(quality.columns),
        "findings": [[f.code, f.severity, f.row, f.field, dict(f.facts)] for f in quality.findings],
    }
    return json.dumps(document, default=_plain).encode()


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dt.date):
        return value.isoformat()
    msg = f"a fact of type {type(value).__name__}"
    raise TypeError(msg)


def origin_from_json(data: bytes) -> Origin:
    """The origin that was written.

    Raises
    ------
    ValueError
        When the text is not what :func:`origin_as_json` writes.
    """
    try:
        document = json.loads(data)
        source = document["source"]
        quality = QualityReport(
            tuple(_finding(*entry) for entry in document["findings"]),
            _of(document["rows_read"], int),
            _of(document["rows_kept"], int),
            pd.DataFrame({name: _column(*entry) for name, entry in document["refused"].items()}),
            # Workspaces of earlier versions do not say it.
            {str(own): _of(name, str) for own, name in document.get("columns", {}).items()},
        )
        texts = {name: _of(source[name], str) for name in _SOURCE_TEXTS}
        extent = None if source["extent"] is None else extent_of(source["extent"])
        described = Source(**texts, synthetic=_of(source["synthetic"], bool), extent=extent)
        return Origin(_of(document["kind"], str), _of(document["datum"], str), described, quality)
    except (KeyError, TypeError, AttributeError, RecursionError, shapely.GEOSException) as error:
        msg = f"not an origin: {error!r}"
        raise ValueError(msg) from error


def _of(value: object, kind: type[_T]) -> _T:
    if type(value) is not kind:
        msg = f"{value!r:.40} is no {kind.__name__}"
        raise TypeError(msg)
    return value


def _finding(code: str, severity: Any, row: int | None, field: str | None, facts: dict[str, object]) -> Finding:  # noqa: ANN401
    if code not in messages.codes() or severity not in _SEVERITIES:
        msg = f"no such finding: {code!r:.40}"
        raise TypeError(msg)
    return Finding(
        code,
        severity,
        row=None if row is None else _of(row, int),
        field=None if field is None else _of(field, str),
        facts=_of(facts, dict),
    )


def _column(kind: str, values: list[object]) -> pd.Series:
    if kind == _NUMBER:
        return pd.Series([_of(value, int) for value in values], dtype=_NUMBER)
    return pd.Series([_of(value, str) for value in values], dtype=_TEXT)


def extent_of(text: str) -> shapely.Geometry:
    """The extent of roads from hexadecimal WKB.

    Raises
    ------
    TypeError, shapely.GEOSException
        When it is no polygon.
    """
    extent = shapely.from_wkb(_of(text, str))
    if not isinstance(extent, shapely.Polygon | shapely.MultiPolygon):
        msg = "an extent is a polygon"
        raise TypeError(msg)
    return extent
