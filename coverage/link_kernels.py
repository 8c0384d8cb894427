"""Compiled loops from times at the nodes of the network to what is reached of each edge.

Between two known times an edge is a *link*: inside it the time rises from both ends, so what is reached of it is one
stretch from each end. Facilities on an edge cut it into links. Every loop runs without the interpreter's lock.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo.jit import numba

__all__ = ["Links", "Sites", "cut_links", "links_of_facility", "links_of_layer", "part_s"]

FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]

# A plain 0 would be a type of its own, and each loop that it is handed to would be compiled once more.
_NONE = np.int64(0)

_compiled = numba.njit(cache=True, nogil=True)
#: A call that hands over arrays counts references; in the innermost loops that is most of the time.
_inlined = numba.njit(cache=True, nogil=True, inline="always")


class Sites(NamedTuple):
    """Facilities where they meet the road, sorted by edge and share; ``who`` numbers them, shape (sites,) each.

    ``seconds`` is the access leg.
    """

    edge: Int32Array
    share: FloatArray
    seconds: FloatArray
    who: Int32Array


class Links(NamedTuple):
    """Parts of edges between two known times, shape (links,) each.

    Parameters
    ----------
    edge
        The edge.
    low, high
        Shares of its length from u, ``low < high``.
    low_s, high_s
        Seconds at the two ends; inf where they are not reached.
    low_who, high_who
        The facilities that the times belong to.
    """

    edge: Int32Array
    low: FloatArray
    high: FloatArray
    low_s: FloatArray
    high_s: FloatArray
    low_who: Int32Array
    high_who: Int32Array


@_compiled
def part_s(share, edge_s):
    """Seconds for a share of an edge; no way at all takes no time, even where the edge is closed."""
    return share * edge_s if share > 0 else 0.0


@_compiled
def _nearer(then, who, now, now_who, tie_s):
    """The earlier of two times and whose it is; of facilities within a tie the smaller number."""
    if then < now - tie_s:
        return then, who
    if then > now + tie_s:
        return now, now_who
    return min(then, now), min(who, now_who)


@_compiled
def _links_of_edge(edges, edge, ends, sites, first, last, tie_s, links, count):
    """Cut an edge at the facilities on it, ``first`` to ``last`` of the sites, and work out the times at the cuts.

    ``ends``: seconds and facility at u, then at v. Writes links from ``count`` on and returns the count afterwards.
    """
    time, who, end_s, end_who = ends
    ahead_s, behind_s = edges.ahead_s[edge], edges.behind_s[edge]
    begin = count
    before = 0.0
    for k in range(first, last + 1):
        at = sites.share[k] if k < last else 1.0
        links.edge[count] = edge
        links.low[count], links.high[count] = before, at
        links.low_s[count], links.low_who[count] = time, who
        time += part_s(at - before, ahead_s)
        if k < last:
            time, who = _nearer(time, who, sites.seconds[k], sites.who[k], tie_s)
        else:
            time, who = _nearer(time, who, end_s, end_who, tie_s)
        links.high_s[count], links.high_who[count] = time, who
        before = at
        count += 1
    # And back: each cut may be reached sooner from the one after it.
    for k in range(count - 1, begin, -1):
        back = links.high_s[k] + part_s(links.high[k] - links.low[k], behind_s)
        time, who = _nearer(back, links.high_who[k], links.low_s[k], links.low_who[k], tie_s)
        links.low_s[k], links.low_who[k] = time, who
        links.high_s[k - 1], links.high_who[k - 1] = time, who
    kept = begin
    for k in range(begin, count):
        if links.low[k] < links.high[k] and min(links.low_s[k], links.high_s[k]) < np.inf:
            links.edge[kept], links.low[kept], links.high[kept] = edge, links.low[k], links.high[k]
            links.low_s[kept], links.high_s[kept] = links.low_s[k], links.high_s[k]
            links.low_who[kept], links.high_who[kept] = links.low_who[k], links.high_who[k]
            kept += 1
    return kept


@_compiled
def _room(size):
    return Links(
        np.empty(size, np.int32), np.empty(size), np.empty(size), np.empty(size), np.empty(size),
        np.empty(size, np.int32), np.empty(size, np.int32),
    )  # fmt: skip


@_compiled
def _first(links, count):
    return Links(
        links.edge[:count].copy(), links.low[:count].copy(), links.high[:count].copy(), links.low_s[:count].copy(),
        links.high_s[:count].copy(), links.low_who[:count].copy(), links.high_who[:count].copy(),
    )  # fmt: skip


@_compiled
def _is_open(edges, edge):
    return edges.ahead_s[edge] < np.inf or edges.behind_s[edge] < np.inf


@_compiled
def links_of_layer(edges, node_s, node_who, sites, tie_s):
    """Links of all edges that are reached by any facility, by edge and share.

    Parameters
    ----------
    edges
        A :class:`coverage.reach_kernels.Edges`.
    node_s, node_who
        Seconds to the nearest facility of each node and which, inf where none is reached, shape (nodes,).
    sites
        The facilities on the road.
    tie_s
        Times this near to each other are one.
    """
    links = _room(len(edges.u) + len(sites.edge))
    count = first = _NONE
    for edge in range(len(edges.u)):
        last = first
        while last < len(sites.edge) and sites.edge[last] == edge:
            last += 1
        u, v = edges.u[edge], edges.v[edge]
        if _is_open(edges, edge) and (last > first or node_s[u] < np.inf or node_s[v] < np.inf):
            ends = node_s[u], node_who[u], node_s[v], node_who[v]
            count = _links_of_edge(edges, edge, ends, sites, first, last, tie_s, links, count)
        first = last
    return _first(links, count)


@_compiled
def links_of_facility(edges, touching, node, seconds, sites, site, times):
    """Links that one facility reaches, in no order; it takes as long as there are edges in reach.

    Parameters
    ----------
    edges
        A :class:`coverage.reach_kernels.Edges`.
    touching
        Edges by the nodes at their ends: start, shape (nodes + 1,), and edge.
    node, seconds
        Nodes that the facility reaches, and when.
    sites, site
        Where it meets the road: row ``site`` of the sites.
    times
        Scratch, shape (nodes,): inf, and left so.
    """
    start, touched = touching
    room = 2
    for k in range(len(node)):
        times[node[k]] = seconds[k]
        room += start[node[k] + 1] - start[node[k]]
    links = _room(room)
    own = np.int64(sites.edge[site])
    who = sites.who[site]
    ends = times[edges.u[own]], who, times[edges.v[own]], who
    count = _links_of_edge(edges, own, ends, sites, site, site + 1, 0.0, links, _NONE)
    for k in range(len(node)):
        for j in range(start[node[k]], start[node[k] + 1]):
            edge = np.int64(touched[j])
            u, v = edges.u[edge], edges.v[edge]
            # Seen from u, unless only v is reached.
            if edge != own and (node[k] == u or times[u] == np.inf) and _is_open(edges, edge):
                ends = times[u], who, times[v], who
                count = _links_of_edge(edges, edge, ends, sites, _NONE, _NONE, 0.0, links, count)
    for k in range(len(node)):
        times[node[k]] = np.inf
    return _first(links, count)


@_inlined
def _share_in(left_s, edge_s, most):
    """Share of an edge that is travelled in some seconds, at most ``most``."""
    if left_s < 0:
        return 0.0
    return min(left_s / edge_s, most) if edge_s > 0 else most


@_compiled
def cut_links(edges, links, limits_s):
    """Cut links where limits end.

    Parameters
    ----------
    edges, links
        The network and what is reached of it.
    limits_s
        Rising, shape (limits,).

    Returns
    -------
    edge, start, stop, band
        Pieces in the order of the links, shares rising, and the number of the smallest limit that reaches each.
    """
    limits = len(limits_s)
    room = len(links.edge) * (2 * limits + 1)
    whose, start, stop, of_band = np.empty(room, np.int32), np.empty(room), np.empty(room), np.empty(room, np.int64)
    # Taken out of their tuples once: each look inside would count references, which is most of the time of the loop.
    ahead_s, behind_s = edges.ahead_s, edges.behind_s
    of, low, high, low_s, high_s = links.edge, links.low, links.high, links.low_s, links.high_s
    # Shares that the limits before reach, from both ends.
    up, down = np.zeros(limits + 1), np.zeros(limits + 1)
    count = 0
    for k in range(len(of)):
        edge, begin, end = of[k], low[k], high[k]
        # The first limit that leaves nothing between the two ends is the last.
        bands = limits
        for band in range(limits):
            up[band + 1] = _share_in(limits_s[band] - low_s[k], ahead_s[edge], end - begin)
            down[band + 1] = _share_in(limits_s[band] - high_s[k], behind_s[edge], end - begin)
            if up[band + 1] + down[band + 1] >= end - begin:
                bands = band
                break
        # From the low end up to the last limit, what lies between, and down again to the high end.
        for turn in range(2 * bands + 1):
            if turn < bands:
                band, left, right = turn, begin + up[turn], begin + up[turn + 1]
            elif turn > bands:
                band = 2 * bands - turn
                left, right = end - down[band + 1], end - down[band]
            else:
                band, left, right = bands, begin + up[bands], end - down[bands]
            if right > left and band < limits:
                whose[count], start[count], stop[count], of_band[count] = edge, left, right, band
                count += 1
    return whose[:count].copy(), start[:count].copy(), stop[:count].copy(), of_band[:count].copy()
