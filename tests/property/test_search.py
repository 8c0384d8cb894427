"""The search on plain arrays: both engines to the last bit, networkx, and a definition of owners written down twice.

Graphs are random, with everything that has broken such code before: islands, parallel arcs, loops, arcs that take no
time, one-way arcs, weights from a thousand-millionth of a second to a day, ties that are exact and ties of less than
a millionth [P5, P6, P8 to P10, D05 to D09, D23].
"""

import math
from dataclasses import dataclass

import networkx as nx
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage import kernels, search
from coverage.search import TIE_S, Graph, Sources, make_graph, nearest_source, reach_of_each

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
#: The longest time that may be asked for.
DAY_S = 86_400.0
SEEDS = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class Case:
    """Arcs as they are handed to the search, and sources."""

    nodes: int
    tail: Ints
    head: Ints
    seconds: Floats
    sources: Sources

    def graph(self) -> Graph:
        return make_graph(self.nodes, self.tail, self.head, self.seconds)

    def networkx(self) -> nx.DiGraph:
        """Every node; of parallel arcs the fastest."""
        graph = nx.DiGraph()
        graph.add_nodes_from(range(self.nodes))
        for tail, head, seconds in zip(self.tail.tolist(), self.head.tolist(), self.seconds.tolist(), strict=True):
            if math.isfinite(seconds) and not (graph.has_edge(tail, head) and graph[tail][head]["weight"] <= seconds):
                graph.add_edge(tail, head, weight=seconds)
        return graph


#: How long an arc takes.
WEIGHTS = {
    # Many sums are equal to the last bit.
    "whole": lambda rng, n: rng.integers(0, 6, n) * 8.0,
    # Equal but for less than a millionth of a second, or a little more than that.
    "near": lambda rng, n: rng.integers(1, 6, n) * 8.0 + rng.integers(0, 5, n) * 0.4e-6,
    "street": lambda rng, n: rng.uniform(0.5, 400, n),
    "tiny": lambda rng, n: rng.uniform(0, 1e-9, n),
    "huge": lambda rng, n: rng.uniform(1e3, 1e5, n),
    "mixed": lambda rng, n: 10.0 ** rng.uniform(-9, 5, n),
    "nothing": lambda rng, n: np.zeros(n),
}


def case(seed: int, nodes: int, weights: str, *, symmetric: bool = False) -> Case:
    """A random graph; some of its nodes are in no arc, and some groups of nodes hang together with no other."""
    rng = np.random.default_rng(seed)
    islands = int(rng.integers(1, 4))
    count = int(nodes * rng.uniform(0.5, 3.5))
    tail = rng.integers(0, nodes, count)
    # An arc stays on its island: node numbers that leave the same rest.
    head = rng.integers(0, nodes, count)
    head = np.minimum(head - head % islands + tail % islands, nodes - 1)
    together = head % islands == tail % islands
    tail, head = tail[together], head[together]
    seconds = WEIGHTS[weights](rng, len(tail))
    seconds[rng.random(len(tail)) < 0.05] = 0.0
    seconds[rng.random(len(tail)) < 0.05] = np.inf
    doubled = np.flatnonzero(rng.random(len(tail)) < 0.3)
    back = np.flatnonzero(symmetric | (rng.random(len(tail)) < 0.7))
    extra = WEIGHTS[weights](rng, len(doubled))
    ends = np.concatenate([tail, tail[doubled]]), np.concatenate([head, head[doubled]])
    seconds = np.concatenate([seconds, extra])
    if symmetric:
        back = np.arange(len(seconds))
    tails, heads = np.concatenate([ends[0], ends[1][back]]), np.concatenate([ends[1], ends[0][back]])
    return Case(nodes, tails, heads, np.concatenate([seconds, seconds[back]]), some_sources(rng, nodes, weights))


