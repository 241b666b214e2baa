"""Settings of the dedup stage."""

from pydantic import BaseModel, ConfigDict


class DedupSettings(BaseModel):
    """What dedup does."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
