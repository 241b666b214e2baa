"""Sites most of whose documents repeat another site's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.keep import preference

TALLY = np.dtype([("site", "<u8"), ("other", "<u8"), ("kind", "u1"), ("value", "<u8")])
"""One fact about a site: its documents, those removed for another site, or one kept for another."""

DOCUMENTS, REMOVED, KEPT = 0, 1, 2
"""Kinds of TALLY: value is a count, a count, and a kept document (64 bits of its name)."""


@dataclass(frozen=True)
class Mirror:
    """A site and the one that it repeats; see dedup.records.MIRROR."""

    site: int
    mirror_of: int
    documents: int
    repeated: int
    removed: int
    removed_back: int

    @property
    def share(self) -> float:
        """Repeated documents of all that the site has."""
        return self.repeated / self.documents


def tally_shard(
    sites: NDArray[np.uint64],
    removed_sites: NDArray[np.uint64],
    kept_sites: NDArray[np.uint64],
    kept_documents: NDArray[np.uint64],
) -> NDArray[Any]:
    """Count a shard's documents and duplicates by site.

    Args:
        sites: uint64 [documents], the site of every document.
        removed_sites: uint64 [removed], the site of every removed one.
        kept_sites: uint64 [removed], the site of the one that stays for it.
        kept_documents: uint64 [removed], the one that stays for it.

    Returns:
        TALLY; duplicates inside one site are left out.
    """
    names, counts = np.unique(sites, return_counts=True)
    totals = np.zeros(len(names), TALLY)
    totals["site"], totals["value"] = names, counts
    across = removed_sites != kept_sites
    pairs = np.stack([removed_sites[across], kept_sites[across]], axis=1)
    distinct, counts = np.unique(pairs, axis=0, return_counts=True)
    removed = np.zeros(len(distinct), TALLY)
    removed["site"], removed["other"] = distinct[:, 0], distinct[:, 1]
    removed["kind"], removed["value"] = REMOVED, counts
    kept = np.zeros(int(across.sum()), TALLY)
    kept["site"], kept["other"] = kept_sites[across], removed_sites[across]
    kept["kind"], kept["value"] = KEPT, kept_documents[across]
    return np.concatenate([totals, removed, kept])


def find_mirrors(tallies: NDArray[Any], share: float, least: int) -> list[Mirror]:
    """Sites that repeat another one.

    A document of a site repeats another site's where it was removed for one of them, or stays for
    one of them. Of two sites that repeat each other, the one that lost more documents is the
    mirror.

    Args:
        tallies: TALLY of all shards, every row of a site.
        share: a mirror repeats more than this share of its documents.
        least: fewest repeated documents.

    Returns:
        Mirrors, sorted by site; at most one other for each: the one that it repeats most.
    """
    found = []
    for site in np.unique(tallies["site"]):
        own = tallies[tallies["site"] == site]
        documents = int(own["value"][own["kind"] == DOCUMENTS].sum())
        best: Mirror | None = None
        for other in np.unique(own["other"][own["kind"] != DOCUMENTS]):
            rows = own[own["other"] == other]
            removed = int(rows["value"][rows["kind"] == REMOVED].sum())
            kept = rows["value"][rows["kind"] == KEPT]
            mirror = Mirror(
                int(site), int(other), documents, removed + len(np.unique(kept)), removed, len(kept)
            )
            if best is None or mirror.repeated > best.repeated:
                best = mirror
        if best is None or documents == 0 or best.repeated < least or best.share <= share:
            continue
        if (best.removed, best.site) > (best.removed_back, best.mirror_of):
            found.append(best)
    return found


def prefer_originals(
    chosen: NDArray[Any], copies: NDArray[Any], sides: Mapping[int, int]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Let the original's documents stay where a mirror's were chosen among equal texts.

    By itself the order among equal texts falls document by document, and of two sites with the same
    texts each would keep a part.

    Args:
        chosen: FACTS, the representative of each node, sorted by node.
        copies: FACTS, documents with a representative's text, sorted by node.
        sides: mirror -> the site that it repeats, as hashes.

    Returns:
        The representatives and the copies, a mirror's representative changed for the first copy of
        the site that it repeats. Documents of earlier runs stay what they are.
    """
    mirrors = np.fromiter(sides, np.uint64, len(sides))
    wrong = np.flatnonzero(np.isin(chosen["site"], mirrors) & (chosen["known"] == 0))
    if len(wrong) == 0 or len(copies) == 0:
        return chosen, copies
    chosen, copies = chosen.copy(), copies.copy()
    start = np.searchsorted(copies["node"], chosen["node"][wrong], "left")
    end = np.searchsorted(copies["node"], chosen["node"][wrong], "right")
    for place, first, last in zip(wrong, start, end, strict=True):
        group = copies[first:last]
        original = group[group["site"] == sides[int(chosen["site"][place])]]
        if len(original):
            best = original[preference(original)[:1]]
            group[group["tie"] == best["tie"]] = chosen[place]
            chosen[place] = best[0]
    return chosen, copies
