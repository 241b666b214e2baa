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
"""Signals that count words of a list: together they must stay below one point."""


def _line(line: float, full: float, points: float) -> EvidenceLine:
    return EvidenceLine(line=line, full=full, points=points)


DEFAULT_LINES: dict[str, EvidenceLine] = {
    "hiragana_share": _line(0.12, 0.03, 0.6),
    "latin_share": _line(0.6, 0.9, 0.8),
    "hangul_share": _line(0.1, 0.4, 1.0),
    "digit_share": _line(0.25, 0.5, 0.7),
    "symbol_share": _line(0.25, 0.5, 0.5),
    "simplified_share": _line(0.02, 0.06, 1.0),
    "sentence_share": _line(0.3, 0.05, 0.5),
    "particle_share": _line(0.08, 0.02, 0.4),
    "line_repeat": _line(0.3, 0.7, 0.6),
    "ngram_repeat": _line(0.35, 0.7, 0.6),
    "term_share": _line(0.12, 0.25, 0.7),
    "term_list_share": _line(0.25, 0.6, 0.6),
    "spaced_share": _line(0.05, 0.15, 0.5),
    "link_density": _line(0.6, 0.9, 0.6),
    "mojibake_share": _line(0.02, 0.08, 1.0),
    "replacement_share": _line(0.02, 0.1, 1.0),
    "particle_clash": _line(0.02, 0.1, 0.8),
    "broken_share": _line(0.3, 0.7, 0.6),
    "commercial_density": _line(0.03, 0.08, 0.6),
    "adult_density": _line(0.01, 0.04, 0.5),
    "gambling_density": _line(0.01, 0.04, 0.4),
    "solicit_share": _line(0.1, 0.4, 0.7),
    "translationese": _line(0.02, 0.06, 0.6),
    "duplicate_share": _line(0.3, 0.9, 0.7),
    "template_share": _line(0.6, 0.95, 0.5),
    "recycled_share": _line(0.6, 0.95, 0.5),
}
"""First values by judgment; see docs/signals.md for the population that fixes them."""
