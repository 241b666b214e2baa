"""Reading the word lists.

A list file has lines ``key: a・b・c``, or ``key:`` followed by indented items, one a line.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Topic:
    """The words of one topic; every list holds at least a handful of items.

    Attributes:
        key: file name without suffix, for example ``garden``.
        name: Japanese name of the topic.
        things: nouns that one can handle or look at.
        who: nouns for people.
        spots: places, used with で and に.
        events: clauses that a person does, ending in a verb in dictionary form.
        changes: clauses whose own subject is marked by が.
        views: whole sentences with slots, ending in a marked predicate.
        terms: term and its definition, a noun phrase.
    """

    key: str
    name: str
    things: tuple[str, ...]
    who: tuple[str, ...]
    spots: tuple[str, ...]
    events: tuple[str, ...]
    changes: tuple[str, ...]
    views: tuple[str, ...]
    terms: tuple[tuple[str, str], ...]


@cache
def word_lists(name: str) -> dict[str, tuple[str, ...]]:
    """Read one list file of the package.

    Args:
        name: file name without suffix.

    Returns:
        Items by key, in file order.

    Raises:
        ValueError: a line is neither a key nor an item of one.
    """
    lists: dict[str, list[str]] = {}
    items: list[str] | None = None
    text = resources.files(__package__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("  ") and items is not None:
            items.append(line.strip())
        elif ":" in line:
            key, rest = line.split(":", 1)
            items = lists.setdefault(key, [])
            items.extend(word for word in rest.strip().split("・") if word)
        else:
            raise ValueError(f"{name}.txt: {line!r} is no key and no item; indent items by two")
    return {key: tuple(words) for key, words in lists.items()}


@cache
def topic(key: str) -> Topic:
    """Load one topic by its file name."""
    lists = word_lists(key)
    pairs = (entry.split("＝", 1) for entry in lists["terms"])
    return Topic(
        key=key,
        name=lists["topic"][0],
        things=lists["things"],
        who=lists["who"],
        spots=lists["spots"],
        events=lists["events"],
        changes=lists["changes"],
        views=lists["views"],
        terms=tuple((term, meaning) for term, meaning in pairs),
    )


@cache
def topics() -> tuple[str, ...]:
    """Keys of all topics, sorted."""
    files = (entry.name for entry in resources.files(__package__).iterdir())
    return tuple(
        sorted(name[:-4] for name in files if name.endswith(".txt") and not name.startswith("_"))
    )
