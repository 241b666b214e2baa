"""What the encode stage reads: shards of documents and ranges of pair files."""

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from encode.documents import Document
from pipelines import files
from pipelines.errors import UserError

PAIR_RANGE = 64 << 20
"""Bytes of a pair file that one shard reads, about."""
MOST_CLASSES = 100_000
_ROWS = 256


@dataclass(frozen=True)
class Source:
    """One bounded part of the input.

    Attributes:
        shard: its id in the stores; sources sort by it.
        path: the file.
        kind: `documents` (Parquet) or `pairs` (JSONL).
        start: first byte of a pair file's range.
        end: byte behind the range.
        class_column: the column that holds the class, if any.
    """

    shard: str
    path: str
    kind: str
    start: int = 0
    end: int = 0
    class_column: str | None = None


@dataclass(frozen=True)
class Row:
    """A document as read: `value` is its class as the column holds it, or None."""

    doc_id: str
    site: str
    text: str
    prefix: str | None
    value: int | str | None


def list_sources(
    documents: list[str], pairs: tuple[str, ...], class_column: str | None
) -> list[Source]:
    """Divide the input into sources, in a stable order.

    Args:
        documents: Parquet files of documents.
        pairs: globs of pair files.
        class_column: the column that holds the class, if any.

    Raises:
        UserError: a glob matches nothing.
    """
    sources = [
        Source(f"d{number:05d}", path, "documents", class_column=class_column)
        for number, path in enumerate(sorted(documents))
    ]
    number = 0
    for pattern in pairs:
        found = files.listing(pattern)
        if not found:
            raise UserError(f"encode.pairs: {pattern} matches no file; give JSONL files")
        for info in found:
            for start in range(0, max(info.size, 1), PAIR_RANGE):
                end = min(start + PAIR_RANGE, info.size)
                shard = f"p{number:05d}"
                sources.append(Source(shard, info.path, "pairs", start, end, class_column))
                number += 1
    return sources


@dataclass
class Measure:
    """Figures of one source: rows, lines that are no pair, code points, names of classes."""

    rows: int = 0
    bad: int = 0
    chars: int = 0
    classes: set[str] = field(default_factory=set)

    def add_class(self, source: Source, value: object) -> None:
        """Note a row's class.

        Raises:
            UserError: it is no text or integer, or there are too many.
        """
        if isinstance(_checked_class(source, value), str):
            self.classes.add(str(value))
        if len(self.classes) > MOST_CLASSES:
            raise UserError(
                f"encode.class_column: more than {MOST_CLASSES} classes in "
                f"{source.class_column!r}; name a column with fewer"
            )


def measure(source: Source) -> Measure:
    """Measure a source; of documents no text is read.

    Raises:
        UserError: as of `read_rows`, or too many classes.
    """
    found = Measure()
    if source.kind == "pairs":
        for batch in _pair_rows(source):
            for row in batch:
                if row is None:
                    found.bad += 1
                    continue
                found.rows += 1
                found.chars += len(row.text) + len(row.prefix or "")
                if source.class_column is not None:
                    found.add_class(source, row.value)
        return found
    for batch in _column_batches(source, ["n_chars"]):
        found.rows += batch.num_rows
        found.chars += pc.sum(batch.column("n_chars")).as_py() or 0
        if source.class_column is not None:
            for value in pc.unique(batch.column(source.class_column)).to_pylist():
                found.add_class(source, value)
    return found


def read_rows(source: Source) -> Iterator[list[Row | None]]:
    """Batches of a source's rows in order; None where a line of a pair file is no pair.

    Raises:
        UserError: the documents lack the class column, or it holds no text or integer.
    """
    batches = _document_rows(source) if source.kind == "documents" else _pair_rows(source)
    yield from batches


def _document_rows(source: Source) -> Iterator[list[Row | None]]:
    for batch in _column_batches(source, ["doc_id", "site", "text"]):
        yield [
            Row(row["doc_id"], row["site"], row["text"], None, _class(source, row))
            for row in batch.to_pylist()
        ]


def _column_batches(source: Source, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """Batches of the columns and the class column."""
    with files.open_read(source.path) as stream:
        parquet = pq.ParquetFile(stream)
        if source.class_column is not None:
            if source.class_column not in parquet.schema_arrow.names:
                raise UserError(
                    f"encode.class_column: the documents have no column {source.class_column!r}; "
                    f"they have {', '.join(parquet.schema_arrow.names)}"
                )
            columns = list(dict.fromkeys([*columns, source.class_column]))
        yield from parquet.iter_batches(_ROWS, columns=columns)


def _class(source: Source, row: dict[str, Any]) -> int | str | None:
    if source.class_column is None:
        return None
    return _checked_class(source, row.get(source.class_column))


def _checked_class(source: Source, value: object) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise UserError(
            f"encode.class_column: {source.class_column} is {value!r} in {source.path}; "
            "a class must be a text or an integer"
        )
    return value


def _pair_rows(source: Source) -> Iterator[list[Row | None]]:
    batch: list[Row | None] = []
    for line in _range_lines(source):
        batch.append(_pair(source, line))
        if len(batch) == _ROWS:
            yield batch
            batch = []
    if batch:
        yield batch


def _range_lines(source: Source) -> Iterator[bytes]:
    """The lines that begin inside the range."""
    with files.open_read(source.path) as raw:
        stream = io.BufferedReader(raw) if isinstance(raw, io.RawIOBase) else raw
        at = source.start
        if at:
            stream.seek(at - 1)
            at += len(stream.readline()) - 1
        while at < source.end:
            line = stream.readline()
            if not line:
                return
            at += len(line)
            if line.strip():
                yield line


def _pair(source: Source, line: bytes) -> Row | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    prefix, text = value.get("prefix"), value.get("text")
    if not isinstance(prefix, str) or not isinstance(text, str):
        return None
    try:
        name = hashlib.blake2b(prefix.encode() + b"\0" + text.encode(), digest_size=16)
    except UnicodeEncodeError:
        return None
    return Row(name.hexdigest(), "", text, prefix, _class(source, value))


def to_documents(rows: list[Row], first: int, classes: dict[str, int]) -> list[Document]:
    """Rows with their class or number.

    Args:
        rows: a batch.
        first: number of the first row within the run.
        classes: text of a class -> its number; an integer is its own.
    """
    documents = []
    for number, row in enumerate(rows, start=first):
        label = number
        if isinstance(row.value, str):
            label = classes[row.value]
        elif row.value is not None:
            label = row.value
        documents.append(Document(row.doc_id, row.site, label, row.text, row.prefix))
    return documents
