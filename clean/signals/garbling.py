"""Signals of garbling: text that was decoded or stored wrongly."""

from __future__ import annotations

import re

from clean.signals import classes as cl
from clean.signals.page import PageView, share

_UTF8_AS_CP932 = re.compile("[縺繧繝][^ぁ-んァ-ヴ\n]|縲[・後阪趣]|[譁蜿莠蛻蝗荳邱驟螟譛逕遉豁繹]")
_UTF8_AS_LATIN = re.compile("[ãäåæçèéÃÂ][\x80-\xbf‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œžŸ\xa0]+|[ÃÂ]")
_CP932_AS_LATIN = re.compile("[‚ƒ][\x20-\x7e\xa0-\xffŸœžŽ™˜–—“”‘’•…†‡ˆ‰Š‹Œ]|[À-ÿ]{3,}")
_EUC_AS_CP932 = re.compile("[､･][ｦ-ﾟ｡｢｣･､]")
_EUC_WIDENED = re.compile("(?:[、・][ァ-ヴ]){3,}")
_LOST = re.compile("(?<=[ぁ-んァ-ヴ一-鿿、。])[?〓□]+(?=[ぁ-んァ-ヴ一-鿿、。])")
_ENTITY = re.compile("&(?:amp;)?(?:#x?[0-9a-fA-F]{2,6}|[a-z]{2,8});")


def mojibake_share(page: PageView) -> float:
    """Characters in pairs that only a wrong decoding makes. Unit: share of visible code points.

    Counted are UTF-8 read as cp932 (縺ゅ繧), UTF-8 or cp932 read as Latin (ã‚, ‚±), EUC-JP read as
    cp932 (､ﾎ, also widened), question marks and 〓 between two letters, where an encoding had no
    place for one, and character references left in the text. Half-width katakana alone do not
    count.
    """
    text = page.text
    found = 0
    if page.counts[cl.KANJI]:
        found += sum(len(hit) for hit in _UTF8_AS_CP932.findall(text))
    if page.counts[cl.LETTER] or page.counts[cl.DAMAGED] or page.counts[cl.SYMBOL]:
        found += sum(len(hit) for hit in _UTF8_AS_LATIN.findall(text))
        found += sum(len(hit) for hit in _CP932_AS_LATIN.findall(text))
    if page.counts[cl.HALF_KATAKANA]:
        found += sum(len(hit) for hit in _EUC_AS_CP932.findall(text))
    found += sum(len(hit) for hit in _EUC_WIDENED.findall(text))
    if "?" in text or "〓" in text or "□" in text:
        found += sum(len(hit) for hit in _LOST.findall(text))
    if "&" in text:
        found += sum(len(hit) for hit in _ENTITY.findall(text))
    return min(1.0, share(found, page.visible))


def replacement_share(page: PageView) -> float:
    """U+FFFD, control and private-use characters, and bytes that decoding could not read.

    Unit: share of visible code points.
    """
    return min(1.0, share(max(page.counts[cl.DAMAGED], page.facts.damaged), page.visible))
