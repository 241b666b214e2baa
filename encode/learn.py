"""Learning a vocabulary: the tokens of one script each that make the encoder write the fewest ids.

The encoder takes the lowest id at each place. A string is therefore of use only where it has a
lower id than every beginning of it that is a token as well; with ids ordered so, encoding is greedy
by length, and its cost from any place to the end of a run is known exactly. Tokens are chosen by
that cost: what a token saves where the encoder takes it, what a candidate would save where it
would.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from encode.learn_kernels import costs_to_end, grow_nodes, judge_nodes, set_best
from encode.scripts import ALONE, SCRIPTS, script_table
from encode.variants import fold, spellings_of
from encode.vocabulary import RESERVED, VocabularyError

_ROUNDS_UP: Final = 14
_OVERSHOOT: Final = 1.35
_SWAPS: Final = 12
_MOST_NODES: Final = 12_000_000
_ROOM_FOR_KANJI: Final = ((9_500, 16, 47), (28_000, 48, 84))
"""From which room on all kanji of JIS X 0208 level 1, and of level 2, get an id, seen or not (room,
first row, last row): an id less for a word costs next to nothing then, a kanji without one three
bytes."""
_ALL_KANJI: Final = tuple(chr(code) for code in range(0x4E00, 0xA000))
"""What fills a vocabulary that the text does not."""


@dataclass(frozen=True)
class Forest:
    """Runs as arrays, and the strings in them that may become tokens.

    Attributes:
        characters: the characters that get an id, by number.
        starts: int64 [runs], first place of each run.
        ends: int64 [places], end of the run that a place belongs to.
        weights: int64 [places], how often that run stands.
        parent: int32 [nodes], -1 for characters, which are the first nodes.
        length: int32 [nodes].
        count: int64 [nodes].
        sample: int64 [nodes], a place where the string begins.
        deepest: int32 [places], longest string that begins there.
        text: all places as one string.
    """

    characters: tuple[str, ...]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    weights: NDArray[np.int64]
    parent: NDArray[np.int32]
    length: NDArray[np.int32]
    count: NDArray[np.int64]
    sample: NDArray[np.int64]
    deepest: NDArray[np.int32]
    text: str

    def string(self, node: int) -> str:
        """The string of a node."""
        place = int(self.sample[node])
        return self.text[place : place + int(self.length[node])]


def standard_characters() -> list[str]:
    """Characters that every vocabulary holds: ASCII, kana, full-width forms, Japanese signs."""
    codes = [
        *range(0x21, 0x7F),
        *range(0x3001, 0x3018),
        0x301C,
        *range(0x3041, 0x3097),
        *range(0x309B, 0x309F),
        *range(0x30A1, 0x3100),
        *range(0x2460, 0x2474),
        *range(0xFF01, 0xFF66),
        *map(ord, "§¶×÷°±…‥‘’“”†‡※→←↑↓○●◎△▲▽▼□■◇◆☆★♂♀♪♭〒"),
    ]
    folded = dict.fromkeys(fold(chr(code)) for code in codes)
    return [char for char in folded if len(char) == 1]


def jis_kanji(first_row: int, last_row: int) -> list[str]:
    """Kanji of JIS X 0208 in their order there: rows 16 to 47 are level 1, 48 to 84 level 2."""
    found = []
    for row in range(first_row, last_row + 1):
        for cell in range(1, 95):
            found.append(bytes((row + 0xA0, cell + 0xA0)).decode("euc_jp", errors="ignore"))
    return list(dict.fromkeys(fold(char) for char in found if char))


def choose_characters(counts: Mapping[str, int], room: int, coverage: float) -> list[str]:
    """The characters that get an id of their own, the commonest first.

    Args:
        counts: run -> how often it stands.
        room: ids to be given away; of what the standard characters leave, at most three quarters.
        coverage: share of the text that characters with an id make up.

    Raises:
        VocabularyError: the room does not hold the standard characters.
    """
    seen: dict[str, int] = {}
    for run, times in counts.items():
        for char in run:
            seen[char] = seen.get(char, 0) + times
    chosen = dict.fromkeys(standard_characters())
    most = len(chosen) + (room - len(chosen)) * 3 // 4
    if len(chosen) > room:
        raise VocabularyError(
            f"size {room + len(RESERVED)} is too small: {len(RESERVED)} reserved tokens and "
            f"{len(chosen)} standard characters need {len(chosen) + len(RESERVED)}"
        )
    wanted = coverage * sum(seen.values())
    covered = 0
    for char, times in sorted(seen.items(), key=lambda item: (-item[1], item[0])):
        if covered >= wanted or len(chosen) >= most:
            break
        chosen[char] = None
        covered += times
    for enough, first_row, last_row in _ROOM_FOR_KANJI:
        for char in jis_kanji(first_row, last_row) if room >= enough else ():
            if len(chosen) < most:
                chosen[char] = None
    return sorted(chosen, key=lambda char: (-seen.get(char, 0), char))


def build_forest(
    counts: Mapping[str, int], characters: list[str], limits: Mapping[str, int], least: int
) -> Forest:
    """Lay out runs and find the strings in them that stand at least `least` times.

    Args:
        counts: run -> how often it stands, each of one script.
        characters: characters with an id; others divide runs.
        limits: longest token of each script.
        least: smallest count of a candidate.
    """
    runs = sorted(counts)
    text = "".join(runs)
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.int64)
    lengths = np.fromiter((len(run) for run in runs), np.int64, len(runs))
    times = np.fromiter((counts[run] for run in runs), np.int64, len(runs))
    number = np.full(0x110000, -1, np.int32)
    number[[ord(char) for char in characters]] = np.arange(len(characters))
    known = number[codes] >= 0
    first = np.zeros(len(codes), np.bool_)
    first[np.cumsum(lengths) - lengths] = True
    first[1:] |= ~known[:-1]
    weights = np.repeat(times, lengths)[known]
    text = "".join(np.array(list(text))[known]) if not known.all() else text
    codes, first = codes[known], first[known]
    starts = np.flatnonzero(first).astype(np.int64)
    sizes = np.diff(np.append(starts, len(codes)))
    ends = np.repeat(starts + sizes, sizes)
    allowed = np.array([1, *(limits[script] for script in SCRIPTS)], np.int32)
    allowed[ALONE] = 1
    room = len(characters) + min(_MOST_NODES, max(4 * len(codes), 1024))
    parent, length, count, sample, deepest = grow_nodes(
        number[codes],
        ends,
        weights,
        allowed[script_table()[codes]],
        len(characters),
        least,
        room,
    )
    return Forest(
        tuple(characters), starts, ends, weights, parent, length, count, sample, deepest, text
    )


class Chooser:
    """Keeps a set of active nodes and what each is worth to the encoder.

    Args:
        forest: runs and candidates.
    """

    def __init__(self, forest: Forest) -> None:
        nodes = len(forest.parent)
        self.forest = forest
        self.active: NDArray[np.bool_] = forest.parent < 0
        self.uses = np.zeros(nodes, np.int64)
        self.losses = np.zeros(nodes, np.int64)
        self.gains = np.zeros(nodes, np.int64)
        self.total = 0
        self._best = np.zeros(nodes, np.int32)
        self._costs = np.zeros(len(forest.deepest) + 1, np.int32)
        self.judge()

    def judge(self) -> None:
        """Encode every run and sum up uses, losses and gains."""
        forest = self.forest
        set_best(self.active, forest.parent, self._best)
        costs_to_end(forest.deepest, forest.ends, self._best, forest.length, self._costs)
        self.total = int(
            judge_nodes(
                forest.deepest,
                forest.starts,
                forest.ends,
                forest.weights,
                self.active,
                forest.parent,
                forest.length,
                self._best,
                self._costs,
                self.uses,
                self.losses,
                self.gains,
            )
        )

    def size(self) -> int:
        """Active tokens of two or more characters."""
        return int(self.active.sum()) - len(self.forest.characters)

    def add(self, number: int) -> None:
        """Activate the nodes that would save most, then judge."""
        candidates = np.flatnonzero(~self.active & (self.gains > 0))
        order = np.lexsort((candidates, -self.gains[candidates]))
        self.active[candidates[order[:number]]] = True
        self.judge()

    def drop(self, number: int) -> None:
        """Deactivate the tokens that save least, then judge."""
        candidates = np.flatnonzero(self.active & (self.forest.parent >= 0))
        order = np.lexsort((candidates, self.losses[candidates]))
        self.active[candidates[order[:number]]] = False
        self.judge()


def choose_tokens(forest: Forest, wanted: int, progress: Callable[[str], None]) -> Chooser:
    """Choose tokens of two or more characters: grow beyond the number, prune, then swap.

    Args:
        forest: runs and candidates.
        wanted: number of tokens.
        progress: told what is going on.
    """
    chooser = Chooser(forest)
    for step in range(1, _ROUNDS_UP + 1):
        goal = int(wanted * _OVERSHOOT * (step / _ROUNDS_UP) ** 2)
        chooser.add(max(0, goal - chooser.size()))
        chooser.drop(min(chooser.size() // 20, chooser.size()))
        progress(f"{chooser.size():,} tokens, {chooser.total:,} ids")
    while chooser.size() > wanted:
        chooser.drop(min(chooser.size() - wanted, max(1, chooser.size() // 20)))
    for step in range(_SWAPS):
        before = chooser.active.copy(), chooser.total
        swapped = max(1, wanted // (10 + 8 * step))
        chooser.add(swapped + wanted - chooser.size())
        while chooser.size() > wanted:
            chooser.drop(min(chooser.size() - wanted, max(1, swapped // 3)))
        progress(f"{chooser.size():,} tokens, {chooser.total:,} ids")
        if chooser.total >= before[1] and chooser.size() == int(before[0].sum()) - len(
            forest.characters
        ):
            chooser.active = before[0]
            chooser.judge()
            break
    return chooser


def learn_lines(
    counts: Mapping[str, int],
    size: int,
    limits: Mapping[str, int],
    coverage: float,
    progress: Callable[[str], None] = lambda text: None,
) -> list[list[str]]:
    """Learn a vocabulary of an exact size.

    Args:
        counts: run -> how often it counts, of `encode.counting.count_runs`.
        size: ids, the reserved ones included.
        limits: longest token of each script, in code points.
        coverage: share of the text's characters that get an id.
        progress: told what is going on.

    Returns:
        spellings of each id.

    Raises:
        VocabularyError: the size is too small for the standard characters, or too large for the
            text.
    """
    room = size - len(RESERVED)
    characters = choose_characters(counts, room, coverage)
    wanted = room - len(characters)
    chars = sum(len(run) * times for run, times in counts.items())
    least = max(2, chars // (400 * size))
    forest = build_forest(counts, characters, limits, least)
    chooser = choose_tokens(forest, wanted, progress)
    if chooser.size() < wanted:
        forest = build_forest(counts, characters, limits, 1)
        chooser = choose_tokens(forest, wanted, progress)
    missing = wanted - chooser.size()
    known = set(characters)
    others = (char for char in _ALL_KANJI if fold(char) == char)
    spare = [char for char in dict.fromkeys((*jis_kanji(16, 84), *others)) if char not in known]
    if missing > len(spare):
        raise VocabularyError(
            f"the text gives only {size - missing + len(spare)} ids of the {size} asked for; "
            "lower the size or give more text"
        )
    characters = characters + spare[:missing]
    nodes = np.flatnonzero(chooser.active & (forest.parent >= 0))
    tokens = sorted(
        ((forest.string(int(node)), int(chooser.uses[node])) for node in nodes),
        key=lambda item: (-len(item[0]), -item[1], item[0]),
    )
    return _with_spellings([text for text, _ in tokens], characters, max(limits.values()))


def _with_spellings(tokens: list[str], characters: list[str], longest: int) -> list[list[str]]:
    """Lines of the file: tokens, characters, then the reserved ones."""
    ordered = tokens + sorted(characters, key=_character_order)
    taken = {*ordered, *RESERVED}
    lines = []
    for token in ordered:
        line = [token]
        for spelling in spellings_of(token, longest)[1:]:
            if spelling not in taken and "," not in spelling:
                taken.add(spelling)
                line.append(spelling)
        lines.append(line)
    return lines + [[token] for token in RESERVED]


def _character_order(char: str) -> tuple[int, int]:
    """Marked kana before plain, so that a kana with its mark apart is one token; signs last."""
    script = int(script_table()[ord(char)])
    if script == SCRIPTS.index("symbols") + 1:
        return 2, ord(char)
    if script in (SCRIPTS.index("hiragana") + 1, SCRIPTS.index("katakana") + 1):
        return 0, -ord(char)
    return 1, ord(char)
