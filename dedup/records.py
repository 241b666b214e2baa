"""The records that dedup writes beside documents: duplicates, mirrors, signatures."""

from __future__ import annotations

import json

import pyarrow as pa

from dedup.fold import FOLD_VERSION
from dedup.settings import DedupSettings
from dedup.signature import HASH_VERSION

REASONS = ("exact", "near", "contained", "known")
"""Why a document went: its folded text stands elsewhere; it is similar; a longer one holds it; an
earlier run has it."""

DUPLICATE = pa.schema(
    [
        pa.field("doc_id", pa.string(), nullable=False),
        pa.field("cluster_id", pa.string(), nullable=False),
        pa.field("kept_doc_id", pa.string(), nullable=False),
        pa.field("similarity", pa.float64(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("url", pa.string(), nullable=False),
        pa.field("site", pa.string(), nullable=False),
        pa.field("kept_site", pa.string(), nullable=False),
        pa.field("kept_run", pa.string()),
    ]
)
"""A removed document and the one that stays for it.

cluster_id is 16 hexadecimal digits, the smallest digest half in the cluster; similarity is the
Jaccard similarity with the document that stays, which in a chain may be below the threshold (a
document of an earlier run is compared by its signature); kept_run is the earlier run that holds the
one that stays, null where it is this run."""

MIRROR = pa.schema(
    [
        pa.field("site", pa.string(), nullable=False),
        pa.field("mirror_of", pa.string(), nullable=False),
        pa.field("share", pa.float64(), nullable=False),
        pa.field("documents", pa.int64(), nullable=False),
        pa.field("repeated", pa.int64(), nullable=False),
        pa.field("removed", pa.int64(), nullable=False),
        pa.field("removed_back", pa.int64(), nullable=False),
    ]
)
"""A site most of whose documents repeat another's.

share = repeated / documents; removed of them went because mirror_of holds them; removed_back is how
many of mirror_of's documents went because this site holds them: the direction is that of more."""

SIGNATURE_KEY = b"kinari.signature"


def signature_identity(settings: DedupSettings) -> bytes:
    """What two signatures must have in common to be compared, as JSON."""
    names = ("ngram", "permutations", "scheme", "seed")
    value = {name: getattr(settings, name) for name in names}
    return json.dumps(
        {**value, "fold": FOLD_VERSION, "hash": HASH_VERSION}, sort_keys=True
    ).encode()


def signature_schema(settings: DedupSettings) -> pa.Schema:
    """Schema of signatures: one row for each distinct text of a shard.

    digest is BLAKE2b-128 of the folded text's code points; signature is little-endian, and loads as
    `datasketch.MinHash(hashvalues=np.frombuffer(signature, "<u4"), scheme="affine32")`.
    """
    width = settings.permutations * (4 if settings.scheme == "affine32" else 8)
    return pa.schema(
        [
            pa.field("digest", pa.binary(16), nullable=False),
            pa.field("doc_id", pa.string(), nullable=False),
            pa.field("kept_doc_id", pa.string(), nullable=False),
            pa.field("site", pa.string(), nullable=False),
            pa.field("signature", pa.binary(width), nullable=False),
        ],
        metadata={SIGNATURE_KEY: signature_identity(settings)},
    )
