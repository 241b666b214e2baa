"""Settings of the encode stage."""

from pydantic import BaseModel, ConfigDict


class EncodeSettings(BaseModel):
    """What encode does."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
