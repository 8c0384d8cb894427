"""``report``: a result folder as one file to hand over: Word, Excel, or a page for a browser."""

from pathlib import Path
from typing import Annotated

import typer

from commands.options import parts_of
from commands.terminal import say
from coverage.plans.scorecard import Scorecard
from geo.errors import RequestError
from geo.messages import language
from geo.write import write_bytes
from layers.read import read_layer
from reports.scorecard_csv import read_scorecard

__all__ = ["register"]

#: A file that only a result of ``coverage`` has, and one that only a scorecard has.
_COVERAGE_FILE, _SCORECARD_FILE = "demand.geojson", "scorecard.csv"
_SUFFIXES = (".docx", ".xlsx", ".html")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(_report)


def _report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that `indicators` wrote.")],
    out: Annotated[Path, typer.Option("--out", help="FILE.docx, FILE.xlsx or FILE.html.")],
    indicator: Annotated[str, typer.Option("--indicator", help=".docx: ids of at most five, comma between.")] = "",
    units: Annotated[
        Path | None, typer.Option("--units", help=".docx: outlines of the units, for the map of the first indicator.")
    ] = None,
) -> None:
    """The report of a result folder, from the folder alone: nothing is computed again."""
    if out.suffix.lower() not in _SUFFIXES:
        raise RequestError("report_suffix", given=out.suffix or out.name, known=", ".join(_SUFFIXES))
    if not (folder / _SCORECARD_FILE).is_file():
        code = "report_needs_roads" if (folder / _COVERAGE_FILE).is_file() else "report_of_what"
        raise RequestError(code, given=str(folder))
    card = read_scorecard(folder)
    write_bytes(out, _made(card, out.suffix.lower(), tuple(parts_of(indicator)), units))
    say([finding for finding in card.findings if finding.severity != "info"])


def _made(card: Scorecard, suffix: str, chosen: tuple[str, ...], units: Path | None) -> bytes:
    lang = language()
    if suffix == ".xlsx":
        from reports.supervision import supervision_xlsx

        return supervision_xlsx(card, lang=lang)
    if suffix == ".html":
        from reports.scorecard_html import scorecard_html

        return scorecard_html(card, lang=lang).encode("utf-8")
    from reports.scorecard_docx import key_indicators, scorecard_docx
    from reports.status_map import draw_statuses

    drawn = None
    shown = chosen or key_indicators(card)
    if units is not None and shown:
        drawn = draw_statuses(card, shown[0], read_layer(units, "units"), lang=lang)
    return scorecard_docx(card, chosen=chosen, drawn=drawn, lang=lang)
