"""Yearly snapshots of a scorecard, kept in the folder of a workspace so that a trend can be shown.

A snapshot is one file, named by its series, its day and its content; files are only ever added. Undoing a change of the
workspace takes none away, and an export of the workspace carries none: they are this office's own record.
"""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from geo.errors import OutputError, RequestError
from geo.findings import Finding
from geo.write import write_text
from layers.secrecy import INTERNAL, LEVELS
from layers.workspace_history import now

__all__ = ["SNAPSHOTS_DIR", "KeptValue", "Snapshot", "keep_snapshot", "read_snapshots", "trend", "trend_table"]

#: Folder in the folder of the workspace.
SNAPSHOTS_DIR = "snapshots"
_SCHEMA_VERSION = 1
_DIGITS = 16
_SERIES = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_FILE = re.compile(r"(?P<series>[a-z0-9][a-z0-9_-]{0,63})-(?P<day>\d{4}-\d{2}-\d{2})-(?P<digest>[0-9a-f]{16})\.json")
_MOST_BYTES = 256 * 2**20


@dataclass(frozen=True)
class KeptValue:
    """One value of a snapshot.

    Parameters
    ----------
    id, name, name_en, unit
        Of what is measured; ``unit`` is that of the value.
    unit_code, unit_name, whole
        Of the unit of territory; ``whole``: all of it.
    value, target
        None without one.
    status
        As the caller words it.
    """

    id: str
    name: str
    name_en: str
    unit: str
    unit_code: str
    unit_name: str
    whole: bool
    value: float | None
    target: float | None
    status: str


@dataclass(frozen=True)
class Snapshot:
    """Values of one day, with what made them.

    Parameters
    ----------
    series
        What belongs together, such as the id of a plan: small letters, digits, ``-`` and ``_``.
    as_of
        The day; of several in one year the last one counts in a trend.
    rows
        In the caller's order.
    parameters
        That decided the values; must go into JSON.
    inputs
        Hash of what went in, by any name.
    level
        Highest secrecy of the inputs.
    saved
        When it was kept, in the office's own time; empty before.
    """

    series: str
    as_of: dt.date
    rows: tuple[KeptValue, ...]
    parameters: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    inputs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    level: str = INTERNAL
    saved: str = ""

    def digest(self) -> str:
        """Hash of all but when it was kept."""
        return hashlib.sha256(_canonical(_content(self)).encode("utf-8")).hexdigest()


def _content(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "schema_version": _SCHEMA_VERSION,
        "series": snapshot.series,
        "as_of": snapshot.as_of.isoformat(),
        "level": snapshot.level,
        "parameters": dict(snapshot.parameters),
        "inputs": dict(snapshot.inputs),
        "rows": [asdict(row) for row in snapshot.rows],
    }


def _canonical(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=str)


def keep_snapshot(folder: Path, snapshot: Snapshot) -> bool:
    """Keep a snapshot, all or nothing.

    Parameters
    ----------
    folder
        Of the workspace.
    snapshot
        The same again changes nothing; of the same day with other inputs, both are kept.

    Returns
    -------
    bool
        Whether it is new.

    Raises
    ------
    RequestError
        When the name of the series cannot be that of a file.
    OutputError
        When the file cannot be written.
    """
    if not _SERIES.fullmatch(snapshot.series):
        raise RequestError("snapshot_series_bad", given=snapshot.series)
    digest = snapshot.digest()
    place = folder / SNAPSHOTS_DIR / f"{snapshot.series}-{snapshot.as_of.isoformat()}-{digest[:_DIGITS]}.json"
    if _read(place) is not None:
        return False
    try:
        place.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError("output_failed", path=SNAPSHOTS_DIR, reason=error.strerror or str(error)) from error
    kept = {**_content(snapshot), "saved": now().isoformat()}
    write_text(place, json.dumps(kept, ensure_ascii=False, indent=1, allow_nan=False, default=str) + "\n")
    return True


