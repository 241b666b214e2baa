"""Settings of the site verdict: what a site is, which lines speak against it, how sure to be."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from clean.judge_lines import DEFAULT_LINES, WORD_SIGNALS, EvidenceLine
from clean.signals.names import SIGNALS
from clean.site_tables import EXTRA_SUFFIXES, PATH_SITES, SERVICE_SEGMENTS

SITE_MEANINGS: dict[str, str] = {
    "own_chars": (
        "Text that is not in lines standing on most pages of the site. Unit: visible code points."
    ),
    "duplicate_share": (
        "Sentences that one other page of the site has as well, 1 for an equal text. "
        "Unit: share of sentences."
    ),
    "template_share": (
        "Sentence frames that stand on a tenth of the site's pages and on three at least. "
        "Unit: share of sentences."
    ),
    "recycled_share": (
        "Sentences that stand on a tenth of the site's pages and on three at least. "
        "Unit: share of sentences."
    ),
    "slot_share": (
        "Sentences with the page's keyword in a frame that other pages fill with theirs. "
        "Unit: share of sentences."
    ),
    "keyword_slots": (
        "Sentences with the page's keyword between words that other pages put around theirs. "
        "Unit: share of sentences."
    ),
    "reworded_share": (
        "Sentences that a page like it has in another wording. "
        "Unit: share of sentences times share of both pages' terms."
    ),
    "interchange": (
        "How far sentences could change places between pages of a site of many subjects. Unit: "
        "ratio of repeated terms expected at random to those found on one page, lower bound."
    ),
    "term_growth": (
        "How the vocabulary grows with the different sentences of the site. "
        "Unit: terms to sentences^0.6."
    ),
}
"""What a page shares with the other pages of its site, measured on the sample when judging."""

SITE_SIGNALS: tuple[str, ...] = tuple(SITE_MEANINGS)
"""Their names."""

SITE_WIDE: tuple[str, ...] = ("interchange", "term_growth")
"""Those that are one figure for the whole site: all its pages turn bad together. A site is kept
only where they are not beyond their lines, or would not matter if they were beyond in full, so that
two halves of it, each a little to one side, are never kept and dropped."""

BESIDE_OTHERS: tuple[str, ...] = (*SITE_WIDE, "keyword_slots", "reworded_share")
"""Those that are left out of the reasons of a page that is bad without them: of a list of links it
says more that it is one than that the next page is another."""

FURNITURE_SHARE = 0.3
"""Share of pages from which on a sentence frame, a term or a keyword belongs to the site, not to
its pages."""


class SiteSettings(BaseModel):
    """What counts as one site."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    path_sites: dict[str, int] = Field(default=PATH_SITES)
    """Hosts whose first path segments name a user: host without `www.` -> number of segments.
    Entries given are added to the built-in table; 0 takes one out."""

    service_segments: tuple[str, ...] = tuple(sorted(SERVICE_SEGMENTS))
    """First path segments on such hosts that are the service's own pages, not a user's."""

    tilde_sites: bool = True
    """A path that begins with `~name` is a site of its own (university and provider home pages)."""

    extra_suffixes: tuple[str, ...] = EXTRA_SUFFIXES
    """Suffixes under which anybody can have a name, beyond the public-suffix list."""

    @field_validator("path_sites", mode="before")
    @classmethod
    def _add_to_table(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        table = {**PATH_SITES, **{str(k).lower().removeprefix("www."): v for k, v in given.items()}}
        return {host: depth for host, depth in table.items() if depth != 0}

    @field_validator("path_sites")
    @classmethod
    def _check_depths(cls, table: dict[str, int]) -> dict[str, int]:
        for host, depth in table.items():
            if not 1 <= depth <= 4:
                raise ValueError(f"path_sites.{host} is {depth}; give 0 (not a path-site) to 4")
        return table


class JudgeSettings(BaseModel):
    """How pages speak for or against their site, and when that is enough."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    lines: dict[str, EvidenceLine] = Field(default=DEFAULT_LINES)
    """Signal -> where it begins to count, where it counts in full, and its points. A page is bad
    when its points reach 1. Entries given here change the built-in table field by field."""

    reason_points: dict[str, float] = Field(default={"not_japanese": 1.0, "garbled": 1.0})
    """Points of a page that another step has already dropped, by its reason. Reasons not named
    here add nothing: such a page is thin if its text is short, else its signals decide."""

    unknown_reasons: tuple[str, ...] = (
        "damaged_record",
        "too_large",
        "timeout",
        "memory",
        "crash",
    )
    """Reasons of pages that could not be read: they count neither for nor against their site."""

    thin_chars: int = Field(default=120, ge=0)
    """A page with fewer code points of its own (lines that recur across the site left aside) is
    thin: it is evidence neither for nor against the prose of the site, only for its emptiness."""

    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    """Confidence of the one-sided Clopper-Pearson bounds on shares of pages."""

    min_pages: int = Field(default=5, ge=1)
    """Fewest readable pages with which a site can be dropped, however bad they are; a smaller site
    is kept or for review."""

    drop_share: float = Field(default=0.38, gt=0, lt=1)
    """Drop when the lower bound of the share of bad pages (thin ones left out) is above this.
    Of the good sites that fixed it none but half-translated manuals had more than 0.3."""

    keep_share: float = Field(default=0.38, gt=0, lt=1)
    """Keep when the upper bound of that share is below this; else, unless dropped, the
    site is for `review`. At most `drop_share`: the bounds between them keep chance from setting two
    halves of a mixed site against each other."""

    empty_share: float = Field(default=0.5, gt=0, lt=1)
    """Drop when the lower bound of the share of pages that are bad or thin is above this: a site
    of log-in walls or link lists has hardly a page to judge."""

    review: Literal["keep", "drop"] = "keep"
    """What becomes of documents of a site under `review`: kept until somebody has looked, because
    a verdict that can't be told must not cost a small site its pages."""

    overrides: str | None = None
    """YAML file of human decisions (`kinari override` writes it); local or any Beam filesystem."""

    sample_pages: int = Field(default=128, ge=16, le=4096)
    """Pages of a site whose digests are kept for comparing pages with each other: those with the
    smallest doc_id, which is a fair sample whatever the order. Memory is about 2 kB each."""

    sample_doc_ids: int = Field(default=5, ge=1, le=50)
    """Most sample pages named on each side of a verdict: for and against."""

    line_share: float = Field(default=0.3, gt=0, lt=1)
    """A line is taken out of a site's pages when the lower bound of the share of its pages that
    hold it is above this: footers and disclaimers stand on nearly all."""

    line_pages: int = Field(default=4, ge=2)
    """Fewest pages that must hold a line before it can be called recurring."""

    line_chars: int = Field(default=400, ge=1)
    """Longest line that can be called recurring, in code points; longer ones are duplicates of
    whole passages, which dedup settles."""

    @field_validator("lines", mode="before")
    @classmethod
    def _change_table(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        table: dict[str, Any] = dict(DEFAULT_LINES)
        for name, change in given.items():
            if isinstance(change, dict) and name in DEFAULT_LINES:
                table[name] = {**DEFAULT_LINES[name].model_dump(), **change}
            else:
                table[name] = change
        return table

    @model_validator(mode="after")
    def _check_lines(self) -> JudgeSettings:
        known = (*SIGNALS, *SITE_SIGNALS)
        for name in self.lines:
            if name not in known:
                raise ValueError(f"lines.{name} is no signal; there are {', '.join(known)}")
        words = sum(max(self.lines[n].points, 0.0) for n in WORD_SIGNALS if n in self.lines)
        if words >= 1:
            raise ValueError(
                f"lines: {', '.join(WORD_SIGNALS)} have {words:g} points together; "
                "give them less than 1, so that no page is bad by its words alone"
            )
        if self.keep_share > self.drop_share:
            raise ValueError(
                f"keep_share is {self.keep_share:g}, above drop_share {self.drop_share:g}; "
                "a site could be both"
            )
        return self
