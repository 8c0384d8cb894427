"""Parts of the page 界线联检与界桩管理 that need no browser."""

import inspect

from demarcation.study import study_of
from layers.schemas import SCHEMAS
from ui.stakes import beside


def test_files_beside_are_what_the_checks_take() -> None:
    """Each goes to :func:`demarcation.study.study_of` under its name: one that it does not know would end the page."""
    assert set(beside.KINDS) <= set(inspect.signature(study_of).parameters)
    assert set(beside.KINDS.values()) <= set(SCHEMAS)
