"""Pages that are not prose worth learning from, one function a kind.

The words are harmless; what is copied from the real web is the shape: keyword runs, sentences with
slots, lists of links, shuffled words, garbled bytes.
"""

import random
import re
from collections.abc import Callable
from datetime import date, timedelta

from crawl.sample_web.genres import Article, compose
from crawl.sample_web.lexicon.load import topics, word_lists
from crawl.sample_web.prose import make_rng

_SLOT = re.compile(r"\{([a-z_]+)(?::(\d+)-(\d+))?\}")
_RUNS = re.compile(r"[一-鿿々]+|[ぁ-ん]+|[ァ-ヴー]+|[0-9０-９]+|[^一-鿿々ぁ-んァ-ヴー0-9０-９]")


def fill_list(rng: random.Random, template: str, lists: dict[str, tuple[str, ...]]) -> str:
    """Fill a template's slots from word lists; ``{n:2-9}`` is a number.

    Args:
        rng: the page's generator.
        template: text with slots.
        lists: words by slot name.

    Returns:
        The text.

    Raises:
        KeyError: a slot without a list.
    """

    def word(match: re.Match[str]) -> str:
        name, low, high = match.groups()
        return str(rng.randint(int(low), int(high))) if low else rng.choice(lists[name])

    return _SLOT.sub(word, template)


def _spam_lists() -> dict[str, tuple[str, ...]]:
    lists = word_lists("_spam")
    ages = tuple(str(age) for age in range(20, 50))
    return {
        **lists,
        "kw": lists["keywords"],
        "area": lists["areas"],
        "aw": lists["adult_words"],
    } | {"age": ages}


def keyword_spam(rng: random.Random, number: int) -> Article:
    """Runs of keywords without a sentence."""
    lists = _spam_lists()
    paragraphs = []
    for _ in range(rng.randint(6, 10)):
        words = [
            rng.choice(lists[rng.choice(("kw", "kw", "goods", "area"))])
            for _ in range(rng.randint(15, 40))
        ]
        paragraphs.append(rng.choice((" ", "　", "｜", "、", "/")).join(words))
    return Article(
        f"{rng.choice(lists['goods'])} {rng.choice(lists['kw'])} {number}", tuple(paragraphs), None
    )


def slot_spam(rng: random.Random, number: int) -> Article:
    """The same sentences on each page, keywords in their slots."""
    lists = _spam_lists()
    goods = rng.choice(lists["goods"])
    paragraphs = [
        "".join(
            fill_list(rng, line.replace("{goods}", goods), lists)
            for line in rng.choices(lists["slots"], k=rng.randint(3, 5))
        )
        for _ in range(rng.randint(5, 8))
    ]
    return Article(f"{goods}の{rng.choice(lists['kw'])} その{number}", tuple(paragraphs), None)


def adult_spam(rng: random.Random, number: int) -> Article:
    """The shape of adult spam with harmless words."""
    lists = _spam_lists()
    paragraphs = [
        " ".join(fill_list(rng, line, lists) for line in rng.choices(lists["adult_lines"], k=4))
        for _ in range(rng.randint(5, 9))
    ]
    return Article(
        f"{rng.choice(lists['aw'])}{rng.choice(lists['aw'])} {number}", tuple(paragraphs), None
    )


def padded_spam(rng: random.Random, number: int) -> Article:
    """Adult spam between paragraphs of news that were taken from elsewhere."""
    spam = adult_spam(rng, number)
    prose = compose("news", rng, ("garden", "finance", "school"), "plain")
    mixed: list[str] = []
    for index, paragraph in enumerate(spam.paragraphs):
        mixed.append(paragraph)
        if index < len(prose.paragraphs) and index % 2:
            mixed.append(prose.paragraphs[index][:90])
    return Article(spam.title, tuple(mixed), None)


def word_salad(rng: random.Random, number: int) -> Article:
    """Words of real sentences in random order."""
    paragraphs = []
    for _ in range(rng.randint(5, 8)):
        source = compose("essay", rng, topics(), "plain")
        tokens = _RUNS.findall("".join(source.paragraphs[:2]))
        rng.shuffle(tokens)
        paragraphs.append("".join(tokens[: rng.randint(60, 120)]))
    return Article(f"{paragraphs[0][:9]} {number}", tuple(paragraphs), None)


def random_tokens(rng: random.Random, number: int) -> Article:
    """Letters drawn by chance."""
    kana = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろ"
    kanji = "亜胃宇絵尾蚊木句毛子差市酢瀬祖田血津手戸名似沼根野派火負辺穂真見無目藻矢湯世"
    letters = kana + kanji + "abcdefghijkmnpqrstuvwxyz0123456789-_%"
    paragraphs = tuple(
        " ".join(
            "".join(rng.choices(letters, k=rng.randint(3, 12))) for _ in range(rng.randint(25, 50))
        )
        for _ in range(6)
    )
    return Article(f"{paragraphs[0][:8]}{number}", paragraphs, None)


def _good(rng: random.Random) -> Article:
    genre = rng.choice(("news", "blog", "essay", "encyclopedia"))
    return compose(genre, rng, topics(), "polite")


