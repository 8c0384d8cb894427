"""Writes the demo workspace: layers, workspace.toml, planted.json, README and licence notice."""

import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import geopandas as gpd

from data.demo_maker.people import age_totals
from data.demo_maker.settings import AS_OF, COUNTY_CODE, POPULATION

__all__ = ["LAYERS", "write_workspace"]

_TEXTS: Final = Path(__file__).parent / "texts"
_CREDIT: Final = "© OpenStreetMap contributors"
_SCHEMA_VERSION: Final = 1
_NOTE: Final = "除道路外,本示范区的区划、人口、指标数值、设施、界线与界桩均为虚构,不对应任何真实地方。"
_NOTE_EN: Final = (
    "Apart from the roads, all units, people, values, facilities, lines and stakes of this demonstration are made"
    " up and stand for no real place."
)


@dataclass(frozen=True)
class LayerText:
    """How a layer is described in ``workspace.toml``."""

    title: str
    title_en: str
    source: str
    licence: str
    credit: str
    synthetic: bool = True


LAYERS: Final = {
    "roads": LayerText(
        "道路(真实路网)",
        "Roads (real)",
        "OpenStreetMap; neatnet 0.1.6 源码包所附武汉路网",
        "ODbL-1.0",
        _CREDIT,
        synthetic=False,
    ),
    "units": LayerText("区划(虚构)", "Units (fictional)", "示范数据生成程序 data.make_demo", "MIT", ""),
    "demand": LayerText(
        "人口网格(虚构)",
        "Population grid (fictional)",
        "示范数据生成程序 data.make_demo;年龄构成取自第七次全国人口普查(2020)武汉市",
        "ODbL-1.0",
        _CREDIT,
    ),
    "facilities": LayerText(
        "民政服务设施(虚构)", "Facilities (fictional)", "示范数据生成程序 data.make_demo", "ODbL-1.0", _CREDIT
    ),
    "lines": LayerText("界线(虚构)", "Boundary lines (fictional)", "示范数据生成程序 data.make_demo", "MIT", ""),
    "stakes": LayerText("界桩(虚构)", "Boundary stakes (fictional)", "示范数据生成程序 data.make_demo", "MIT", ""),
    "values": LayerText("指标数值(虚构)", "Values (fictional)", "示范数据生成程序 data.make_demo", "MIT", ""),
}


#: The question that the demo opens with: elders and the centres that serve them at home, by township.
STUDY: Final = {"level": "township", "parent": COUNTY_CODE, "kinds": ["elder_centre"], "weight": "pop60"}


def write_workspace(layers: dict[str, gpd.GeoDataFrame], planted: dict[str, Any], out: Path) -> None:
    """Write everything into a folder beside ``out``, then put it in the place of ``out`` at once.

    Parameters
    ----------
    layers
        By kind, EPSG:4326.
    planted
        What was spoiled on purpose.
    out
        The workspace's folder; replaced as a whole.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        new = work / "new"
        (new / "layers").mkdir(parents=True)
        for kind in LAYERS:
            _write_layer(layers[kind], new / "layers" / f"{kind}.parquet")
        _write_text(new / "workspace.toml", _workspace_toml(layers, new))
        _write_text(new / "planted.json", json.dumps(planted, ensure_ascii=False, indent=1) + "\n")
        _write_text(new / "README.md", _readme(layers))
        _write_text(new / "LICENSE-ODbL.md", (_TEXTS / "LICENSE-ODbL.md").read_text("utf-8"))
        if out.exists():
            out.rename(work / "old")
        new.rename(out)
    finally:
        shutil.rmtree(work)


def _write_layer(frame: gpd.GeoDataFrame, path: Path) -> None:
    frame.to_parquet(path, index=False, compression="zstd", compression_level=19, write_covering_bbox=False)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _workspace_toml(layers: dict[str, gpd.GeoDataFrame], folder: Path) -> str:
    head = {
        "schema_version": _SCHEMA_VERSION,
        "name": "示范区(虚构)",
        "name_en": "Demonstration district (fictional)",
        "as_of": AS_OF,
        "synthetic_note": _NOTE,
        "synthetic_note_en": _NOTE_EN,
    }
    parts = [_toml(head), "[study]\n" + _toml(STUDY)]
    for kind, text in LAYERS.items():
        file = f"layers/{kind}.parquet"
        table = {
            "kind": kind,
            "file": file,
            "title": text.title,
            "title_en": text.title_en,
            "source": text.source,
            "licence": text.licence,
            "level": "内部" if text.synthetic else "公开",
            "synthetic": text.synthetic,
            "credit": text.credit,
            "rows": len(layers[kind]),
            "sha256": hashlib.sha256((folder / file).read_bytes()).hexdigest(),
        }
        parts.append("[[layer]]\n" + _toml(table))
    return "\n".join(parts)


def _toml(values: dict[str, Any]) -> str:
    # A JSON string is a TOML string; dates stand bare.
    plain = (str, bool, int, list)
    return "".join(
        f"{key} = {json.dumps(value, ensure_ascii=False) if isinstance(value, plain) else value.isoformat()}\n"
        for key, value in values.items()
    )


def _readme(layers: dict[str, gpd.GeoDataFrame]) -> str:
    facilities, units = layers["facilities"], layers["units"]
    facts = {f"rows_{kind}": f"{len(layers[kind]):,}" for kind in LAYERS}
    facts |= {f"total_{name}": f"{count:,}" for name, count in age_totals(POPULATION).items()}
    facts |= {
        "as_of": AS_OF.isoformat(),
        "kinds": str(facilities["kind"].nunique()),
        "neighbour_facilities": str(facilities["unit_code"].str.startswith("990200").sum()),
        "townships": str(((units["level"] == "township") & units["unit_code"].str.startswith("9901")).sum()),
        "villages": str((units["level"] == "village").sum()),
        "neighbour_townships": str(((units["level"] == "township") & units["unit_code"].str.startswith("9902")).sum()),
        "made_up_roads": str(int(layers["roads"]["synthetic"].sum())),
    }
    return (_TEXTS / "README.md").read_text("utf-8").format(**facts)
