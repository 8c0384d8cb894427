"""Settings of all tests."""

import geo.jit  # noqa: F401, I001  # first: it hides the name of our folder ``coverage`` while numba is imported

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

# One computation of a small network takes tens of milliseconds, more on a busy machine; no test is about speed.
settings.register_profile(
    "quarterhour",
    deadline=None,
    derandomize=True,
    max_examples=50,
    # The last phase, which explains a failure, takes minutes where an example takes a tenth of a second.
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
# `make test-long`: other examples each time; a failure prints what repeats it.
settings.register_profile(
    "long", parent=settings.get_profile("quarterhour"), derandomize=False, max_examples=500, print_blob=True
)
settings.load_profile("quarterhour")


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or leaves anything where the program keeps what is the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUARTERHOUR_HOME", str(tmp_path_factory.mktemp("quarterhour-home")))
        yield


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real cities, outside the checkout."""
    folder = os.environ.get("QUARTERHOUR_DATA", "")
    if not folder:
        pytest.skip("QUARTERHOUR_DATA is not set: no real city to read")
    return Path(folder)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests recorded by ``record_property("figures", …)``, also those of other processes."""
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        for name, value in report.user_properties:
            if name == "figures":
                terminalreporter.write_line(str(value))
