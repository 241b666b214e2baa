"""The vocabulary file: one id a line, each line one token or several spellings of it.

The format is GPTSAN's, so that its published file loads as it is. What would make ids silently
wrong is refused with the number of the line.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

BYTE_TOKENS: Final = tuple(f"<|byte{value}|>" for value in range(256))
EMOJI_TOKENS: Final = tuple(f"<|emoji{number}|>" for number in range(1, 13))
SIGN_TOKENS: Final = (
    "<BR>",
    "<SP>",
    "<TAB>",
    "<URL>",
    "<EMAIL>",
    "<TEL>",
    "<DATE>",
    "<PRICE>",
    "<BLOCK>",
    "<KIGOU>",
    "<U2000U2BFF>",
)
"""White space, what the normalizer puts in, and the two classes of rare signs, in the file's
order."""
FINAL_TOKENS: Final = (
    "<|startoftext|>",
    "<|inputmask|>",
    "<|separator|>",
    "<|nottoken|>",
    "<|bagoftoken|>",
    "<|segmenter|>",
    "<|endoftext|>",
)
"""The last seven ids of every vocabulary."""
RESERVED: Final = SIGN_TOKENS + EMOJI_TOKENS + BYTE_TOKENS + FINAL_TOKENS
"""Every reserved token in the order of the file; published files lack `<|byte255|>`, which UTF-8
never needs."""
PUBLISHED_TWICE: Final = frozenset({"きぃ", "キィ", "ゐ", "ゑ", "ヴ", "〇"})
"""The strings that GPTSAN's published file holds on two lines; the later line counts."""
DEFAULT_MAX_TOKEN_CHARS: Final = 3
ENCODER_JSON: Final = "encoder.json"


class VocabularyError(ValueError):
    """A vocabulary, emoji table or encoder.json that cannot be used; the message says why."""


@dataclass(frozen=True)
class EmojiTable:
    """What is replaced before encoding, one key after another, and what decoding prints.

    Attributes:
        replaced: pairs (text, token) in the order of replacement.
        printed: token -> text.
    """

    replaced: tuple[tuple[str, str], ...] = ()
    printed: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """The bytes of an `emoji.json`; every emoji token gets an entry: readers expect one."""
        printed = {token: self.printed.get(token, "") for token in EMOJI_TOKENS} | self.printed
        value = {"emoji": dict(self.replaced), "emoji_inv": printed}
        return json.dumps(value, ensure_ascii=False).encode("utf-8")


@dataclass(frozen=True)
class Vocabulary:
    """Tokens by id, and how long a token the encoder may take.

    Attributes:
        spellings: for each id its spellings, the one that decoding prints first.
        ids: spelling -> id; where a string stands on two lines, the later.
        max_token_chars: longest ordinary token that encoding looks for, in code points.
        emoji: the emoji table, empty where there is none.
        sha256: hex digest of the vocabulary file's bytes.
    """

    spellings: tuple[tuple[str, ...], ...]
    ids: dict[str, int]
    max_token_chars: int
    emoji: EmojiTable
    sha256: str

    def __len__(self) -> int:
        return len(self.spellings)

    @property
    def start(self) -> int:
        """Id of `<|startoftext|>`, the first of the last seven."""
        return len(self) - 7

    @property
    def mask(self) -> int:
        """Id of `<|inputmask|>`."""
        return len(self) - 6

    @property
    def padding(self) -> int:
        """Id of `<|nottoken|>`."""
        return len(self) - 4

    @property
    def bag(self) -> int:
        """Id of `<|bagoftoken|>`."""
        return len(self) - 3

    @property
    def segmenter(self) -> int:
        """Id of `<|segmenter|>`."""
        return len(self) - 2

    @property
    def end(self) -> int:
        """Id of `<|endoftext|>`, the last."""
        return len(self) - 1

    def to_bytes(self) -> bytes:
        """The vocabulary file."""
        return format_lines(self.spellings)