def some_sources(rng: np.random.Generator, nodes: int, weights: str) -> Sources:
    """Up to eight sources with none to three entries each, in no order; some enter at one node, some at one time."""
    count = int(rng.integers(0, 9))
    source = rng.permutation(np.repeat(np.arange(count), rng.integers(0, 4, count)))
    node = rng.integers(0, max(1, nodes // 2), len(source))
    return Sources(count, source, node, WEIGHTS[weights](rng, len(source)))


CASES = st.builds(case, SEEDS, st.integers(1, 40), st.sampled_from(sorted(WEIGHTS)))


def limits_of(made: Case) -> list[float]:
    """Limits at which much happens: nothing, all, and exactly the time of some node."""
    times, _ = nearest_source(made.graph(), made.sources, limit_s=DAY_S, by="scipy")
    some = np.sort(times[np.isfinite(times)])
    return [DAY_S] if not len(some) else [DAY_S, float(some[len(some) // 2]), float(some[0])]


def times_by_networkx(made: Case, source: int | None = None) -> Floats:
    """From the nearest source, or from one alone."""
    graph = made.networkx()
    for who, node, seconds in zip(made.sources.source, made.sources.node, made.sources.seconds, strict=True):
        if source in (None, who) and not (graph.has_edge("start", node) and graph["start"][node]["weight"] <= seconds):
            graph.add_edge("start", int(node), weight=float(seconds))
    found = nx.single_source_dijkstra_path_length(graph, "start") if "start" in graph else {}
    return np.array([found.get(node, math.inf) for node in range(made.nodes)])


def owners_by_definition(made: Case, times: Floats) -> Ints:
    """The smallest source at the beginning of a path on which every arc arrives within 1e-6 s of its node's time.

    Source by source: mark where it enters in time, and go on along arcs that arrive in time.
    """
    arcs: dict[int, list[tuple[int, float]]] = {}
    for tail, head, seconds in zip(made.tail.tolist(), made.head.tolist(), made.seconds.tolist(), strict=True):
        arcs.setdefault(tail, []).append((head, seconds))
    owner = np.full(made.nodes, -1)
    for source in reversed(range(made.sources.count)):
        own = made.sources.source == source
        waiting = [
            int(node)
            for node, seconds in zip(made.sources.node[own], made.sources.seconds[own], strict=True)
            if math.isfinite(times[node]) and seconds <= times[node] + TIE_S
        ]
        seen = set(waiting)
        while waiting:
            tail = waiting.pop()
            for head, seconds in arcs.get(tail, []):
                if head not in seen and math.isfinite(times[head]) and times[tail] + seconds <= times[head] + TIE_S:
                    seen.add(head)
                    waiting.append(head)
        owner[list(seen)] = source
    return owner


def assert_same(got: npt.NDArray[np.generic], expected: npt.NDArray[np.generic]) -> None:
    """To the last bit."""
    assert got.dtype.kind == expected.dtype.kind
    np.testing.assert_array_equal(got, expected)


# ---------------------------------------------------------------------- nearest source
@given(CASES, st.sampled_from([1, 2, 200]))
def test_p10_all_engines_give_the_same_times_and_owners(made: Case, group: int) -> None:
    """[P10, D05, D06, D23, D24] numba with one thread and with two, in groups of any size, scipy: the same bits."""
    graph = made.graph()
    expected = times_by_networkx(made)
    for limit_s in limits_of(made):
        times, owner = nearest_source(graph, made.sources, limit_s=limit_s, by="scipy")
        inside = np.isfinite(times)
        assert (times[inside] <= limit_s).all()
        assert np.allclose(times[inside], expected[inside], rtol=0.0, atol=1e-9)
        assert (expected[~inside] > limit_s - 1e-9).all()
        np.testing.assert_array_equal(owner, owners_by_definition(made, times))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(search, "_GROUP", group)
            patch.setattr(search, "_WORTH_A_THREAD", 0)
            for threads in (1, 2):
                ours = nearest_source(graph, made.sources, limit_s=limit_s, threads=threads, by="numba")
                assert_same(ours[0], times)
                assert_same(ours[1], owner)


def test_p10_the_cases_have_what_they_are_for() -> None:
    """The graphs above hold owners by a tie, unreached nodes, parallel arcs, loops and arcs that take no time."""
    seen = dict.fromkeys(("tie", "unreached", "parallel", "loop", "nothing", "one way", "two entries"), 0)
    for seed in range(200):
        made = case(seed, 20, sorted(WEIGHTS)[seed % len(WEIGHTS)])
        times, _ = nearest_source(made.graph(), made.sources, limit_s=DAY_S, by="scipy")
        first = np.array([times_by_networkx(made, source) for source in range(made.sources.count)])
        arcs = list(zip(made.tail.tolist(), made.head.tolist(), strict=True))
        near = (first <= times + TIE_S).sum(axis=0) if len(first) else np.zeros(20)
        seen["tie"] += int((near > 1)[np.isfinite(times)].any())
        seen["unreached"] += int(np.isinf(times).any())
        seen["parallel"] += int(len(set(arcs)) < len(arcs))
        seen["loop"] += int(any(a == b for a, b in arcs))
        seen["nothing"] += int((made.seconds == 0).any())
        seen["one way"] += int(any((b, a) not in arcs for a, b in arcs))
        seen["two entries"] += int(len(np.unique(made.sources.source)) < len(made.sources.source))
    assert min(seen.values()) >= 5, seen


@pytest.mark.parametrize("by", ["numba", "scipy"])
@pytest.mark.parametrize(("late_s", "owner"), [(0.9e-6, 0), (1.1e-6, 1)])
def test_a_tie_on_every_arc_of_a_way_is_a_tie_at_its_end(by: search.Engine, late_s: float, owner: int) -> None:
    """Source 1 is at the next node every 16 s; source 0 starts at the first, and each arc is late by so much."""
    count = 50
    at = 16.0 * np.arange(count)
    graph = make_graph(count, np.arange(count - 1), np.arange(1, count), np.full(count - 1, 16.0 + late_s))
    sources = Sources(2, np.r_[np.ones(count, np.int64), 0], np.r_[np.arange(count), 0], np.r_[at, 0.0])
    times, owners = nearest_source(graph, sources, limit_s=3600, by=by)
    assert times.tolist() == at.tolist()
    assert owners.tolist() == [0] + [owner] * (count - 1)


def test_p10_large_searches_share_the_work_by_themselves() -> None:
    """A lattice with more entries than are worth a second thread: the same bits as one thread, and as scipy."""
    side = 80
    number = np.arange(side * side).reshape(side, side)
    tail = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    head = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    rng = np.random.default_rng(1)
    seconds = rng.integers(1, 40, len(tail)) * 2.0
    ends = np.concatenate([tail, head]), np.concatenate([head, tail])
    graph = make_graph(side * side, *ends, np.concatenate([seconds, seconds]))
    entries = search._WORTH_A_THREAD + 10
    sources = Sources(
        entries, np.arange(entries), rng.integers(0, side * side // 3, entries), rng.uniform(0, 90, entries)
    )
    one, two, plain = (
        nearest_source(graph, sources, limit_s=900.0, threads=threads, by=by)
        for threads, by in ((1, "numba"), (2, "numba"), (1, "scipy"))
    )
    for got, expected in zip((*one, *two), (*plain, *plain), strict=True):
        assert_same(got, expected)


def staircase(seed: int, early: int, late: int) -> tuple[Graph, Sources]:
    """Nodes that wait many times over: each of the early ones improves all of the late ones, and they what is behind.

    The early nodes are sources, one bucket apart, and the later one is reached, the sooner one is from there.
    """
    rng = np.random.default_rng(seed)
    at = 2 * kernels.BUCKET_S * np.arange(early)
    first, second, third = np.arange(early), np.arange(early, early + late), np.arange(early + late, early + 2 * late)
    tail, head = np.repeat(first, late), np.tile(second, early)
    arrives = 3 * at[-1] - np.repeat(at, late) + rng.integers(0, 9, len(tail))
    ends = np.concatenate([tail, second]), np.concatenate([head, third])
    graph = make_graph(
        early + 2 * late, *ends, np.concatenate([arrives - np.repeat(at, late), rng.uniform(0, 99, late)])
    )
    return graph, Sources(early, first, first, at)


@given(SEEDS, st.integers(2, 12), st.integers(1, 12), st.sampled_from([1, 3, 200]))
def test_a_search_whose_room_runs_out_goes_on(seed: int, early: int, late: int, group: int) -> None:
    """With room for every node once, where some wait several times: the same times and owners."""
    graph, sources = staircase(seed, early, late)
    limit_s = 120 * kernels.BUCKET_S
    beyond = np.nextafter(limit_s, np.inf)
    expected = nearest_source(graph, sources, limit_s=limit_s, by="scipy")
    entries = sources.entries()
    times, owner = np.full(graph.nodes, beyond), np.full(graph.nodes, kernels.NOBODY, np.int32)
    order = np.arange(early, dtype=np.int32)
    kernels.grouped_search(graph.rows, entries, order, beyond, group, graph.nodes, times, owner)
    kernels.settle_ties(graph.rows, entries, beyond, TIE_S, times, owner)
    assert_same(times, expected[0])
    assert_same(owner, expected[1])


def test_the_room_of_such_a_search_does_run_out() -> None:
    """One sweep alone, with room for every node once, leaves some out and says so."""
    graph, sources = staircase(1, 12, 12)
    times, owner = np.full(graph.nodes, 1e5), np.zeros(graph.nodes, np.int32)
    times[:12] = sources.seconds
    first = np.full(int(1e5 / kernels.BUCKET_S) + 2, -1, np.int32)
    first[2 * np.arange(12)] = np.arange(12)
    waiting, behind = np.zeros(graph.nodes, np.int32), np.full(graph.nodes, -1, np.int32)
    waiting[:12] = np.arange(12)
    assert kernels._sweep(graph.rows, first, waiting, behind, np.int32(12), times, owner)


# ---------------------------------------------------------------------- each source alone
@given(CASES, st.integers(1, 3), st.sampled_from([1, 2]), st.integers(1, 100))
def test_p10_what_each_source_reaches_alone(made: Case, threads: int, per_block: int, room: int) -> None:
    """[P10, D24] Nodes and times of every source, whatever the blocks and threads: those of scipy to the last bit."""
    graph = made.graph()
    expected = [times_by_networkx(made, source) for source in range(made.sources.count)]
    for limit_s in limits_of(made):
        plain = list(reach_of_each(graph, made.sources, limit_s=limit_s, by="scipy"))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(search, "_ROOM", room * per_block)
            blocks = list(reach_of_each(graph, made.sources, limit_s=limit_s, threads=threads, by="numba"))
        done = [block.first + block.sources for block in blocks]
        assert [block.first for block in blocks] == [0, *done[:-1]][: len(blocks)]
        assert (done or [0])[-1] == len(plain) == made.sources.count
        for block in blocks:
            for i in range(block.sources):
                rows = slice(block.start[i], block.start[i + 1])
                order = np.argsort(block.node[rows])
                source = block.first + i
                assert_same(block.node[rows][order], plain[source].node)
                assert_same(block.seconds[rows][order], plain[source].seconds)
                assert np.allclose(plain[source].seconds, expected[source][plain[source].node], rtol=0.0, atol=1e-9)
                assert (np.delete(expected[source], plain[source].node) > limit_s - 1e-9).all()


@given(CASES)
def test_the_nearest_of_all_is_the_smallest_of_each(made: Case) -> None:
    """One search from all sources together, and one from each: the same smallest times to the last bit."""
    together, _ = nearest_source(made.graph(), made.sources, limit_s=DAY_S, by="numba")
    smallest = np.full(made.nodes, np.inf)
    for reach in reach_of_each(made.graph(), made.sources, limit_s=DAY_S, by="numba"):
        np.minimum.at(smallest, reach.node, reach.seconds)
    assert_same(together, smallest)


# ---------------------------------------------------------------------- laws on arrays
def times_of(made: Case, limit_s: float = DAY_S) -> Floats:
    return nearest_source(made.graph(), made.sources, limit_s=limit_s)[0]


@given(CASES, st.floats(0, 2000), st.floats(0, 2000))
def test_p2_a_larger_limit_only_adds(made: Case, one: float, other: float) -> None:
    """What is known within the smaller limit is the same within the larger one, to the last bit."""
    small, large = (times_of(made, limit_s) for limit_s in sorted((one, other)))
    assert_same(small, np.where(large <= min(one, other), large, np.inf))


@given(CASES, SEEDS)
def test_p3_a_further_source_takes_nothing_away(made: Case, seed: int) -> None:
    """A source less: no time is shorter, none is longer where another source owns the node."""
    sources = made.sources
    gone = np.random.default_rng(seed).integers(0, max(1, sources.count))
    rest = sources.source != gone
    fewer = Sources(sources.count, sources.source[rest], sources.node[rest], sources.seconds[rest])
    with_all, owner = nearest_source(made.graph(), sources, limit_s=DAY_S)
    without, _ = nearest_source(made.graph(), fewer, limit_s=DAY_S)
    assert (without >= with_all).all()
    others = (owner != gone) & np.isfinite(with_all)
    assert (without[others] <= with_all[others] + TIE_S * made.nodes).all()


@given(CASES, SEEDS)
def test_p4_no_arc_that_is_lost_or_slower_shortens_a_way(made: Case, seed: int) -> None:
    rng = np.random.default_rng(seed)
    before = times_of(made)
    lost = rng.random(len(made.seconds)) < 0.2
    slower = made.seconds * np.where(rng.random(len(made.seconds)) < 0.3, rng.uniform(1, 4, len(made.seconds)), 1.0)
    for seconds in (np.where(lost, np.inf, made.seconds), slower):
        assert (times_of(Case(made.nodes, made.tail, made.head, seconds, made.sources)) >= before).all()


@given(CASES, SEEDS)
def test_p5_the_numbers_of_nodes_and_the_order_of_arcs_decide_nothing(made: Case, seed: int) -> None:
    """Nodes renumbered, arcs and entries shuffled: the same times and owners to the last bit."""
    rng = np.random.default_rng(seed)
    name, arcs, entries = (rng.permutation(n) for n in (made.nodes, len(made.tail), len(made.sources.node)))
    sources = made.sources
    other = Case(
        made.nodes, name[made.tail][arcs], name[made.head][arcs], made.seconds[arcs],
        Sources(sources.count, sources.source[entries], name[sources.node][entries], sources.seconds[entries]),
    )  # fmt: skip
    times, owner = nearest_source(made.graph(), made.sources, limit_s=DAY_S)
    times_renamed, owner_renamed = nearest_source(other.graph(), other.sources, limit_s=DAY_S)
    assert_same(times_renamed[name], times)
    assert_same(owner_renamed[name], owner)


@given(CASES, SEEDS)
def test_p6_an_arc_in_two_parts_takes_as_long(made: Case, seed: int) -> None:
    """A node more in the middle of some arcs: the times of the others are the same to a thousand-millionth."""
    rng = np.random.default_rng(seed)
    cut = np.flatnonzero((rng.random(len(made.tail)) < 0.5) & np.isfinite(made.seconds))
    middle = made.nodes + np.arange(len(cut))
    first = made.seconds[cut] * rng.uniform(0, 1, len(cut))
    rest = np.delete(np.arange(len(made.tail)), cut)
    split = Case(
        made.nodes + len(cut),
        np.concatenate([made.tail[rest], made.tail[cut], middle]),
        np.concatenate([made.head[rest], middle, made.head[cut]]),
        np.concatenate([made.seconds[rest], first, made.seconds[cut] - first]),
        made.sources,
    )
    whole, parts = times_of(made, DAY_S / 2), times_of(split)[: made.nodes]
    inside = np.isfinite(whole)
    assert np.allclose(parts[inside], whole[inside], rtol=1e-15, atol=1e-9)
    assert (parts[~inside] > DAY_S / 2 - 1e-9).all()


@given(SEEDS, st.integers(1, 25), st.sampled_from(sorted(WEIGHTS)))
def test_p8_and_p9_two_way_arcs_make_a_symmetric_matrix_without_shorter_detours(
    seed: int, nodes: int, weights: str
) -> None:
    """From a to b as from b to a, and never longer than over c; a node is at itself in no time."""
    made = case(seed, nodes, weights, symmetric=True)
    every = Sources(nodes, np.arange(nodes), np.arange(nodes), np.zeros(nodes))
    times = np.full((nodes, nodes), np.inf)
    for reach in reach_of_each(made.graph(), every, limit_s=DAY_S):
        for i in range(reach.sources):
            rows = slice(reach.start[i], reach.start[i + 1])
            times[reach.first + i, reach.node[rows]] = reach.seconds[rows]
    assert (np.diag(times) == 0).all()
    both = np.isfinite(times) & np.isfinite(times.T)
    assert np.allclose(times[both], times.T[both], rtol=0.0, atol=1e-9)
    over = (times[:, :, None] + times[None, :, :]).min(axis=1)
    # What is beyond a day is not looked for.
    assert (times[over < DAY_S - 1e-9] <= over[over < DAY_S - 1e-9] + 1e-9).all()


# ---------------------------------------------------------------------- what no graph may hold
@pytest.mark.parametrize("bad", [math.nan, -1.0, -1e-300, -math.inf], ids=repr)
def test_an_arc_with_no_time_or_a_negative_one_is_refused(bad: float) -> None:
    """[D07, D08, D09] Named by its number; nothing is searched."""
    with pytest.raises(ValueError, match="arc 1:"):
        make_graph(3, np.array([0, 1]), np.array([1, 2]), np.array([5.0, bad]))


@pytest.mark.parametrize("end", [-1, 3])
def test_an_arc_that_ends_at_no_node_is_refused(end: int) -> None:
    for tail, head in (([0, end], [1, 2]), ([0, 1], [1, end])):
        with pytest.raises(ValueError, match="no node"):
            make_graph(3, np.array(tail), np.array(head), np.array([5.0, 5.0]))


@pytest.mark.parametrize("by", ["numba", "scipy"])
def test_d05_d06_parallel_arcs_and_arcs_that_take_no_time(by: search.Engine) -> None:
    """[D05, D06] Of 3 s and 4 s the smaller counts, not the sum; an arc of 0 s is a way, an arc that is closed none."""
    graph = make_graph(
        5, np.array([0, 0, 1, 0, 3]), np.array([1, 1, 2, 3, 4]), np.array([4.0, 3.0, 0.0, math.inf, 1.0])
    )
    assert (graph.start.tolist(), graph.to.tolist(), graph.seconds.tolist()) == (
        [0, 1, 2, 2, 3, 3],
        [1, 2, 4],
        [3, 0, 1],
    )
    times, owner = nearest_source(graph, Sources(1, np.array([0]), np.array([0]), np.array([0.0])), limit_s=60, by=by)
    assert times.tolist() == [0, 3, 3, math.inf, math.inf]
    assert owner.tolist() == [0, 0, 0, -1, -1]


@pytest.mark.parametrize("by", ["numba", "scipy"])
@pytest.mark.parametrize(("limit_s", "reached"), [(20.0, 3), (math.nextafter(20.0, 0), 2), (0.0, 1)])
def test_a_time_exactly_at_the_limit_is_within_it(by: search.Engine, limit_s: float, reached: int) -> None:
    """Nodes at 0, 10 and 20 s; the limit is exactly one of them, or the next smaller number."""
    graph = make_graph(3, np.array([0, 1]), np.array([1, 2]), np.array([10.0, 10.0]))
    sources = Sources(1, np.array([0]), np.array([0]), np.array([0.0]))
    times, _ = nearest_source(graph, sources, limit_s=limit_s, by=by)
    assert np.isfinite(times).sum() == reached
    (reach,) = reach_of_each(graph, sources, limit_s=limit_s, by=by)
    assert len(reach.node) == reached
