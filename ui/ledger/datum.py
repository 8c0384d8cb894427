"""In which coordinate system a ledger's points are: the evidence, a map before and after, and the user's decision."""

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import streamlit as st

from layers.datum_evidence import Reference, Verdict, datum_verdict
from layers.layer import Layer
from layers.options import DATUMS, Datum
from ui import i18n, shapes, shelves
from ui import map as maps
from ui.i18n import Say
from ui.ledger import staging
from ui.ledger.staging import Staged
from ui.map import MapLayer, safe_text
from ui.shelves import Study

__all__ = ["show"]

_SHIFTED = ("gcj02", "bd09")
_PLACES = ("facilities", "demand", "candidates", "projects", "place_names")
_MOST_SHOWN = 1000
_ROW_HEIGHT = 32


def show(one: Staged, shared: Study, say: Say) -> None:
    """The choice, the verdict with its figures, and the map; a choice reads the ledger anew."""
    chosen: Datum = st.radio(
        say("verdict.choose"),
        DATUMS,
        index=DATUMS.index(one.options.datum),
        format_func=lambda name: say(f"datum.{name}"),
        horizontal=True,
        help=say("verdict.choose_help"),
        key=f"datum_{one.number}_{one.options.datum}",
    )
    if chosen != one.options.datum:
        staging.change(one, datum=chosen, detected=False)
        st.rerun()
    _by_name(one, shared, say)
    if one.options.datum in _SHIFTED:
        st.caption(say("verdict.analysis_only"))
    plain = as_written(one)
    if plain is None or not len(plain.frame) or plain.frame.geometry.isna().all():
        return
    references = shelves.references(shared.workspace, shared.workspace.digest)
    if not references:
        st.caption(say("verdict.none"))
        return
    verdict = _verdict(one, plain, references)
    _tell(one, verdict, say)
    _map(one, plain, shared, say)


def _by_name(one: Staged, shared: Study, say: Say) -> None:
    """Offer to place rows by their names, where the table has rows and the workspace has names."""
    if one.table is None or one.kind not in _PLACES or isinstance(one.table.frame, gpd.GeoDataFrame):
        return
    known = shelves.known_names(shared.workspace, shared.workspace.digest)
    if known is None:
        return
    on = one.located is not None
    wanted = st.checkbox(
        say("verdict.by_name"), value=on, help=say("verdict.by_name_help"), key=f"by_name_{one.number}_{on}"
    )
    if wanted != on:
        staging.locate_by_name(one, known if wanted else None)
        st.rerun()
    if one.located is not None:
        st.caption(say("verdict.by_name_told", asked=one.located.asked, matched=one.located.matched))


def as_written(one: Staged) -> Layer | None:
    """The ledger with its coordinates as they stand in the file, whatever was chosen."""
    if one.options.datum == "auto" or one.table is None:
        return one.layer
    return staging.read_as(one, dataclasses.replace(one.options, datum="auto"))


def _verdict(one: Staged, plain: Layer, references: tuple[Reference, ...]) -> Verdict:
    """Kept for the session: it takes a second, and changes with the columns only."""
    # A mend, and another datum, leave these as they are.
    key = (one.number, repr(sorted(one.options.columns.items())))
    kept = st.session_state.get("verdict")
    if kept is None or kept[0] != key or kept[1] is not one.located or kept[2] is not references:
        kept = (key, one.located, references, datum_verdict(plain, *references))
        st.session_state["verdict"] = kept
    verdict: Verdict = kept[3]
    return verdict


def _tell(one: Staged, verdict: Verdict, say: Say) -> None:
    confidence = i18n.share(verdict.confidence)
    chosen = "wgs84" if one.options.datum == "auto" else one.options.datum
    same = {"wgs84", "cgcs2000"}
    if verdict.best is None:
        east, north = verdict.free_shift_m or (0.0, 0.0)
        why = say(f"verdict.why_{verdict.reason}", points=verdict.points, metres=round(float(np.hypot(east, north))))
        st.info(say("verdict.cannot", why=why), icon="ℹ️")
    elif verdict.best == chosen or {verdict.best, chosen} <= same:
        st.success(say("verdict.fits", confidence=confidence))
    else:
        name = say(f"datum.{verdict.best}")
        st.warning(say("verdict.best", datum=name, confidence=confidence, shift=round(verdict.shift_m)), icon="⚠️")
        if st.button(say("verdict.use", datum=name), key="use_datum", type="primary"):
            staging.change(one, datum=verdict.best, detected=True)
            st.rerun()
    rows = [candidate.as_dict() for candidate in verdict.candidates]
    frame = pd.DataFrame(
        {
            say("verdict.candidate"): [say(f"datum.{row['datum']}") for row in rows],
            say("verdict.median"): ["–" if row["median_m"] is None else f"{row['median_m']:,.0f}" for row in rows],
            say("verdict.inside"): [i18n.share(row["inside_share"]) for row in rows],
        }
    )
    st.dataframe(frame, hide_index=True, row_height=_ROW_HEIGHT, key=f"verdict_{one.number}")


def _map(one: Staged, plain: Layer, shared: Study, say: Say) -> None:
    """Points as in the file, and as they are read with the datum that was chosen."""
    layers = [_points(plain, "before", say("verdict.before"), hollow=True)]
    if one.layer is not None and one.options.datum in _SHIFTED:
        layers.insert(0, _points(one.layer, "after", say("verdict.after"), hollow=False))
    west, south, east, north = (float(v) for v in plain.frame.total_bounds)
    room = max((east - west) * 0.1, (north - south) * 0.1, 0.005)
    maps.show(
        maps.drawing(layers),
        maps.View(home=(west - room, south - room, east + room, north + room), note=say("verdict.map_help")),
        say,
        base=shared.base,
        badges={},
        credit=say("map.credit", date=shared.workspace.as_of.isoformat()),
        on_click=_nothing,
        on_switch=_nothing,
    )


def _nothing() -> None:
    """A click on this map asks nothing."""


def _points(layer: Layer, name: str, label: str, *, hollow: bool) -> MapLayer:
    frame = layer.frame[layer.frame.geometry.notna()].head(_MOST_SHOWN)
    points = shapely.point_on_surface(frame.geometry.to_numpy())
    titles = frame["name"] if "name" in frame else frame["row"]
    colour = "#9a3412" if hollow else "#1f6f78"
    return MapLayer(
        name=f"ledger-{name}",
        packet=f"ledger-{name}",
        label=label,
        draw="symbols",
        data={
            "lon": shapes.degrees(shapely.get_x(points)),
            "lat": shapes.degrees(shapely.get_y(points)),
            "id": [str(row) for row in frame["row"]],
            "title": [safe_text(title) for title in titles],
            "hollow": [hollow] * len(frame),
            "lines": [[] for _ in range(len(frame))],
        },
        count=len(frame),
        style={"symbol": "circle", "colour": colour, "size": 13},
        legend={"symbol": "circle", "colour": colour},
    )
