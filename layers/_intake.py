"""From the rows of a file to the rows of a layer: each bad row named, none lost."""

import re

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import DataError
from geo.findings import Finding, Severity
from geo.heading import spellings
from geo.parse import as_text, strip_controls
from geo.read import Table
from layers._basis import declared_basis, with_told_crs
from layers.layer import Layer, QualityReport, Source
from layers.options import USUAL, ReadOptions
from layers.schema import Schema, plain

__all__ = ["Intake", "pick", "type_names"]

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

_TYPE_NAMES = {
    -1: "no geometry", 0: "Point", 1: "LineString", 2: "LinearRing", 3: "Polygon", 4: "MultiPoint",
    5: "MultiLineString", 6: "MultiPolygon", 7: "GeometryCollection",
}  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_IDENTITY_NUMBER = re.compile(r"\d{6}(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dXx]")
_IDENTITY_LENGTH = 18
_IDENTITY_HEADINGS = ("身份证", "证件号", "公民身份号码", "idcard", "identitycard")


def type_names(types: npt.NDArray[np.int32]) -> str:
    """Names of the geometry types that occur, most frequent first."""
    values, counts = np.unique(types, return_counts=True)
    return ", ".join(_TYPE_NAMES[int(values[n])] for n in np.argsort(-counts, kind="stable"))


def pick(frame: pd.DataFrame, positions: IntArray) -> pd.DataFrame:
    """Rows by position, with a fresh index."""
    return frame.take(positions).reset_index(drop=True)


