"""From the rows of a file to the rows of a layer: each bad row named, none lost."""

import re

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import DataError
from geo.findings import Finding, Severity
from geo.parse import as_text, strip_controls
from geo.read import Table
from layers._basis import declared_basis, with_told_crs
from layers.layer import Layer, QualityReport, Source
from layers.mapping import match
from layers.options import USUAL, ReadOptions
from layers.schema import Schema

__all__ = ["Intake", "pick", "type_names"]

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

_TYPE_NAMES = {
    -1: "no geometry", 0: "Point", 1: "LineString", 2: "LinearRing", 3: "Polygon", 4: "MultiPoint",
    5: "MultiLineString", 6: "MultiPolygon", 7: "GeometryCollection",
}  # fmt: skip
# Columns that do not come in, and what is said of them.
_LEFT_OUT = {"identity": "personal_dropped", "personal": "person_dropped", "note": "note_column"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


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
        #: Longitude and latitude as the columns of degrees give them, shape (n, 2), where places are made of them.
        self.degrees: FloatArray | None = None
        of_rows = any(finding.severity == "error" and finding.row is not None for finding in table.findings)
        positions = {int(row): position for position, row in enumerate(table.rows)} if of_rows else {}
        for finding in table.findings:
            if finding.severity == "error" and finding.row in positions:
                self._refuse_one(positions[finding.row], finding)
            else:
                self._notes.append(finding)
        self._texts: dict[str, pd.Series] = {}
        self.geometry_name = str(table.frame.geometry.name) if isinstance(table.frame, gpd.GeoDataFrame) else None
        self.guessed = match(table, schema, options.columns)
        self.columns = {column.name: column.heading for column in self.guessed if column.name is not None}
        self._say_of_columns()

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

    def own_columns(self) -> list[str]:
        """The file's headings, without the geometry and without what was left out."""
        return [column.heading for column in self.guessed if column.why not in _LEFT_OUT]

    def _say_of_columns(self) -> None:
        """What is left out, what only the content of a column tells, and what the user named that is not there."""
        there = {column.heading for column in self.guessed}
        for name, own in self.options.columns.items():
            if own and own not in there:
                self.note("column_said_absent", "warn", field=own, name=name)
        for column in self.guessed:
            if column.why in _LEFT_OUT:
                severity: Severity = "info" if column.why == "note" else "warn"
                self.note(_LEFT_OUT[column.why], severity, field=column.heading)
            elif column.why == "content":
                self.note("column_by_content", "warn", field=column.heading, name=column.name)
            elif column.rival is not None:
                self.note("column_rival", "info", field=column.heading, name=column.rival)

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
        named = {own: name for name, own in self.columns.items()} if self.refused.any() else {}
        quality = QualityReport(self._findings(), len(table.frame), len(kept_rows), self._refused_rows(), named)
        extent = table.note.extent if table.note else None
        basis = self.basis
        crs = table.crs or self.options.crs
        source = Source(
            table.file, table.sha256, crs, table.encoding, credit=table.credit, extent=extent,
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
        shown = {*self.own_columns(), *([self.geometry_name] if self.geometry_name else [])}
        for name in self.table.frame.columns:
            if name not in shown:
                continue
            column = self.table.frame[name].iloc[positions]
            if name == self.geometry_name:
                cells = ["" if shape is None else shape.wkt for shape in column]
            else:
                cells = [as_text(value) for value in column]
            out[name if name not in out else f"{name}_"] = pd.Series(cells, dtype="str")
        return pd.DataFrame(out)
