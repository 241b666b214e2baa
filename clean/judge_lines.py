"""The lines beyond which a signal speaks against a page, with where each comes from."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator


class EvidenceLine(BaseModel):
    """Where a signal begins to count, where it counts in full, and what it then weighs."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    line: float
    """Value at which the signal begins to count, in the signal's own unit."""

    full: float
    """Value from which it counts in full; below `line` where low values are the bad ones. Between
    the two the points grow in proportion."""

    points: float = Field(ge=-2, le=2)
    """Points of a page at `full` or beyond. 1 makes a page bad; negative points speak for it."""

    @model_validator(mode="after")
    def _check_order(self) -> EvidenceLine:
        if self.line == self.full:
            raise ValueError(f"line and full are both {self.line:g}; they must differ")
        return self

    def share(self, value: float) -> float:
        """How far beyond the line a value is: 0 at or before `line`, 1 at `full` and after."""
        return min(1.0, max(0.0, (value - self.line) / (self.full - self.line)))


WORD_SIGNALS: tuple[str, ...] = ("adult_density", "gambling_density")
"""Signals that count words of pornography or gambling: together they must stay below one point."""


def _line(line: float, full: float, points: float) -> EvidenceLine:
    return EvidenceLine(line=line, full=full, points=points)


DEFAULT_LINES: dict[str, EvidenceLine] = {
    # Script: another language, tables, symbols.
    "hiragana_share": _line(0.10, 0.03, 0.15),
    "latin_share": _line(0.65, 0.95, 0.95),
    "hangul_share": _line(0.1, 0.4, 1.0),
    "simplified_share": _line(0.1, 0.17, 1.0),
    "digit_share": _line(0.2, 0.45, 1.2),
    "symbol_share": _line(0.15, 0.4, 0.5),
    # Shape: heaps instead of sentences.
    "sentence_share": _line(0.35, 0.05, 0.1),
    "exclaim_share": _line(0.3, 0.8, 0.55),
    "ellipsis_share": _line(0.3, 0.6, 1.0),
    "term_list_share": _line(0.6, 0.95, 0.2),
    "spaced_share": _line(0.03, 0.15, 0.3),
    "link_density": _line(0.85, 0.97, 0.4),
    "link_text_share": _line(0.4, 0.8, 0.95),
    # Repetition inside the page, and one subject in every sentence.
    "line_repeat": _line(0.2, 0.6, 0.4),
    "ngram_repeat": _line(0.35, 0.65, 0.55),
    "skeleton_repeat": _line(0.28, 0.5, 0.6),
    "compression": _line(0.33, 0.25, 1.05),
    "term_share": _line(0.09, 0.2, 0.5),
    "term_spread": _line(0.65, 1.0, 0.65),
    "term_concentration": _line(0.38, 0.58, 0.5),
    # Garbling.
    "mojibake_share": _line(0.01, 0.06, 1.0),
    "replacement_share": _line(0.01, 0.05, 1.05),
    # Fluency and coherence: random letters, shuffled words, glued pieces.
    "char_entropy": _line(7.5, 8.8, 1.0),
    "garbled_share": _line(0.13, 0.27, 1.2),
    "skeleton_entropy": _line(5.1, 5.9, 0.9),
    "skeleton_shocks": _line(0.16, 0.26, 0.5),
    "context_gain": _line(0.2, -0.35, 1.0),
    "particle_clash": _line(0.15, 0.5, 0.55),
    "broken_share": _line(0.22, 0.5, 1.2),
    "broken_starts": _line(0.13, 0.3, 0.65),
    # Words in their context.
    "commercial_density": _line(0.08, 0.18, 0.75),
    "commercial_spread": _line(0.5, 0.9, 0.8),
    "solicit_share": _line(0.04, 0.16, 1.2),
    "commercial_breadth": _line(4, 6, 1.15),
    "adult_density": _line(0.015, 0.06, 0.5),
    "gambling_density": _line(0.06, 0.15, 0.4),
    "translationese": _line(0.05, 0.15, 1.05),
    "placeholder_density": _line(0.03, 0.12, 0.9),
    # Beside the other pages of the site: weak, for honest sites have house formulas too.
    "duplicate_share": _line(0.7, 0.95, 0.2),
    "template_share": _line(0.9, 1.0, 0.1),
    # Beside the other pages, what honest sites do not do: slots, and sentences from one pot.
    "slot_share": _line(0.25, 0.5, 1.2),
    "keyword_slots": _line(0.2, 0.3, 1.2),
    "reworded_share": _line(0.28, 0.5, 1.2),
    "interchange": _line(0.3, 0.6, 1.2),
    "term_growth": _line(3.3, 2.3, 1.05),
}
"""Lines: beyond the 98th percentile of good pages (real documentation, made prose), full
where bad kinds begin to be the rule. Points: fitted by `kinari judge`'s regression on real and made
sites, then rounded; docs/signals.md has the figures."""
