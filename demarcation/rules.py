"""The tolerances of the checks: data in ``data/rules/boundary.toml``, single values replaced by the user's own file."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from coverage.rule_files import Said
from demarcation.book import EventKind
from geo.errors import DataError
from geo.paths import DATA_DIR

__all__ = ["Rules", "load_rules", "sigma_m"]

_FILE = DATA_DIR / "rules" / "boundary.toml"
_UNKNOWN = "unknown"
_LONGEST_SCHEME = 200
#: A repeated group that ends in a repetition, as in (\d+)+: matching may take longer than anybody waits.
_NESTED = re.compile(r"[*+}]\)[*+{]")


class _K1(Said):
    warn_mm: float = Field(gt=0)
    fail_mm: float = Field(gt=0)
    unknown_scale: float = Field(gt=0)
    to_verify_methods: tuple[str, ...] = Field(strict=False)
    beside_m: float = Field(gt=0)
    inexact_types: tuple[str, ...] = Field(strict=False)
    inexact_sigma_m: float = Field(ge=0)


class _K3(Said):
    same_place_m: float = Field(gt=0)


class _K4(Said):
    schemes: tuple[str, ...] = Field(min_length=1, strict=False)

    @field_validator("schemes")
    @classmethod
    def _read(cls, schemes: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse a pattern that is none, or that does not tell the line and the serial."""
        for scheme in schemes:
            try:
                groups = set(re.compile(scheme).groupindex) if len(scheme) <= _LONGEST_SCHEME else set()
            except (re.error, RecursionError, OverflowError) as error:
                raise ValueError(f"{scheme}: {error}") from error
            if not {"line", "serial"} <= groups:
                msg = f"{scheme:.{_LONGEST_SCHEME}}: no groups (?P<line>…) and (?P<serial>…)"
                raise ValueError(msg)
            if _NESTED.search(scheme):
                msg = f"{scheme}: a repeated group that ends in a repetition"
                raise ValueError(msg)
        return schemes


class _K6(Said):
    most_m: float = Field(ge=0)
    robust_z: float = Field(gt=0)
    least_stakes: int = Field(ge=3)
    least_spread: float = Field(gt=0)


class _K7(Said):
    count_by: Literal["auto", "rows", "places"]


class _K8(Said):
    warn_percent: float = Field(gt=0)
    kilometres_percent: float = Field(gt=0)


class _K9(Said):
    least_marks: int = Field(ge=0)
    warn_m: float = Field(gt=0)
    fail_m: float = Field(gt=0)
    turn_deg: float = Field(gt=0)
    declination_deg: float | None = Field(default=None, ge=-90, le=90)


class _K10(Said):
    limit_m: float = Field(gt=0)


class _K11(Said):
    near_m: float = Field(gt=0)
    suspect_m: float = Field(gt=0)
    sure_m: float = Field(gt=0)
    group_m: float = Field(gt=0)


class _K12(Said):
    least_width_m: float = Field(ge=0)
    straight_m: float = Field(ge=0)
    sliver_m: float = Field(gt=0)
    open_m: float = Field(gt=0)
    empty_m: float = Field(gt=0)


class _K13(Said):
    warn_mm: float = Field(gt=0)
    fail_mm: float = Field(gt=0)


class _K14(Said):
    reach_m: float = Field(gt=0)
    foot_m: float = Field(gt=0)
    limit_m: float = Field(gt=0)
    stake_m: float = Field(gt=0)


class _K15(Said):
    types: tuple[str, ...] = Field(strict=False)
    changed_m: float = Field(gt=0)
    reach_m: float = Field(gt=0)


class _K16(Said):
    near_m: float = Field(gt=0)
    touch_m: float = Field(ge=0)


class _K17(Said):
    in_order: tuple[str, ...] = Field(strict=False)
    damaged: tuple[str, ...] = Field(strict=False)
    same: Mapping[str, str]
    repair_days: int = Field(gt=0)


class _K18(Said):
    years: int = Field(gt=0)
    soon_days: int = Field(ge=0)
    extra: tuple[EventKind, ...] = Field(strict=False)
    extra_words: tuple[str, ...] = Field(strict=False)


class _K19(Said):
    length_percent: float = Field(gt=0)
    sector_margin_deg: float = Field(ge=0)


class _K20(Said):
    common_share: float = Field(gt=0.5, le=1)
    least_stakes: int = Field(ge=3)


class Rules(Said):
    """Every tolerance, by check. Units are in the names; ``_mm`` is on the source map.

    Parameters
    ----------
    K1, K3, K4, K6 … K20
        As the file explains them.
    sigma_m
        Standard deviation of a survey by its method, metres.
    """

    K1: _K1
    K3: _K3
    K4: _K4
    K6: _K6
    K7: _K7
    K8: _K8
    K9: _K9
    K10: _K10
    K11: _K11
    K12: _K12
    K13: _K13
    K14: _K14
    K15: _K15
    K16: _K16
    K17: _K17
    K18: _K18
    K19: _K19
    K20: _K20
    sigma_m: Mapping[str, float]


def load_rules(own: Path | None = None) -> Rules:
    """The tolerances of this program, with those of the user's file in their place.

    Parameters
    ----------
    own
        TOML with some of the sections and values of ``data/rules/boundary.toml``.

    Raises
    ------
    DataError
        When a file is no TOML, or names a value that there is not, or that is out of range; the sentence says where.

    Examples
    --------
    >>> load_rules().K8.warn_percent
    0.5
    """
    values = _read(_FILE)
    if own is not None:
        for section, given in _read(own).items():
            known = values.get(section)
            values[section] = {**known, **given} if isinstance(known, dict) and isinstance(given, dict) else given
    try:
        return Rules.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        file = _FILE.name if own is None else own.name
        raise DataError("bad_rule_file", file=file, where=where or "-", problem=first["msg"]) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError("bad_rule_file", file=path.name, where="-", problem=str(error)) from error


def sigma_m(rules: Rules, method: str) -> float:
    """Standard deviation of a survey method, metres; that of ``unknown`` for a method that the rules do not name.

    Examples
    --------
    >>> sigma_m(load_rules(), "GNSS")
    0.5
    """
    return float(rules.sigma_m.get(method, rules.sigma_m[_UNKNOWN]))
