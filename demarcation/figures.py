"""Figures that plans ask for of lines, stakes and disputes (T11), as plain numbers for a scorecard."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

import geopandas as gpd
import shapely

from coverage.plans.inputs import BoundaryFigure, BoundaryFigures
from demarcation.bench import bench_of
from demarcation.book import Book
from demarcation.check import REGISTRY
from demarcation.checks.crossings import check_crossings
from demarcation.disputes import dispute_figures
from demarcation.inspection import due_list, joint_days
from demarcation.model import Study
from demarcation.records import Records
from demarcation.rules import Rules, load_rules
from demarcation.states import states
from demarcation.study import study_of
from layers.layer import Layer, QualityReport, Source
from layers.public import KINDS_WITHHELD
from layers.workspace import Workspace

__all__ = ["FIGURES", "boundary_figure", "figures_of"]

_LINEAL = 1
_KM = 1000.0


def _done_in(number: int, study: Study) -> BoundaryFigure:
    """Lines that both sides inspected as a whole in a round, of all lines."""
    known = [*(study.inspections or ()), *(study.records or Book()).inspections]
    if not any(entry.round for entry in known):
        return BoundaryFigure(reason="no_rounds")
    entries = [entry for entry in known if entry.round == number]
    axes = bench_of(dataclasses.replace(study, stakes=())).axes
    done = [
        code
        for code, line in study.lines.items()
        if any(day <= study.as_of for day in joint_days(line, entries, axes[code].length_m))
    ]
    return _share(len(done), len(study.lines))


def _inspections_done(study: Study, rules: Rules) -> BoundaryFigure:
    """Lines whose last joint inspection is not longer ago than the law allows, of all lines."""
    due = due_list(study.lines, study.records or Book(), study.as_of, rules, study.inspections or ())
    if all(one.days is None for one in due):
        return BoundaryFigure(reason="no_inspections")
    done = sum(one.days is not None and one.days >= 0 for one in due)
    doubt = "lines_untold" if any(one.days is None for one in due) else ""
    return dataclasses.replace(_share(done, len(due)), doubt=doubt)


def _stakes_in_order(study: Study, rules: Rules) -> BoundaryFigure:
    """Stakes of which nobody says that they are not in order, of those that somebody says something of."""
    known = states(study.stakes, study.records or Book(), rules, as_of=study.as_of, log=study.inspections or ())
    told = [state.now for state in known.values() if state.now]
    if not told:
        return BoundaryFigure(reason="no_states")
    fine = sum(set(now) <= set(rules.K17.in_order) for now in told)
    doubt = "stakes_untold" if len(told) < len(known) else ""
    return dataclasses.replace(_share(fine, len(told)), doubt=doubt)


def _stakes_with_tag(study: Study, _: Rules) -> BoundaryFigure:
    """Stakes with a QR code or a sensor, of all stakes; a column in which nothing stands was never filled in."""
    tagged = sum(bool(str(stake.fields.get("tag", "")).strip()) for stake in study.stakes)
    return _share(tagged, len(study.stakes)) if tagged else BoundaryFigure(reason="no_tags")


def _open_disputes(study: Study, rules: Rules) -> BoundaryFigure:
    found = dispute_figures(study, rules.K16.near_m)
    if found is None:
        return BoundaryFigure(reason="no_disputes")
    return BoundaryFigure(float(found.whole.open), float(found.whole.open))


def _disputes_per_100_km(study: Study, rules: Rules) -> BoundaryFigure:
    found = dispute_figures(study, rules.K16.near_m)
    if found is None or found.whole.per_100_km is None:
        return BoundaryFigure(reason="no_disputes" if found is None else "no_lines")
    return BoundaryFigure(found.whole.per_100_km, float(found.whole.open), found.whole.length_m / _KM)


def _features_across(study: Study, rules: Rules) -> BoundaryFigure:
    """Facilities and projects that lie across a line, each once; points lie across nothing."""
    drawn = [layer for layer in (study.facilities, study.projects) if layer is not None and _has_outlines(layer)]
    if not drawn:
        return BoundaryFigure(reason="no_shapes")
    asked = dataclasses.replace(study, areas=None, disputes=None, served=None)
    across = {
        (one.code, one.row)
        for one in check_crossings(bench_of(asked), rules)
        if one.code in ("facility_across_line", "project_across_line")
    }
    return BoundaryFigure(float(len(across)), float(len(across)))


def _has_outlines(layer: Layer) -> bool:
    return bool((shapely.get_dimensions(layer.frame.geometry.to_numpy()) >= _LINEAL).any())


def _checks_run(study: Study, _: Rules) -> BoundaryFigure:
    """Checks of lines and stakes that have what they need, of all."""
    return _share(sum(not check.missing(study) for check in REGISTRY), len(REGISTRY))


def _units_with_dates(study: Study, _: Rules) -> BoundaryFigure:
    """Units with the day from which they are valid, of all units of the layer."""
    if study.units is None or "valid_from" not in study.units.frame:
        return BoundaryFigure(reason="no_units" if study.units is None else "no_dates")
    return _share(int(study.units.frame["valid_from"].notna().sum()), len(study.units.frame))


def _no_other_edition(_: Study, __: Rules) -> BoundaryFigure:
    """A workspace keeps one edition of the lines: ``lines compare`` tells where the neighbour's differs."""
    return BoundaryFigure(reason="no_other_edition")


