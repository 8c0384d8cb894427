"""Names that attack, on the page of ledgers (E09, E10); in a browser they are tried in tests/test_browser."""

import html

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.layer import Layer, QualityReport, Source
from ui.ledger import datum
from ui.map import safe_text
from ui.messages import literal

PAYLOADS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(2)>", "${alert(3)}", "`${alert(4)}`", "</script>",
    "{{7*7}}", "\\u003cimg src=x\\u003e", "' onmouseover='alert(5)", '"><svg onload=alert(6)>',
]  # fmt: skip


@given(st.text(max_size=60) | st.sampled_from(PAYLOADS))
def test_e09_no_letter_of_a_name_means_anything_to_html_or_a_script(name: str) -> None:
    safe = safe_text(name)
    assert not set("<>\"'`$\\{}") & set(safe)
    printed = "".join(c if c.isprintable() else " " for c in name)
    assert html.unescape(safe) == printed


@pytest.mark.parametrize("name", PAYLOADS)
def test_e09_a_name_in_an_upload_is_text_on_its_map(name: str) -> None:
    frame = gpd.GeoDataFrame({"name": [name], "row": [2]}, geometry=[shapely.Point(114.3, 30.6)], crs=4326)
    layer = Layer("facilities", frame, "wgs84", Source("a.csv", ""), QualityReport((), 1, 1))
    drawn = datum._points(layer, "before", "x", hollow=True)
    assert drawn.data["title"] == [safe_text(name)]


@given(st.text(max_size=60))
def test_e10_text_in_markdown_has_no_sign_of_markdown(text: str) -> None:
    """Each sign has a stroke before it, and without the strokes the text is what it was."""
    shown = literal(text)
    bare, escaped = [], False
    for letter in shown:
        if letter == "\\" and not escaped:
            escaped = True
            continue
        assert escaped or letter not in "`*_{}[]()#+!|~$<>:"
        bare.append(letter)
        escaped = False
    assert "".join(bare) == text