def format_lines(spellings: Iterable[Sequence[str]]) -> bytes:
    """The bytes of a vocabulary file: UTF-8, one id a line, no newline at the end."""
    return "\n".join(",".join(line) for line in spellings).encode("utf-8")


def parse_vocabulary(
    data: bytes,
    name: str = "vocabulary",
    max_token_chars: int = DEFAULT_MAX_TOKEN_CHARS,
    emoji: EmojiTable | None = None,
) -> Vocabulary:
    """Read a vocabulary file's bytes.

    Args:
        data: the file.
        name: what messages call it.
        max_token_chars: longest ordinary token to be encoded, in code points.
        emoji: the emoji table; none by default.

    Raises:
        VocabularyError: not UTF-8, an empty or repeated spelling, a reserved token missing or out
            of its place; the message begins with `name:line:`.
    """
    lines = _decode_lines(data, name)
    spellings = tuple((line,) if line == "," else tuple(line.split(",")) for line in lines)
    ids: dict[str, int] = {}
    for number, line in enumerate(spellings):
        for spelling in line:
            if not spelling:
                raise VocabularyError(
                    f"{name}:{number + 1}: an empty spelling; take out the extra comma or line"
                )
            earlier = ids.get(spelling)
            if earlier is not None and (earlier == number or spelling not in PUBLISHED_TWICE):
                raise VocabularyError(
                    f"{name}:{number + 1}: {spelling!r} stands already on line {earlier + 1}; "
                    "a spelling can have one id only, delete one of the two"
                )
            ids[spelling] = number
    _check_reserved(spellings, ids, name)
    table = emoji or EmojiTable()
    for text, token in table.replaced:
        if token not in ids:
            raise VocabularyError(
                f"{name}: the emoji table writes {text!r} as {token!r}, which no line holds; "
                "add it or mend the table"
            )
    return Vocabulary(spellings, ids, max_token_chars, table, hashlib.sha256(data).hexdigest())


def _decode_lines(data: bytes, name: str) -> list[str]:
    if not data:
        raise VocabularyError(f"{name}:1: the file is empty; a vocabulary has one id a line")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise VocabularyError(
            f"{name}:{number}: not UTF-8 (byte 0x{data[error.start]:02x}); convert the file"
        ) from None
    if text.startswith("\ufeff"):
        raise VocabularyError(f"{name}:1: a byte order mark; save the file as UTF-8 without one")
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line.endswith("\r"):
            raise VocabularyError(
                f"{name}:{number + 1}: ends in a carriage return; save with Unix line ends"
            )
    if lines[-1] == "":
        raise VocabularyError(
            f"{name}:{len(lines)}: an empty last line; the file must not end in a newline"
        )
    return lines


def _check_reserved(spellings: Sequence[Sequence[str]], ids: dict[str, int], name: str) -> None:
    before = min((ids[token] for token in RESERVED if token in ids), default=len(spellings)) - 1
    for token in RESERVED:
        found = ids.get(token)
        if found is None:
            if token == "<|byte255|>":  # noqa: S105 - a token of text
                continue
            raise VocabularyError(
                f"{name}:{before + 2}: {token} is missing; it belongs on this line"
            )
        if spellings[found] != (token,):
            raise VocabularyError(
                f"{name}:{found + 1}: {token} shares its line; a reserved token stands alone"
            )
        before = found
    first = len(spellings) - len(FINAL_TOKENS)
    for offset, token in enumerate(FINAL_TOKENS):
        if spellings[first + offset] != (token,):
            raise VocabularyError(
                f"{name}:{first + offset + 1}: {spellings[first + offset][0]!r} stands where "
                f"{token} belongs; the last seven lines are fixed"
            )


