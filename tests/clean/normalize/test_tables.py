"""Tables of sentences: what is found, exactly, and what is left alone."""

import json
import re
from pathlib import Path

import pytest

from clean.normalize.normalize import find_spans, normalize
from clean.normalize.settings import TOKENS

TABLES = Path(__file__).parent / "tables"
FLOORS = json.loads(
    (Path(__file__).resolve().parents[3] / "benchmarks" / "floors.json").read_text(encoding="utf-8")
)["normalization"]
LABEL = re.compile(r"(ymd|ym|md|y|fy|decade|url|email|tel|block|price):")


def cases(name):
    """(text, [(form or kind, text of the span)]) of each line."""
    rows = []
    for line in (TABLES / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("# "):
            continue
        text, spans = "", []
        for part in re.split("(⟦.*?⟧)", line):
            if part.startswith("⟦"):
                label = LABEL.match(part, 1)
                part = part[label.end() : -1] if label else part[1:-1]
                spans.append((label[1] if label else "price", part))
            text += part
        rows.append((text, spans))
    return rows


def found(text):
    return [(span.form or span.kind, text[span.start : span.end]) for span in find_spans(text)]


@pytest.mark.parametrize(
    ("name", "least", "floor"),
    [
        ("prices", 300, "prices_exact"),
        ("price_traps", 300, "price_traps_untouched"),
        ("dates", 300, "dates_exact"),
        ("date_traps", 300, "date_traps_untouched"),
        ("others", 200, "links_telephones_blocks_exact"),
        ("prose", 150, "prose_exact"),
    ],
)
def test_table(name, least, floor):
    rows = cases(name)
    assert len(rows) >= least
    only = {"prices": {"price"}, "price_traps": {"price"}}.get(name)
    missed = []
    for text, expected in rows:
        spans = found(text)
        if only:
            spans = [span for span in spans if span[0] in only]
        if spans != expected:
            missed.append((text, expected, spans))
    assert 1 - len(missed) / len(rows) >= FLOORS[floor], missed


@pytest.mark.parametrize(
    "name", ["prices", "dates", "others", "prose", "price_traps", "date_traps"]
)
def test_replacement_is_the_spans_and_nothing_else(name):
    for text, _ in cases(name):
        pieces, position = [], 0
        for span in find_spans(text):
            assert position <= span.start < span.end <= len(text)
            if span.replaced:
                pieces += [text[position : span.start], TOKENS[span.kind]]
                position = span.end
        assert normalize(text).text == "".join(pieces) + text[position:]


@pytest.mark.parametrize(
    "name", ["prices", "dates", "others", "prose", "price_traps", "date_traps"]
)
def test_normalizing_twice_changes_nothing(name):
    for text, _ in cases(name):
        once = normalize(text).text
        assert normalize(once).text == once
