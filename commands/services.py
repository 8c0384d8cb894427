"""``services``: what needs more than one run of coverage, on a workspace. Each writes tables and ``summary.json``."""

import datetime as dt
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from commands.options import AsOf, Json, Profile, day_of, minutes_of, parts_of
from commands.terminal import print_figures, say, steps
from coverage import services
from coverage.burial import burial_layers
from coverage.colocation import BESIDE_M, Beside
from coverage.floating_catchment import Method
from coverage.meals import KITCHEN_MINUTES, MealWay
from coverage.request import Parameters
from coverage.services import Answer
from coverage.summary import versions
from coverage.tiers import LEVELS
from geo.errors import RequestError
from geo.sniff import file_sha256
from geo.write import atomic_folder, write_csv, write_text
from layers.anything import read_reference
from layers.export_log import Export, log_export
from layers.schema import kind_code
from layers.secrecy import STAMP, highest
from layers.workspace import Workspace, open_workspace

__all__ = ["services_commands"]

services_commands = typer.Typer(no_args_is_help=True, help="Co-location, meals, tiers, burial, lines, circles, access.")

Study = Annotated[Path, typer.Option("--workspace", help="Folder of the workspace.")]
Out = Annotated[Path, typer.Option("--out", help="Folder for the tables.")]
Kinds = Annotated[str, typer.Option("--kind", help="Kinds of facilities, comma between (default: the study's).")]
#: Names of all files; a folder with nothing else is an older result.
FILES = ("*.csv", "summary.json")


@dataclass(frozen=True)
class _Job:
    """Where a command reads and writes."""

    name: str
    study: Workspace
    day: dt.date
    out: Path
    started: float

    def finish(self, answer: Answer, *, as_json: bool) -> None:
        """Write the tables and the summary, log them, and tell the figures."""
        inputs = [origin.source for origin in answer.inputs]
        credits_ = sorted({source.credit for source in inputs if source.credit})
        summary: dict[str, Any] = {
            "command": f"services {self.name}",
            "workspace": self.study.name,
            "as_of": self.day.isoformat(),
            **answer.figures,
            "level": highest(source.level for source in inputs),
            "stamp": STAMP,
            "inputs": [
                {"kind": origin.kind, "file": origin.source.file, "sha256": origin.source.sha256,
                 "rows": origin.quality.rows_read, "level": origin.source.level,
                 "synthetic": origin.source.synthetic}
                for origin in answer.inputs
            ],
            **({"attribution": "; ".join(credits_)} if credits_ else {}),
            "versions": dict(versions()),
            "findings": [finding.as_dict() for finding in answer.findings],
            "seconds": round(time.monotonic() - self.started, 3),
        }  # fmt: skip
        with atomic_folder(self.out, ours=FILES) as folder:
            for name, table in answer.tables.items():
                write_csv(folder / f"{name}.csv", pd.DataFrame(table))
            write_text(folder / "summary.json", json.dumps(summary, ensure_ascii=False, indent=2) + "\n")
            digest = file_sha256(sorted(file for file in folder.rglob("*") if file.is_file()))
            rows = sum(len(table) for table in answer.tables.values())
            leaves = Export(summary["command"], self.out.resolve().name, summary["level"], public=False, rows=rows,
                            sha256=digest)  # fmt: skip
            log_export(self.study.path, leaves)
        say([finding for finding in answer.findings if finding.severity != "info"])
        print_figures(summary, as_json=as_json)


def _job(name: str, workspace: Path, out: Path, as_of: str | None) -> _Job:
    study = open_workspace(workspace)
    return _Job(name, study, day_of(as_of) if as_of else study.as_of, out, time.monotonic())


def _codes(text: str) -> tuple[str, ...]:
    return tuple(kind_code(part) for part in parts_of(text))