def _share(part: int, whole: int) -> BoundaryFigure:
    value = 100.0 * part / whole if whole else None
    return BoundaryFigure(value, float(part), float(whole), "" if whole else "nothing_to_divide")


#: How each figure is computed, and the kinds of layers without which it cannot be; by the name that plans use.
FIGURES: Mapping[str, tuple[Callable[[Study, Rules], BoundaryFigure], tuple[str, ...]]] = MappingProxyType(
    {
        "round_4_done": (lambda study, _: _done_in(4, study), ("lines",)),
        "round_5_done": (lambda study, _: _done_in(5, study), ("lines",)),
        "inspections_done": (_inspections_done, ("lines",)),
        "stakes_in_order": (_stakes_in_order, ("stakes",)),
        "stakes_with_tag": (_stakes_with_tag, ("stakes",)),
        "open_disputes": (_open_disputes, ("disputes",)),
        "disputes_per_100_km": (_disputes_per_100_km, ("lines", "disputes")),
        "features_across": (_features_across, ("lines",)),
        "checks_run": (_checks_run, ("lines", "stakes")),
        "units_with_dates": (_units_with_dates, ("units",)),
        "shared_edge_mismatch": (_no_other_edition, ("lines",)),
    }
)
#: Layers that a figure uses where they are there.
_ALSO: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "features_across": ("facilities", "projects", "units"),
        "open_disputes": ("lines",),
        "checks_run": ("units", "facilities", "projects", "disputes", "inspections", "descriptions"),
        **dict.fromkeys(("round_4_done", "round_5_done", "inspections_done", "stakes_in_order"), ("inspections",)),
    }
)


def boundary_figure(name: str, study: Study, rules: Rules) -> BoundaryFigure:
    """One figure of a study that has the layers it needs.

    Parameters
    ----------
    name
        A key of :data:`FIGURES`; ``not_computed`` of any other.
    study
        Lines, stakes and what else is known.
    rules
        Tolerances and words.

    Examples
    --------
    >>> boundary_figure("open_disputes", Study({}, (), dt.date(2026, 6, 30)), load_rules()).reason
    'no_disputes'
    """
    return FIGURES[name][0](study, rules) if name in FIGURES else BoundaryFigure(reason="not_computed")


def figures_of(
    workspace: Workspace,
    *,
    read: Callable[[str], Layer | None] | None = None,
    rules: Rules | None = None,
    public: bool = False,
) -> BoundaryFigures:
    """Figures of a workspace; its layers are read when first asked for, and kept.

    Parameters
    ----------
    workspace
        The study; its records of inspections count.
    read
        Who gives the layers, e.g. those that are kept; None: the workspace.
    rules
        None: those of the program.
    public
        Lines, stakes and disputes are not told of.

    Examples
    --------
    >>> from geo.paths import DATA_DIR
    >>> from layers.workspace import open_workspace
    >>> ask = figures_of(open_workspace(DATA_DIR / "demo"))
    >>> done = ask("inspections_done", dt.date(2026, 6, 30))
    >>> done.numerator, done.denominator
    (29.0, 31.0)
    """
    layer = cache(read or workspace.read)
    used = rules or load_rules()
    book = cache(lambda: Records.open(workspace.path).read())

    @cache
    def answer(name: str, day: dt.date) -> BoundaryFigure:
        needs = FIGURES[name][1] if name in FIGURES else ()
        kinds = (*needs, *_ALSO.get(name, ()))
        if public and KINDS_WITHHELD & set(kinds):
            return BoundaryFigure(reason="not_public")
        found = {kind: layer(kind) for kind in kinds}
        for kind in needs:
            if found[kind] is None:
                return BoundaryFigure(reason=f"no_{kind}")
        given = {kind: one for kind, one in found.items() if one is not None}
        lines, stakes = (given.get(kind) or _none(kind) for kind in ("lines", "stakes"))
        more = {kind: one for kind, one in given.items() if kind not in ("lines", "stakes")}
        study = dataclasses.replace(study_of(lines, stakes, used, day, **more), records=book())
        figure = boundary_figure(name, study, used)
        return dataclasses.replace(figure, origins=tuple(one.origin for one in given.values()))

    return answer


def _none(kind: str) -> Layer:
    """A layer without rows, for a figure that needs none of them."""
    return Layer(kind, gpd.GeoDataFrame(geometry=[], crs=4326), "wgs84", Source("", ""), QualityReport((), 0, 0))
