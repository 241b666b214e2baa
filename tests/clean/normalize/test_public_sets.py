"""Absolute dates of two published rule sets' own tests, brought to kinari's conventions.

Selection, from `ja_timex.jsonl` and `duckling_ja.jsonl`:
- a row counts when its value names a year, a year and month, a full date, or a month and day,
  whether open on one side, from one to another, or with a modifier (以前, 中旬). Values that are
  relative (今年), bare (7月, 18日, 月曜日), durations, clock times, seasons (2021春), quarters and
  centuries do not count.

Conventions, applied to the source's own span:
- a range is two dates, and what joins them (から 〜 ・ 、 以降) stands outside;
- particles and modifiers (に で は まで 以降 以前 頃 前後 近く 末 頭 中旬 前半) are cut, and so is
  a relative word in front (去年8月19日);
- after the cut a bare month is no date (2020年6月〜7月 is one date), and a bare 2020 before a list
  mark (2020・2021年) is a number, while before 〜 or から it is the first year of a range;
- a season behind a year (2021年春) is cut to the year.

Month/day without anything beside it (7/18) counts as a date in the sources. Here it is one only
where it is the whole line and cannot well be a fraction; other rows of that kind are misses.
"""

import json
import re
from pathlib import Path

import pytest

from clean.normalize.normalize import find_spans

ROOT = Path(__file__).resolve().parents[3]
SHARED = ROOT.parent / "shared" / "data"
JOINTS = re.compile(r"まで|から|より(?:も)?[前後]?|以降|以前|以来|～|〜|~|・(?=\d{4}年)|、")
TAIL = re.compile(
    r"(?:(?:末日?|頭|初頭|始め|初め|前半|後半|中旬|半ば|なかば|終わり|おわり|前後|近く|いっぱい|にかけて|の間|頃|ごろ|まで|[春夏秋冬])?[にではの]*)\Z"
)
HEAD = re.compile(r"\A(?:去年|翌)")
YEAR = r"(?:西暦|紀元前)?(?:\d{4}|\d+(?=年))|(?:令和|平成|昭和|大正|明治|大化|[RＲ])(?:\d+|元)"
ABSOLUTE = re.compile(
    rf"\A(?:(?:{YEAR})[年度/.\-,・／]*|\d{{4}}(?=\Z))(?:.*)|\A\d+[月/]\d+日?\Z|\A\d{{4}}\Z"
)
TIMEX_VALUE = re.compile(
    r"\A(?:\d{4}-..-..|XXXX-\d\d-\d\d|FY\d{4}|BC\d{4}|\d{4}-(?:SP|SU|FA|WI))\Z"
)
DUCKLING_VALUE = re.compile(r"(?:Day|Month|Year)\Z")
BARE_SEASON = re.compile(r"\A\d{4}/?[春夏秋冬]\Z")


def timex_expressions() -> list[str]:
    rows = [json.loads(line) for line in (SHARED / "ja_timex.jsonl").open(encoding="utf-8")]
    texts = []
    for row in rows:
        for span in row.get("spans", []):
            value = str(span["value"])
            dated = span["type"] == "value" and TIMEX_VALUE.match(value)
            modified = span["type"] == "text" and re.match(r"\d{4}年|令和", value)
            if (dated or modified) and not BARE_SEASON.match(row["text"]):
                texts.append(row["text"])
    return texts


def duckling_expressions() -> list[str]:
    rows = [json.loads(line) for line in (SHARED / "duckling_ja.jsonl").open(encoding="utf-8")]
    return [
        row["text"]
        for row in rows
        for span in row.get("spans", [])
        if span["type"] == "Time"
        and DUCKLING_VALUE.search(str(span["value"]))
        and re.search(r"\d{4}|令和|平成|大正|\d月\d|\d/\d", row["text"])
    ]


def pieces(text: str) -> list[str]:
    """The dates that kinari's conventions see in a row."""
    found = []
    for piece in JOINTS.split(text):
        piece = HEAD.sub("", TAIL.sub("", HEAD.sub("", piece)))
        if ABSOLUTE.match(piece):
            found.append(piece)
    if len(found) == 2 and re.fullmatch(r"\d{4}", found[0]) and re.search(r"\d[・、]\d", text):
        del found[0]
    return found


def test_absolute_dates_are_found_exactly():
    if not SHARED.is_dir():
        pytest.skip("../shared/data is not here")
    timex, duckling = timex_expressions(), duckling_expressions()
    assert len(timex) >= 60
    assert len(duckling) >= 80
    missed = []
    for text in timex + duckling:
        spans = [text[span.start : span.end] for span in find_spans(text) if span.kind == "date"]
        if spans != pieces(text):
            missed.append((text, pieces(text), spans))
    floor = json.loads((ROOT / "benchmarks" / "floors.json").read_text(encoding="utf-8"))
    least = floor["normalization"]["dates_public_exact"]
    assert 1 - len(missed) / len(timex + duckling) >= least, missed
