"""The encoder's rule in plain Python, written straight from its definition.

Every faster path must give the same ids; this is what they are tested against.
"""

from collections.abc import Iterator
from typing import Final

from encode.vocabulary import FINAL_TOKENS, Vocabulary

WHITE: Final = (
    (" ", "<SP>"),
    ("\u3000", "<SP>"),
    ("\r\n", "<BR>"),
    ("\n", "<BR>"),
    ("\r", "<BR>"),
    ("\t", "<TAB>"),
    ("\u2014", "ー"),
    ("\u2212", "ー"),
)
"""What is replaced before the emoji, in this order."""
KIGOU: Final = ((0xA1, 0xBF), (0x1C0, 0x1C3), (0x2B9, 0x2FF), (0x300, 0x362))
"""Code points written as `<KIGOU>` where the vocabulary does not hold them."""
SIGNS: Final = (0x2000, 0x2BFF)
"""Code points written as `<U2000U2BFF>` where the vocabulary does not hold them."""
_MASK: Final = (1 << 64) - 1


def mix(value: int) -> int:
    """The finalizer of splitmix64: 64 well-mixed bits of a 64-bit number.

    Source: Steele, Lea, Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014.
    """
    value = (value + 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def is_dropped(seed: int, emitted: int, length: int, rate: float) -> bool:
    """Whether dropout takes a candidate away.

    Args:
        seed: the text's seed, 64 bits.
        emitted: tokens written for this text before the candidate.
        length: the candidate's length in code points.
        rate: share of candidates taken away.
    """
    return (mix(seed ^ mix(emitted * 256 + length)) >> 11) * 2.0**-53 < rate


def is_special(text: str) -> bool:
    """Whether a spelling is a special token: `<` and at least two characters more."""
    return text[0] == "<" and len(text) > 2


class ReferenceEncoder:
    """Encodes one text at a time with dictionaries and slices.

    Args:
        vocabulary: the vocabulary.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        ids = vocabulary.ids
        self._specials = {text: number for text, number in ids.items() if is_special(text)}
        self._longest_special = max(len(text) for text in self._specials)
        self._ordinary = {
            text: number
            for text, number in ids.items()
            if len(text) <= vocabulary.max_token_chars and text not in self._specials
        }

    def replace(self, text: str) -> str:
        """White space, dashes and emoji replaced by tokens, one after another."""
        for found, token in WHITE:
            text = text.replace(found, token)
        for found, token in self.vocabulary.emoji.replaced:
            if found in text:
                text = text.replace(found, token)
        return text

    def encode(
        self, text: str, dropout: float = 0.0, seed: int = 0, structural: bool = True
    ) -> list[int]:
        """Ids of a text.

        Args:
            text: any text without lone surrogates.
            dropout: share of candidates of two or more code points that are left out.
            seed: seed of the dropout, 64 bits.
            structural: whether the last seven tokens, written out in the text, are those tokens.

        Raises:
            UnicodeEncodeError: a lone surrogate stands in the text.
        """
        text = self.replace(text)
        result: list[int] = []
        position = 0
        while position < len(text):
            number, end = self._special(text, position, structural)
            if number < 0:
                number, end = self._find(text, position, dropout, seed, len(result))
            if number >= 0:
                result.append(number)
                position = end
            else:
                result.extend(self._fallback(text[position]))
                position += 1
        return result

    def _special(self, text: str, position: int, structural: bool) -> tuple[int, int]:
        if text[position] == "<":
            for end in range(min(len(text), position + self._longest_special), position + 2, -1):
                found = text[position:end]
                if found in self._specials and (structural or found not in FINAL_TOKENS):
                    return self._specials[found], end
        return -1, position

    def _find(
        self, text: str, position: int, dropout: float, seed: int, emitted: int
    ) -> tuple[int, int]:
        best, best_end = -1, position
        for end in range(min(len(text), position + self.vocabulary.max_token_chars), position, -1):
            found = self._ordinary.get(text[position:end])
            if found is None or (best >= 0 and found >= best):
                continue
            if (
                dropout > 0
                and end - position > 1
                and is_dropped(seed, emitted, end - position, dropout)
            ):
                continue
            best, best_end = found, end
        return best, best_end

    def _fallback(self, char: str) -> Iterator[int]:
        ids = self.vocabulary.ids
        code = ord(char)
        if any(first <= code <= last for first, last in KIGOU):
            yield ids["<KIGOU>"]
        elif SIGNS[0] <= code <= SIGNS[1]:
            yield ids["<U2000U2BFF>"]
        else:
            for byte in char.encode("utf-8"):
                yield ids[f"<|byte{byte}|>"]