def read_snapshots(folder: Path, series: str = "") -> tuple[tuple[Snapshot, ...], tuple[Finding, ...]]:
    """All snapshots of a workspace, the oldest day first; of one day, as they were kept.

    Parameters
    ----------
    folder
        Of the workspace.
    series
        Only these; empty: all.

    Returns
    -------
    tuple
        The snapshots, and a finding for each file that is damaged, which is left out.
    """
    found: list[tuple[tuple[dt.date, str, str], Snapshot]] = []
    damaged = []
    for file in sorted((folder / SNAPSHOTS_DIR).glob("*.json")):
        name = _FILE.fullmatch(file.name)
        if name is not None and series and name["series"] != series:
            continue
        snapshot = _read(file)
        if snapshot is None:
            damaged.append(Finding("snapshot_damaged", "warn", facts={"file": file.name}))
        else:
            found.append(((snapshot.as_of, snapshot.saved, file.name), snapshot))
    return tuple(snapshot for _, snapshot in sorted(found, key=lambda pair: pair[0])), tuple(damaged)


def _read(file: Path) -> Snapshot | None:
    """The snapshot of a file; None where there is none that is whole."""
    name = _FILE.fullmatch(file.name)
    try:
        if name is None or file.stat().st_size > _MOST_BYTES:
            return None
        said = json.loads(file.read_bytes())
        snapshot = Snapshot(
            series=str(said["series"]),
            as_of=dt.date.fromisoformat(said["as_of"]),
            rows=tuple(_row(entry) for entry in said["rows"]),
            parameters=MappingProxyType(dict(said["parameters"])),
            inputs=MappingProxyType(dict(said["inputs"])),
            level=LEVELS[LEVELS.index(said["level"])],
            saved=str(said["saved"]),
        )
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    # Its name says what it held: whatever was changed by hand shows.
    same = (snapshot.series, snapshot.as_of.isoformat(), snapshot.digest()[:_DIGITS])
    return snapshot if same == (name["series"], name["day"], name["digest"]) else None


def _row(entry: Mapping[str, Any]) -> KeptValue:
    row = KeptValue(**entry)
    numbers, texts = (row.value, row.target), (row.id, row.name, row.name_en, row.unit, row.unit_code, row.status)
    if not all(number is None or isinstance(number, (int, float)) for number in numbers):
        raise TypeError("a number")
    if not all(isinstance(text, str) for text in (*texts, row.unit_name)) or not isinstance(row.whole, bool):
        raise TypeError("a text")
    return row


def trend(snapshots: Iterable[Snapshot], unit_code: str = "") -> pd.DataFrame:
    """One row per indicator and year.

    Parameters
    ----------
    snapshots
        Of one series.
    unit_code
        Of a unit; empty: the whole.

    Returns
    -------
    pandas.DataFrame
        ``id``, ``name``, ``name_en``, ``unit``, ``year``, ``as_of``, ``value``, ``target``, ``status``, ``snapshots``
        (how many there are of the year). Of a year with several, the last day counts, and of one day what was kept
        last. Indicators as in the newest snapshot, those that it no longer has behind them.
    """
    ordered = sorted(snapshots, key=lambda one: (one.as_of, one.saved, one.digest()))
    last = {one.as_of.year: one for one in ordered}
    count = {year: sum(one.as_of.year == year for one in ordered) for year in last}
    rows = [
        {
            "id": kept.id, "name": kept.name, "name_en": kept.name_en, "unit": kept.unit, "year": year,
            "as_of": one.as_of, "value": kept.value, "target": kept.target, "status": kept.status,
            "snapshots": count[year],
        }
        for year, one in sorted(last.items())
        for kept in one.rows
        if (kept.unit_code == unit_code if unit_code else kept.whole)
    ]  # fmt: skip
    columns = ["id", "name", "name_en", "unit", "year", "as_of", "value", "target", "status", "snapshots"]
    frame = pd.DataFrame(rows, columns=columns)
    order = list(dict.fromkeys(kept.id for one in reversed(ordered) for kept in one.rows))
    place = frame["id"].map({key: position for position, key in enumerate(order)})
    frame = frame.iloc[sorted(range(len(frame)), key=lambda row: (place.iloc[row], frame["year"].iloc[row]))]
    frame["value"], frame["target"] = (pd.to_numeric(frame[name]).astype("float64") for name in ("value", "target"))
    return frame.reset_index(drop=True)


def trend_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Indicators by years, out of :func:`trend`: ``id``, ``name``, ``name_en``, ``unit``, then each year's values."""
    years = sorted(rows["year"].unique().tolist())
    newest = rows.drop_duplicates("id", keep="last").set_index("id")
    table = pd.DataFrame({"id": rows["id"].drop_duplicates().to_numpy()})
    for name in ("name", "name_en", "unit"):
        table[name] = table["id"].map(newest[name])
    for year in years:
        table[int(year)] = table["id"].map(rows[rows["year"] == year].set_index("id")["value"])
    return table
