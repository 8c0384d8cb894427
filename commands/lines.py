"""``lines``: editions compared, a project's red line, new codes, lines in words. Nothing here changes a line."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import geopandas as gpd
import pandas as pd
import typer

from commands.options import AsOf, Json, day_of
from commands.terminal import print_figures, say, steps, warn
from coverage.summary import versions
from demarcation.bench import bench_of
from demarcation.check import run
from demarcation.checks.text import compared
from demarcation.description import NOT_BINDING, describe
from demarcation.editions import compare_editions, facilities_between
from demarcation.read import lines_of
from demarcation.recode import recode
from demarcation.rules import load_rules
from demarcation.study import study_of
from geo import messages
from geo.errors import RequestError
from geo.findings import Finding
from geo.geojson import feature_collection
from geo.sniff import file_sha256
from geo.write import atomic_folder, write_bytes, write_csv, write_text
from layers.export_log import Export, log_export
from layers.layer import Layer
from layers.read import read_layer
from layers.recoding import read_recoding
from layers.secrecy import STAMP, highest
from layers.workspace import open_workspace
from reports.boundary_docx import description_docx
from reports.boundary_lines import crossing_table, difference_table, recode_table, recoded_lines
from reports.boundary_text import STATUSES, comparison_table, file_names, stretch_table
from reports.html import page_words
from reports.look import made_up

__all__ = ["lines_commands"]

lines_commands = typer.Typer(
    no_args_is_help=True, help="Two editions, a project's red line, new codes as a scenario, lines in words."
)

Lines = Annotated[Path, typer.Option("--lines", help="Boundary lines.")]
Stakes = Annotated[Path, typer.Option("--stakes", help="Boundary stakes.")]
Out = Annotated[Path, typer.Option("--out", help="Folder for the files.")]
OwnRules = Annotated[Path | None, typer.Option("--rules", help="Your own tolerances (.toml).")]
Logged = Annotated[Path | None, typer.Option("--workspace", help="Workspace whose log of exports is told.")]
#: Names of all files; a folder with nothing else is an older result.
FILES = (
    "differences.geojson", "crossings.geojson", "recode.csv", "recode.geojson", "line_*.txt", "line_*.docx",
    "stretches.csv", "comparison.csv", "summary.json",
)  # fmt: skip


@dataclass(frozen=True)
class _Job:
    """Where a command writes, and what its result was made from."""

    name: str
    out: Path
    workspace: Path | None
    inputs: Sequence[Layer]
    started: float

    def finish(
        self,
        tables: Mapping[str, pd.DataFrame | str | bytes],
        figures: Mapping[str, Any],
        findings: Sequence[Finding],
        *,
        as_json: bool,
    ) -> None:
        """Write tables and texts by the name of their file and the summary, log them, and tell the figures."""
        level = highest(layer.source.level for layer in self.inputs)
        credits_ = sorted({layer.source.credit for layer in self.inputs if layer.source.credit})
        notes = {"level": level, "stamp": STAMP, **({"attribution": "; ".join(credits_)} if credits_ else {})}
        summary: dict[str, Any] = {
            "command": f"lines {self.name}",
            **figures,
            **notes,
            "inputs": [
                {"kind": layer.kind, "file": layer.source.file, "sha256": layer.source.sha256,
                 "rows": layer.quality.rows_read, "level": layer.source.level, "synthetic": layer.source.synthetic}
                for layer in self.inputs
            ],
            "versions": dict(versions()),
            "findings": [finding.as_dict() for finding in findings],
            "seconds": round(time.monotonic() - self.started, 3),
        }  # fmt: skip
        with atomic_folder(self.out, ours=FILES) as folder:
            for file, table in tables.items():
                if isinstance(table, bytes):
                    write_bytes(folder / file, table)
                elif isinstance(table, str):
                    write_text(folder / file, table)
                elif isinstance(table, gpd.GeoDataFrame):
                    write_text(folder / file, feature_collection(table, notes))
                else:
                    write_csv(folder / file, table)
            write_text(folder / "summary.json", json.dumps(summary, ensure_ascii=False, indent=2) + "\n")
            if self.workspace is not None:
                digest = file_sha256(sorted(file for file in folder.rglob("*") if file.is_file()))
                rows = sum(len(table) for table in tables.values() if isinstance(table, pd.DataFrame))
                leaves = Export(summary["command"], self.out.resolve().name, level, public=False, rows=rows,
                                sha256=digest)  # fmt: skip
                log_export(open_workspace(self.workspace).path, leaves)
        for layer in self.inputs:
            warn(layer)
        say([finding for finding in findings if finding.severity != "info"])
        print_figures(summary, as_json=as_json)


@lines_commands.command("compare")
def _compare(
    lines: Lines,
    other: Annotated[Path, typer.Option("--other", help="The other edition of the lines.")],
    out: Out,
    facilities: Annotated[Path | None, typer.Option("--facilities", help="Facilities that may lie between.")] = None,
    rules: OwnRules = None,
    workspace: Logged = None,
    as_json: Json = False,
) -> None:
    """Where and by how much two editions of lines differ, and what lies between them. Neither is the right one."""
    started, tolerances = time.monotonic(), load_rules(rules)
    with steps() as tell:
        tell("read", 0.0)
        own, theirs = read_layer(lines, "lines"), read_layer(other, "lines")
        places = None if facilities is None else read_layer(facilities, "facilities")
        tell("search", 0.5)
        first, second = lines_of(own), lines_of(theirs)
        found = compare_editions(first, second, tolerances)
        between = () if places is None else facilities_between(found, places)
    lonely = {"only_here": sorted(set(first) - set(second)), "only_there": sorted(set(second) - set(first))}
    findings = [Finding("editions_have_no_winner", "info")]
    if any(lonely.values()):
        facts = {"here": len(lonely["only_here"]), "there": len(lonely["only_there"])}
        findings.append(Finding("editions_not_paired", "warn", facts=facts))
    figures = {
        "parameters": {"K13": tolerances.K13.model_dump()},
        "lines_compared": len(set(first) & set(second)),
        **lonely,
        "lines_that_differ": sorted({one.line_code for one in found}),
        "stretches": len(found),
        "greatest_m": max((round(one.greatest_m, 3) for one in found), default=0.0),
        "facilities_between": None if places is None else len(between),
    }
    inputs = [own, theirs, *(() if places is None else (places,))]
    job = _Job("compare", out, workspace, inputs, started)
    job.finish({"differences.geojson": difference_table(found, between)}, figures, findings, as_json=as_json)


@lines_commands.command("project")
def _project(
    lines: Lines,
    stakes: Stakes,
    project: Annotated[Path, typer.Option("--project", help="The red line: any file of shapes, or a .zip of one.")],
    out: Out,
    units: Annotated[Path | None, typer.Option("--units", help="Units, to name the sides.")] = None,
    rules: OwnRules = None,
    workspace: Logged = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Which lines a project crosses, how much of it is on each side, and which stakes are near."""
    started, tolerances, day = time.monotonic(), load_rules(rules), day_of(as_of)
    with steps() as tell:
        tell("read", 0.0)
        plots = read_layer(project, "projects")
        table, staked = read_layer(lines, "lines"), read_layer(stakes, "stakes")
        areas = None if units is None else read_layer(units, "units")
        tell("search", 0.5)
        checked = run(study_of(table, staked, tolerances, day, units=areas, projects=plots), tolerances)
    found = [one for one in checked.findings if one.check == "K16"]
    crossed = sorted({one.line_code for one in found if one.code == "project_across_line"})
    figures = {
        "as_of": day.isoformat(),
        "parameters": {"K16": tolerances.K16.model_dump()},
        "projects": len(plots.frame),
        "crosses": crossed,
        "near": sorted({one.line_code for one in found if one.code == "project_near_line"}),
        "stakes_near": sorted({one.stake_no for one in found if one.stake_no}),
    }
    inputs = [plots, table, staked, *(() if areas is None else (areas,))]
    job = _Job("project", out, workspace, inputs, started)
    lead = [Finding("project_needs_consent", "warn", facts={"lines": "、".join(crossed)})] if crossed else []
    job.finish({"crossings.geojson": crossing_table(found)}, figures, lead, as_json=as_json)


