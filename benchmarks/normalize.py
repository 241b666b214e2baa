"""Normalization against a plain set of regular expressions: speed, exactness, hostile input.

The peer is a rule set as it is usually written, one substitution after another: western and era
dates, amounts before 円 or ドル, URLs, e-mail addresses, digits with hyphens as telephone numbers.
"""

import json
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from clean.normalize.normalize import find_spans, normalize

HERE = Path(__file__).parent
TABLES = HERE.parent / "tests" / "clean" / "normalize" / "tables"
REPEATS = 5
MEGABYTE = 1_000_000

_NUMBER = r"[0-9０-９]{1,3}(?:[,，][0-9０-９]{3})*|[0-9０-９]+"
_ERA = r"(?:明治|大正|昭和|平成|令和|[MTSHR])"
PLAIN_RULES = [
    ("url", re.compile(r"https?://[\w/:%#$&?()~.=+\-]+")),
    ("email", re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")),
    (
        "date",
        re.compile(
            rf"(?:[0-9０-９]{{4}}|{_ERA}[0-9０-９元]{{1,2}})年[0-9０-９]{{1,2}}月(?:[0-9０-９]{{1,2}}日)?"
            r"|[0-9０-９]{1,2}月[0-9０-９]{1,2}日|[0-9]{4}[/.\-][0-9]{1,2}[/.\-][0-9]{1,2}"
            rf"|{_ERA}[0-9]{{1,2}}\.[0-9]{{1,2}}\.[0-9]{{1,2}}|[0-9]{{1,2}}/[0-9]{{1,2}}"
        ),
    ),
    (
        "price",
        re.compile(rf"[0-9０-９][0-9０-９,，億万千]{{0,20}}(?:円|ドル|ユーロ)|[¥￥$](?:{_NUMBER})"),
    ),
    (
        "tel",
        re.compile(r"\(?[0-9０-９]{2,5}\)?[-－(][0-9０-９]{1,4}[-－)][0-9０-９]{3,4}|[0-9]{7,}"),
    ),
    ("block", re.compile("[\u2500-\u257f]+")),
]


def plain_spans(text: str) -> list[tuple[str, int, int]]:
    """What the plain rules find, the earlier rule first where two overlap."""
    found: list[tuple[str, int, int]] = []
    for kind, pattern in PLAIN_RULES:
        for match in pattern.finditer(text):
            start, end = match.span()
            if all(end <= other[1] or other[2] <= start for other in found):
                found.append((kind, start, end))
    return sorted(found, key=lambda span: span[1])


def plain_replace(text: str) -> str:
    """The plain rules as substitutions."""
    for kind, pattern in PLAIN_RULES:
        text = pattern.sub(f"<{kind.upper()}>", text)
    return text


def rate(replace: Callable[[str], object], text: str) -> float:
    """Median megabytes of UTF-8 a second."""
    size = len(text.encode()) / MEGABYTE
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        replace(text)
        times.append(time.perf_counter() - start)
    return size / statistics.median(times)


def cases(name: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """(text, [(kind, text of a span)]) of each line of a table of the tests."""
    rows = []
    for line in (TABLES / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("# "):
            text, spans = "", []
            for part in re.split("(⟦.*?⟧)", line):
                if part.startswith("⟦"):
                    label = re.match(r"⟦(ymd|ym|md|y|fy|decade|url|email|tel|block|price):", part)
                    form = label[1] if label else "price"
                    part = part[label.end() : -1] if label else part[1:-1]
                    if form not in ("y", "fy", "decade"):
                        spans.append(("date" if form in ("ymd", "ym", "md") else form, part))
                text += part
            rows.append((text, spans))
    return rows


def exact(name: str, kind: str | None, find: Callable[[str], list[tuple[str, int, int]]]) -> float:
    """Share of the lines of a table in which exactly the spans to be replaced are found."""
    rows = cases(name)
    right = 0
    for text, expected in rows:
        found = [(k, text[start:end]) for k, start, end in find(text) if kind in (None, k)]
        right += found == [span for span in expected if kind in (None, span[0])]
    return right / len(rows)


def kinari_spans(text: str) -> list[tuple[str, int, int]]:
    """What kinari replaces."""
    return [(span.kind, span.start, span.end) for span in find_spans(text) if span.replaced]


def report(measure: str, unit: str, kinari: float, peer: float | None) -> None:
    """Print one row; without a peer where its time grows with the square of such a text."""
    row = {
        "benchmark": "normalize",
        "measure": measure,
        "kinari": round(kinari, 4),
        "peer": None if peer is None else round(peer, 4),
        "peer_name": None if peer is None else "plain regular expressions",
        "ratio": round(kinari / peer, 3) if peer else None,
        "unit": unit,
    }
    print(json.dumps(row, ensure_ascii=False), flush=True)


def main() -> None:
    """Print one JSON line a measure."""
    prose = "\n".join(
        path.read_text(encoding="utf-8")
        for path in sorted((HERE / "reference/prose").glob("*.txt"))
    )
    prose *= max(1, 2 * MEGABYTE // len(prose.encode()))
    dense = "".join(f"{text}\n" for text, _ in cases("prose"))
    dense *= max(1, MEGABYTE // len(dense.encode()))
    report("prose", "MB/s", rate(normalize, prose), rate(plain_replace, prose))
    report(
        "every line holds a span or a trap",
        "MB/s",
        rate(normalize, dense),
        rate(plain_replace, dense),
    )
    for name, text in {
        "1 MB of digits": "1" * MEGABYTE,
        "1 MB of 年": "年" * (MEGABYTE // 3),
        "1 MB of (": "(" * MEGABYTE,
        "1 MB of 2022年": "2022年" * (MEGABYTE // 7),
    }.items():
        report(name, "MB/s", rate(normalize, text), None)
    for name, kind in [
        ("dates", "date"),
        ("date_traps", "date"),
        ("prices", "price"),
        ("price_traps", "price"),
        ("others", None),
        ("prose", None),
    ]:
        report(
            f"exact lines: {name}",
            "share",
            exact(name, kind, kinari_spans),
            exact(name, kind, plain_spans),
        )


if __name__ == "__main__":
    main()
