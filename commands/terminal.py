"""What a command says: figures on stdout, progress and findings on stderr."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from coverage.result import Result
from geo.findings import Finding, grouped
from geo.messages import row_list
from layers.layer import Layer, Origin

__all__ = ["print_figures", "report", "say", "stderr", "steps", "warn"]

#: Where everything but figures goes.
stderr = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)

_STEPS = {
    "fetch": "下载 fetching",
    "read": "读取 reading",
    "clip": "裁剪 clipping",
    "network": "路网 network",
    "snap": "接入道路 snapping",
    "search": "搜索 searching",
    "areas": "服务区 service areas",
    "roads": "可达道路 reached roads",
    "tables": "汇总 tables",
    "write": "写出 writing",
}


@contextmanager
def steps() -> Iterator[Callable[[str, float], None]]:
    """A progress bar on stderr, where that is a terminal."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=stderr,
        disable=not stderr.is_terminal,
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=1.0)
        yield lambda step, share: bar.update(task, description=_STEPS.get(step, step), completed=share)


def print_figures(figures: dict[str, Any], *, as_json: bool) -> None:
    """Figures on stdout: one JSON object, or a line each."""
    if as_json:
        typer.echo(json.dumps(figures, ensure_ascii=False))
        return
    for name, value in figures.items():
        if isinstance(value, dict):
            if name in ("covered", "dropped"):
                typer.echo(f"{name}: " + ", ".join(f"{key}: {number}" for key, number in value.items()))
        elif not isinstance(value, list):
            typer.echo(f"{name}: {value}")


def report(result: Result) -> None:
    """Warnings of all inputs, and of the computation, on stderr."""
    request = result.request
    for layer in (request.network.source, request.facilities, request.demand, request.units):
        if layer is not None:
            warn(layer)
            say(result.findings.get(layer.kind, ()))


def warn(layer: Layer | Origin) -> None:
    """Warnings of an input on stderr."""
    say([finding for finding in layer.quality.findings if finding.severity != "info"], layer.source.file)


def say(findings: Sequence[Finding], file: str = "") -> None:
    """One line per kind of finding on stderr."""
    for line in lines_of(findings):
        severity, told = line.split(" ", 1)
        stderr.print(f"{severity} {file}{': ' if file else ''}{told}")


def lines_of(findings: Sequence[Finding]) -> Iterator[str]:
    """One line per kind of finding: the first in words, then the rows of the others."""
    for first, found in grouped(findings):
        others = sorted(set(found) - {first.row})
        more = f" (+{len(others)}: {row_list(others)})" if others else ""
        yield f"{first.severity}: {first.sentence()}{more}"
