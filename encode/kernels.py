"""Compiled encoding: UTF-8 bytes to symbols with the replacements made on the way, symbols to ids.

A symbol is the dense number of a code point that the vocabulary or the emoji table knows.
Everything else is
negative: ~code point, or ~(TOKEN + id) where a replacement put a whole token.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

import numba
import numpy as np

from encode.trie import BASE, LENGTH, OWNER, VALUE

TOKEN = 0x200000
"""Added to an id to tell it from a code point."""
KIND_SHIFT = 28
SYMBOL_MASK = (1 << 24) - 1
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
def read_symbols(data, start, end, classes, white, replace, symbols):
    """Decode UTF-8 and replace white space.

    Args:
        data: uint8, valid UTF-8 from start to end.
        start: first byte.
        end: byte behind the last.
        classes: int32 [0x110000]: kind << 28 | marks | symbol + 1 (0: no symbol).
        white: int32 [3], ids of `<SP>`, `<BR>`, `<TAB>`.
        replace: whether white space is replaced.
        symbols: int32, room for end - start.

    Returns:
        number of symbols written, whether an emoji may stand among them.
    """
    count = 0
    emoji = False
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
        emoji |= begun and (entry & FOLLOWS) != 0
        begun = kind == EMOJI
        if kind == PLAIN or not replace:
            symbols[count] = symbol - 1 if symbol > 0 else ~code
        elif kind == EMOJI:
            emoji |= (entry & WHOLE) != 0
            symbols[count] = symbol - 1 if symbol > 0 else ~code
        else:
            symbols[count] = ~(TOKEN + white[kind - 1])
            if code == 13 and at < end and data[at] == 10:
                at += 1
        count += 1
    return count, emoji


@numba.njit(cache=True)
def replace_emoji(symbols, count, roots, rows, tokens):
    """Replace the emoji table's keys as if one after another in the table's order, in place.

    Keys found in the text are taken in the order (key, place) where they overlap none taken before;
    this equals replacing one key after another as long as no key can match a part of an inserted
    token.

    Args:
        symbols: int32 [count or more].
        count: symbols in use.
        roots: first-level rows of the trie of keys; a string's value is its number in the table.
        rows: the trie.
        tokens: int32 [keys], id of each key's token.

    Returns:
        the number of symbols afterwards.
    """
    room = 16
    found = np.empty((room, 3), np.int64)
    written = 0
    at = 0
    while at < count:
        matches = 0
        limit = at + 1
        place = at
        while place < limit and place < count:
            symbol = symbols[place]
            node = roots[symbol] if symbol >= 0 else -1
            position = place
            while node >= 0:
                position += 1
                if rows[node, VALUE] >= 0:
                    if matches == room:
                        more = np.empty((room * 2, 3), np.int64)
                        more[:room] = found
                        found, room = more, room * 2
                    found[matches, 0] = rows[node, VALUE]
                    found[matches, 1] = place
                    found[matches, 2] = position
                    matches += 1
                    limit = max(limit, position)
                if position >= count or symbols[position] < 0:
                    break
                following = rows[node, BASE] + symbols[position]
                node = following if rows[following, OWNER] == node else -1
            place += 1
        if matches == 0:
            symbols[written] = symbols[at]
            written += 1
            at += 1
            continue
        order = np.argsort(found[:matches, 0] * (count + 1) + found[:matches, 1])
        taken = np.full(limit - at, -1, np.int64)
        for index in order:
            first, last = found[index, 1] - at, found[index, 2] - at
            free = True
            for inside in range(first, last):
                free = free and taken[inside] < 0
            if free:
                for inside in range(first, last):
                    taken[inside] = index
        for inside in range(limit - at):
            index = taken[inside]
            if index < 0:
                symbols[written] = symbols[at + inside]
                written += 1
            elif found[index, 1] == at + inside:
                symbols[written] = ~(TOKEN + tokens[found[index, 0]])
                written += 1
        at = limit
    return written


@numba.njit(cache=True, inline="always")
def _special(symbols, at, count, node, rows):
    """The longest special token at a `<`: its id and end; id -1 where none stands there."""
    best, best_end = np.int32(-1), at
    position = at
    while node >= 0:
        position += 1
        if rows[node, VALUE] >= 0:
            best, best_end = rows[node, VALUE], position
        if position >= count or symbols[position] < 0:
            break
        following = rows[node, BASE] + symbols[position]
        node = following if rows[following, OWNER] == node else -1
    return best, best_end


@numba.njit(cache=True)
def write_ids(
    symbols, count, less, special, special_rows, roots, rows, codes, singles, bytes_, out, written
):
    """Walk over symbols and write ids.

    Args:
        symbols: int32 [count or more].
        count: symbols in use.
        less: the symbol of `<`, -1 where there is none.
        special: first-level row of `<` in the trie of special tokens, -1 where there is none.
        special_rows: that trie.
        roots: first-level rows of the trie of ordinary tokens, best value spread to every row.
        rows: that trie.
        codes: int32 [symbols], code point of each symbol.
        singles: int32 [2], ids of `<KIGOU>` and `<U2000U2BFF>`.
        bytes_: int32 [256], ids of the byte tokens.
        out: int32, room for four ids a symbol from `written` on.
        written: ids that stand in out already.

    Returns:
        ids in out afterwards.
    """
    at = 0
    while at < count:
        symbol = symbols[at]
        if symbol < 0:
            code = ~symbol
            if code >= TOKEN:
                out[written] = code - TOKEN
                written += 1
            else:
                written = _fall_back(code, singles, bytes_, out, written)
            at += 1
            continue
        if symbol == less:
            best, best_end = _special(symbols, at, count, special, special_rows)
            if best >= 0:
                out[written] = best
                written += 1
                at = best_end
                continue
        node = roots[symbol]
        if node < 0:
            written = _fall_back(codes[symbol], singles, bytes_, out, written)
            at += 1
            continue
        position = at + 1
        while position < count:
            following = symbols[position]
            if following < 0:
                break
            child = rows[node, BASE] + following
            if rows[child, OWNER] != node:
                break
            node = child
            position += 1
        best = rows[node, VALUE]
        if best < 0:
            written = _fall_back(codes[symbol], singles, bytes_, out, written)
            at += 1
        else:
            out[written] = best
            written += 1
            at += rows[node, LENGTH]
    return written


@numba.njit(cache=True)
def write_ids_dropped(
    symbols,
    count,
    less,
    special,
    special_rows,
    roots,
    rows,
    values,
    codes,
    singles,
    bytes_,
    out,
    written,
    rate,
    seed,
):
    """As `write_ids`, but each candidate of two or more symbols may be left out.

    `values` int32 [rows] is the id of the string that ends at a row, -1 where none does; `rate` the
    probability, 0 to 1; the choice hangs on `seed` uint64, on the ids written for this text and on
    the candidate's length.
    """
    before = written
    at = 0
    while at < count:
        symbol = symbols[at]
        if symbol < 0:
            code = ~symbol
            if code >= TOKEN:
                out[written] = code - TOKEN
                written += 1
            else:
                written = _fall_back(code, singles, bytes_, out, written)
            at += 1
            continue
        if symbol == less:
            best, best_end = _special(symbols, at, count, special, special_rows)
            if best >= 0:
                out[written] = best
                written += 1
                at = best_end
                continue
        node = roots[symbol]
        best, best_end = np.int32(-1), at
        position = at
        while node >= 0:
            position += 1
            value = values[node]
            if value >= 0 and (best < 0 or value <= best):
                kept = True
                if position - at > 1:
                    chance = _mix(seed ^ _mix(np.uint64((written - before) * 256 + position - at)))
                    kept = np.float64(chance >> np.uint64(11)) * 2.0**-53 >= rate
                if kept:
                    best, best_end = value, position
            if position >= count or symbols[position] < 0:
                break
            following = rows[node, BASE] + symbols[position]
            node = following if rows[following, OWNER] == node else -1
        if best < 0:
            written = _fall_back(codes[symbol], singles, bytes_, out, written)
            at += 1
        else:
            out[written] = best
            written += 1
            at = best_end
    return written


@numba.njit(cache=True)
def _fall_back(code, singles, bytes_, out, written):
    if (
        (0xA1 <= code <= 0xBF)
        or (0x1C0 <= code <= 0x1C3)
        or (0x2B9 <= code <= 0x2FF)
        or (0x300 <= code <= 0x362)
    ):
        out[written] = singles[0]
        return written + 1
    if 0x2000 <= code <= 0x2BFF:
        out[written] = singles[1]
        return written + 1
    if code < 0x80:
        out[written] = bytes_[code]
        return written + 1
    if code < 0x800:
        out[written] = bytes_[0xC0 | code >> 6]
        out[written + 1] = bytes_[0x80 | code & 63]
        return written + 2
    if code < 0x10000:
        out[written] = bytes_[0xE0 | code >> 12]
        out[written + 1] = bytes_[0x80 | code >> 6 & 63]
        out[written + 2] = bytes_[0x80 | code & 63]
        return written + 3
    out[written] = bytes_[0xF0 | code >> 18]
    out[written + 1] = bytes_[0x80 | code >> 12 & 63]
    out[written + 2] = bytes_[0x80 | code >> 6 & 63]
    out[written + 3] = bytes_[0x80 | code & 63]
    return written + 4


@numba.njit(cache=True)
def encode_texts(
    data,
    offsets,
    classes,
    white,
    replace,
    emoji_roots,
    emoji_rows,
    emoji_tokens,
    less,
    special,
    special_rows,
    roots,
    rows,
    values,
    codes,
    singles,
    bytes_,
    rate,
    seeds,
):
    """Encode a batch of texts laid end to end.

    `data` uint8 is the texts' UTF-8, `offsets` int64 [texts + 1] their bounds; `rate` the dropout
    with one uint64 of `seeds` a text. The other arguments are those of the functions above.

    Returns:
        ids int32 [sum of lengths], their offsets int64 [texts + 1].
    """
    texts = len(offsets) - 1
    ends = np.zeros(texts + 1, np.int64)
    out = np.empty(max(1024, (offsets[texts] - offsets[0]) // 3 + 1024), np.int32)
    symbols = np.empty(1024, np.int32)
    written = 0
    for text in range(texts):
        start, end = offsets[text], offsets[text + 1]
        if end - start > len(symbols):
            symbols = np.empty((end - start) * 2, np.int32)
        count, emoji = read_symbols(data, start, end, classes, white, replace, symbols)
        if emoji:
            count = replace_emoji(symbols, count, emoji_roots, emoji_rows, emoji_tokens)
        if written + (end - start) > len(out):
            more = np.empty(max(len(out) * 2, written + (end - start) * 2), np.int32)
            more[:written] = out[:written]
            out = more
        if rate > 0.0:
            written = write_ids_dropped(
                symbols,
                count,
                less,
                special,
                special_rows,
                roots,
                rows,
                values,
                codes,
                singles,
                bytes_,
                out,
                written,
                rate,
                seeds[text],
            )
        else:
            written = write_ids(
                symbols,
                count,
                less,
                special,
                special_rows,
                roots,
                rows,
                codes,
                singles,
                bytes_,
                out,
                written,
            )
        ends[text + 1] = written
    return out[:written], ends
