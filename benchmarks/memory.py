"""P5: what a network takes in memory."""

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.measure import Row

__all__ = ["bytes_per_arc"]


def bytes_per_arc(bench: Bench) -> Iterator[Row]:
    """Of the arrays that are searched, and of the whole network with the geometry of its edges."""
    for place in (bench.base, bench.large):
        work = f"memory of {place.size}, {place.arc_count:,} directed edges that can be walked"
        search, whole = place.search_bytes / place.arc_count, place.network_bytes / place.arc_count
        yield Row("P5", work, "arrays of the search", ours_took=(search,), unit="byte/arc", target="≤ 100")
        note = "for snapping, drawing and reports; the table of roads that it was read from apart"
        yield Row("P5", work, "whole network, with geometry", ours_took=(whole,), unit="byte/arc", note=note)
