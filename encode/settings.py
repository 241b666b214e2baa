"""Settings of the encode stage."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from encode.scripts import DEFAULT_LIMITS, MAX_LIMIT, SCRIPTS


class LearnSettings(BaseModel):
    """How a vocabulary is learned where `encode.vocabulary` names none."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    size: int = Field(default=36_000, ge=740, le=1_000_000)
    """Ids in the vocabulary, the reserved ones included. 36,000 is GPTSAN's."""
    max_chars: dict[str, int] = Field(default_factory=dict)
    """Longest token of a script (kanji, hiragana, katakana, latin, digits, symbols), in code
    points;
    2, 3, 3, 12, 3, 3 where none is named: kanji and kana as GPTSAN. Longer limits shorten sequences
    and make rarer, less reusable tokens."""
    coverage: float = Field(default=0.99998, gt=0.5, le=1.0)
    """Share of the text's characters that get an id of their own; the rest are written as bytes."""
    sample_chars: int = Field(default=50_000_000, ge=1_000, le=1_000_000_000)
    """Code points counted at most; above, documents are sampled by the hash of their id. Counting
    50 million takes about 2 GB; more text hardly changes the commonest 36,000 tokens."""

    @field_validator("max_chars")
    @classmethod
    def _scripts_known(cls, value: dict[str, int]) -> dict[str, int]:
        for script, longest in value.items():
            if script not in SCRIPTS:
                raise ValueError(f"{script!r} is no script; scripts are {', '.join(SCRIPTS)}")
            if not 1 <= longest <= MAX_LIMIT:
                raise ValueError(f"{script}: {longest} is not from 1 to {MAX_LIMIT}")
        return value

    def limits(self) -> dict[str, int]:
        """Longest token of every script, in code points."""
        return DEFAULT_LIMITS | self.max_chars


class EncodeSettings(BaseModel):
    """How documents become tokens, examples and shards."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    vocabulary: str | None = None
    """Path of a vocabulary file in GPTSAN's format. None: one is learned from this run's
    documents."""
    emoji: str | None = None
    """Path of an emoji table (emoji.json). None: emoji are ordinary characters."""
    learn: LearnSettings = LearnSettings()
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Share of multi-character tokens left out at random while encoding (sub-word
    regularization)."""
    context: int = Field(default=1280, ge=16, le=1 << 20)
    """Tokens in one example, padding included. GPTSAN's is 1280."""
    mode: Literal["lm", "mlm", "hybrid"] = "hybrid"
    """What `gptsan` examples ask for: the next token (lm), masked tokens (mlm), or both, on the two
    sides of a uniform cut (hybrid)."""
    format: Literal["tokens", "gptsan"] = "tokens"
    """`tokens`: ids and provenance, x and y are built while training. `gptsan`: x, y, i,
    num_input."""
    class_column: str | None = None
    """Column whose value, text or integer, is the class in `i`. None: `i` is the document's
    number."""
    pairs: tuple[str, ...] = ()
    """JSONL files of {"prefix", "text"} that become prefix-LM examples beside the documents; with
    `class_column` the objects hold it too."""
    seed: int = Field(default=0, ge=0, lt=1 << 63)
    """Seed of the shuffle, the split, the dropout, the sample and the masks."""
    split_by: Literal["document", "site"] = "document"
    """What is never divided between train, valid and test. By site, valid measures unseen sites."""
    valid_share: float = Field(default=0.01, ge=0.0, le=0.5)
    """Expected share of documents (or sites) held out as valid."""
    test_share: float = Field(default=0.0, ge=0.0, le=0.5)
    """Expected share of documents (or sites) held out as test."""
    shard_bytes: int = Field(default=128_000_000, ge=1_000, le=2_000_000_000)
    """Size that shards of a split come close to, in bytes; they are cut evenly."""

    @model_validator(mode="after")
    def _some_train(self) -> "EncodeSettings":
        if self.valid_share + self.test_share > 0.9:
            raise ValueError("valid_share and test_share leave less than a tenth to train")
        return self
