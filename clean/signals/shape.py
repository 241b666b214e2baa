"""Signals of sentence shape: whether a page is made of sentences, and how they end."""

from __future__ import annotations

import re

from clean.signals.page import PageView, share

_ENDS = "。！？!?｡．"
_CLOSERS = "」』）)】”"
_PREDICATE = re.compile(
    r"(?:です|ます|した|ない|ある|いる|った|いた|れた|せん|しい|たい|だ|る|う|く|す|つ|ぬ|む|ぶ|ぐ|た|い|よ|ね|な"
    r"|か|わ|さ|ぞ|ぜ|ん|の|が|し|け|り|ば|て|で|と|も|ら|せ|め|え|ろ|れ|こと|もの|とき|ため|ところ|まで|から"
    r"|べし|なり|けり|たり|らむ|をいう|一|二|三|する|旨|者|物|限)[ーぁ-ぉっwｗ笑…♪～〜☆★]*$"
)
_PARTICLES = re.compile(
    r"[一-鿿々ァ-ヴーA-Za-z0-9０-９」』）)](?:は|が|を|に|で|と|も|の|へ|や|から|まで|より|など|って)"
)


def sentences(page: PageView) -> float:
    """Sentences: runs of four or more code points up to a stop or a line's end. Unit: sentences."""
    return float(len(page.sentences))


def sentence_chars(page: PageView) -> float:
    """Mean length of a sentence. Unit: code points."""
    found = page.sentences
    return share(sum(map(len, found)), len(found))


def sentence_share(page: PageView) -> float:
    """Text that stands in sentences with hiragana and an end. Unit: share of code points.

    A sentence counts when it ends in a stop or in a predicate, and holds at least two hiragana:
    a menu, a table and a list of names have none, a poem without stops has some.
    """
    good = sum(len(s) for s, ended in zip(page.sentences, ends(page), strict=True) if ended)
    return share(good, sum(map(len, page.sentences)))


def predicate_share(page: PageView) -> float:
    """Sentences that end in a verb, adjective, copula or final particle. Unit: share of sentences.

    The ending is looked at without its stops and closing brackets.
    """
    found = page.sentences
    return share(sum(1 for s in found if has_predicate(s)), len(found))


def particle_share(page: PageView) -> float:
    """Particles that follow a content word. Unit: particles to a visible code point.

    Japanese prose has one for every eight to twenty characters; lists and keyword heaps hardly any.
    """
    return share(len(_PARTICLES.findall(page.text)), page.visible)


def exclaim_share(page: PageView) -> float:
    """Sentences that end in an exclamation mark. Unit: share of sentences."""
    found = page.sentences
    return share(sum(1 for s in found if s[-1] in "！!"), len(found))


def ellipsis_share(page: PageView) -> float:
    """Lines cut off by an ellipsis or "read on", or that hold one between spaces.

    Unit: share of lines. After the ellipsis may stand the source in brackets and a date, as in
    feeds; between spaces it stands in what search engines show of a page.
    """
    lines = page.lines
    return share(sum(1 for line in lines if _TRUNCATED.search(line)), len(lines))


_TRUNCATED = re.compile(
    r"(?:…|\.\.\.|・・・|続きを読む|もっと見る|全文を読む|Read more)[\]］」）)】>» ]*$"
    r"|(?:^| )(?:…|\.\.\.) "
    r"|(?:…|\.\.\.) ?[-(（［\[][^。！？…]{3,30}$"
)


def ends(page: PageView) -> list[bool]:
    """Say of each sentence whether it is one: an end, and at least two hiragana."""
    return [
        (s[-1] in _ENDS or s[-1] in _CLOSERS or has_predicate(s)) and _two_hiragana(s)
        for s in page.sentences
    ]


def has_predicate(sentence: str) -> bool:
    """Say whether a sentence ends in a predicate, its stops and closing brackets left aside."""
    return _PREDICATE.search(sentence.rstrip(_ENDS + _CLOSERS)[-8:]) is not None


def _two_hiragana(sentence: str) -> bool:
    return len(_HIRAGANA.findall(sentence)) >= 2


_HIRAGANA = re.compile("[ぁ-ん]")
