"""Near-duplicate pairs of a JSONL: stdin {"id", "text"} -> stdout {"a", "b", "similarity"}.

The similarity is the true Jaccard similarity of character 5-grams after folding (width, case, white
space, punctuation runs). Every pair at or above the threshold is printed once; texts that fold to
nothing are in no pair. All texts are held in memory.
"""

import argparse
import json
import sys
from typing import BinaryIO

from pipelines.errors import UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--threshold", type=float, default=0.8, help="least similarity, 0 < t <= 1 (default 0.8)"
    )
    parser.add_argument("--ngram", type=int, default=5, help="code points a shingle (default 5)")


def run(args: argparse.Namespace) -> int:
    if not 0 < args.threshold <= 1:
        raise UserError(f"--threshold {args.threshold}: must be above 0 and at most 1")
    if not 1 <= args.ngram <= 64:
        raise UserError(f"--ngram {args.ngram}: must be between 1 and 64")
    names, texts = read_lines(sys.stdin.buffer)
    from dedup.pairs import near_duplicate_pairs

    write = sys.stdout.write
    for a, b, similarity in near_duplicate_pairs(texts, args.threshold, args.ngram):
        row = {"a": names[a], "b": names[b], "similarity": similarity}
        write(json.dumps(row, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    return 0


def read_lines(stream: BinaryIO) -> tuple[list[str | int], list[str]]:
    """Read ids and texts.

    Args:
        stream: JSON lines; empty lines are passed over.

    Raises:
        UserError: the first line without an "id" (string or integer) and a "text" (string).
    """
    names: list[str | int] = []
    texts: list[str] = []
    for number, raw in enumerate(stream, 1):
        if not raw.strip():
            continue
        try:
            row = json.loads(raw)
        except (ValueError, RecursionError):
            raise UserError(
                f'stdin:{number}: not JSON: {raw[:40]!r}; a line is {{"id": …, "text": …}}'
            ) from None
        if not isinstance(row, dict) or "id" not in row or "text" not in row:
            raise UserError(f'stdin:{number}: expected an object with "id" and "text"')
        name, text = row["id"], row["text"]
        if not isinstance(name, str | int) or isinstance(name, bool):
            raise UserError(f'stdin:{number}: "id" is {json.dumps(name)[:40]}, not a string')
        if not isinstance(text, str):
            raise UserError(f'stdin:{number}: "text" is {json.dumps(text)[:40]}, not a string')
        names.append(name)
        texts.append(text)
    return names, texts
