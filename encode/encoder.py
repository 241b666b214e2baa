"""The encoder: texts to ids at the speed of memory, equal to `encode.reference` id for id."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from encode.kernels import (
    EMOJI,
    FOLLOWS,
    KIND_SHIFT,
    RETURN,
    SPACE,
    SYMBOL_MASK,
    TAB,
    WHOLE,
    encode_texts,
)
from encode.reference import WHITE, ReferenceEncoder, is_special
from encode.trie import build_trie, code_points, spread_best
from encode.vocabulary import BYTE_TOKENS, FINAL_TOKENS, Vocabulary

_CODE_POINTS: Final = 0x110000
_WHITE_KINDS: Final = {0x20: SPACE, 0x3000: SPACE, 0x0A: RETURN, 0x0D: RETURN, 0x09: TAB}
_DASHES: Final = (0x2014, 0x2212)
_LONG_SOUND: Final = 0x30FC


class Encoder:
    """Encodes texts, one or a batch.

    Args:
        vocabulary: the vocabulary, with its emoji table.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        ids = vocabulary.ids
        special = {text: number for text, number in ids.items() if is_special(text)}
        self._strings = {
            text: number
            for text, number in ids.items()
            if len(text) <= vocabulary.max_token_chars and text not in special
        }
        self._plain = ReferenceEncoder(vocabulary)
        self._replace = _can_replace_on_the_way(vocabulary, self._strings, special)
        keys: dict[str, int] = {}
        if self._replace:
            white = {char for found, _ in WHITE for char in found}
            replaced = (text for text, _ in vocabulary.emoji.replaced)
            keys = {t: number for number, t in enumerate(replaced) if not white & set(t)}
        self._codes = _by_use([*self._strings, *special, *keys])
        self._symbol_of = np.zeros(_CODE_POINTS, np.int32)
        self._symbol_of[self._codes] = np.arange(len(self._codes))
        self._less = int(self._symbol_of[ord("<")])
        self._classes = self._classified(keys)
        taken = {t: number for t, number in self._strings.items() if _is_taken(t, self._strings)}
        self._best = self._trie(taken)
        spread_best(self._best, vocabulary.max_token_chars)
        self._special = self._trie(special)
        self._unstructural = self._trie(
            {text: number for text, number in special.items() if text not in FINAL_TOKENS}
        )
        self._emoji = self._trie(keys)
        tokens = [ids.get(token, 0) for _, token in vocabulary.emoji.replaced]
        self._emoji_tokens = np.array(tokens, np.int32)
        fixed = ("<SP>", "<BR>", "<TAB>", "<KIGOU>", "<U2000U2BFF>", *BYTE_TOKENS)
        self._fixed = np.array([ids.get(token, -1) for token in fixed], np.int32)

    def _trie(self, strings: Mapping[str, int]) -> NDArray[np.int32]:
        return build_trie(list(strings), list(strings.values()), self._symbol_of, len(self._codes))

    @cached_property
    def _every(self) -> NDArray[np.int32]:
        """The trie of all strings: with dropout, strings are taken that otherwise never are."""
        return self._trie(self._strings)

    def _classified(self, keys: Mapping[str, int]) -> NDArray[np.int32]:
        """The table `classes` of `encode.kernels.read_symbols`."""
        classes = np.zeros(_CODE_POINTS, np.int32)
        classes[self._codes] = np.arange(1, len(self._codes) + 1)
        for text in keys:
            classes[ord(text[0])] |= EMOJI << KIND_SHIFT | (WHOLE if len(text) == 1 else 0)
            if len(text) > 1:
                classes[ord(text[1])] |= FOLLOWS
        for code, kind in _WHITE_KINDS.items():
            classes[code] = classes[code] & SYMBOL_MASK | kind << KIND_SHIFT
        for code in _DASHES:
            classes[code] = classes[_LONG_SOUND]
        return classes

    def encode(self, text: str, dropout: float = 0.0, seed: int = 0) -> list[int]:
        """Ids of one text.

        Args:
            text: any text without lone surrogates.
            dropout: share of candidates of two or more code points that are left out at random.
            seed: seed of the dropout, 64 bits; the same seed gives the same ids.

        Raises:
            UnicodeEncodeError: a lone surrogate stands in the text.
        """
        data = self._prepared(text).encode("utf-8")
        ids, _ = self._run(
            np.frombuffer(data, np.uint8),
            np.array([0, len(data)], np.int64),
            dropout,
            np.array([seed], np.uint64),
            self._special,
        )
        found: list[int] = ids.tolist()
        return found

    def encode_batch(
        self,
        texts: pa.Array | pa.ChunkedArray | Sequence[str],
        dropout: float = 0.0,
        seeds: NDArray[np.uint64] | None = None,
        structural: bool = True,
    ) -> pa.LargeListArray:
        """Ids of many texts.

        Args:
            texts: an Arrow array of strings (a null is an empty text) or a list of texts.
            dropout: as in `encode`.
            seeds: one seed a text, uint64 [texts]; needed with dropout.
            structural: whether the last seven tokens, written out in a text, are those tokens. Off
                for text from outside, which must not end an example by saying so.

        Returns:
            list of int32 for each text.

        Raises:
            ValueError: dropout without one seed a text.
        """
        array = _large_strings(texts)
        if not self._replace:
            array = pa.array(
                [self._plain.replace(text or "") for text in array.to_pylist()], pa.large_string()
            )
        if dropout > 0 and (seeds is None or len(seeds) != len(array)):
            raise ValueError(f"dropout needs one seed a text: {len(array)} texts; give seeds")
        _, offset_buffer, data_buffer = array.buffers()
        offsets = np.frombuffer(offset_buffer, np.int64)[
            array.offset : array.offset + len(array) + 1
        ]
        data = (
            np.frombuffer(data_buffer, np.uint8)
            if data_buffer is not None
            else np.zeros(0, np.uint8)
        )
        ids, ends = self._run(
            data,
            offsets,
            dropout,
            seeds if seeds is not None else np.zeros(0, np.uint64),
            self._special if structural else self._unstructural,
        )
        return pa.LargeListArray.from_arrays(pa.array(ends), pa.array(ids))

    def _prepared(self, text: str) -> str:
        return text if self._replace else self._plain.replace(text)

    def _run(
        self,
        data: NDArray[np.uint8],
        offsets: NDArray[np.int64],
        dropout: float,
        seeds: NDArray[np.uint64],
        special: NDArray[np.int32],
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        ids, ends = encode_texts(
            data,
            offsets,
            self._classes,
            self._replace,
            self._less,
            self._emoji,
            self._emoji_tokens,
            special,
            self._every if dropout > 0 else self._best,
            self._codes,
            self._fixed,
            dropout,
            seeds,
        )
        return ids, ends


def _is_taken(text: str, strings: Mapping[str, int]) -> bool:
    """Whether no beginning of the string has a lower id, which would always be taken instead."""
    number = strings[text]
    return all(strings.get(text[:size], number) >= number for size in range(1, len(text)))


def _by_use(strings: Sequence[str]) -> NDArray[np.int32]:
    """Code points of the strings; small numbers for those that follow another make tries dense."""
    flat, lengths = code_points(strings)
    first = np.zeros(len(flat), np.bool_)
    first[np.cumsum(lengths) - lengths] = True
    uses = np.bincount(flat[~first], minlength=_CODE_POINTS)
    known = np.unique(np.append(flat, (_LONG_SOUND, ord("<"))))
    return known[np.argsort(-uses[known], kind="stable")].astype(np.int32)


def _large_strings(texts: pa.Array | pa.ChunkedArray | Sequence[str]) -> pa.Array:
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    if not isinstance(texts, pa.Array):
        texts = pa.array(list(texts), pa.large_string())
    array = texts.cast(pa.large_string()) if texts.type != pa.large_string() else texts
    return array.fill_null("") if array.null_count else array


def _can_replace_on_the_way(
    vocabulary: Vocabulary, ordinary: dict[str, int], special: dict[str, int]
) -> bool:
    """Whether a replacement may stand for its token's id at once, its text never being written.

    Not so where a token of the vocabulary could swallow a part of an inserted token, or a later key
    of the emoji table could match a part of one.
    """
    white = {token for _, token in WHITE if token[0] == "<"}
    inserted = white | {token for _, token in vocabulary.emoji.replaced}
    if any("<" in text[1:] for text in (*ordinary, *special)) or not inserted <= special.keys():
        return False
    if any(text != token and text.startswith(token) for token in inserted for text in special):
        return False
    return not any(
        _touches(key, token) for key, _ in vocabulary.emoji.replaced for token in inserted
    )


def _touches(key: str, token: str) -> bool:
    """Whether some text holds the token and a match of the key that shares a character with it."""
    if key in token or token in key:
        return True
    shorter = min(len(key), len(token))
    return any(
        key[:size] == token[-size:] or key[-size:] == token[:size] for size in range(1, shorter)
    )
