"""What a model does with prompts: does it end, repeat itself, write signs or given words."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from train.generate import Sampling
from train.use import Ready

_GRAM = 4


@dataclass(frozen=True)
class Habits:
    """Figures over all continuations of a set of prompts.

    Attributes:
        kind: kind of prompt, or `all`.
        continuations: how many were written.
        ended: share that ended before the limit.
        repetition: share of 4-grams of tokens that stood before in the same continuation.
        special: share of tokens that are signs such as <DATE>, bytes or emoji classes.
        lexicon: share of continuations that hold a word of the lexicon.
        tokens: mean length in tokens.
    """

    kind: str
    continuations: int
    ended: float
    repetition: float
    special: float
    lexicon: float
    tokens: float

    def as_dict(self) -> dict[str, Any]:
        """The figures as a JSON-able object."""
        return asdict(self)


@dataclass(frozen=True)
class _Text:
    kind: str
    ids: list[int]
    text: str
    ended: bool


def evaluate(
    ready: Ready,
    prompts: Sequence[tuple[str, str]],
    lexicon: Sequence[str],
    *,
    num: int,
    max_tokens: int,
    sampling: Sampling,
    seed: int,
) -> list[Habits]:
    """Continue each prompt and measure what comes out.

    Args:
        ready: the model.
        prompts: (kind, text); kind `all` stands for none in particular.
        lexicon: words whose appearance is counted.
        num: continuations of each prompt.
        max_tokens: limit of one.
        sampling: how tokens are chosen.
        seed: of the first prompt; the next ones follow.

    Returns:
        Figures by kind in order of appearance, then of all.
    """
    generator = ready.generator()
    found: list[_Text] = []
    for number, (kind, prompt) in enumerate(prompts):
        written = ready.continue_text(
            generator, prompt, max_tokens=max_tokens, sampling=sampling, num=num, seed=seed + number
        )
        found += [
            _Text(kind, item.ids, ready.prompts.decode(item.ids), item.ended) for item in written
        ]
    specials = special_ids(ready)
    kinds = dict.fromkeys(item.kind for item in found if item.kind != "all")
    groups = [(kind, [item for item in found if item.kind == kind]) for kind in kinds]
    groups.append(("all", found))
    return [_habits(kind, items, specials, lexicon) for kind, items in groups]


def special_ids(ready: Ready) -> set[int]:
    """Ids of signs, bytes and emoji classes; the end of text, spaces and line ends are none."""
    plain = {"<SP>", "<BR>", "<TAB>"}
    return {
        number
        for number, spellings in enumerate(ready.prompts.vocabulary.spellings)
        if len(spellings[0]) > 2
        and spellings[0].startswith("<")
        and spellings[0].endswith(">")
        and spellings[0] not in plain
        and number != ready.prompts.vocabulary.end
    }


def repetition(ids: Sequence[int]) -> tuple[int, int]:
    """4-grams of tokens that stood before in the same text, and all of them."""
    grams = [tuple(ids[at : at + _GRAM]) for at in range(len(ids) - _GRAM + 1)]
    return len(grams) - len(set(grams)), len(grams)


def _habits(kind: str, items: list[_Text], specials: set[int], lexicon: Sequence[str]) -> Habits:
    repeated = [repetition(item.ids) for item in items]
    tokens = sum(len(item.ids) for item in items)
    special = sum(token in specials for item in items for token in item.ids)
    held = sum(any(word in item.text for word in lexicon) for item in items)
    count = max(len(items), 1)
    return Habits(
        kind,
        len(items),
        sum(item.ended for item in items) / count,
        sum(again for again, _ in repeated) / max(sum(total for _, total in repeated), 1),
        special / max(tokens, 1),
        held / count,
        tokens / count,
    )
