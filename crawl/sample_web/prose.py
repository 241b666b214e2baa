"""Sentences and paragraphs of Japanese prose, composed from a topic's clauses.

A template holds slots and marked predicates. ``{thing}`` is a noun of the topic, ``{E.te}`` a
clause of someone's doing in its te-form, ``{C.dict}`` a clause of something happening, ``{n:2-9}``
a number. ``<高い>`` is the predicate that takes the style (高い, 高いです), ``<走る+>`` the same in
the past.
"""

import random
import re
from dataclasses import dataclass, field
from typing import Literal

from crawl.sample_web import notation
from crawl.sample_web.conjugate import inflect
from crawl.sample_web.lexicon.load import Topic, word_lists

Style = Literal["plain", "polite"]

_SLOT = re.compile(r"\{([^{}]+)\}")
_FINAL = re.compile(r"<([^<>]+?)(\+?)>")

_GENRE_LISTS = {
    "color": "colors",
    "class": "classes",
    "class2": "class2",
    "role": "roles",
    "job": "jobs",
    "nth": "nths",
    "direction": "directions",
    "yomi": "yomi",
    "law": "law_names",
    "act": "law_acts",
    "lwho": "law_who",
    "kin": "kins",
    "sound": "sounds",
    "sky": "skies",
    "old": "olds",
    "animal": "animals",
    "mtopic": "mtopics",
    "part": "spec_parts",
    "item": "spec_items",
    "work": "spec_works",
}
_LATIN = ("hana", "kawa", "yama", "umi", "mori", "sora", "kaze", "tsuki", "hoshi", "nami", "ishi")
_COMPANIES = ("製作所", "食品", "産業", "商事", "工業", "酒造", "木材", "電機", "運輸", "紡績")


def make_rng(*parts: object) -> random.Random:
    """A generator seeded by the parts' text; the same on every machine and in every process."""
    return random.Random("/".join(str(part) for part in parts))


