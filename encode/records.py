"""TFRecord framing and `tf.train.Example` as bytes, without TensorFlow.

Features are written in the order of their names and integers packed, so that equal features give
equal bytes.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

import struct
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

import google_crc32c
import numba
import numpy as np
from numpy.typing import NDArray

MAX_RECORD: Final = 1 << 30
"""Longest record read, in bytes; a longer length is damage."""
_LENGTH_BYTES: Final = 12


class ShardError(ValueError):
    """A shard that cannot be read: truncated, bit-flipped, or not of this format."""


def masked_crc(data: bytes) -> int:
    """The masked CRC-32C that guards lengths and data of a TFRecord file."""
    crc = int(google_crc32c.value(data))
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def frame(record: bytes) -> bytes:
    """A record as it stands in a TFRecord file: length, its CRC, data, their CRC."""
    length = struct.pack("<Q", len(record))
    crcs = struct.pack("<I", masked_crc(length)), struct.pack("<I", masked_crc(record))
    return length + crcs[0] + record + crcs[1]


def iter_records(stream: BinaryIO, name: str) -> Iterator[bytes]:
    """Records of a TFRecord file, each checked against its CRCs.

    Args:
        stream: the file, at its start.
        name: what messages call it.

    Raises:
        ShardError: the file is cut off or damaged; the message names the record.
    """
    number = 0
    while head := stream.read(_LENGTH_BYTES):
        if len(head) < _LENGTH_BYTES:
            raise ShardError(f"{name}: record {number}: the file is cut off in its length")
        length, crc = struct.unpack("<QI", head)
        if masked_crc(head[:8]) != crc or length > MAX_RECORD:
            raise ShardError(f"{name}: record {number}: its length is damaged")
        body = stream.read(length + 4)
        if len(body) < length + 4:
            raise ShardError(f"{name}: record {number}: the file is cut off in its data")
        if masked_crc(body[:-4]) != struct.unpack("<I", body[-4:])[0]:
            raise ShardError(f"{name}: record {number}: its data is damaged")
        yield body[:-4]
        number += 1


@numba.njit(cache=True)
def _pack(values, out):
    written = 0
    for value in values:
        rest = np.uint64(value)
        while rest >= np.uint64(128):
            out[written] = np.uint8(rest & np.uint64(127)) | np.uint8(128)
            rest >>= np.uint64(7)
            written += 1
        out[written] = np.uint8(rest)
        written += 1
    return written


@numba.njit(cache=True)
def _unpack(data, out):
    """Varints of data into out; the number read, -1 where the last is cut off."""
    count = 0
    value = np.uint64(0)
    shift = np.uint64(0)
    for byte in data:
        value |= np.uint64(byte & 127) << shift
        if byte & 128:
            shift += np.uint64(7)
        else:
            out[count] = np.int64(value)
            count += 1
            value = np.uint64(0)
            shift = np.uint64(0)
    return count if shift == 0 else -1


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _field(number: int, data: bytes) -> bytes:
    """A length-delimited protobuf field."""
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def pack_example(features: Mapping[str, bytes | NDArray[np.int64]]) -> bytes:
    """Serialize a `tf.train.Example`.

    Args:
        features: name -> one text as bytes, or integers int64 [n].
    """
    parts = []
    for name in sorted(features):
        value = features[name]
        if isinstance(value, bytes):
            feature = _field(1, _field(1, value))
        else:
            buffer = np.empty(10 * len(value), np.uint8)
            packed = buffer[: _pack(value, buffer)].tobytes()
            feature = _field(3, _field(1, packed) if packed else b"")
        parts.append(_field(1, _field(1, name.encode("utf-8")) + _field(2, feature)))
    return _field(1, b"".join(parts))


def _fields(data: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """(number, wire type, content) of a message's fields; a varint comes as its own bytes."""
    at = 0
    while at < len(data):
        key, at = _read_varint(data, at)
        if key & 7 == 2:
            length, at = _read_varint(data, at)
            end = at + length
        elif key & 7 == 0:
            _, end = _read_varint(data, at)
        elif key & 7 == 5:
            end = at + 4
        elif key & 7 == 1:
            end = at + 8
        else:
            raise ShardError(f"wire type {key & 7} is not protobuf's")
        if end > len(data):
            raise ShardError("a field is cut off")
        yield key >> 3, key & 7, data[at:end]
        at = end


def _read_varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data):
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    raise ShardError("a number is cut off")


def unpack_example(data: bytes) -> dict[str, bytes | NDArray[np.int64]]:
    """Read a serialized `tf.train.Example` of integers and single texts.

    Raises:
        ShardError: it is not one.
    """
    found: dict[str, bytes | NDArray[np.int64]] = {}
    for _, _, features in _fields(memoryview(data)):
        for _, _, entry in _fields(features):
            parts = {number: content for number, _, content in _fields(entry)}
            if not parts.keys() >= {1, 2}:
                raise ShardError("a feature has no name or no value")
            name = bytes(parts[1]).decode("utf-8", errors="replace")
            for kind, _, values in _fields(parts[2]):
                if kind == 3:
                    found[name] = _integers(values)
                elif kind == 1:
                    found[name] = b"".join(bytes(content) for _, _, content in _fields(values))
    return found


def _integers(values: memoryview) -> NDArray[np.int64]:
    packed = b"".join(bytes(content) for _, _, content in _fields(values))
    out = np.empty(len(packed), np.int64)
    count = _unpack(np.frombuffer(packed, np.uint8), out)
    if count < 0:
        raise ShardError("a list of numbers is cut off")
    return out[:count].copy()
