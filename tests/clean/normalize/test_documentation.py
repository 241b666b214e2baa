"""The examples of docs/normalization.md hold."""

import re
from pathlib import Path

import pytest

from clean.normalize.normalize import find_spans
from clean.normalize.settings import NormalizeSettings

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "normalization.md").read_text(
    encoding="utf-8"
)
KINDS = {
    "Prices": "price",
    "URLs": "url",
    "E-mail": "email",
    "Telephone": "tel",
    "Box drawing": "block",
}
EXAMPLE = re.compile("`([^`]+)`")


def sections():
    return {part.split("\n", 1)[0]: part for part in PAGE.split("\n## ")[1:]}


def replaced_examples():
    for line in sections()["Dates"].splitlines():
        row = re.match(r"\| (ymd|ym|md|y|fy|decade) \| (yes|no) \| (.*) \|", line)
        if row:
            for example in EXAMPLE.findall(row[3]):
                yield example, "date", row[1], row[2] == "yes"
    for name, kind in KINDS.items():
        for line in sections()[name].splitlines():
            if line.startswith("Replaced"):
                for example in EXAMPLE.findall(line):
                    yield example, kind, None, True


def kept_examples():
    for part in sections().values():
        for line in part.splitlines():
            if re.match(r"Not [a-zA-Z -]+: `", line):
                yield from EXAMPLE.findall(line)


def test_the_page_has_examples_of_every_kind():
    assert {kind for _, kind, _, _ in replaced_examples()} == {"date", *KINDS.values()}
    assert len(list(kept_examples())) > 60


@pytest.mark.parametrize(("example", "kind", "form", "replaced"), list(replaced_examples()))
def test_replaced_example(example, kind, form, replaced):
    assert find_spans(example) == [(kind, form, 0, len(example), replaced)]


@pytest.mark.parametrize("example", list(kept_examples()))
def test_kept_example(example):
    assert [span for span in find_spans(example) if span.replaced] == []


def test_the_page_names_the_default_forms():
    assert f"(`[{', '.join(NormalizeSettings().dates)}]`)" in PAGE
