"""Settings of the crawl stage."""

from pydantic import BaseModel, ConfigDict


class CrawlSettings(BaseModel):
    """What crawl does."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
