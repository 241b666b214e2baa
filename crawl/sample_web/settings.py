"""Settings of the built-in sample web."""

from pydantic import BaseModel, ConfigDict, Field


class SampleWebSettings(BaseModel):
    """Which sample web a run serves on loopback."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    seed: int = Field(default=1, ge=0)
    """Seed of the generator. The same seed gives the same bytes on every machine."""

    hosts: tuple[str, ...] = ()
    """Host names to serve; empty serves all. A slice of the web keeps tests short."""

    pages: int = Field(default=0, ge=0)
    """Most articles per site, in pages; 0 is as many as the site has. For tests as well."""
