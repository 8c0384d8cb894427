"""The sentences that users read: each exists, in both languages, and is used."""

import ast
import re
import string
import tomllib
from pathlib import Path

import pytest

from commands.terminal import warn
from geo import messages
from geo.findings import Finding
from geo.paths import VERSION
from layers.read import read_layer
from layers.refused import refused_rows

FOLDERS = ("geo", "layers", "coverage", "demarcation", "reports", "commands", "ui")
RAISED = {
    "CrsError", "DataError", "FileError", "OutputError", "RemoteError", "RequestError", "Finding", "_finding",
    "BoundaryFinding",
}  # fmt: skip


def _trees(root: Path) -> list[ast.Module]:
    files = [*(file for folder in FOLDERS for file in (root / folder).rglob("*.py")), root / "cli.py"]
    return [ast.parse(file.read_text(encoding="utf-8")) for file in files]


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _table() -> dict[str, dict[str, str]]:
    folder = Path(messages.__file__).with_name("sentences")
    return {
        code: entry
        for file in folder.glob("*.toml")
        for code, entry in tomllib.loads(file.read_text(encoding="utf-8")).items()
    }


def test_every_error_and_finding_has_a_sentence(root: Path) -> None:
    """A code without a sentence would fail only when a user meets it."""
    codes = {
        node.args[0].value
        for tree in _trees(root)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and _called(node) in RAISED
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert len(codes) > 40
    assert codes <= messages.codes() | {"a"}, codes - messages.codes()


def test_every_sentence_is_used(root: Path) -> None:
    """No sentence outlives the check that it was written for."""
    constants = {
        node.value
        for tree in _trees(root)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    # Made from the name of a column, in layers/_columns.py.
    constants |= {"kind_unknown", "status_unknown", "type_unknown"}
    assert messages.codes() <= constants, messages.codes() - constants


def test_no_code_stands_in_two_tables() -> None:
    folder = Path(messages.__file__).with_name("sentences")
    tables = [set(tomllib.loads(file.read_text(encoding="utf-8"))) for file in sorted(folder.glob("*.toml"))]
    assert sum(map(len, tables)) == len(set().union(*tables))


@pytest.mark.parametrize("code", sorted(_table()))
def test_both_languages_say_the_same(code: str) -> None:
    """Sentence and mend in both languages, naming the same facts."""
    entry = _table()[code]
    assert entry["zh"]
    assert entry["en"]
    assert bool(entry.get("zh_hint")) == bool(entry.get("en_hint"))
    facts = {
        lang: {
            name
            for key in (lang, f"{lang}_hint")
            for _, name, _, _ in string.Formatter().parse(entry.get(key, ""))
            if name
        }
        for lang in ("zh", "en")
    }
    bare = {lang: {name.removesuffix(f"_{lang}") for name in names} for lang, names in facts.items()}
    assert bare["zh"] == bare["en"]


def test_a_mend_names_no_option_that_is_not_there(root: Path) -> None:
    """Whoever reads a sentence can do what it says: an option of ours in it is one of the commands."""
    files = [root / "cli.py", *(root / "commands").glob("*.py")]
    commands = "".join(file.read_text(encoding="utf-8") for file in files)
    theirs = {"--strategy"}  # of osmium
    for code, entry in _table().items():
        for option in set(re.findall(r"--[a-z][a-z-]*", " ".join(entry.values()))) - theirs:
            assert f'"{option}"' in commands, (code, option)


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [
        ("datum_assumed", "转换为", "convert"),
        ("encoding_detected", "另存为", "save"),
        ("several_layers", "另存为", "Save"),
    ],
)
def test_mends_that_need_no_option_yet(code: str, zh: str, en: str) -> None:
    """The commands have no option for the datum, the encoding or the layer: the file itself is mended."""
    entry = _table()[code]
    assert zh in entry["zh_hint"]
    assert en in entry["en_hint"]


def test_sentence_and_mend_in_one_line() -> None:
    finding = Finding("null_island", "error", row=3)
    english, chinese = finding.as_dict("en"), finding.as_dict("zh")
    assert finding.sentence("en") == f"{english['message']} {english['hint']}"
    assert finding.sentence("zh") == f"{chinese['message']}{chinese['hint']}"
    assert not Finding("duplicate_lines", "info").sentence("en").endswith(" ")


def test_both_places_that_join_them_put_a_blank_in_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.csv"
    file.write_text("lon,lat\n114,30\n0,0\n", encoding="utf-8")
    layer = read_layer(file, "facilities")
    assert "filled in. Fill" in refused_rows(layer.quality, "en")["message"].iloc[0]
    monkeypatch.setenv("QUARTERHOUR_LANG", "en")
    warn(layer)  # what each command calls
    assert "filled in. Fill" in capsys.readouterr().err


def test_version_is_that_of_the_project(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == VERSION
