"""Ids back to text."""

from collections.abc import Iterable
from typing import Final

from encode.vocabulary import BYTE_TOKENS, Vocabulary

_PRINTED: Final = {
    "<BR>": "\n",
    "<SP>": " ",
    "<TAB>": "\t",
    "<BLOCK>": "▀",
    "<KIGOU>": "ǀ",
    "<U2000U2BFF>": "‖",
}
"""What stands for a sign token in decoded text; the others are printed as they are written."""


class Decoder:
    """Prints ids; what encoding folded comes out in its first spelling.

    Args:
        vocabulary: the vocabulary, with its emoji table.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._texts = [line[0] for line in vocabulary.spellings]
        for token, text in (*_PRINTED.items(), *vocabulary.emoji.printed.items()):
            if token in vocabulary.ids and text:
                self._texts[vocabulary.ids[token]] = text
        self._byte = {
            vocabulary.ids[token]: value
            for value, token in enumerate(BYTE_TOKENS)
            if token in vocabulary.ids
        }
        self._bag = vocabulary.bag

    def decode(self, ids: Iterable[int], bags: int = 0) -> str:
        """The text of ids.

        Args:
            ids: ids of the vocabulary; bytes that are no UTF-8 come out as U+FFFD.
            bags: how often the token before a `<|bagoftoken|>` is repeated in its place; 0 prints
                the bag itself.

        Raises:
            ValueError: an id that the vocabulary does not have.
        """
        parts: list[str] = []
        pending = bytearray()
        for number in ids:
            if not 0 <= number < len(self._texts):
                raise ValueError(
                    f"id {number} is not in the vocabulary; ids go from 0 to {len(self._texts) - 1}"
                )
            value = self._byte.get(number)
            if value is not None:
                pending.append(value)
                continue
            if pending:
                parts.append(pending.decode("utf-8", errors="replace"))
                pending.clear()
            if number == self._bag and bags and parts:
                parts.extend(parts[-1:] * bags)
            else:
                parts.append(self._texts[number])
        parts.append(pending.decode("utf-8", errors="replace"))
        return "".join(parts)
