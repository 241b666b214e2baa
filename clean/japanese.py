"""Is a page Japanese: a cheap test on its markup, and the language of a text."""

from __future__ import annotations

import html as html_module
import re
from dataclasses import dataclass

_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff々]")
_HANGUL = re.compile("[\uac00-\ud7a3\u1100-\u11ff\u3131-\u318e]")
_LETTERS = re.compile("[A-Za-zÀ-ɏ]")
_OTHER = re.compile("[\u0370-\u05ff\u0600-\u06ff\u0900-\u0e7f]")
_REFERENCE = re.compile(r"&#(?:[xX][0-9a-fA-F]{3,6}|[0-9]{4,7});?")
_UNSEEN = re.compile(
    r"<(script|style|noscript|template)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|<[^<>]{0,2000}>",
    re.IGNORECASE | re.DOTALL,
)
_LANG = re.compile(r"<html\b[^>]{0,400}?\blang\s*=\s*[\"']?([A-Za-z-]{2,10})", re.IGNORECASE)
_SAMPLE = 400_000
KANA_SHARE = 0.02

_FORM_SAMPLE = 20_000

_SIMPLIFIED = frozenset(
    "们这说为时来对国发会过还没动样让经现问间应关开学见头长门车东书马鸟鱼龙风飞话语请谁谢钱铁银错"
    "难电视亲觉观规则须预领题颜额顾颗颇颈页项顺软轻载较辆边达迁运进远连迟选适递逻遗邮邻郑"
    "买卖贝负贡财责贤败货质贩贪贫购贯贱贴贵贷贸费贺贼资赋赌赏赐赔赖赚赛赞赠赢你她吗吧呢啊哪這們麼嗎您很沒"
)
_JAPANESE_FORMS = frozenset(
    "気駅売歳図楽実県対応働込畑峠枠辻匂拠発経済広検査様変続観権歴団円覚乗悪圧囲亜為壱隠栄営衛"
    "駆鉄渋渓斎塩奥穏仮価画壊懐拡喚関陥巻勧帰犠拠挙峡狭暁駆勲茎恵掲継軽鶏芸撃県剣険圏顕験厳効鉱値読訳択払戻単総覧収砕粋酔庁辺両労録緑歩査"
)


@dataclass(frozen=True, slots=True)
class JapaneseTest:
    """Outcome of the cheap test.

    Attributes:
        passed: the page may be Japanese and is worth extracting.
        share: (kana + kanji where there is kana) / letters of every script in the sample; 0 to 1.
        why: `kana`, `declared`, `kanji`, or for those that fail `no_kana`, `little_kana`,
            `no_text`.
    """

    passed: bool
    share: float
    why: str


def japanese_test(html: str, threshold: float = KANA_SHARE) -> JapaneseTest:
    """Tell cheaply whether a page may be Japanese. In doubt it passes: the text is judged again.

    Kana are counted against all letters, a Latin letter for a fifth, over the visible text of the
    first part of the page; numeric references are read first, since some pages hold nothing else.

    Args:
        html: the decoded page.
        threshold: least share of kana that passes without more evidence. Technical Japanese has
            0.12 and more; an English page that lists its languages, below 0.01.

    Returns:
        Whether it passed, and why. Time is linear in the page.
    """
    declared = _LANG.search(html[:4000])
    says_japanese = bool(declared and declared[1].lower().startswith("ja"))
    visible = visible_text(html)
    kana = len(_KANA.findall(visible))
    han = len(_HAN.findall(visible))
    latin = len(_LETTERS.findall(visible))
    other = len(_HANGUL.findall(visible)) + len(_OTHER.findall(visible))
    letters = kana + han + other + latin / 5
    if letters == 0:
        return JapaneseTest(False, 0.0, "no_text")
    share = kana / letters
    least = threshold if kana >= 10 else 3 * threshold
    if kana >= 3 and kana >= 0.05 * (kana + han + other) and share >= least:
        if kana >= 0.15 * (kana + han) or not _is_chinese(visible, han):
            return JapaneseTest(True, share, "kana")
    elif kana and share >= 0.1:
        return JapaneseTest(True, share, "kana")
    east = kana + han
    if says_japanese and east >= max(20, other) and east >= 0.1 * letters:
        if not _is_chinese(visible, han):
            return JapaneseTest(True, share, "declared")
    elif kana == 0 and han >= 10 and han * 2 > letters and language_of(visible) == "ja":
        return JapaneseTest(True, share, "kanji")
    return JapaneseTest(False, share, "no_kana" if kana == 0 else "little_kana")


def _is_chinese(text: str, han: int) -> bool:
    """Tell by characters that only Chinese writes."""
    sample = text[:_FORM_SAMPLE]
    chinese = sum(char in _SIMPLIFIED for char in sample)
    japanese = sum(char in _JAPANESE_FORMS for char in sample)
    return chinese > 2 * japanese and chinese * 30 >= min(han, _FORM_SAMPLE)


def visible_text(html: str) -> str:
    """Give roughly what a reader sees of the first part of a page, without parsing it.

    Args:
        html: the decoded page; 1,600,000 characters of it are looked at.

    Returns:
        At most 400,000 characters, without tags, scripts, styles and comments, numeric references
        read.
    """
    sample = html[: 4 * _SAMPLE]
    if "&#" in sample:
        sample = _REFERENCE.sub(lambda hit: html_module.unescape(hit[0]), sample)
    return " ".join(_UNSEEN.sub(" ", sample)[:_SAMPLE].split())


def language_of(text: str) -> str:
    """Name the language of a text by its script.

    Args:
        text: extracted text.

    Returns:
        `ja`, `zh`, `ko`, `en` (Latin script of any language), `other`, or `""` for a text that has
        no letters.
    """
    text = text[:_SAMPLE]
    kana = len(_KANA.findall(text))
    han = len(_HAN.findall(text))
    hangul = len(_HANGUL.findall(text))
    latin = len(_LETTERS.findall(text)) / 5
    other = len(_OTHER.findall(text)) / 3
    most = max(kana + han, hangul, latin, other)
    if most == 0:
        return ""
    enough = kana >= 0.05 * (kana + han) and kana >= 0.05 * (most + hangul + other)
    if kana and enough and hangul <= kana + han:
        return "ja"
    if most == kana + han:
        if kana >= 0.05 * (kana + han):
            return "ja"
        sample = text[:_FORM_SAMPLE]
        chinese = sum(char in _SIMPLIFIED for char in sample)
        japanese = sum(char in _JAPANESE_FORMS for char in sample)
        return "ja" if japanese >= 2 and japanese > 2 * chinese else "zh"
    if most == hangul:
        return "ko"
    return "en" if most == latin else "other"
