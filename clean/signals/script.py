"""Signals of script: what kinds of characters a page is made of. All are shares from 0 to 1."""

from __future__ import annotations

import numpy as np

from clean.signals import classes as cl
from clean.signals.page import PageView, share


def chars(page: PageView) -> float:
    """Code points of the text that are not white space. Unit: code points."""
    return float(page.visible)


def kana_share(page: PageView) -> float:
    """Hiragana and katakana, half-width ones included. Unit: share of visible code points.

    Technical Japanese has 0.12 to 0.25, novels 0.6 and more, Chinese 0.
    """
    count = page.counts
    kana = count[cl.HIRAGANA] + count[cl.KATAKANA] + count[cl.HALF_KATAKANA]
    return share(kana, page.visible)


def hiragana_share(page: PageView) -> float:
    """Hiragana among letters of any script: grammar is written in it. Unit: share of letters."""
    return share(page.counts[cl.HIRAGANA], page.letters)


def katakana_share(page: PageView) -> float:
    """Katakana among letters of any script. Unit: share of letters."""
    return share(page.counts[cl.KATAKANA] + page.counts[cl.HALF_KATAKANA], page.letters)


def kanji_share(page: PageView) -> float:
    """Kanji among letters of any script. Unit: share of letters."""
    return share(page.counts[cl.KANJI], page.letters)


def latin_share(page: PageView) -> float:
    """Latin letters among letters of any script. Unit: share of letters."""
    return share(page.counts[cl.LATIN] + page.counts[cl.LETTER], page.letters)


def hangul_share(page: PageView) -> float:
    """Hangul among letters of any script. Unit: share of letters."""
    return share(page.counts[cl.HANGUL], page.letters)


def digit_share(page: PageView) -> float:
    """Digits of any width. Unit: share of visible code points. Kanji numerals are kanji."""
    return share(page.counts[cl.DIGIT], page.visible)


def symbol_share(page: PageView) -> float:
    """Symbols and punctuation other than stops, commas and brackets. Unit: share of visible."""
    count = page.counts
    return share(count[cl.SYMBOL] + count[cl.OTHER] + count[cl.ELLIPSIS], page.visible)


SIMPLIFIED = (
    "业东为么乐书买产亲们关办务动单卖发吗吧员呢哪团园围图圆她妈实对导师应开您战报时样欢汉汤沟洁济渐灭灵烦"
    "热爱爷电红约级纸线练组细织终绍经结绘给络绝统继续维综绿编缩莲获营萨蓝虑虽补见视觉计订认让训议讯记讲许"
    "论设访证评识词试诗诚话该详语误说请诸读课谁调谈谓谢谱贝负财责败货质贩贪贫购贯贵费贺资赏赛赞赢趋跃车轨"
    "转轮软轻载较辅辆辑输边达迁过运还这进远违连迟适选递释鉴针钟钢钥钱铁铃铅铜银锁锅错键镇镜长门闭问闲间闹"
    "闻阅阔队阳阴阶际陆难页项顺须顾顿预领频题颜额风飞饭饮饰饱馆马驻驾验骑骗鱼鲜鸟鸡鸭齐齿龙"
)
"""Simplified characters without a place in Japanese writing (none is in JIS X 0208)."""

_SIMPLIFIED_TABLE = np.zeros(0x10000, dtype=np.bool_)
_SIMPLIFIED_TABLE[[ord(character) for character in SIMPLIFIED]] = True


def simplified_share(page: PageView) -> float:
    """Characters that only simplified Chinese writes. Unit: share of kanji.

    Japanese pages have 0; a page of simplified Chinese has 0.2 and more.
    """
    han = page.counts[cl.KANJI]
    if han < 20:
        return 0.0
    codes = page.codes
    return share(int(_SIMPLIFIED_TABLE[codes[codes < 0x10000]].sum()), han)
