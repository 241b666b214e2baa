"""Settings of the encode stage."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from encode.scripts import DEFAULT_LIMITS


class LearnSettings(BaseModel):
    """How a vocabulary is learned where `encode.vocabulary` names none."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    size: int = Field(default=36_000, ge=1_200, le=1_000_000)
    """Ids in the vocabulary, the reserved ones included. 36,000 is GPTSAN's."""
    max_chars: dict[str, int] = Field(default_factory=lambda: dict(DEFAULT_LIMITS))
    """Longest token of each script, in code points. Scripts not named keep their default. Longer
    limits shorten
    sequences and make rarer, less reusable tokens."""
    coverage: float = Field(default=0.9999, gt=0.5, le=1.0)
    """Share of the text's characters that get an id of their own; the rest are written as bytes."""
    sample_chars: int = Field(default=200_000_000, ge=1_000)
    """Most characters counted. Above it documents are sampled by the hash of their id."""


class EncodeSettings(BaseModel):
    """How documents become tokens, examples and shards."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    vocabulary: str | None = None
    """Path of a vocabulary file in GPTSAN's format. None: one is learned from the documents of this
    run."""
    emoji: str | None = None
    """Path of an emoji table (emoji.json). None: emoji are ordinary characters."""
    learn: LearnSettings = LearnSettings()
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Share of multi-character tokens left out at random while encoding (sub-word
    regularization)."""
    context: int = Field(default=1280, ge=8, le=1 << 20)
    """Tokens in one example, padding included. GPTSAN's is 1280."""
    mode: Literal["lm", "mlm", "hybrid"] = "hybrid"
    """What examples ask for: the next token (lm), masked tokens (mlm), or both behind a uniform cut
    (hybrid)."""
    format: Literal["tokens", "gptsan"] = "tokens"
    """`tokens`: ids and provenance, the objective is built while training. `gptsan`: x, y, i,
    num_input."""
    class_column: str | None = None
    """Column whose value (text or integer) is the class in `i`. None: `i` is the document's
    number."""
    pairs: tuple[str, ...] = ()
    """JSONL files of {"prefix", "text"} that become prefix-LM examples beside the documents."""
    seed: int = Field(default=0, ge=0, lt=1 << 63)
    """Seed of the shuffle, the split, the dropout and the masks."""
    split_by: Literal["document", "site"] = "document"
    """What is never divided between train, valid and test. By site, valid measures unseen sites."""
    valid_share: float = Field(default=0.01, ge=0.0, le=0.5)
    """Expected share of documents (or sites) held out as valid."""
    test_share: float = Field(default=0.0, ge=0.0, le=0.5)
    """Expected share of documents (or sites) held out as test."""
    shard_bytes: int = Field(default=128_000_000, ge=1_000, le=4_000_000_000)
    """Size that shards of a split come close to, in bytes; they are cut evenly."""
