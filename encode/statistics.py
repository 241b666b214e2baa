"""Figures of an encoded corpus, for the report."""

from typing import Any, Final

import numpy as np

from encode.documents import LENGTH_STEPS, Tally
from encode.vocabulary import BYTE_TOKENS, RESERVED, Vocabulary

STATISTICS_JSON: Final = "statistics.json"
_SHOWN: Final = 50


def statistics(tally: Tally, vocabulary: Vocabulary) -> dict[str, Any]:
    """What the report shows of a corpus.

    Args:
        tally: summed over all sources.
        vocabulary: names the ids.

    Returns:
        JSON-able: documents, code_points, tokens (bags counted as one), raw_tokens,
        tokens_per_document, chars_per_token (over raw tokens), byte_share and class_share (of raw
        tokens: bytes, and `<KIGOU>` or `<U2000U2BFF>`), unused_ids, most_used and least_used
        ({id, token, uses} of tokens that are not reserved), lengths ({at_most, documents}).
    """
    uses = tally.uses
    ids = vocabulary.ids
    byte_ids = [ids[token] for token in BYTE_TOKENS if token in ids]
    class_ids = [ids["<KIGOU>"], ids["<U2000U2BFF>"]]
    reserved = {ids[token] for token in RESERVED if token in ids}
    ordinary = np.array([number for number in range(len(vocabulary)) if number not in reserved])
    order = ordinary[np.lexsort((ordinary, -uses[ordinary]))]
    used = order[uses[order] > 0]

    def shown(numbers: Any) -> list[dict[str, Any]]:
        return [
            {"id": int(n), "token": vocabulary.spellings[n][0], "uses": int(uses[n])}
            for n in numbers
        ]

    bounds: list[int | None] = [*LENGTH_STEPS, None]
    raw = max(tally.raw_tokens, 1)
    return {
        "documents": tally.documents,
        "code_points": tally.chars,
        "tokens": tally.tokens,
        "raw_tokens": tally.raw_tokens,
        "tokens_per_document": round(tally.tokens / max(tally.documents, 1), 3),
        "chars_per_token": round(tally.chars / raw, 4),
        "byte_share": round(int(uses[byte_ids].sum()) / raw, 6),
        "class_share": round(int(uses[class_ids].sum()) / raw, 6),
        "unused_ids": int((uses[ordinary] == 0).sum()),
        "most_used": shown(used[:_SHOWN]),
        "least_used": shown(used[::-1][:_SHOWN]),
        "lengths": [
            {"at_most": bound, "documents": count}
            for bound, count in zip(bounds, tally.lengths, strict=True)
        ],
    }
