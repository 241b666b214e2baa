"""A page read from its WARC record again and put through clean and dedup anew."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clean.extract_process import Extractor
from clean.judge import Verdict, judge_site
from clean.judge_tally import SiteTally
from clean.lines import recurring_lines, remove_lines
from clean.normalize.normalize import normalize
from clean.page import PageText, clean_page
from clean.records import doc_id as name_document
from clean.signals.measure import measure
from crawl.pages import Page
from crawl.read import EVERYTHING, read_pages
from dedup.fold import fold_texts
from dedup.signature import sign
from dedup.verify import containment, estimate, jaccard, shingle_sets
from pipelines import files
from pipelines.clean_extract import content_type, measure_input
from pipelines.clean_work import read_segments
from pipelines.clean_write import mark_short
from pipelines.settings import RunSettings

Facts = dict[str, Any]

_FIRST, _SECOND = np.array([0], np.int64), np.array([1], np.int64)
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class SiteFacts:
    """A site judged anew: its verdict by rule, and the lines that recur on its pages."""

    verdict: Verdict
    lines: frozenset[int]


@dataclass
class Recomputer:
    """Cleans pages of a run again.

    Attributes:
        root: the run's folder.
        settings: the settings it was run with.
        site_pages: gives doc_id, warc_file and warc_offset of every page of a site.
        document: gives what is on file of a document.
    """

    root: str
    settings: RunSettings
    site_pages: Callable[[str], list[Facts]]
    document: Callable[[str], Facts]
    _sites: dict[str, SiteFacts] = field(default_factory=dict)
    _paths: dict[str, str] = field(default_factory=dict)

    def recompute(self, facts: Facts) -> Facts:
        """Put a page through clean again, and through dedup where that dropped it.

        The site is judged by its pages, read again as well; a person's decision about it is
        believed.

        Args:
            facts: what is on file, as `Auditor.document` gives it.

        Returns:
            reason, value, threshold, n_chars and encoding as they come out now; `site_verdict`, by
            rule, and `site_score`; `same_bytes`, whether the record still is the one that the
            document's id names; `agrees`, whether all is as it is on file.
        """
        page = self._read(facts)
        if page is None:
            now: Facts = {"reason": "damaged_record", "value": None, "threshold": None}
            return {**now, "same_bytes": False, "agrees": facts["reason"] == "damaged_record"}
        with Extractor(self.settings.clean.extract) as extractor:
            found = self._clean(page, extractor)
            site = self._site(facts["site"], extractor)
            text, now = self._finish(found, site, facts)
            if "kept_doc_id" in facts and now["reason"] == "passed":
                now |= self._duplicate(text, facts, extractor)
        now |= {
            "encoding": found.encoding,
            "site_verdict": site.verdict.verdict,
            "site_score": site.verdict.score,
            "same_bytes": name_document(page.url, page.payload) == facts["doc_id"],
        }
        return now | {"agrees": now["same_bytes"] and _agrees(facts, now)}

    def site(self, facts: Facts) -> Facts:
        """Judge a site by its pages, read again.

        Args:
            facts: its row, as `Auditor.site` gives it.

        Returns:
            verdict by rule and score as they come out now, and whether they agree with those on
            file.
        """
        with Extractor(self.settings.clean.extract) as extractor:
            verdict = self._site(facts["site"], extractor).verdict
        agrees = _equal(facts["score"], verdict.score)
        if "override" not in facts:
            agrees = agrees and verdict.verdict == facts["verdict"]
        return {"verdict": verdict.verdict, "score": verdict.score, "agrees": agrees}

    def _finish(self, found: PageText, site: SiteFacts, facts: Facts) -> tuple[str, Facts]:
        """The text of a page without its site's lines and normalized, and what becomes of it."""
        clean = self.settings.clean
        row: Facts = {"text": found.text, "reason": found.reason}
        row |= {"value": found.value, "threshold": found.threshold}
        if row["reason"] is None:
            text, removed = remove_lines(row["text"], site.lines, clean.judge)
            if removed:
                row["text"] = text
                mark_short(row, clean.min_chars)
        if row["reason"] is None:
            judged = facts["site_verdict"]
            by_rule = judged is None or judged["decided_by"] == "rule"
            verdict = site.verdict.verdict if by_rule else judged["verdict"]
            score = site.verdict.score
            if verdict == "drop":
                row |= {"reason": "site_verdict", "value": score}
                row |= {"threshold": clean.judge.drop_share}
            elif verdict == "review" and clean.judge.review == "drop":
                row |= {"reason": "site_review", "value": score}
                row |= {"threshold": clean.judge.keep_share}
        text = normalize(row.pop("text"), clean.normalize).text
        if row["reason"] is None:
            row = {"reason": "passed", "value": len(text), "threshold": clean.min_chars}
        return text, row | {"n_chars": len(text)}

    def _duplicate(self, text: str, facts: Facts, extractor: Extractor) -> Facts:
        """The similarity with the document that stays, both texts made anew.

        A document that an earlier run holds cannot be read from this one's WARC files: its figure
        stays the one on file.
        """
        now = {name: facts[name] for name in ("reason", "value", "threshold")}
        if facts["kept_run"] is not None:
            return now
        kept = self.document(facts["kept_doc_id"])
        page = self._read(kept)
        if page is None:
            return {**now, "value": None}
        site = self._site(kept["site"], extractor)
        other, _ = self._finish(self._clean(page, extractor), site, kept)
        folded = fold_texts([text, other])
        if facts["reason"] == "exact_duplicate":
            return {**now, "value": float(folded.text(0) == folded.text(1))}
        rule = self.settings.dedup
        if rule.verify == "estimate":
            signed = sign(folded, rule.ngram, rule.permutations, rule.seed, rule.scheme)
            return {**now, "value": float(estimate(signed, _FIRST, _SECOND)[0])}
        sets = shingle_sets(folded, rule.ngram)
        compare = containment if facts["reason"] == "contained" else jaccard
        return {**now, "value": float(compare(sets, _FIRST, _SECOND)[0])}

    def _site(self, site: str, extractor: Extractor) -> SiteFacts:
        """Judge a site by the pages that its sample holds, read again."""
        if site not in self._sites:
            judge = self.settings.clean.judge
            tally = SiteTally(site, judge.sample_pages)
            pages = sorted(self.site_pages(site), key=lambda row: str(row["doc_id"]))
            for row in pages[: judge.sample_pages]:
                page = self._read(row)
                if page is not None:
                    found = self._clean(page, extractor)
                    signals = measure(measure_input(found))
                    tally.add(row["doc_id"], signals, found.text, found.reason, judge)
            self._sites[site] = SiteFacts(judge_site(tally, judge), recurring_lines(tally, judge))
        return self._sites[site]

    def _clean(self, page: Page, extractor: Extractor) -> PageText:
        return clean_page(
            page.payload, content_type(page), page.url, self.settings.clean, extractor
        )

    def _read(self, facts: Facts) -> Page | None:
        """The page at its place in the WARC file, None where that holds none."""
        if not self._paths:
            segments = read_segments(files.join(self.root, "crawl"))
            self._paths |= {segment.name: segment.path for segment in segments}
        with files.open_read(self._paths[facts["warc_file"]]) as stream:
            place = (facts["warc_file"], facts["warc_offset"])
            page = next(read_pages(stream, *place, terms=EVERYTHING), None)
        return page if isinstance(page, Page) else None


def _agrees(facts: Facts, now: Facts) -> bool:
    """Whether what came out now is what is on file."""
    if now["reason"] != facts["reason"]:
        return False
    if any(name in facts and now[name] != facts[name] for name in ("n_chars", "encoding")):
        return False
    judged = facts["site_verdict"]
    if judged is not None and not _equal(judged["score"], now["site_score"]):
        return False
    return all(_equal(facts[name], now[name]) for name in ("value", "threshold"))


def _equal(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= _TOLERANCE * max(1.0, abs(one))