@services_commands.command("beside")
def _beside(
    workspace: Study,
    of: Annotated[str, typer.Option("--of", help="Kinds that are asked about, comma between.")],
    to: Annotated[str, typer.Option("--to", help="Kinds that they should stand beside, comma between.")],
    out: Out,
    within: Annotated[float, typer.Option("--within", help="Metres along the road; the default is ours.")] = BESIDE_M,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """How many facilities stand at the address of others, in their building, or near along the road."""
    job = _job("beside", workspace, out, as_of)
    with steps() as tell:
        tell("search", 0.0)
        answer = services.beside(job.study, _codes(of), _codes(to), Beside(within), job.day)
    job.finish(answer, as_json=as_json)


@services_commands.command("meals")
def _meals(
    workspace: Study,
    out: Out,
    kitchen_minutes: Annotated[
        float, typer.Option("--kitchen-minutes", help="Driving from kitchen to point; the default is ours.")
    ] = KITCHEN_MINUTES,
    home_minutes: Annotated[float, typer.Option("--home-minutes", help="From point to home.")] = 15.0,
    home_profile: Annotated[str, typer.Option("--home-profile", help="ebike, adult, elder, …")] = "ebike",
    weight: Annotated[str | None, typer.Option("--weight", help="Column that is counted.")] = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Meals from kitchens by meal points to homes: who gets one, and whether the kitchens cook enough."""
    job = _job("meals", workspace, out, as_of)
    to_point = Parameters(profile="drive", minutes=(kitchen_minutes,), as_of=job.day)
    to_home = Parameters(
        profile=home_profile, minutes=(home_minutes,), direction="from", as_of=job.day,
        weight=weight or job.study.study.weight or None,
    )  # fmt: skip
    with steps() as tell:
        tell("search", 0.0)
        answer = services.meals(job.study, MealWay(to_point, to_home), job.day)
    job.finish(answer, as_json=as_json)


@services_commands.command("tiers")
def _tiers(
    workspace: Study,
    out: Out,
    kind: Kinds = "",
    level: Annotated[str, typer.Option("--levels", help="From the top, comma between.")] = ",".join(LEVELS),
    profile: Profile = "drive",
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Networks of tiers: which units have a facility of their own tier, and whether parents lead up to the top."""
    job = _job("tiers", workspace, out, as_of)
    with steps() as tell:
        tell("search", 0.0)
        answer = services.tiers(job.study, _codes(kind), tuple(parts_of(level)), profile, job.day)
    job.finish(answer, as_json=as_json)


@services_commands.command("burial")
def _burial(
    workspace: Study,
    out: Out,
    pack: Annotated[str, typer.Option("--pack", help="Rules of a province: data/rules/burial.toml.")] = "national",
    ground: Annotated[
        list[str] | None, typer.Option("--ground", help="Forbidden ground: railway=FILE; may be repeated.")
    ] = None,
    own_limit: Annotated[
        list[str] | None, typer.Option("--own-limit", help="Your own distance for a rule: rule=METRES.")
    ] = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Burial sites against the siting rules of a province, and shares of burials from the layer of values."""
    job = _job("burial", workspace, out, as_of)
    with steps() as tell:
        tell("read", 0.0)
        files = _pairs(ground or (), ", ".join(burial_layers()))
        layers = {key: read_reference(Path(file)) for key, file in files.items()}
        limits = {key: _metres(value) for key, value in _pairs(own_limit or (), "-").items()}
        answer = services.burial(job.study, pack, layers, limits, job.day)
    job.finish(answer, as_json=as_json)


@services_commands.command("across")
def _across(
    workspace: Study,
    out: Out,
    kind: Kinds = "",
    profile: Profile = "elder",
    minutes: Annotated[str, typer.Option("--minutes", help="The largest counts.")] = "15",
    clip: Annotated[bool, typer.Option("--clip", help="Also on roads cut at the county's line.")] = False,
    by_parent: Annotated[bool, typer.Option("--by-parent", help="Lines between counties, not townships.")] = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Who crosses a line to be served: own and neighbours' facilities, roads whole and cut, each line and back."""
    job = _job("across", workspace, out, as_of)
    with steps() as tell:
        tell("search", 0.0)
        asked = _asked(job, kind, profile, minutes)
        answer = services.across(job.study, asked, clip=clip, by_parent=by_parent)
    job.finish(answer, as_json=as_json)


@services_commands.command("circle")
def _circle(
    workspace: Study,
    radius: Annotated[float, typer.Option("--radius", help="Straight line, metres.")],
    out: Out,
    kind: Kinds = "",
    profile: Profile = "elder75",
    minutes: Annotated[str, typer.Option("--minutes", help="The largest counts.")] = "15",
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """People in a circle and people within minutes on the road, side by side; and the standards that may be quoted."""
    job = _job("circle", workspace, out, as_of)
    with steps() as tell:
        tell("search", 0.0)
        answer = services.circle(job.study, _asked(job, kind, profile, minutes), radius)
    job.finish(answer, as_json=as_json)


@services_commands.command("access")
def _access(
    workspace: Study,
    out: Out,
    kind: Kinds = "",
    method: Annotated[Method, typer.Option("--method", help="Floating catchment: 2sfca, e2sfca or 3sfca.")] = "e2sfca",
    capacity: Annotated[str, typer.Option("--capacity", help="Column of what a facility can take, or auto.")] = "auto",
    profile: Profile = "elder",
    minutes: Annotated[str, typer.Option("--minutes", help="The largest is the catchment.")] = "15",
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Capacity per 1,000 people within reach, by place and unit; how evenly it is spread (Gini, Lorenz, Palma)."""
    job = _job("access", workspace, out, as_of)
    with steps() as tell:
        tell("search", 0.0)
        answer = services.access(job.study, _asked(job, kind, profile, minutes), method, capacity)
    job.finish(answer, as_json=as_json)


def _asked(job: _Job, kind: str, profile: str, minutes: str) -> Parameters:
    study = job.study.study
    kinds = _codes(kind) or study.kinds
    return Parameters(
        profile=profile, minutes=minutes_of(minutes), kinds=kinds, weight=study.weight or None, as_of=job.day
    )


def _pairs(given: Sequence[str], known: str) -> Mapping[str, str]:
    """``key=value`` by key."""
    for text in given:
        if not all(text.partition("=")):
            raise RequestError("bad_ground", given=text, known=known)
    return {key.strip(): value.strip() for key, _, value in (text.partition("=") for text in given)}


def _metres(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise RequestError("bad_distance", given=text) from None