def mojibake_utf8(rng: random.Random, number: int) -> Article:
    """UTF-8 that somebody read as Shift_JIS and stored again."""
    return _garbled(rng, lambda text: text.encode("utf-8").decode("cp932", errors="replace"))


def mojibake_latin(rng: random.Random, number: int) -> Article:
    """EUC-JP that somebody read as Latin-1 and stored again."""
    return _garbled(rng, lambda text: text.encode("euc_jp", errors="replace").decode("latin-1"))


def mojibake_escapes(rng: random.Random, number: int) -> Article:
    """ISO-2022-JP whose escape characters were lost on the way."""
    return _garbled(
        rng,
        lambda text: (
            text.encode("iso2022_jp", errors="replace").decode("ascii").replace("\x1b", "")
        ),
    )


def _garbled(rng: random.Random, garble: Callable[[str], str]) -> Article:
    source = _good(rng)
    return Article(garble(source.title), tuple(garble(text) for text in source.paragraphs), None)


def parked(rng: random.Random, number: int) -> Article:
    """A domain for sale."""
    lists = _spam_lists()
    return Article(
        "ドメイン販売中", tuple(fill_list(rng, line, lists) for line in lists["parked"]), None
    )


def number_table(rng: random.Random, number: int) -> Article:
    """Rows of figures."""
    heads = ("項目", "数量", "単価", "前年比", "累計", "指数")
    facts = [(f"{head}{row}", "") for row, head in enumerate(heads)]
    for row in range(rng.randint(40, 70)):
        figures = " ".join(f"{rng.randint(1, 99999) / 10:.1f}" for _ in range(8))
        facts.append((f"{rng.choice('ABCDEFG')}-{row:03d}", figures))
    return Article(f"統計表 第{number}表", (f"第{number}表",), None, facts=tuple(facts))


def calendar(rng: random.Random, number: int) -> Article:
    """An empty diary that differs from the next by its dates alone."""
    first = date(2024, 1, 1) + timedelta(days=number * 7)
    days = [first + timedelta(days=offset) for offset in range(7)]
    lines = tuple(
        f"{day.year}年{day.month}月{day.day}日の予定はまだ登録されていません。新しい予定を追加するには、"
        "日付を選んで追加のボタンを押してください。"
        for day in days
    )
    return Article(f"{first.year}年{first.month}月{first.day}日からの予定表", lines, None)


def login_wall(rng: random.Random, number: int) -> Article:
    """One sentence of an article, then the same long request to register on each page."""
    source = compose("news", rng, topics(), "plain")
    teaser = source.paragraphs[0][:60] + "…"
    return Article(source.title, (teaser, *word_lists("_spam")["login"]), source.published)


def foreign(language: str) -> Callable[[random.Random, int], Article]:
    """Articles in another language.

    Args:
        language: en, zh or ko.

    Returns:
        A function like the others of this module.
    """

    def write(rng: random.Random, number: int) -> Article:
        lists = word_lists("_foreign")
        joint = "" if language == "zh" else " "
        paragraphs = tuple(
            joint.join(
                fill_list(rng, line, lists)
                for line in rng.sample(lists[language], rng.randint(4, 7))
            )
            for _ in range(rng.randint(4, 6))
        )
        title = fill_list(rng, rng.choice(lists[f"{language}_titles"]), lists)
        return Article(title, paragraphs, None)

    return write


BAD: dict[str, Callable[[random.Random, int], Article]] = {
    "keyword_spam": keyword_spam,
    "slot_spam": slot_spam,
    "adult_spam": adult_spam,
    "padded_spam": padded_spam,
    "word_salad": word_salad,
    "random_tokens": random_tokens,
    "mojibake_utf8": mojibake_utf8,
    "mojibake_latin": mojibake_latin,
    "mojibake_escapes": mojibake_escapes,
    "parked": parked,
    "number_table": number_table,
    "calendar": calendar,
    "login_wall": login_wall,
    "english": foreign("en"),
    "chinese": foreign("zh"),
    "korean": foreign("ko"),
}
"""Kinds of bad articles by name; link farms are made by ``link_titles``."""


def link_titles(
    seed: int, site: str, number: int, real: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Links of one page of a link farm.

    Args:
        seed: of the web.
        site: the farm.
        number: page number.
        real: title and URL of articles elsewhere; empty for a farm of made-up titles.

    Returns:
        40 to 80 pairs of label and URL.
    """
    rng = make_rng(seed, site, number, "links")
    if real:
        return rng.sample(real, min(len(real), rng.randint(40, 80)))
    lists = _spam_lists()
    links = []
    for _ in range(rng.randint(40, 80)):
        label = fill_list(rng, "{area} {goods} {kw} {kw}", lists)
        host = (
            f"{rng.choice('abcdefgh')}{rng.randint(1, 999)}-{rng.choice(('navi', 'shop', 'rank'))}"
        )
        links.append((label, f"http://{host}.invalid/{rng.randint(1, 9999)}.html"))
    return links
