"""Paths on any filesystem that Beam knows (local, s3://, gs://, hdfs://), as bytes and streams.

Nothing here compresses: a name that ends in .gz holds what the caller wrote.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from apache_beam.io.filesystem import BeamIOError, CompressionTypes
from apache_beam.io.filesystems import FileSystems

from pipelines.s3 import share_clients

share_clients()
_RAW = CompressionTypes.UNCOMPRESSED
_BLOCK = 1 << 20


@dataclass(frozen=True, order=True)
class FileInfo:
    """One file: its path and its size in bytes."""

    path: str
    size: int


def is_local(path: str) -> bool:
    """Whether the path names the local filesystem."""
    return FileSystems.get_scheme(path) is None


def join(base: str, *parts: str) -> str:
    """Join path parts with the separator of the base's filesystem."""
    return FileSystems.join(base, *parts) if parts else base


def exists(path: str) -> bool:
    """Whether a file stands at the path."""
    return bool(FileSystems.exists(path))


def open_read(path: str) -> BinaryIO:
    """Open a file for reading, seekable.

    Raises:
        FileNotFoundError: nothing stands at the path.
    """
    try:
        return FileSystems.open(path, compression_type=_RAW)
    except FileNotFoundError:
        raise
    except (BeamIOError, OSError) as error:
        if not exists(path):
            raise FileNotFoundError(path) from error
        raise


def read_bytes(path: str) -> bytes:
    """Read a whole file.

    Raises:
        FileNotFoundError: nothing stands at the path.
    """
    try:
        with open_read(path) as stream:
            return stream.read()
    except (BeamIOError, OSError) as error:
        if isinstance(error, FileNotFoundError) or exists(path):
            raise
        raise FileNotFoundError(path) from error


def create(path: str) -> BinaryIO:
    """Open a file for writing from its start, with its folder; the caller closes it.

    What is written may stand half after a crash: only a manifest written later makes it count.
    """
    if is_local(path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    return FileSystems.create(path, compression_type=_RAW)


def write_bytes(path: str, data: bytes) -> None:
    """Write a whole file at once: readers see the old bytes or the new, never half of them.

    Locally by a rename in the same folder; an object store's put is atomic by itself.
    """
    if not is_local(path):
        with create(path) as stream:
            stream.write(data)
        return
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=".tmp-")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
        os.chmod(temporary, 0o644)  # noqa: PTH101 - mkstemp made it private to the owner
        os.replace(temporary, target)  # noqa: PTH105 - the one atomic rename
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def listing(pattern: str) -> list[FileInfo]:
    """Files that match a glob, sorted by path; empty where nothing does.

    `**` crosses folders. Half-written temporaries of `write_bytes` are left out.
    """
    try:
        matched = FileSystems.match([pattern])[0].metadata_list
    except BeamIOError as error:
        if "not found" in str(error).lower() or "NoSuchBucket" in str(error):
            return []
        raise
    found = (FileInfo(item.path, item.size_in_bytes) for item in matched)
    return sorted(item for item in found if "/.tmp-" not in item.path)


def delete(paths: Iterable[str]) -> None:
    """Delete files; those that are gone already are no error."""
    present = [path for path in paths if exists(path)]
    if present:
        FileSystems.delete(present)


def sha256_of(path: str) -> str:
    """The SHA-256 of a file's bytes in hex, read in blocks.

    Raises:
        FileNotFoundError: nothing stands at the path.
    """
    digest = hashlib.sha256()
    with open_read(path) as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def size_of(path: str) -> int:
    """The size of a file in bytes.

    Raises:
        FileNotFoundError: nothing stands at the path.
    """
    found = listing(path)
    if not found:
        raise FileNotFoundError(path)
    return found[0].size
