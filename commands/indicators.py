"""``indicators``: the scorecard of a workspace against a plan."""

import dataclasses
import time
from pathlib import Path
from typing import Annotated

import typer

from commands.options import Json, day_of
from commands.terminal import print_figures, say, steps
from coverage.plans.inputs import Inputs, inputs_of
from coverage.plans.public import public_scorecard
from coverage.plans.read import load_plan, plan_ids
from coverage.plans.score import score
from coverage.plans.scorecard import Scorecard
from demarcation.figures import figures_of
from geo.errors import RequestError
from geo.sniff import file_sha256
from geo.write import atomic_folder, write_csv
from layers.export_log import Export, log_export
from layers.snapshots import keep_snapshot
from layers.workspace import Workspace, open_workspace
from reports.failing_units import FAILING_UNITS_FILE, failing_table
from reports.scorecard_csv import SCORECARD_FILES, scorecard_summary, write_scorecard
from reports.trend import snapshot_of

__all__ = ["register", "write_every_plan"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("indicators")(_indicators)


def _indicators(
    plan: Annotated[str, typer.Option("--plan", help=f"{', '.join(plan_ids())}, or a plan file (.toml).")],
    workspace: Annotated[Path, typer.Option("--workspace", help="Folder of the workspace.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the scorecard.")],
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="The day that decides what is open (default: the workspace's own).")
    ] = None,
    include_planned: Annotated[
        bool, typer.Option("--include-planned", help="Planned facilities count from their opening date on.")
    ] = False,
    public: Annotated[bool, typer.Option("--public", help="Take out numbers of fewer than 10 people.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep a snapshot in the workspace, for the trend.")] = False,
    as_json: Json = False,
) -> None:
    """Score a workspace against a plan: what is met, on pace, behind or missed, where, and what is missing."""
    started = time.monotonic()
    if keep and (include_planned or public):
        raise RequestError("snapshot_not_plain")
    chosen, study = load_plan(plan), open_workspace(workspace)
    with steps() as tell, atomic_folder(out, ours=(*SCORECARD_FILES, FAILING_UNITS_FILE)) as folder:
        tell("read", 0.0)
        inputs = dataclasses.replace(inputs_of(study), boundary=figures_of(study, public=public))
        tell("tables", 0.3)
        card = score(chosen, inputs, day_of(as_of) if as_of else study.as_of, include_planned=include_planned)
        card = public_scorecard(card) if public else card
        seconds = round(time.monotonic() - started, 3)
        _write(card, folder, seconds)
        if keep:
            keep_snapshot(study.path, snapshot_of(card))
        _log(study, card, folder, out.resolve().name, public=public)
    say([finding for finding in card.findings if finding.severity != "info"])
    print_figures(scorecard_summary(card, seconds=seconds), as_json=as_json)


def write_every_plan(study: Workspace, folder: Path) -> list[Scorecard]:
    """A scorecard for each plan that comes with the program, each in a folder of its id."""
    inputs: Inputs = dataclasses.replace(inputs_of(study), boundary=figures_of(study))
    cards = []
    for name in plan_ids():
        started = time.monotonic()
        card = score(load_plan(name), inputs, study.as_of)
        (folder / name).mkdir(parents=True)
        _write(card, folder / name, round(time.monotonic() - started, 3))
        cards.append(card)
    return cards


def _write(card: Scorecard, folder: Path, seconds: float) -> None:
    write_scorecard(card, folder, seconds=seconds)
    write_csv(folder / FAILING_UNITS_FILE, failing_table(card))


def _log(study: Workspace, card: Scorecard, folder: Path, name: str, *, public: bool) -> None:
    digest = file_sha256(sorted(file for file in folder.rglob("*") if file.is_file()))
    leaves = Export("indicators", name, card.level, public=public, rows=len(card.scores), sha256=digest)
    log_export(study.path, leaves)
