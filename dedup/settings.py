"""Settings of the dedup stage."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class DedupSettings(BaseModel):
    """What counts as the same, and what finding it may cost."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    threshold: float = Field(default=0.8, gt=0, le=1)
    """Least Jaccard similarity of near-duplicates, of shingle sets after folding."""
    ngram: int = Field(default=5, ge=1, le=64)
    """Code points a shingle. Five carry about as much of Japanese as three words of English."""
    permutations: int = Field(default=256, ge=16, le=4096)
    """Values a signature holds. 256 find 99.7% of the pairs at exactly 0.8; 128 find 97%."""
    scheme: Literal["affine32", "affine64"] = "affine32"
    """Permutations as in datasketch 2: 4 or 8 bytes a value; 8 pay above 100 million shingles."""
    seed: int = Field(default=1, ge=0, lt=1 << 32)
    """Seed of the permutations; 1 is datasketch's own."""
    band_threshold: float | None = Field(default=None, gt=0, lt=1)
    """Similarity that the bands are chosen for; 0.1 below `threshold` unless set, since candidates
    are verified and only a miss is final."""
    miss_weight: float = Field(default=0.9, gt=0, lt=1)
    """Cost of a missed pair when bands are chosen; a false candidate costs `1 - miss_weight`."""
    verify: Literal["jaccard", "estimate"] = "jaccard"
    """`jaccard` compares candidates' true shingle sets; `estimate` only their signatures (no second
    reading of texts, standard error 0.025 at the default)."""
    containment: float | None = Field(default=None, gt=0.5, le=1)
    """Also remove a document when this share of its shingles stands in one longer document (0.95,
    say: a page quoted whole in another). Off by default: it costs another pass of the shuffle."""
    against: tuple[str, ...] = ()
    """Folders of earlier runs: what they hold is taken out here. Their signatures must have been
    made with the same ngram, permutations, scheme and seed."""
    mirror_share: float = Field(default=0.5, gt=0, le=1)
    """A site is a mirror when more than this share of its documents repeats one other site's."""
    mirror_documents: int = Field(default=5, ge=1)
    """Fewest repeated documents that make a mirror: two pages in common are no mirror."""
    shuffle_mib: int = Field(default=128, ge=1, le=1 << 20)
    """Most data that one round puts into the engine's shuffle, in MiB. The local engine holds it in
    memory several times over; a cluster can take far more, and then needs fewer rounds."""
    bin_mib: int = Field(default=64, ge=1, le=1 << 14)
    """Folded text and signatures that one comparing task is to hold, in MiB, about."""
    edges_at_once: int = Field(default=4_000_000, ge=0)
    """Up to so many candidate edges are connected by one worker; more in rounds over all."""

    def bands(self) -> tuple[int, int]:
        """Bands and rows of a signature."""
        from dedup.bands import optimal_bands  # numba loads slowly; settings must not

        chosen = self.band_threshold or max(self.threshold - 0.1, self.threshold / 2)
        return optimal_bands(chosen, self.permutations, 1 - self.miss_weight, self.miss_weight)

    @model_validator(mode="after")
    def _settings_agree(self) -> DedupSettings:
        if self.band_threshold is not None and self.band_threshold > self.threshold:
            raise ValueError(
                f"band_threshold {self.band_threshold} is above threshold {self.threshold}: "
                "pairs between them would be missed; set it at or below"
            )
        if self.containment is not None and self.verify == "estimate":
            raise ValueError(
                "containment needs the texts: set verify to jaccard, or containment to null"
            )
        return self
