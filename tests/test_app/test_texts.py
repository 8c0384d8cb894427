"""Texts, errors and names: what the user reads, and what a name must never do."""

import html
import re
from pathlib import Path

import pytest

from geo.errors import DataError
from ui import i18n, messages
from ui.map import safe_text

PAYLOADS = (
    '<img src=x onerror="window.__xss=1">',
    "${window.__xss=1}",
    "`+(window.__xss=1)+`",
    "</script><script>window.__xss=1</script>",
    "{{constructor.constructor('window.__xss=1')()}}",
    "'><svg onload=window.__xss=1>",
    "\\u003cimg src=x onerror=window.__xss=1\\u003e",
    "[x](javascript:window.__xss=1)",
    "![x](http://198.51.100.7/x.png)",
)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_name_keeps_its_letters_and_loses_its_power(payload: str) -> None:
    safe = safe_text(payload)
    assert not set(safe) & set("<>\"'`$\\{}")
    assert html.unescape(safe) == payload


def test_control_and_direction_marks_are_removed_and_length_is_bounded() -> None:
    assert safe_text("a\u202eb\nc\x00d") == "a b c d"
    assert len(safe_text("长" * 5000)) == 200
    assert safe_text(None) == ""


def test_both_languages_have_the_same_texts_with_the_same_facts() -> None:
    assert i18n.keys("zh") == i18n.keys("en")
    holes = re.compile(r"\{(\w+)\}")
    for key in i18n.keys("zh"):
        zh, en = (set(holes.findall(i18n._table(lang)[key])) for lang in ("zh", "en"))
        assert zh == en, key


def test_every_text_that_the_code_names_exists(root: Path) -> None:
    named = set()
    for path in (root / "ui").rglob("*.py"):
        named |= set(re.findall(r'say\(\s*"([a-z0-9_.]+)"', path.read_text(encoding="utf-8")))
    assert named
    assert named <= i18n.keys("zh")


def test_e10_no_page_writes_raw_html_from_markdown(root: Path) -> None:
    for path in [root / "app.py", *(root / "ui").rglob("*.py")]:
        assert "unsafe_allow" not in path.read_text(encoding="utf-8"), path.name


def test_an_error_of_ours_speaks_for_itself_and_others_show_no_detail() -> None:
    ours = DataError("no_crs")
    assert messages.explain(ours, "zh") == (ours.message("zh"), ours.hint("zh"))
    for error in (RuntimeError("/home/someone/secret"), PermissionError("/home/someone/secret"), MemoryError()):
        for lang in i18n.LANGUAGES:
            message, hint = messages.explain(error, lang)
            assert "secret" not in message + hint
            assert message
            assert hint


def test_nearly_all_is_not_written_as_all() -> None:
    assert i18n.share(0.99999) == "99.9%"
    assert i18n.share(1.0) == "100.0%"
    assert i18n.share(None) == "–"
    assert i18n.share(float("nan")) == "–"
