"""Parquet files with a fixed schema: rows checked before the write, the same bytes always."""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import files


def to_parquet(rows: Sequence[dict[str, Any]] | pa.Table, schema: pa.Schema) -> bytes:
    """Rows as one Parquet file.

    pyarrow's `from_pylist` fills missing keys with null and drops unknown ones without a word, so
    every row's keys (and those of structs at the first level) are compared with the schema first.

    Args:
        rows: one dict a row, or a table of this very schema.
        schema: the schema; fields that are not nullable must have a value.

    Raises:
        ValueError: a row's keys differ from the schema, or a value is missing; it names the row.
    """
    if isinstance(rows, pa.Table):
        if not rows.schema.equals(schema):
            raise ValueError(f"table has schema {rows.schema}, expected {schema}")
        table = rows
    else:
        check_rows(rows, schema)
        table = pa.Table.from_pylist(list(rows), schema=schema)
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", compression_level=3, write_statistics=True)
    return sink.getvalue()


def check_rows(rows: Iterable[dict[str, Any]], schema: pa.Schema) -> None:
    """Compare every row's keys and missing values with the schema.

    Raises:
        ValueError: the first row that differs, with the names that do.
    """
    names = set(schema.names)
    required = [field.name for field in schema if not field.nullable]
    structs = {
        field.name: {inner.name for inner in field.type}
        for field in schema
        if pa.types.is_struct(field.type)
    }
    for number, row in enumerate(rows):
        if row.keys() != names:
            raise ValueError(
                f"row {number}: columns {sorted(row.keys() ^ names)} differ from the schema"
            )
        for name in required:
            if row[name] is None:
                raise ValueError(f"row {number}: column {name!r} has no value")
        for name, inner in structs.items():
            if row[name] is not None and row[name].keys() != inner:
                raise ValueError(
                    f"row {number}: fields {sorted(row[name].keys() ^ inner)} of {name!r} differ"
                )


def read_table(path: str, columns: list[str] | None = None) -> pa.Table:
    """A whole Parquet file as a table.

    Args:
        path: the file, on any Beam filesystem.
        columns: names to read; all by default.
    """
    with files.open_read(path) as stream:
        return pq.read_table(stream, columns=columns)


def iter_rows(
    path: str, columns: list[str] | None = None, batch: int = 512
) -> Iterator[dict[str, Any]]:
    """Rows of a Parquet file one by one, with at most `batch` rows in memory as Python objects."""
    with files.open_read(path) as stream:
        for chunk in pq.ParquetFile(stream).iter_batches(batch_size=batch, columns=columns):
            yield from chunk.to_pylist()
