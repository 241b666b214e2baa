"""Settings of the train stage."""

from pydantic import BaseModel, ConfigDict


class TrainSettings(BaseModel):
    """What train does."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
