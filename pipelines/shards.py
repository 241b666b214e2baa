"""Shards of a stage: data objects first, their manifest last.

A shard exists when its manifest does. Renames are not atomic on object stores, so nothing here
relies on one: a kill at any moment leaves data without a manifest, which the next run writes again,
byte for byte.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pipelines import files


@dataclass(frozen=True)
class OutputFile:
    """A file that a stage wrote: path below the stage's folder, rows, bytes, SHA-256 in hex."""

    path: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Payload:
    """The bytes of a file to be written and the number of rows in them."""

    data: bytes
    rows: int


@dataclass(frozen=True)
class Manifest:
    """What one committed shard holds; `facts` is small and JSON-able, for later phases."""

    shard: str
    outputs: tuple[OutputFile, ...]
    counters: dict[str, int] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


def canonical_json(value: Any) -> bytes:
    """JSON with sorted keys and no spaces: the same value gives the same bytes."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8")


def add_counters(total: dict[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """Add the second counters to the first, in place, and return it."""
    for name, count in more.items():
        total[name] = total.get(name, 0) + count
    return total


@dataclass(frozen=True)
class ShardStore:
    """The shards of one phase of a stage, under one fingerprint of settings and inputs.

    Attributes:
        stage_dir: the stage's folder, where outputs stand.
        phase: name of the phase inside the stage.
        fingerprint: hex; manifests of another fingerprint are not seen.
    """

    stage_dir: str
    phase: str
    fingerprint: str

    def _folder(self) -> str:
        return files.join(self.stage_dir, "_shards", f"{self.phase}-{self.fingerprint[:16]}")

    def _manifest_path(self, shard: str) -> str:
        return files.join(self._folder(), f"{shard}.json")

    def commit(
        self,
        shard: str,
        outputs: Mapping[str, Payload],
        counters: Mapping[str, int],
        facts: Mapping[str, Any] | None = None,
    ) -> Manifest:
        """Write a shard's files, then its manifest.

        Args:
            shard: the shard's id: letters, digits, `-`, `_` and `.`.
            outputs: file name relative to the stage's folder -> its bytes and rows.
            counters: what the shard adds to the stage's counters.
            facts: small JSON-able facts for later phases.

        Returns:
            The manifest as committed.
        """
        written = []
        for name, payload in outputs.items():
            files.write_bytes(files.join(self.stage_dir, *name.split("/")), payload.data)
            digest = hashlib.sha256(payload.data).hexdigest()
            written.append(OutputFile(name, payload.rows, len(payload.data), digest))
        return self.commit_written(shard, written, counters, facts)

    def commit_written(
        self,
        shard: str,
        outputs: list[OutputFile],
        counters: Mapping[str, int],
        facts: Mapping[str, Any] | None = None,
    ) -> Manifest:
        """Write the manifest of a shard whose files stand already (streamed by the caller)."""
        manifest = Manifest(shard, tuple(outputs), dict(counters), dict(facts or {}))
        files.write_bytes(self._manifest_path(shard), canonical_json(asdict(manifest)))
        return manifest

    def manifest(self, shard: str) -> Manifest | None:
        """The shard's manifest, or None where it is not committed."""
        try:
            return _parse(files.read_bytes(self._manifest_path(shard)))
        except FileNotFoundError:
            return None

    def manifests(self) -> list[Manifest]:
        """All committed manifests, sorted by shard id."""
        found = (
            _parse(files.read_bytes(item.path))
            for item in files.listing(self._folder() + "/*.json")
        )
        return sorted(
            (manifest for manifest in found if manifest is not None), key=lambda m: m.shard
        )

    def done(self) -> int:
        """How many shards are committed."""
        return len(files.listing(self._folder() + "/*.json"))

    def purge_others(self) -> None:
        """Forget this phase's manifests under other fingerprints: their files get overwritten."""
        pattern = files.join(self.stage_dir, "_shards", f"{self.phase}-*/*.json")
        mine = self._folder() + "/"
        stale = [item.path for item in files.listing(pattern) if not item.path.startswith(mine)]
        keep = len(self.phase) + 1 + 16
        files.delete(path for path in stale if len(path.rsplit("/", 2)[1]) == keep)

    def purge_broken(self) -> None:
        """Delete manifests that were cut off or changed: their shards are made again."""
        listed = files.listing(self._folder() + "/*.json")
        files.delete(item.path for item in listed if _parse(files.read_bytes(item.path)) is None)


def _parse(data: bytes) -> Manifest | None:
    """A manifest from its bytes; None where they were cut off by a crash."""
    try:
        value = json.loads(data)
        outputs = tuple(OutputFile(**item) for item in value["outputs"])
        return Manifest(value["shard"], outputs, value["counters"], value["facts"])
    except (ValueError, TypeError, KeyError):
        return None
