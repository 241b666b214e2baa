"""Articles of every kind that the good sites carry."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from crawl.sample_web import notation
from crawl.sample_web.lexicon.load import topic, word_lists
from crawl.sample_web.prose import Style, Writer


@dataclass(frozen=True, slots=True)
class Post:
    """One message of a board or one answer of a question page."""

    author: str
    text: str
    day: date


@dataclass(frozen=True, slots=True)
class Article:
    """A page's content before it gets a layout.

    Attributes:
        title: headline.
        paragraphs: the main text; may hold ruby as 漢字《かんじ》 after a ｜.
        published: the date shown, or None.
        posts: messages, for boards and questions; then ``paragraphs`` is their text.
        facts: label and value pairs of a table, for shops.
    """

    title: str
    paragraphs: tuple[str, ...]
    published: date | None
    posts: tuple[Post, ...] = ()
    facts: tuple[tuple[str, str], ...] = field(default=())


def news(writer: Writer) -> Article:
    """A news report: dated lead, statements, background."""
    return _report(writer, "news_bodies", "news_leads")


def economy(writer: Writer) -> Article:
    """A report on prices and companies."""
    return _report(writer, "econ_bodies", "news_leads")


def sports_news(writer: Writer) -> Article:
    """A report on matches, with scores and times."""
    return _report(writer, "sport_bodies", "sport_bodies")


def _report(writer: Writer, bodies: str, leads: str) -> Article:
    lists = word_lists("_genres")
    paragraphs = [_draw(writer, lists[leads], 1) + _draw(writer, lists[bodies], 2)]
    for _ in range(writer.rng.randint(3, 5)):
        mixed = _draw(writer, lists[bodies], writer.rng.randint(1, 2))
        paragraphs.append(mixed + writer.paragraph(writer.rng.randint(2, 3)))
    return _article(writer, "news_titles", paragraphs)


def blog(writer: Writer) -> Article:
    """A diary entry with a greeting and a farewell."""
    lists = word_lists("_genres")
    body = writer.paragraphs(writer.rng.randint(5, 8), 2, 5)
    opening = _draw(writer, lists["blog_openings"], 1) + writer.sentence()
    return _article(
        writer, "blog_titles", [opening, *body, _draw(writer, lists["blog_closings"], 1)]
    )


def shop(writer: Writer) -> Article:
    """Goods on sale: a description and a table with the price."""
    lists = word_lists("_genres")
    paragraphs = [
        _draw(writer, lists["shop_bodies"], 3) + writer.paragraph(2)
        for _ in range(writer.rng.randint(3, 4))
    ]
    facts = (
        ("価格", notation.price_text(writer.rng)),
        ("サイズ", writer.fill("幅{n:5-60}cm×奥行{n:5-40}cm×高さ{n:3-50}cm")),
        ("産地", writer.fill("{pref}{town}")),
        ("色", writer.fill("{color}")),
        ("在庫", writer.fill("残り{n:1-30}点")),
    )
    return _article(writer, "shop_titles", paragraphs, dated=False, facts=facts)


def encyclopedia(writer: Writer) -> Article:
    """An entry on a place, a person or a thing."""
    lists = word_lists("_genres")
    sort = writer.rng.choice(("place", "person", "things"))
    if sort == "place":
        name = writer.town() + writer.rng.choice(lists["classes"])
    elif sort == "person":
        name = writer.name()
    else:
        name = writer.rng.choice(writer.topic.things)
    writer.given |= {"X": name, "topicname": writer.topic.name}
    bodies = lists[f"ency_{sort}"]
    order = writer.rng.sample(bodies[1:], len(bodies) - 2)
    lines = [writer.fill(bodies[0]), *(writer.fill(line) for line in order)]
    paragraphs = ["".join(lines[start : start + 3]) for start in range(0, len(lines), 3)]
    paragraphs += writer.paragraphs(writer.rng.randint(2, 4))
    return Article(name, tuple(paragraphs), None)


def questions(writer: Writer) -> Article:
    """A question and some answers."""
    lists = word_lists("_genres")
    posts = [_post(writer, _draw(writer, lists["qa_questions"], 4))]
    for _ in range(writer.rng.randint(2, 4)):
        text = _draw(writer, lists["qa_answers"], 3) + writer.paragraph(writer.rng.randint(2, 4))
        posts.append(_post(writer, text))
    title = writer.fill(writer.rng.choice(lists["qa_titles"]))
    return Article(title, tuple(post.text for post in posts), posts[0].day, tuple(posts))


def board(writer: Writer) -> Article:
    """A thread: short posts, rude words here and there, ordinary prose all the same."""
    lists = word_lists("_genres")
    posts = []
    for _ in range(writer.rng.randint(14, 24)):
        text = _draw(writer, lists["board_posts"], writer.rng.randint(1, 2), joint="。")
        if writer.rng.random() < 0.5:
            text += "。" + writer.paragraph(writer.rng.randint(1, 3)).rstrip("。")
        name = writer.fill(writer.rng.choice(lists["board_names"]))
        posts.append(_post(writer, text, name))
    title = writer.fill(writer.rng.choice(lists["board_titles"]))
    return Article(title, tuple(post.text for post in posts), None, tuple(posts))


def government(writer: Writer) -> Article:
    """A notice of a town office, dates by era, numbers in kanji."""
    lists = word_lists("_genres")
    paragraphs = [
        _draw(writer, lists["gov_bodies"], 3) + writer.paragraph(writer.rng.randint(1, 2))
        for _ in range(writer.rng.randint(3, 5))
    ]
    return _article(writer, "gov_titles", paragraphs)


def law(writer: Writer) -> Article:
    """An ordinance: articles counted in kanji numerals."""
    lists = word_lists("_genres")
    name = writer.rng.choice(lists["law_names"])
    writer.given["law"] = name
    bodies = lists["law_bodies"]
    picked = [bodies[0], bodies[1], *writer.rng.sample(bodies[2:-2], 12), *bodies[-2:]]
    paragraphs = []
    for number, body in enumerate(picked, start=1):
        text = f"第{notation.kanji_number(number)}条　{writer.fill(body)}"
        if "次の各号" in body:
            for item in range(1, writer.rng.randint(3, 5)):
                line = writer.fill(writer.rng.choice(lists["law_items"]))
                text += f"{notation.kanji_number(item)}　{line}"
        paragraphs.append(text)
    kind = writer.rng.choice(("の設置及び管理に関する条例", "の保全に関する条例", "使用料条例"))
    return Article(f"{writer.town()}市{name}{kind}", tuple(paragraphs), None)


def story(writer: Writer) -> Article:
    """A short story with ruby."""
    return _tale(writer, "story_bodies", 0.35)


def folk_tale(writer: Writer) -> Article:
    """A folk tale as a grandmother tells it, with ruby."""
    return _tale(writer, "folk_bodies", 0.3)


def _tale(writer: Writer, bodies: str, own: float) -> Article:
    lists = word_lists("_genres")
    lines = list(lists[bodies])
    writer.given["name"] = writer.rng.choice(word_lists("_names")["given"])
    paragraphs = []
    for _ in range(writer.rng.randint(7, 11)):
        sentences = []
        for _ in range(writer.rng.randint(2, 4)):
            own_line = writer.rng.random() < own
            sentences.append(
                writer.sentence() if own_line else writer.fill(writer.rng.choice(lines))
            )
        paragraphs.append(_with_ruby("".join(sentences)))
    title = writer.fill(
        writer.rng.choice(
            ("{thing}と{animal}", "{season}の{thing}", "{town}の{sound}", "{kin}の{thing}")
        )
    )
    return Article(title, tuple(paragraphs), None)


def _with_ruby(text: str) -> str:
    for entry in word_lists("_genres")["ruby"]:
        word = entry.partition("《")[0]
        if word in text:
            text = text.replace(word, f"｜{entry}", 1)
    return text


def essay(writer: Writer) -> Article:
    """An essay or a manual's section: plain paragraphs under a title."""
    paragraphs = writer.paragraphs(writer.rng.randint(5, 8), 3, 6)
    return _article(writer, "blog_titles", paragraphs)


