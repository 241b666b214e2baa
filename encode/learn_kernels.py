"""Compiled parts of the vocabulary learner: candidates, greedy encoding, gains and losses.

A node is a string that stands often enough; its parent is the string less its last character. The
encoder takes the lowest id and longer tokens have lower ids, so the token taken at a place is the
longest active node there: an active string of which a beginning had a lower id would never be used.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

import numba
import numpy as np


@numba.njit(cache=True)
def grow_nodes(chars, ends, weights, limits, characters, least, room):
    """Find the strings inside runs that stand at least `least` times, level by level.

    Args:
        chars: int32 [places], the runs' characters, numbered densely.
        ends: int64 [places], the end of the run that each place belongs to.
        weights: int64 [places], how often that run stands.
        limits: int32 [places], longest token of the run's script.
        characters: number of different characters; they are the first nodes.
        least: smallest count of a string kept.
        room: most nodes; growing stops where they are reached.

    Returns:
        parent int32 [nodes] (-1 for characters), length int32 [nodes], count int64 [nodes], one
        place of each node int64 [nodes], the deepest node at each place int32 [places].
    """
    places = len(chars)
    parent = np.full(room, -1, np.int32)
    length = np.ones(room, np.int32)
    count = np.zeros(room, np.int64)
    sample = np.zeros(room, np.int64)
    deepest = np.empty(places, np.int32)
    for place in range(places):
        node = chars[place]
        deepest[place] = node
        count[node] += weights[place]
        sample[node] = place
    nodes = characters
    here = deepest.copy()
    longest = 0
    for place in range(places):
        longest = max(longest, limits[place])
    slots = 1 << 16
    while slots < 2 * places:
        slots *= 2
    keys = np.empty(slots, np.int64)
    sums = np.empty(slots, np.int64)
    names = np.empty(slots, np.int32)
    for level in range(2, longest + 1):
        keys[:] = -1
        active = 0
        for place in range(places):
            behind = place + level - 1
            if here[place] < 0 or level > limits[place] or behind >= ends[place]:
                continue
            if here[place + 1] < 0 and level > 2:
                continue
            key = np.int64(here[place]) << 21 | np.int64(chars[behind])
            slot = _slot(key, slots)
            while keys[slot] >= 0 and keys[slot] != key:
                slot = (slot + 1) & (slots - 1)
            if keys[slot] < 0:
                keys[slot] = key
                sums[slot] = 0
                names[slot] = -1
            sums[slot] += weights[place]
            active += 1
        if active == 0:
            break
        following = np.full(places, -1, np.int32)
        for place in range(places):
            behind = place + level - 1
            if here[place] < 0 or level > limits[place] or behind >= ends[place]:
                continue
            key = np.int64(here[place]) << 21 | np.int64(chars[behind])
            slot = _slot(key, slots)
            while keys[slot] >= 0 and keys[slot] != key:
                slot = (slot + 1) & (slots - 1)
            if keys[slot] < 0 or sums[slot] < least:
                continue
            if names[slot] < 0:
                if nodes == room:
                    continue
                names[slot] = nodes
                parent[nodes] = here[place]
                length[nodes] = level
                count[nodes] = sums[slot]
                sample[nodes] = place
                nodes += 1
            following[place] = names[slot]
            deepest[place] = names[slot]
        here = following
    return parent[:nodes], length[:nodes], count[:nodes], sample[:nodes], deepest


@numba.njit(cache=True, inline="always")
def _slot(key, slots):
    mixed = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64((mixed >> np.uint64(20)) & np.uint64(slots - 1))


@numba.njit(cache=True)
def set_best(active, parent, best):
    """For every node the longest active node on the way to it; parents stand before children."""
    for node in range(len(active)):
        if active[node] or parent[node] < 0:
            best[node] = node
        else:
            best[node] = best[parent[node]]


@numba.njit(cache=True)
def costs_to_end(deepest, ends, best, length, costs):
    """Tokens from each place to the end of its run, encoding greedily: int32 [places + 1]."""
    costs[len(deepest)] = 0
    for place in range(len(deepest) - 1, -1, -1):
        behind = place + length[best[deepest[place]]]
        costs[place] = 1 if behind >= ends[place] else 1 + costs[behind]


@numba.njit(cache=True)
def judge_nodes(
    deepest, starts, ends, weights, active, parent, length, best, costs, uses, losses, gains
):
    """Walk every run as the encoder does and sum up what each node is worth.

    Args:
        deepest: int32 [places].
        starts: int64 [runs], first place of each run.
        ends: int64 [places].
        weights: int64 [places].
        active: bool [nodes].
        parent: int32 [nodes].
        length: int32 [nodes].
        best: int32 [nodes], of `set_best`.
        costs: int32 [places + 1], of `costs_to_end`.
        uses: int64 [nodes], set to how often a node is taken.
        losses: int64 [nodes], set to the tokens that would be written more without it.
        gains: int64 [nodes], set to the tokens that would be written less with an inactive node.

    Returns:
        the number of tokens of all runs.
    """
    uses[:] = 0
    losses[:] = 0
    gains[:] = 0
    total = 0
    for start in starts:
        place = start
        end = ends[start]
        weight = weights[start]
        while place < end:
            node = deepest[place]
            taken = best[node]
            size = length[taken]
            rest = costs[place + size] if place + size < end else 0
            uses[taken] += weight
            total += weight
            if size > 1:
                shorter = best[parent[taken]]
                behind = place + length[shorter]
                losses[taken] += weight * ((costs[behind] if behind < end else 0) - rest)
            while node != taken:
                behind = place + length[node]
                gains[node] += weight * (rest - (costs[behind] if behind < end else 0))
                node = parent[node]
            place += size
    return total