@lines_commands.command("recode")
def _recode(
    lines: Lines,
    stakes: Stakes,
    mapping: Annotated[Path, typer.Option("--mapping", help="Table of old_code and new_code.")],
    out: Out,
    units: Annotated[Path | None, typer.Option("--units", help="The new units, where one is split.")] = None,
    rules: OwnRules = None,
    workspace: Logged = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Lines and stakes after units were merged or split, with new numbers proposed. Changes nothing."""
    started, tolerances, day = time.monotonic(), load_rules(rules), day_of(as_of)
    with steps() as tell:
        tell("read", 0.0)
        codes = read_recoding(mapping)
        table, staked = read_layer(lines, "lines"), read_layer(stakes, "stakes")
        areas = None if units is None else read_layer(units, "units")
        tell("search", 0.5)
        pairs = codes.frame[["old_code", "new_code"]].astype(str).itertuples(index=False, name=None)
        successors: dict[str, list[str]] = {}
        for old, new in pairs:
            successors.setdefault(old, []).append(new)
        bench = bench_of(study_of(table, staked, tolerances, day))
        done = recode(bench, tolerances, successors, areas)
    fates = pd.Series([one.fate for one in done.stakes], dtype="str").value_counts().to_dict()
    figures = {
        "statement": "方案,不改变法定界线",
        "parameters": {"successors": successors, "K14": tolerances.K14.model_dump()},
        "lines": {"interior": 0, "units": 0, "merged": 0, "part": 0, "new": 0}
        | pd.Series([one.change for one in done.lines], dtype="str").value_counts().to_dict(),
        "stakes": {fate: int(fates.get(fate, 0)) for fate in ("keep", "renumber", "withdraw", "check")},
        "lines_untouched": len(bench.axes) - len({code for one in done.lines for code in one.old}),
    }
    inputs = [codes, table, staked, *(() if areas is None else (areas,))]
    job = _Job("recode", out, workspace, inputs, started)
    tables = {"recode.csv": recode_table(done), "recode.geojson": recoded_lines(done)}
    job.finish(tables, figures, done.findings, as_json=as_json)


@lines_commands.command("describe")
def _describe(
    lines: Lines,
    stakes: Stakes,
    out: Out,
    features: Annotated[
        Path | None, typer.Option("--features", help="Rivers and roads by name: what is passed.")
    ] = None,
    line: Annotated[str | None, typer.Option("--line", help="Code of one line (default: all).")] = None,
    descriptions: Annotated[
        Path | None, typer.Option("--descriptions", help="边界线走向说明, by line, to compare with the lines.")
    ] = None,
    word: Annotated[bool, typer.Option("--word", help="Each line as a Word document, too.")] = False,
    rules: OwnRules = None,
    workspace: Logged = None,
    as_json: Json = False,
) -> None:
    """边界线走向核对稿: each line in words from stake to stake, and given descriptions compared with it."""
    started, tolerances = time.monotonic(), load_rules(rules)
    with steps() as tell:
        tell("read", 0.0)
        table, staked = read_layer(lines, "lines"), read_layer(stakes, "stakes")
        beside = [] if features is None else [read_layer(features, "place_names")]
        texts = None if descriptions is None else read_layer(descriptions, "descriptions")
        tell("search", 0.5)
        bench = run(study_of(table, staked, tolerances, day_of(None), descriptions=texts), tolerances).bench
        if line is not None and line not in bench.axes:
            raise RequestError("describe_no_line", given=line)
        codes = sorted(bench.axes) if line is None else [line]
        drafts = [describe(bench.study.lines[code], bench.axes[code], tuple(bench.on(code)), beside) for code in codes]
        told = bench.study.descriptions or {}
        both = {code: compared(bench, code, told[code], tolerances) for code in codes if code in told}
    rows = comparison_table(both)
    statuses = rows["status"].value_counts().to_dict()
    figures = {
        "statement": NOT_BINDING,
        "parameters": {"K19": tolerances.K19.model_dump()},
        "lines": len(drafts),
        "stretches": sum(len(draft.stretches) for draft in drafts),
        "lines_compared": len(both),
        "descriptions_of_no_line": sorted(set(told) - set(bench.axes)),
        **{status: int(statuses.get(status, 0)) for status in STATUSES},
    }
    inputs = [table, staked, *beside, *(() if texts is None else (texts,))]
    lang = messages.language()
    what = made_up(inputs, lang)
    notice = page_words(lang)["demo_note"].format(what=what) if what else ""
    files: dict[str, str | bytes] = {}
    for name, draft in file_names(drafts).items():
        files[f"{name}.txt"] = draft.text(lang) + (f"{notice}\n" if notice else "")
        if word:
            files[f"{name}.docx"] = description_docx(draft, lang, notice=notice)
    tables = {**files, "stretches.csv": stretch_table(drafts)} | ({} if texts is None else {"comparison.csv": rows})
    _Job("describe", out, workspace, inputs, started).finish(tables, figures, (), as_json=as_json)