def manual(writer: Writer) -> Article:
    """A section of a technical manual, few kana."""
    term = writer.rng.choice(writer.topic.terms)[0]
    paragraphs = writer.paragraphs(writer.rng.randint(6, 9), 2, 4)
    suffix = writer.rng.choice(("の設定", "の構成", "と障害対応", "の性能評価", "の移行手順"))
    return Article(f"{term}：{writer.focus}{suffix}", tuple(paragraphs), None)


def specification(writer: Writer) -> Article:
    """Terse technical Japanese: compounds of kanji, few kana."""
    lists = word_lists("_genres")
    paragraphs = [
        _draw(writer, lists["spec_bodies"], writer.rng.randint(3, 5))
        for _ in range(writer.rng.randint(5, 7))
    ]
    return _article(writer, "spec_titles", paragraphs, dated=False)


def mathematics(writer: Writer) -> Article:
    """A teacher's page on school mathematics, full of formulas."""
    lists = word_lists("_genres")
    writer.given["mtopic"] = writer.rng.choice(lists["mtopics"])
    paragraphs = [
        _draw(writer, lists["math_bodies"], 3) + writer.paragraph(1)
        for _ in range(writer.rng.randint(4, 6))
    ]
    return _article(writer, "math_titles", paragraphs)


GENRES: dict[str, Callable[[Writer], Article]] = {
    function.__name__: function
    for function in (
        news,
        economy,
        sports_news,
        blog,
        shop,
        encyclopedia,
        questions,
        board,
        government,
        law,
        story,
        folk_tale,
        essay,
        manual,
        specification,
        mathematics,
    )
}
"""Kinds of good articles by name."""


def compose(genre: str, rng: random.Random, topics: tuple[str, ...], style: Style) -> Article:
    """Write one article.

    Args:
        genre: a key of ``GENRES``.
        rng: the article's own generator.
        topics: keys of topics; one is chosen.
        style: plain or polite.

    Returns:
        The article.
    """
    return GENRES[genre](Writer(rng, topic(rng.choice(topics)), style))


def _article(
    writer: Writer,
    titles: str,
    paragraphs: list[str],
    dated: bool = True,
    facts: tuple[tuple[str, str], ...] = (),
) -> Article:
    title = writer.fill(writer.rng.choice(word_lists("_genres")[titles]))
    published = notation.recent_day(writer.rng) if dated else None
    return Article(title, tuple(paragraphs), published, facts=facts)


def _draw(writer: Writer, pool: tuple[str, ...], count: int, joint: str = "") -> str:
    return joint.join(writer.fill(template) for template in writer.rng.sample(pool, count))


def _post(writer: Writer, text: str, author: str = "") -> Post:
    return Post(author or writer.name(), text, notation.recent_day(writer.rng))
