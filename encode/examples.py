"""From a document's ids to training examples: bags, pieces, and each objective's x and y."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from dataclasses import dataclass
from typing import Final, Literal

import numba
import numpy as np
from numpy.typing import NDArray

from encode.reference import mix
from encode.vocabulary import Vocabulary

Mode = Literal["lm", "mlm", "hybrid"]
MODES: Final[dict[Mode, int]] = {"lm": 0, "mlm": 1, "hybrid": 2}
MASK_SHARE: Final = 0.08
"""Share of prefix tokens that are masked."""
MAX_MASKS: Final = 100
"""Most masks in one example."""
INPUTMASK_SHARE: Final = 0.8
"""Share of masks that show `<|inputmask|>`; half of the rest shows a random token, half the
token."""
NO_TARGET: Final = -1
FREE_PREFIX: Final = -1


@dataclass(frozen=True)
class Example:
    """One training example.

    Attributes:
        x: int64 [context]: SOT, prefix, SEG, body, EOT at the document's true end, NOT padding.
        y: int64 [context]: the target predicted at each place, -1 where nothing is.
        num_input: SOT and prefix tokens; inside them attention goes both ways.
    """

    x: NDArray[np.int64]
    y: NDArray[np.int64]
    num_input: int


@numba.njit(cache=True)
def _bag_runs(ids, bag):
    out = np.empty(len(ids), np.int64)
    written = 0
    at = 0
    while at < len(ids):
        end = at + 1
        while end < len(ids) and ids[end] == ids[at]:
            end += 1
        out[written] = ids[at]
        written += 1
        if end - at == 2:
            out[written] = ids[at]
            written += 1
        elif end - at > 2:
            out[written] = bag
            written += 1
        at = end
    return out[:written]


def bag_runs(ids: NDArray[np.integer], bag: int) -> NDArray[np.int64]:
    """Write three or more equal ids in a row as the id and a bag.

    Args:
        ids: a document's ids [n].
        bag: id of `<|bagoftoken|>`.

    Returns:
        int64 [n or fewer].
    """
    bagged: NDArray[np.int64] = _bag_runs(np.asarray(ids, np.int64), bag)
    return bagged


def piece_ranges(tokens: int, context: int, given: int = 0) -> list[tuple[int, int]]:
    """Cut a document into pieces that fill a context; no token is lost and none stands in two.

    A piece that the document goes on behind has no EOT and may hold one token more. No piece is
    empty, so a document that would leave nothing but its EOT is cut one token earlier.

    Args:
        tokens: number of the document's ids behind the given prefix.
        context: places in an example.
        given: length of a given prefix that every piece repeats.

    Returns:
        (start, end) of each piece, in order; none where the document has no tokens.

    Raises:
        ValueError: the prefix leaves no room for two tokens.
    """
    room = context - 2 - given
    if room < 2:
        raise ValueError(f"a prefix of {given} tokens leaves no room in a context of {context}")
    ranges = []
    start = 0
    while tokens - start > room - 1:
        end = min(start + room, tokens - 1)
        ranges.append((start, end))
        start = end
    if start < tokens:
        ranges.append((start, tokens))
    return ranges


def example_seed(seed: int, doc_id: str, start: int, epoch: int = 0) -> int:
    """A seed of 64 bits for one example's cut and masks; it hangs on nothing but its arguments.

    Args:
        seed: the run's seed.
        doc_id: 32 hexadecimal digits.
        start: first token of the example's piece.
        epoch: passes over the data before this one, so that each pass masks anew.
    """
    document = mix(int(doc_id[:16], 16)) ^ int(doc_id[16:], 16)
    return mix(mix(mix(seed ^ document) + start) + epoch)


@numba.njit(cache=True)
def _draw(state):
    state = state + np.uint64(0x9E3779B97F4A7C15)
    value = state
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    value = value ^ (value >> np.uint64(31))
    return state, np.float64(value >> np.uint64(11)) * 2.0**-53


@numba.njit(cache=True)
def _fill(tokens, ends, prefix, mode, size, seed, x, y):
    """Write x and y, which hold NOT and -1 everywhere, and return num_input."""
    start, mask, segmenter, end_of_text = size - 7, size - 6, size - 2, size - 1
    count = len(tokens)
    state = np.uint64(seed)
    if prefix < 0:
        prefix = 0
        if mode == 1:
            prefix = count
        elif mode == 2 and count > 0:
            state, chance = _draw(state)
            prefix = int(chance * count)
    x[0] = start
    for index in range(prefix):
        x[1 + index] = tokens[index]
    at = 1 + prefix
    x[at] = segmenter
    for index in range(prefix, count):
        x[at + 1 + index - prefix] = tokens[index]
        y[at + index - prefix] = tokens[index]
    last = at + count - prefix
    if ends:
        if last + 1 < len(x):
            x[last + 1] = end_of_text
        if mode != 1 or prefix < count:
            y[last] = end_of_text
    if mode != 0 and prefix > 0:
        state, chance = _draw(state)
        masks = min(MAX_MASKS, int(prefix * MASK_SHARE + chance))
        if mode == 1:
            masks = max(masks, 1)
        places = np.arange(1, prefix + 1)
        for index in range(masks):
            state, chance = _draw(state)
            chosen = index + int(chance * (prefix - index))
            place = places[chosen]
            places[chosen] = places[index]
            y[place - 1] = x[place]
            state, kind = _draw(state)
            state, chance = _draw(state)
            if kind < INPUTMASK_SHARE:
                x[place] = mask
            elif kind < (1.0 + INPUTMASK_SHARE) / 2.0:
                x[place] = int(chance * start)
    return 1 + prefix


def build_example(
    tokens: NDArray[np.integer],
    ends: bool,
    mode: Mode,
    context: int,
    vocabulary_size: int,
    seed: int,
    prefix: int = FREE_PREFIX,
) -> Example:
    """Build x, y and num_input of one piece of a document.

    Body targets: y at SEG is the first body token, y at the last body token is EOT where the
    document ends. Prefix targets (mlm, hybrid): 8% of the prefix, at most 100 tokens, are masked
    (80% `<|inputmask|>`, 10% a random token, 10% as they are); the target stands one place before.

    Args:
        tokens: ids of the piece, a given prefix included [n].
        ends: whether the document ends with this piece.
        mode: lm (no prefix), mlm (all is prefix, at least one mask), hybrid (a cut uniform from 0
            to n - 1).
        context: places in x and y; at least n + 3, or n + 2 where the document goes on.
        vocabulary_size: number of ids; the last seven are the special ones.
        seed: 64 bits, see `example_seed`.
        prefix: length of a given prefix (pairs); -1 lets the mode choose.

    Raises:
        ValueError: the piece does not fit into the context.
    """
    if len(tokens) + 2 + bool(ends) > context:
        raise ValueError(
            f"a piece of {len(tokens)} tokens does not fit into a context of {context}"
        )
    x = np.full(context, vocabulary_size - 4, np.int64)
    y = np.full(context, NO_TARGET, np.int64)
    num_input = _fill(
        np.asarray(tokens, np.int64),
        bool(ends),
        prefix,
        MODES[mode],
        vocabulary_size,
        np.uint64(seed),
        x,
        y,
    )
    return Example(x, y, int(num_input))


def rebuild_tokens(x: NDArray[np.int64], vocabulary: Vocabulary) -> NDArray[np.int64]:
    """The tokens of a document's piece as they stand in x, without the special ones around them.

    Args:
        x: int64 [context] of an example without masks.
        vocabulary: names the special ids.
    """
    inner = x[1:]
    inner = inner[: int(np.flatnonzero(inner != vocabulary.padding).max(initial=-1)) + 1]
    segmenter = int(np.flatnonzero(inner == vocabulary.segmenter)[0])
    body = inner[segmenter + 1 :]
    if len(body) and body[-1] == vocabulary.end:
        body = body[:-1]
    return np.concatenate([inner[:segmenter], body])
