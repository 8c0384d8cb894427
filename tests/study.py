"""A small study as files, and the command line that works on it."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.builders import AS_OF, at, units, write_geojson
from tests.worlds import STEP, World, town

ROOT = Path(__file__).resolve().parent.parent
#: Rows of the demand table that cannot be kept: row number as a spreadsheet shows it, and the text of the row.
BAD_DEMAND = {3: ["D900", "没有坐标", "", "", "7", "2"], 6: ["D901", "坐标是字", "abc", "30.5", "5", "1"]}


def world() -> World:
    """Mixed roads, four facilities, forty homes, some of them far from any road."""
    return town(3, side=5, sites=5, homes=40)


def cli(*arguments: object, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``python cli.py`` as a user does."""
    return subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), *(str(a) for a in arguments)],
        cwd=cwd,
        env={**os.environ, "QUARTERHOUR_LANG": "zh", **(env or {})},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )


def write_csv(target: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return target


def facility_rows(town_: World) -> list[list[object]]:
    return [
        [key, f"中心{key}", *(f"{v:.9f}" for v in at(*place.xy)), place.kind, "open"]
        for key, place in town_.sites.items()
    ]


def demand_rows(town_: World) -> list[list[object]]:
    return [
        [key, f"小区{key}", *(f"{v:.9f}" for v in at(*place.xy)), int(place.pop), int(place.pop) // 5]
        for key, place in town_.homes.items()
    ]


FACILITY_HEADER = ["facility_id", "name", "lon", "lat", "kind", "status"]
DEMAND_HEADER = ["demand_id", "name", "lon", "lat", "pop", "pop65"]


def write_study(folder: Path, town_: World) -> dict[str, Path]:
    """Roads and units as GeoJSON, facilities and demand as CSV; two rows of the demand are bad."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = demand_rows(town_)
    for number, row in sorted(BAD_DEMAND.items()):
        rows.insert(number - 2, row)
    half = 2.2 * STEP
    boxes = units({"990101": (-300, -300, half, 2000), "990102": (half, -300, 900, 600)})
    return {
        "roads": write_geojson(town_.roads(), folder / "roads.geojson"),
        "facilities": write_csv(folder / "facilities.csv", FACILITY_HEADER, facility_rows(town_)),
        "demand": write_csv(folder / "demand.csv", DEMAND_HEADER, rows),
        "units": write_geojson(boxes, folder / "units.geojson"),
    }


def coverage_arguments(files: Mapping[str, Path], out: Path, **more: object) -> list[object]:
    """The main job with a fixed day."""
    given: dict[str, object] = {
        "profile": "drive",
        "minutes": "5,1,2.5",
        "max-snap": 150,
        "as-of": AS_OF.isoformat(),
        **more,
    }
    arguments: list[object] = ["coverage", "--out", out]
    for name in ("roads", "facilities", "demand", "units"):
        if name in files:
            arguments += [f"--{name}", files[name]]
    for name, value in given.items():
        if value is True:
            arguments.append(f"--{name}")
        elif value is not None:
            arguments += [f"--{name}", value]
    return arguments


def load(path: Path) -> Any:
    """JSON without the three words that JSON does not have."""

    def refuse(word: str) -> None:
        raise ValueError(f"{path.name} holds {word}")

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


def properties(path: Path) -> list[dict[str, Any]]:
    return [feature["properties"] for feature in load(path)["features"]]
