"""Compiled encoding: UTF-8 bytes to symbols with the replacements made on the way, symbols to ids.

A symbol is the dense number of a code point that the vocabulary or the emoji table knows.
Everything else is
negative: ~code point, or ~(TOKEN + id) where a replacement put a whole token.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

import numba
import numpy as np

from encode.trie import BASE, LENGTH_BITS, MASK, OWNER, VALUE

TOKEN = 0x200000
"""Added to an id to tell it from a code point."""
KIND_SHIFT = 28
SYMBOL_MASK = (1 << 24) - 1
LENGTH_MASK = (1 << LENGTH_BITS) - 1
SIGNS, BYTES = 3, 5
"""Where in `fixed` the ids of the two classes of signs, and of the byte tokens, begin."""
FOLLOWS, WHOLE = 1 << 24, 1 << 25
"""Marks of a code point: it stands second in a key of the emoji table; it is a key by itself."""
PLAIN, SPACE, RETURN, TAB, EMOJI = 0, 1, 2, 3, 4
"""What a code point asks for: nothing, `<SP>`, `<BR>`, `<TAB>`, a look into the emoji table."""


@numba.njit(cache=True, inline="always")
def _mix(value):
    value = value + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@numba.njit(cache=True)
def read_symbols(data, start, end, classes, white, replace, symbols, marks):
    """Decode UTF-8 and replace white space.

    Args:
        data: uint8, valid UTF-8 from start to end.
        start: first byte.
        end: byte behind the last.
        classes: int32 [0x110000]: kind << 28 | marks | symbol + 1 (0: no symbol).
        white: int32 [3 or more], ids of `<SP>`, `<BR>`, `<TAB>`.
        replace: whether white space is replaced.
        symbols: int32, room for end - start + 1; one negative symbol stands behind the last.
        marks: int32, room for end - start: set to the places where a key of the emoji table may
            begin.

    Returns:
        number of symbols, number of marks.
    """
    count = 0
    marked = 0
    begun = False
    at = start
    while at < end:
        byte = np.int32(data[at])
        if byte < 0x80:
            code = byte
            at += 1
        elif byte >= 0xE0 and byte < 0xF0:
            code = (
                (byte & 15) << 12 | (np.int32(data[at + 1]) & 63) << 6 | np.int32(data[at + 2]) & 63
            )
            at += 3
        elif byte < 0xE0:
            code = (byte & 31) << 6 | np.int32(data[at + 1]) & 63
            at += 2
        else:
            code = (
                (byte & 7) << 18
                | (np.int32(data[at + 1]) & 63) << 12
                | (np.int32(data[at + 2]) & 63) << 6
                | np.int32(data[at + 3]) & 63
            )
            at += 4
        entry = classes[code]
        kind = entry >> KIND_SHIFT
        symbol = entry & SYMBOL_MASK
        symbols[count] = symbol - 1 if symbol > 0 else ~code
        followed = begun and (entry & FOLLOWS) != 0
        if followed and (marked == 0 or marks[marked - 1] != count - 1):
            marks[marked] = count - 1
            marked += 1
        begun = kind == EMOJI
        if kind != PLAIN:
            if kind == EMOJI:
                if (entry & WHOLE) != 0:
                    marks[marked] = count
                    marked += 1
            elif replace:
                symbols[count] = ~(TOKEN + white[kind - 1])
                if code == 13 and at < end and data[at] == 10:
                    at += 1
        count += 1
    symbols[count] = -1
    return count, marked


@numba.njit(cache=True)
def replace_emoji(symbols, count, marks, marked, rows, tokens):
    """Replace the emoji table's keys as if one after another in the table's order, in place.

    Keys found in the text are taken in the order (key, place) where they overlap none taken before;
    this equals replacing one key after another as long as no key can match a part of an inserted
    token.

    Args:
        symbols: int32, `count` of them and a negative one.
        count: symbols in use.
        marks: int32, places where a key may begin, ascending.
        marked: marks in use.
        rows: the trie of keys; a string's value is its number in the table.
        tokens: int32 [keys], id of each key's token.

    Returns:
        the number of symbols afterwards.
    """
    room = 16
    found = np.empty((room, 3), np.int64)
    written = 0
    copied = 0
    mark = 0
    while mark < marked:
        first = marks[mark]
        limit = first + 1
        matches = 0
        while mark < marked and marks[mark] < limit:
            position = marks[mark]
            node = symbols[position]
            while node >= 0:
                position += 1
                if rows[node, VALUE] >= 0:
                    if matches == room:
                        more = np.empty((room * 2, 3), np.int64)
                        more[:room] = found
                        found, room = more, room * 2
                    found[matches, 0] = rows[node, VALUE]
                    found[matches, 1] = marks[mark]
                    found[matches, 2] = position
                    matches += 1
                    limit = max(limit, position)
                node = _step(rows, node, symbols[position])
            mark += 1
        if matches == 0:
            continue
        if written < copied:
            symbols[written : written + first - copied] = symbols[copied:first].copy()
        written += first - copied
        order = np.argsort(found[:matches, 0] * (count + 1) + found[:matches, 1])
        taken = np.full(limit - first, -1, np.int64)
        for index in order:
            begin, behind = found[index, 1] - first, found[index, 2] - first
            free = True
            for inside in range(begin, behind):
                free = free and taken[inside] < 0
            if free:
                for inside in range(begin, behind):
                    taken[inside] = index
        for inside in range(limit - first):
            index = taken[inside]
            if index < 0:
                symbols[written] = symbols[first + inside]
                written += 1
            elif found[index, 1] == first + inside:
                symbols[written] = ~(TOKEN + tokens[found[index, 0]])
                written += 1
        copied = limit
    if written < copied:
        symbols[written : written + count - copied] = symbols[copied:count].copy()
        count -= copied - written
        symbols[count] = -1
    return count


@numba.njit(cache=True, inline="always")
def _step(rows, node, symbol):
    """The child of a node by a symbol, -1 where it has none."""
    if symbol < 0 or (rows[node, MASK] >> (symbol & 31)) & 1 == 0:
        return np.int32(-1)
    child = rows[node, BASE] + symbol
    return child if rows[child, OWNER] == node else np.int32(-1)


@numba.njit(cache=True)
def _special(symbols, at, rows):
    """The longest special token at a `<`: its id and end; id -1 where none stands there."""
    best, best_end = np.int32(-1), at
    position = at
    node = symbols[at]
    while node >= 0:
        position += 1
        if rows[node, VALUE] >= 0:
            best, best_end = rows[node, VALUE], position
        node = _step(rows, node, symbols[position])
    return best, best_end


@numba.njit(cache=True)
def write_ids(symbols, count, less, special, rows, codes, fixed, out, written):
    """Walk over symbols and write ids.

    Args:
        symbols: int32, `count` of them and a negative one.
        count: symbols in use.
        less: the symbol of `<`.
        special: the trie of special tokens.
        rows: the trie of ordinary tokens, best value spread to every row.
        codes: int32 [symbols], code point of each symbol.
        fixed: int32 [5 + 256], ids of `<SP>`, `<BR>`, `<TAB>`, `<KIGOU>`, `<U2000U2BFF>` and of the
            byte tokens.
        out: int32, room for four ids a symbol from `written` on.
        written: ids that stand in out already.

    Returns:
        ids in out afterwards.
    """
    at = 0
    while at < count:
        node = symbols[at]
        if node < 0:
            written = _write_other(~node, fixed, out, written)
            at += 1
            continue
        if node == less:
            best, best_end = _special(symbols, at, special)
            if best >= 0:
                out[written] = best
                written += 1
                at = best_end
                continue
        position = at + 1
        child = _step(rows, node, symbols[position])
        while child >= 0:
            node = child
            position += 1
            child = _step(rows, node, symbols[position])
        best = rows[node, VALUE]
        if best >= 0:
            out[written] = best >> LENGTH_BITS
            written += 1
            at += best & LENGTH_MASK
        else:
            written = _write_other(codes[symbols[at]], fixed, out, written)
            at += 1
    return written


@numba.njit(cache=True)
def write_ids_dropped(symbols, count, less, special, rows, codes, fixed, out, written, rate, seed):
    """As `write_ids`, but each candidate of two or more symbols may be left out.

    `rows` is the trie of all ordinary tokens, each row with its own value; `rate` the probability,
    0 to 1; the choice hangs on `seed` uint64, on the ids written for this text and on the
    candidate's length.
    """
    before = written
    at = 0
    while at < count:
        node = symbols[at]
        if node < 0:
            written = _write_other(~node, fixed, out, written)
            at += 1
            continue
        if node == less:
            best, best_end = _special(symbols, at, special)
            if best >= 0:
                out[written] = best
                written += 1
                at = best_end
                continue
        best, best_end = np.int32(-1), at
        position = at
        while node >= 0:
            position += 1
            value = rows[node, VALUE]
            if value >= 0 and (best < 0 or value <= best):
                kept = True
                if position - at > 1:
                    chance = _mix(seed ^ _mix(np.uint64((written - before) * 256 + position - at)))
                    kept = np.float64(chance >> np.uint64(11)) * 2.0**-53 >= rate
                if kept:
                    best, best_end = value, position
            node = _step(rows, node, symbols[position])
        if best >= 0:
            out[written] = best
            written += 1
            at = best_end
        else:
            written = _write_other(codes[symbols[at]], fixed, out, written)
            at += 1
    return written


@numba.njit(cache=True)
def _write_other(code, fixed, out, written):
    """Write what no string of the vocabulary matches: an inserted token, a class, or bytes."""
    if code >= TOKEN:
        out[written] = code - TOKEN
        return written + 1
    if (
        (0xA1 <= code <= 0xBF)
        or (0x1C0 <= code <= 0x1C3)
        or (0x2B9 <= code <= 0x2FF)
        or (0x300 <= code <= 0x362)
    ):
        out[written] = fixed[SIGNS]
        return written + 1
    if 0x2000 <= code <= 0x2BFF:
        out[written] = fixed[SIGNS + 1]
        return written + 1
    if code < 0x80:
        out[written] = fixed[BYTES + code]
        return written + 1
    if code < 0x800:
        out[written] = fixed[BYTES + (0xC0 | code >> 6)]
        out[written + 1] = fixed[BYTES + (0x80 | code & 63)]
        return written + 2
    if code < 0x10000:
        out[written] = fixed[BYTES + (0xE0 | code >> 12)]
        out[written + 1] = fixed[BYTES + (0x80 | code >> 6 & 63)]
        out[written + 2] = fixed[BYTES + (0x80 | code & 63)]
        return written + 3
    out[written] = fixed[BYTES + (0xF0 | code >> 18)]
    out[written + 1] = fixed[BYTES + (0x80 | code >> 12 & 63)]
    out[written + 2] = fixed[BYTES + (0x80 | code >> 6 & 63)]
    out[written + 3] = fixed[BYTES + (0x80 | code & 63)]
    return written + 4


@numba.njit(cache=True, nogil=True)
def encode_texts(
    data, offsets, classes, replace, less, emoji, tokens, special, rows, codes, fixed, rate, seeds
):
    """Encode a batch of texts laid end to end.

    `data` uint8 is the texts' UTF-8, `offsets` int64 [texts + 1] their bounds; `rate` the dropout
    with one uint64 of `seeds` a text; `emoji` and `tokens` are the trie of keys and their tokens.
    The other arguments are those of the functions above.

    Returns:
        ids int32 [sum of lengths], their offsets int64 [texts + 1].
    """
    texts = len(offsets) - 1
    ends = np.zeros(texts + 1, np.int64)
    out = np.empty(max(256, (offsets[texts] - offsets[0]) // 3), np.int32)
    symbols = np.empty(256, np.int32)
    marks = np.empty(256, np.int32)
    written = 0
    for text in range(texts):
        start, end = offsets[text], offsets[text + 1]
        size = end - start
        if size >= len(symbols):
            symbols = np.empty(size * 2, np.int32)
            marks = np.empty(size * 2, np.int32)
        if written + size > len(out):
            more = np.empty(max(len(out) * 2, written + size * 2), np.int32)
            more[:written] = out[:written]
            out = more
        count, marked = read_symbols(data, start, end, classes, fixed, replace, symbols, marks)
        if marked > 0:
            count = replace_emoji(symbols, count, marks, marked, emoji, tokens)
        if rate > 0.0:
            written = write_ids_dropped(
                symbols, count, less, special, rows, codes, fixed, out, written, rate, seeds[text]
            )
        else:
            written = write_ids(symbols, count, less, special, rows, codes, fixed, out, written)
        ends[text + 1] = written
    return out[:written], ends
