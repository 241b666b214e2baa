"""What is counted of a site, page by page: small, mergeable, the same in any order."""

from __future__ import annotations

import base64
import json
import math
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clean.digests import PageDigests, digest_page
from clean.judge_settings import JudgeSettings
from clean.signals.names import SIGNALS

BINS = 112
"""Bins of a signal's histogram; see `bin_of`."""

_SCALE = 1 << 16


@dataclass(frozen=True, slots=True)
class PageRecord:
    """One sampled page of a site.

    Attributes:
        doc_id: 32 hexadecimal digits.
        signals: float32 [len(SIGNALS)], in the order of SIGNALS.
        reason: why another step dropped the page; "" for a page that stands.
        digests: what it is compared by.
    """

    doc_id: str
    signals: NDArray[np.float32]
    reason: str
    digests: PageDigests


@dataclass(slots=True)
class SiteTally:
    """Counts of one site.

    Every figure is an integer or a page of the sample, so that merging is associative and
    commutative: no verdict depends on workers or order.

    Attributes:
        site: the site's name.
        sample_pages: pages kept in the sample, those with the smallest doc_id.
        pages: pages seen, dropped ones included.
        reasons: pages that another step dropped, by reason.
        histograms: int64 [len(SIGNALS), BINS], pages by signal and bin.
        sums: sums of each signal in units of 2^-16.
        squares: sums of the squares of those integers.
        beyond: pages beyond each evidence line.
        sample: doc_id -> PageRecord.
    """

    site: str
    sample_pages: int
    pages: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    histograms: NDArray[np.int64] = field(
        default_factory=lambda: np.zeros((len(SIGNALS), BINS), dtype=np.int64)
    )
    sums: list[int] = field(default_factory=lambda: [0] * len(SIGNALS))
    squares: list[int] = field(default_factory=lambda: [0] * len(SIGNALS))
    beyond: dict[str, int] = field(default_factory=dict)
    sample: dict[str, PageRecord] = field(default_factory=dict)

    def add(
        self,
        doc_id: str,
        signals: Mapping[str, float],
        text: str,
        reason: str | None,
        settings: JudgeSettings,
    ) -> None:
        """Count one page.

        Args:
            doc_id: the page's identity; it alone decides whether the page enters the sample.
            signals: what `clean.signals.measure.measure` returned for it.
            text: the text it was measured on.
            reason: why another step dropped it, None for a page that stands.
            settings: whose lines are counted.
        """
        values = np.array([signals[name] for name in SIGNALS], dtype=np.float32)
        self.pages += 1
        if reason:
            self.reasons[reason] = self.reasons.get(reason, 0) + 1
        for i, value in enumerate(values.tolist()):
            self.histograms[i, bin_of(value)] += 1
            units = round(value * _SCALE)
            self.sums[i] += units
            self.squares[i] += units * units
        for name, line in settings.lines.items():
            if name in signals and line.share(signals[name]) > 0:
                self.beyond[name] = self.beyond.get(name, 0) + 1
        if len(self.sample) < self.sample_pages or doc_id < max(self.sample):
            self.sample[doc_id] = PageRecord(doc_id, values, reason or "", digest_page(text))
            self._trim()

    def merge(self, other: SiteTally) -> SiteTally:
        """Add another tally of the same site to this one and return this one.

        Raises:
            ValueError: the other tally is of another site or another sample size.
        """
        if (self.site, self.sample_pages) != (other.site, other.sample_pages):
            raise ValueError(
                f"can't merge the tally of {other.site!r} (sample of {other.sample_pages}) into "
                f"that of {self.site!r} (sample of {self.sample_pages})"
            )
        self.pages += other.pages
        self.histograms = self.histograms + other.histograms
        self.sums = [a + b for a, b in zip(self.sums, other.sums, strict=True)]
        self.squares = [a + b for a, b in zip(self.squares, other.squares, strict=True)]
        for mine, theirs in ((self.reasons, other.reasons), (self.beyond, other.beyond)):
            for name, count in theirs.items():
                mine[name] = mine.get(name, 0) + count
        self.sample.update(other.sample)
        self._trim()
        return self

    def mean(self, name: str) -> float:
        """Mean of a signal over all pages; 0 for a site without pages."""
        return self.sums[SIGNALS.index(name)] / _SCALE / self.pages if self.pages else 0.0

    def spread(self, name: str) -> float:
        """Standard deviation of a signal over all pages; 0 for fewer than two."""
        if self.pages < 2:
            return 0.0
        i = SIGNALS.index(name)
        variance = self.squares[i] * self.pages - self.sums[i] ** 2
        return math.sqrt(max(0, variance)) / self.pages / _SCALE

    def quantile(self, name: str, share: float) -> float:
        """Quantile of a signal from its histogram: the lower edge of the bin that holds it."""
        counts = np.cumsum(self.histograms[SIGNALS.index(name)])
        if self.pages == 0:
            return 0.0
        return edge_of(int(np.searchsorted(counts, share * (self.pages - 1), side="right")))

    def to_bytes(self) -> bytes:
        """Serialize; equal tallies give equal bytes."""
        sample = [
            [
                record.doc_id,
                record.reason,
                record.digests.text,
                record.digests.chars,
                *(
                    base64.b64encode(array.tobytes()).decode("ascii")
                    for array in (
                        record.signals,
                        record.digests.lines,
                        record.digests.line_chars,
                        record.digests.sentences,
                        record.digests.frames,
                        record.digests.terms,
                        record.digests.slots,
                    )
                ),
            ]
            for _, record in sorted(self.sample.items())
        ]
        rows, columns = np.nonzero(self.histograms)
        content = {
            "site": self.site,
            "sample_pages": self.sample_pages,
            "pages": self.pages,
            "reasons": self.reasons,
            "histograms": [
                [int(r), int(c), int(self.histograms[r, c])]
                for r, c in zip(rows, columns, strict=True)
            ],
            "sums": self.sums,
            "squares": self.squares,
            "beyond": self.beyond,
            "sample": sample,
        }
        return zlib.compress(json.dumps(content, sort_keys=True).encode("utf-8"), 6)

    @classmethod
    def from_bytes(cls, data: bytes) -> SiteTally:
        """Read what `to_bytes` wrote.

        Raises:
            ValueError: the bytes are not a tally, or one of another list of signals.
        """
        try:
            content: dict[str, Any] = json.loads(zlib.decompress(data))
        except zlib.error as error:
            raise ValueError(f"not a site tally: {error}") from error
        if len(content["sums"]) != len(SIGNALS):
            raise ValueError(
                f"the tally of {content['site']!r} has {len(content['sums'])} signals, "
                f"this version has {len(SIGNALS)}; measure the pages again"
            )
        tally = cls(content["site"], content["sample_pages"], content["pages"])
        tally.reasons, tally.beyond = content["reasons"], content["beyond"]
        tally.sums, tally.squares = content["sums"], content["squares"]
        for row, column, count in content["histograms"]:
            tally.histograms[row, column] = count
        for doc_id, reason, text, chars, signals, *digests in content["sample"]:
            lines, line_chars, sentences, frames, terms, slots = (
                np.frombuffer(base64.b64decode(part), dtype=np.uint32) for part in digests
            )
            tally.sample[doc_id] = PageRecord(
                doc_id,
                np.frombuffer(base64.b64decode(signals), dtype=np.float32),
                reason,
                PageDigests(text, chars, lines, line_chars, sentences, frames, terms, slots),
            )
        return tally

    def _trim(self) -> None:
        while len(self.sample) > self.sample_pages:
            del self.sample[max(self.sample)]


def merge_tallies(tallies: Iterable[SiteTally]) -> SiteTally:
    """Merge tallies of one site, in any order.

    Raises:
        ValueError: there is none, or they are of several sites.
    """
    merged: SiteTally | None = None
    for tally in tallies:
        merged = SiteTally(tally.site, tally.sample_pages) if merged is None else merged
        merged.merge(tally)
    if merged is None:
        raise ValueError("no tally to merge")
    return merged


def bin_of(value: float) -> int:
    """Bin of a value on a scale that is fine for shares and wide for counts.

    Four bins to a doubling of 1 + 256 times the value: 0 is bin 0, a share of 0.01 bin 7, 1 bin 32.
    """
    return min(BINS - 1, int(4 * math.log2(1 + 256 * value))) if value > 0 else 0


def edge_of(index: int) -> float:
    """Lower edge of a bin, the inverse of `bin_of`."""
    return (2 ** (index / 4) - 1) / 256