def parse_emoji(data: bytes, name: str = "emoji.json") -> EmojiTable:
    """Read an emoji table's bytes.

    Raises:
        VocabularyError: not JSON of the form {"emoji": {text: token}, "emoji_inv": {token: text}}.
    """
    try:
        value = json.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise VocabularyError(
            f"{name}: not a JSON file in UTF-8 ({error}); give an emoji table"
        ) from None
    parts = []
    for key in ("emoji", "emoji_inv"):
        part = value.get(key) if isinstance(value, dict) else None
        if not isinstance(part, dict) or not all(isinstance(item, str) for item in part.values()):
            raise VocabularyError(
                f"{name}: {key!r} must be an object of texts; give an emoji table"
            )
        if "" in part:
            raise VocabularyError(f"{name}: {key!r} has an empty key; take it out")
        parts.append(part)
    return EmojiTable(tuple(parts[0].items()), parts[1])


def parse_encoder_json(data: bytes, name: str = ENCODER_JSON) -> dict[str, object]:
    """Read an `encoder.json`.

    Its keys: `vocabulary` (file name), `sha256`, `max_token_chars`, `emoji` (file name or null).

    Raises:
        VocabularyError: one of them is missing or of the wrong kind.
    """
    try:
        value = json.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise VocabularyError(
            f"{name}: not a JSON file in UTF-8 ({error}); learn the vocabulary again"
        ) from None
    if not isinstance(value, dict):
        raise VocabularyError(f"{name}: not a JSON object; learn the vocabulary again")
    longest = value.get("max_token_chars")
    if not isinstance(longest, int) or isinstance(longest, bool) or not 1 <= longest <= 255:
        raise VocabularyError(
            f"{name}: max_token_chars is {longest!r}; it must be a number from 1 to 255"
        )
    for key, kinds in (("vocabulary", str), ("sha256", str), ("emoji", (str, type(None)))):
        if not isinstance(value.get(key), kinds):
            raise VocabularyError(
                f"{name}: {key} is {value.get(key)!r}; learn the vocabulary again"
            )
    return value


def format_encoder_json(
    vocabulary: Vocabulary, file_name: str, limits: dict[str, int], emoji: str | None
) -> bytes:
    """The bytes of the `encoder.json` that stands beside a learned vocabulary.

    Args:
        vocabulary: what was learned.
        file_name: name of the vocabulary file in the same folder.
        limits: longest token of each script, in code points.
        emoji: name of the emoji table in the same folder; None where there is none.
    """
    value = {
        "vocabulary": file_name,
        "size": len(vocabulary),
        "sha256": vocabulary.sha256,
        "max_token_chars": vocabulary.max_token_chars,
        "max_chars": limits,
        "emoji": emoji,
    }
    return json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8") + b"\n"


def load_vocabulary(path: str | Path, emoji: str | Path | None = None) -> Vocabulary:
    """Read a vocabulary file with the `encoder.json` beside it, where one is.

    Args:
        path: the vocabulary file.
        emoji: an emoji table; by default the one that `encoder.json` names, else none.

    Raises:
        VocabularyError: a file does not hold what it should.
        OSError: a file cannot be read.
    """
    file = Path(path)
    beside = file.with_name(ENCODER_JSON)
    described = parse_encoder_json(beside.read_bytes(), str(beside)) if beside.is_file() else None
    if described is not None and described["vocabulary"] != file.name:
        described = None
    longest = DEFAULT_MAX_TOKEN_CHARS
    if described is not None:
        longest = int(str(described["max_token_chars"]))
        if emoji is None and described["emoji"] is not None:
            emoji = file.with_name(str(described["emoji"]))
    table = parse_emoji(Path(emoji).read_bytes(), str(emoji)) if emoji is not None else None
    vocabulary = parse_vocabulary(file.read_bytes(), str(file), longest, table)
    if described is not None and described["sha256"] != vocabulary.sha256:
        raise VocabularyError(
            f"{beside}: made for another {file.name} (sha256 {str(described['sha256'])[:12]}…, "
            f"not {vocabulary.sha256[:12]}…); learn the vocabulary again or delete {ENCODER_JSON}"
        )
    return vocabulary