@dataclass(slots=True)
class Writer:
    """Writes prose on one topic for one page.

    Attributes:
        rng: the page's own generator.
        topic: where nouns and clauses come from.
        style: plain (だ・である) or polite (です・ます).
        focus: the noun that the page is about.
        given: slots that this page fixes, by name.
    """

    rng: random.Random
    topic: Topic
    style: Style = "plain"
    focus: str = ""
    given: dict[str, str] = field(default_factory=dict)
    _recent: list[str] = field(default_factory=list)
    _events: list[str] = field(default_factory=list)
    _changes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.focus = self.focus or self.rng.choice(self.topic.things)
        events, changes = self.topic.events, self.topic.changes
        self._events = self.rng.sample(events, max(8, len(events) * 2 // 3))
        self._changes = self.rng.sample(changes, max(6, len(changes) * 2 // 3))

    def sentence(self) -> str:
        """One sentence: a skeleton, a view of the topic, a definition or an aside."""
        roll = self.rng.random()
        lists = word_lists("_skeletons")
        if roll < 0.62:
            template = self._fresh(lists["skeletons"])
        elif roll < 0.88:
            template = self._fresh(self.topic.views)
        elif roll < 0.93:
            term, meaning = self.rng.choice(self.topic.terms)
            template = f"{term}とは、{meaning}<だ>。" if "{" not in meaning else term
        else:
            template = self._fresh(lists["asides"])
        return self.fill(template)

    def paragraph(self, sentences: int) -> str:
        """Several sentences in a row, some joined by a connective."""
        parts = [self.sentence()]
        for _ in range(sentences - 1):
            joint = ""
            if self.rng.random() < 0.25:
                joint = self.rng.choice(word_lists("_skeletons")["connectives"])
            parts.append(joint + self.sentence())
        return "".join(parts)

    def paragraphs(self, count: int, low: int = 3, high: int = 6) -> list[str]:
        """Several paragraphs of ``low`` to ``high`` sentences each."""
        return [self.paragraph(self.rng.randint(low, high)) for _ in range(count)]

    def fill(self, template: str) -> str:
        """Fill the slots of a template and put its marked predicates into the page's style.

        Raises:
            ValueError: a slot that does not exist.
        """
        text = template
        while _SLOT.search(text):
            text = _SLOT.sub(lambda match: self._slot(match.group(1)), text)
        return _FINAL.sub(lambda match: self._final(match.group(1), bool(match.group(2))), text)

    def name(self) -> str:
        """A family name and a given name."""
        names = word_lists("_names")
        return self.rng.choice(names["family"]) + self.rng.choice(names["given"])

    def town(self) -> str:
        """The name of a town that does not exist."""
        names = word_lists("_names")
        return self.rng.choice(names["town_head"]) + self.rng.choice(names["town_tail"])

    def _fresh(self, pool: tuple[str, ...]) -> str:
        choice = self.rng.choice(pool)
        for _ in range(8):
            if choice not in self._recent:
                break
            choice = self.rng.choice(pool)
        self._recent = [*self._recent[-15:], choice]
        return choice

    def _slot(self, slot: str) -> str:
        if slot in self.given:
            return self.given[slot]
        names = word_lists("_names")
        match slot.partition(":")[0].partition(".")[0]:
            case "E":
                return self._clause(self._events, slot)
            case "C":
                return self._clause(self._changes, slot)
            case "thing":
                return self._unlike_last(self.topic.things)
            case "it":
                return self.focus
            case "who":
                return self.rng.choice(self.topic.who)
            case "spot":
                return self.rng.choice(self.topic.spots)
            case "name":
                return self.rng.choice(names["family"])
            case "full":
                return self.name()
            case "town":
                return self.town()
            case "pref" | "season" as key:
                return self.rng.choice(names[key])
            case "when":
                return self.rng.choice(word_lists("_skeletons")["when"])
            case "n" | "kanji" as key:
                low, high = slot.partition(":")[2].split("-")
                number = self.rng.randint(int(low), int(high))
                return str(number) if key == "n" else notation.kanji_number(number)
            case key:
                return self._special(key)

    def _special(self, slot: str) -> str:
        if slot in _GENRE_LISTS:
            return self.rng.choice(word_lists("_genres")[_GENRE_LISTS[slot]])
        match slot:
            case "date":
                return notation.date_text(self.rng, notation.recent_day(self.rng, 3))
            case "era":
                return notation.era_text(self.rng, notation.recent_day(self.rng, 20))
            case "price":
                return notation.price_text(self.rng)
            case "kprice":
                return notation.kanji_price(self.rng)
            case "tel":
                return notation.telephone(self.rng)
            case "url":
                return f"https://www.{self.rng.choice(_LATIN)}-{self.rng.choice(_LATIN)}.example/"
            case "email":
                return f"{self.rng.choice(_LATIN)}{self.rng.randint(1, 99)}@mail.example"
            case "family_co":
                names = word_lists("_names")
                return self.rng.choice(names["family"]) + self.rng.choice(_COMPANIES)
        raise ValueError(f"no slot {slot!r}")

    def _unlike_last(self, pool: tuple[str, ...]) -> str:
        choice = self.rng.choice(pool)
        while self._recent and choice == self._recent[-1]:
            choice = self.rng.choice(pool)
        self._recent.append(choice)
        return choice

    def _clause(self, pool: list[str], slot: str) -> str:
        clause = self._fresh(tuple(pool))
        form = slot[2:] or "dict"
        if form == "nagara":
            return inflect(clause, "stem") + "ながら"
        return inflect(clause, form)

    def _final(self, word: str, past: bool) -> str:
        if self.style == "plain":
            return inflect(word, "ta" if past else "dict")
        if word.endswith("ない") and not word.endswith("少ない"):
            stem = word[:-2]
            if stem == "" or stem.endswith(("は", "が", "も")):
                return stem + ("ありませんでした" if past else "ありません")
            return _polite_negative(stem, past)
        return inflect(word, "mashita" if past else "masu")


_TO_STEM = dict(zip("わかがさたなばまら", "いきぎしちにびみり", strict=True))


def _polite_negative(negative_stem: str, past: bool) -> str:
    stem = negative_stem[:-1] + _TO_STEM.get(negative_stem[-1], negative_stem[-1])
    return stem + ("ませんでした" if past else "ません")