class Intake:
    """One table on its way to a layer.

    Columns are renamed to their canonical names at once. Rows are refused by position with a code; the first reason
    of a row is the one that its record shows, all of them are findings.

    Parameters
    ----------
    table
        As read.
    schema
        What the layer should hold.
    options
        What the user said of the file.
    """

    def __init__(self, table: Table, schema: Schema, options: ReadOptions = USUAL) -> None:
        table, told = with_told_crs(table, options)
        self.table = table
        self.schema = schema
        self.options = options
        self.refused = np.zeros(len(table.frame), dtype=bool)
        self._reasons: dict[int, str] = {}
        self._rows: list[tuple[int, Finding]] = []
        self._notes: list[Finding] = list(told)
        self.basis = declared_basis(table, options)
        of_rows = any(finding.severity == "error" and finding.row is not None for finding in table.findings)
        positions = {int(row): position for position, row in enumerate(table.rows)} if of_rows else {}
        for finding in table.findings:
            if finding.severity == "error" and finding.row in positions:
                self._refuse_one(positions[finding.row], finding)
            else:
                self._notes.append(finding)
        self._texts: dict[str, pd.Series] = {}
        self.geometry_name = str(table.frame.geometry.name) if isinstance(table.frame, gpd.GeoDataFrame) else None
        self.personal = self._personal_columns()
        self.columns = self._canonical()

    # ---- findings -----------------------------------------------------------------------------------------------

    def refuse(self, mask: BoolArray, code: str, *, field: str | None = None, **facts: object) -> None:
        """Refuse the rows of a mask for a reason; each gets its finding."""
        for position in np.flatnonzero(mask):
            row = int(self.table.rows[position])
            self._refuse_one(int(position), Finding(code, "error", row=row, field=field, facts=facts))

    def refuse_together(self, mask: BoolArray, code: str, **facts: object) -> None:
        """Refuse rows for one cause that is not mended row by row: one ``warn`` for all of them, with their count."""
        positions = np.flatnonzero(mask).tolist()
        if positions:
            self.refused[positions] = True
            for position in positions:
                self._reasons.setdefault(position, code)
            self._notes.append(Finding(code, "warn", facts={"count": len(positions), **facts}))

    def refuse_values(self, mask: BoolArray, code: str, column: pd.Series, field: str) -> None:
        """Refuse rows for what stands in one column; the finding shows it."""
        for position in np.flatnonzero(mask):
            row = int(self.table.rows[position])
            facts = {"value": as_text(column.iloc[position])}
            self._refuse_one(int(position), Finding(code, "error", row=row, field=field, facts=facts))

    def warn_values(self, mask: BoolArray, code: str, column: pd.Series, field: str) -> None:
        """Say of kept rows what is doubtful in one column."""
        for position in np.flatnonzero(mask):
            row = int(self.table.rows[position])
            facts = {"value": as_text(column.iloc[position])}
            self._rows.append((int(position), Finding(code, "warn", row=row, field=field, facts=facts)))

    def warn(self, mask: BoolArray, code: str, **facts: object) -> None:
        """Say of kept rows that something is doubtful."""
        for position in np.flatnonzero(mask):
            row = int(self.table.rows[position])
            self._rows.append((int(position), Finding(code, "warn", row=row, facts=facts)))

    def note(self, code: str, severity: Severity, *, field: str | None = None, **facts: object) -> None:
        """Say something about the layer as a whole."""
        self._notes.append(Finding(code, severity, field=field, facts=facts))

    def _refuse_one(self, position: int, finding: Finding) -> None:
        self.refused[position] = True
        self._reasons.setdefault(position, finding.code)
        self._rows.append((position, finding))

    # ---- columns ------------------------------------------------------------------------------------------------

    def _canonical(self) -> dict[str, str]:
        """Canonical name to the file's own: what the user said, else the canonical heading, else synonyms in order."""
        headings: dict[str, str] = {}
        for name in self.own_columns():
            headings.setdefault(plain(name), name)
        # What headings of several rows may also be called; no heading of its own is hidden by one.
        for word, names in self._spellings().items():
            if len(names) == 1:
                headings.setdefault(word, names[0])
        corrected = self.options.columns
        taken = {name: own for name, own in corrected.items() if own}
        for entry in self.schema.fields:
            if entry.name in corrected:
                continue
            candidates = (headings.get(plain(word)) for word in (entry.name, *entry.synonyms))
            found = next((name for name in candidates if name is not None and name not in taken.values()), None)
            if found is not None:
                taken[entry.name] = found
        return taken

    def _spellings(self) -> dict[str, list[str]]:
        out: dict[str, list[str]] = {}
        for name in self.own_columns():
            for word in {plain(spelling) for spelling in spellings(name)}:
                out.setdefault(word, []).append(name)
        return out

    def own_columns(self) -> list[str]:
        """The file's headings, without the geometry and without what was dropped as personal."""
        return [name for name in self.table.frame.columns if name != self.geometry_name and name not in self.personal]

    def _personal_columns(self) -> frozenset[str]:
        """Columns of identity numbers: by their heading, or because most of their cells are one."""
        found = set()
        for name in self.table.frame.columns:
            if name == self.geometry_name:
                continue
            if plain(name).startswith(_IDENTITY_HEADINGS) or "身份证" in name:
                found.add(name)
                continue
            column = self.table.frame[name]
            if column.dtype == object or pd.api.types.is_string_dtype(column.dtype):
                if column.dtype == object:
                    texts = pd.Series([as_text(value) for value in column], dtype="str")
                else:
                    texts = column.astype("str").fillna("")
                filled = int((texts != "").sum())
                # Only what is as long as a number is looked at: columns of roads have hundreds of thousands of texts.
                texts = texts.str.strip()
                long = texts[texts.str.len() == _IDENTITY_LENGTH]
                if 2 * sum(_IDENTITY_NUMBER.fullmatch(text) is not None for text in long) > filled:
                    found.add(name)
        for name in sorted(found):
            self.note("personal_dropped", "warn", field=name)
        return frozenset(found)

    def has(self, name: str) -> bool:
        """Whether the file has a column of this canonical name."""
        return name in self.columns

    def raw(self, name: str) -> pd.Series:
        """The cells as read; a column of blanks when the file has none."""
        if name not in self.columns:
            return pd.Series([None] * len(self.table.frame), dtype=object)
        return self.table.frame[self.columns[name]].reset_index(drop=True)

    def texts(self, name: str) -> pd.Series:
        """The cells of a canonical column as text, ``""`` where blank."""
        if name not in self.columns:
            return pd.Series([""] * len(self.table.frame), dtype="str")
        return self.own_texts(self.columns[name])

    def own_texts(self, heading: str) -> pd.Series:
        """The cells under one of the file's headings as text: trimmed, without control characters."""
        if heading not in self._texts:
            self._texts[heading] = self._as_texts(heading)
        return self._texts[heading]

    def _as_texts(self, heading: str) -> pd.Series:
        column = self.table.frame[heading].reset_index(drop=True)
        if pd.api.types.is_string_dtype(column.dtype) and column.dtype != object:
            texts = column.astype("str").fillna("")
        else:
            cells = column.dt.to_pydatetime() if pd.api.types.is_datetime64_any_dtype(column.dtype) else column
            texts = pd.Series([as_text(value) for value in cells], dtype="str")
        # Each text once, as in tags of roads few occur.
        distinct = pd.Series(texts.unique(), dtype="str")
        odd = distinct[distinct.str.contains(_CONTROL).to_numpy(dtype=bool)]
        if len(odd):
            self.note("control_characters", "warn", field=heading, count=int(texts.isin(odd).sum()))
            texts = texts.map(strip_controls)
        return texts.str.strip()

    # ---- the end ------------------------------------------------------------------------------------------------

    def layer_of(self, kind: str, frame: gpd.GeoDataFrame, *, kept_rows: IntArray) -> Layer:
        """The finished layer; ``kept_rows`` are the positions of the source rows that are in it.

        Raises
        ------
        DataError
            When no row was kept; its fact ``findings`` has all of them.
        """
        table = self.table
        if len(kept_rows) == 0:
            findings = self._findings()
            reasons = set(self._reasons.values())
            first = min(
                (finding for finding in findings if finding.code in reasons), key=lambda finding: finding.row is None
            )
            raise DataError(
                "no_row_kept",
                rows=[finding.row for finding in findings if finding.severity == "error" and finding.row is not None],
                file=table.file,
                count=len(table.frame),
                first_zh=first.as_dict("zh")["message"],
                first_en=first.as_dict("en")["message"],
                findings=findings,
            )
        quality = QualityReport(self._findings(), len(table.frame), len(kept_rows), self._refused_rows())
        extent = table.note.extent if table.note else None
        basis = self.basis
        source = Source(
            table.file, table.sha256, table.crs, table.encoding, credit=table.credit, extent=extent,
            datum_read=basis.read, datum_known=basis.known,
        )  # fmt: skip
        return Layer(kind, frame, basis.datum, source, quality)

    def _findings(self) -> tuple[Finding, ...]:
        ordered = (finding for _, finding in sorted(self._rows, key=lambda entry: entry[0]))
        return (*self._notes, *ordered)

    def _refused_rows(self) -> pd.DataFrame:
        """The refused rows as text under the file's own headings, ``row`` and ``reason`` in front, geometry as WKT."""
        positions = np.flatnonzero(self.refused)
        out: dict[str, object] = {
            "row": self.table.rows[positions],
            "reason": pd.Series([self._reasons[int(position)] for position in positions], dtype="str"),
        }
        for name in self.table.frame.columns:
            if name in self.personal:
                continue
            column = self.table.frame[name].iloc[positions]
            if name == self.geometry_name:
                cells = ["" if shape is None else shape.wkt for shape in column]
            else:
                cells = [as_text(value) for value in column]
            out[name if name not in out else f"{name}_"] = pd.Series(cells, dtype="str")
        return pd.DataFrame(out)
