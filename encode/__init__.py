"""Vocabulary, encoder, training examples and TFRecord shards."""

from typing import Any


def __getattr__(name: str) -> Any:
    """`encode.read_shards`, imported when asked for: settings load without compiled code."""
    if name == "read_shards":
        from encode.shards import read_shards

        return read_shards
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
