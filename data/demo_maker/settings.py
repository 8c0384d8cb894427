"""Fixed choices of the demonstration district. Change one and every file of ``data/demo`` changes."""

from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.crs import MetricCrs

__all__ = [
    "AGE_COLUMNS",
    "AS_OF",
    "CENTRES",
    "COUNTY_CODE",
    "METRIC",
    "NEIGHBOUR_CODE",
    "POPULATION",
    "STAKE_CRS",
    "WUHAN_2020",
    "BoolArray",
    "FloatArray",
    "IntArray",
    "random_for",
]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: The day that decides what is open, due or overdue in the demo.
AS_OF: Final = date(2026, 6, 30)
#: CGCS2000 / 3-degree Gauss-Kruger, central meridian 114 E: metres for all construction, and the stakes' own X and Y.
STAKE_CRS: Final = "EPSG:4547"
METRIC: Final = MetricCrs(STAKE_CRS)

COUNTY_CODE: Final = "990100"
NEIGHBOUR_CODE: Final = "990200"
#: People of the fictional county, in all.
POPULATION: Final = 1_200_000

#: Residents of Wuhan (420100) in the seventh national census, 2020, as compiled in leiii/census (MIT).
WUHAN_2020: Final = {"pop": 12_447_718, "pop0_14": 1_623_938, "pop60": 2_145_288, "pop65": 1_470_494, "pop80": 261_795}
AGE_COLUMNS: Final = ("pop0_14", "pop60", "pop65", "pop80")

#: Made-up centres of the density model: east and north in metres, weight, metres over which density falls to 1/e.
CENTRES: Final = (
    (526_500.0, 3_386_500.0, 1.0, 4_200.0),
    (531_800.0, 3_377_500.0, 0.6, 3_200.0),
    (518_500.0, 3_378_500.0, 0.5, 3_000.0),
    (521_500.0, 3_394_500.0, 0.35, 3_000.0),
    (509_000.0, 3_389_000.0, 0.2, 2_500.0),
)

_SEED: Final = 20_260_630


def random_for(stage: str) -> np.random.Generator:
    """A generator of its own for each stage, so that a change in one stage leaves the others as they were."""
    return np.random.default_rng([_SEED, *stage.encode("ascii")])
