"""Mirrors: the transforms that count, over all shards, which sites repeat which."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import apache_beam as beam
import numpy as np
from numpy.typing import NDArray

from dedup.mirrors import find_mirrors, tally_shard
from pipelines.dedup_work import Work, by_key, range_of


def tally(
    sites: NDArray[np.uint64], gone: NDArray[np.uint64], removed: NDArray[Any], range_count: int
) -> Iterator[tuple[int, NDArray[Any]]]:
    """A shard's counts by range of site: (range, TALLY)."""
    counted = tally_shard(sites, gone, removed["kept_site"], removed["kept_low"])
    yield from by_key(range_of(counted["site"], range_count), counted)


class CountMirrors(beam.DoFn):
    """Find the mirrors among a range's sites; commit them as facts of a phase."""

    def __init__(
        self, work: Work, phase: str, names: Callable[[Work, set[int]], dict[int, str]]
    ) -> None:
        self._work = work
        self._phase = phase
        self._names = names

    def process(self, element: tuple[int, Iterable[NDArray[Any]]]) -> None:
        """Commit the mirrors of one range."""
        number, parts = element
        settings = self._work.settings
        found = find_mirrors(
            np.concatenate(list(parts)), settings.mirror_share, settings.mirror_documents
        )
        named = {site for mirror in found for site in (mirror.site, mirror.mirror_of)}
        names = self._names(self._work, named)
        rows = [
            {
                "site": names[mirror.site],
                "mirror_of": names[mirror.mirror_of],
                "share": mirror.share,
                "documents": mirror.documents,
                "repeated": mirror.repeated,
                "removed": mirror.removed,
                "removed_back": mirror.removed_back,
            }
            for mirror in found
        ]
        self._work.store(self._phase).commit(f"{number:05d}", {}, {}, {"mirrors": rows})
