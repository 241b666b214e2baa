"""Settings of the clean stage."""

from pydantic import BaseModel, ConfigDict


class CleanSettings(BaseModel):
    """What clean does."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
