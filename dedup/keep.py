"""Which document of a cluster stays: stated, deterministic, blind to the order of input."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FACTS = np.dtype(
    [
        ("node", "<u8"),
        ("low", "<u8"),
        ("shard", "<u4"),
        ("row", "<u4"),
        ("known", "u1"),
        ("score", "<f8"),
        ("chars", "<i8"),
        ("fetched", "<i8"),
        ("doc_high", "<u8"),
        ("doc_low", "<u8"),
        ("tie", "<u8"),
        ("site", "<u8"),
    ]
)
"""What is known of a document when clusters are decided.

node and low are the halves of its folded text's digest: equal texts are one node. shard and row
say where it stands; known is 1 for a document of an earlier run; score is its site's, 0 for the
best; fetched is in seconds since 1970, the largest number where unknown; doc_high and doc_low are
its doc_id; tie hashes its place in the archive and its address; site hashes the site's name.
"""

UNTOLD = 0.5
"""Score of a site that no verdict speaks of: as good as one of which nothing can be told."""

NEVER = np.iinfo(np.int64).max
"""`fetched` of a document whose time is unknown: it counts as the latest."""

Facts = NDArray[Any]


def preference(facts: Facts) -> NDArray[np.int64]:
    """Order documents by who is to stay.

    A document of an earlier run comes first, since it is in use already; then the better score of
    the site's verdict (the lower: it is a share of bad pages), the longer text, the earlier fetch,
    the smaller doc_id; a page that was archived twice has one doc_id, and then the hash of its
    place decides.

    Args:
        facts: FACTS [documents].

    Returns:
        int64 [documents], indices from the one that stays first.
    """
    return np.lexsort(
        (
            facts["tie"],
            facts["doc_low"],
            facts["doc_high"],
            facts["fetched"],
            -facts["chars"],
            facts["score"],
            1 - facts["known"].astype(np.int8),
        )
    )


def choose(facts: Facts, labels: NDArray[Any]) -> NDArray[np.int64]:
    """The document that stays for each document's cluster.

    Args:
        facts: FACTS [documents].
        labels: name of each document's cluster.

    Returns:
        int64 [documents], the index of the one that stays; its own where it stays itself.
    """
    order = preference(facts)
    names, where = np.unique(labels, return_inverse=True)
    best = np.full(len(names), -1, np.int64)
    best[where[order[::-1]]] = order[::-1]
    return best[where]


def elect(facts: Facts) -> tuple[Facts, Facts]:
    """Take equal texts as one: the document that stands for each, and its copies.

    Args:
        facts: FACTS of all documents whose nodes fall in one range, in any order.

    Returns:
        The representatives, sorted by node, and the copies, sorted by (node, shard, row). Where two
        different texts share a node (64 bits of their digests), the text with the smaller digest is
        the node's, and documents of the other are in neither array: they are not compared further.
    """
    facts = facts[preference(facts)]
    facts = facts[np.lexsort((facts["low"], facts["node"]))]
    node, low = facts["node"], facts["low"]
    new_node = np.ones(len(facts), bool)
    new_node[1:] = node[1:] != node[:-1]
    least = np.repeat(low[new_node], np.diff(np.append(np.flatnonzero(new_node), len(facts))))
    copies = facts[~new_node & (low == least)]
    return facts[new_node], copies[np.lexsort((copies["row"], copies["shard"], copies["node"]))]
