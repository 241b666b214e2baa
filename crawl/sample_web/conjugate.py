"""Japanese verbs and adjectives from their dictionary form.

Only what the generator needs: the class of a verb is read off its ending, with the exceptions that
the lexicon uses.
"""

from functools import lru_cache

_ROWS = {
    "う": ("わ", "い", "え", "って", "った"),
    "く": ("か", "き", "け", "いて", "いた"),
    "ぐ": ("が", "ぎ", "げ", "いで", "いだ"),
    "す": ("さ", "し", "せ", "して", "した"),
    "つ": ("た", "ち", "て", "って", "った"),
    "ぬ": ("な", "に", "ね", "んで", "んだ"),
    "ぶ": ("ば", "び", "べ", "んで", "んだ"),
    "む": ("ま", "み", "め", "んで", "んだ"),
    "る": ("ら", "り", "れ", "って", "った"),
}
_BEFORE_ICHIDAN = frozenset("いきぎしじちにひびみりえけげせぜてでねへべめれ")
_KANJI_ICHIDAN = ("見る", "着る", "煮る", "似る", "出る", "寝る", "得る", "経る", "診る", "観る")
_KANA_GODAN = ("しゃべる", "すべる", "ひねる", "かじる", "ねじる", "混じる", "いじる", "ちぎる")


@lru_cache(maxsize=4096)
def inflect(word: str, form: str) -> str:
    """Inflect the verb, adjective or copula that a phrase ends in.

    Args:
        word: a phrase whose last word is in dictionary form (書く, 高い, だ).
        form: dict, stem, te, ta, nai, nakatta, ba, tara, tari, zu, masu, mashita, masen or
            masendeshita.

    Returns:
        The phrase with that ending.

    Raises:
        ValueError: the form is unknown, or the word ends in nothing that inflects.
    """
    if word.endswith("だ"):
        return word[:-1] + _pick(_COPULA, form)
    if word.endswith("い"):
        head = word[:-2] + "よ" if word == "いい" or word.endswith("がいい") else word[:-1]
        ending = _pick(_ADJECTIVE, form)
        return (word[:-1] if ending.startswith("い") else head) + ending
    return _verb(word, form)


def _pick(table: dict[str, str], form: str) -> str:
    if form not in table:
        raise ValueError(f"no form {form!r}")
    return table[form]


_COPULA = {
    "dict": "だ",
    "te": "で",
    "ta": "だった",
    "nai": "ではない",
    "nakatta": "ではなかった",
    "ba": "であれば",
    "tara": "だったら",
    "masu": "です",
    "mashita": "でした",
    "masen": "ではありません",
    "masendeshita": "ではありませんでした",
}
_ADJECTIVE = {
    "dict": "い",
    "stem": "く",
    "te": "くて",
    "ta": "かった",
    "nai": "くない",
    "nakatta": "くなかった",
    "ba": "ければ",
    "tara": "かったら",
    "masu": "いです",
    "mashita": "かったです",
    "masen": "くありません",
    "masendeshita": "くありませんでした",
}


def _verb(word: str, form: str) -> str:
    head, negative, stem, conditional, te, ta = _bases(word)
    endings = {
        "dict": word,
        "stem": head + stem,
        "te": head + te,
        "ta": head + ta,
        "nai": head + negative + "ない",
        "nakatta": head + negative + "なかった",
        "ba": head + conditional + "ば",
        "tara": head + ta + "ら",
        "tari": head + ta + "り",
        "zu": head + ("せ" if negative == "し" else negative) + "ず",
        "masu": head + stem + "ます",
        "mashita": head + stem + "ました",
        "masen": head + stem + "ません",
        "masendeshita": head + stem + "ませんでした",
    }
    if word.endswith("ある"):
        endings |= {"nai": word[:-2] + "ない", "nakatta": word[:-2] + "なかった"}
    return _pick(endings, form)


def _bases(word: str) -> tuple[str, str, str, str, str, str]:
    if word.endswith("する") and not word.endswith("すする"):
        return word[:-2], "し", "し", "すれ", "して", "した"
    if word.endswith(("てくる", "でくる")) or word == "くる":
        return word[:-2], "こ", "き", "くれ", "きて", "きた"
    if word.endswith("来る"):
        return word[:-1], "", "", "れ", "て", "た"
    if _is_ichidan(word):
        return word[:-1], "", "", "れ", "て", "た"
    last = word[-1:]
    if last not in _ROWS:
        raise ValueError(f"{word!r} ends in nothing that inflects")
    negative, stem, conditional, te, ta = _ROWS[last]
    if word.endswith(("行く", "ていく", "でいく")):
        te, ta = "って", "った"
    return word[:-1], negative, stem, conditional, te, ta


def _is_ichidan(word: str) -> bool:
    if not word.endswith("る") or word.endswith(_KANA_GODAN):
        return False
    return word[-2:-1] in _BEFORE_ICHIDAN or word.endswith(_KANJI_ICHIDAN)
