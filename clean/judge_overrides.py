"""A person's last word on a site: decisions in a YAML file that is kept under version control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from clean.judge import Verdict
from clean.sites import ascii_host

FILE = "overrides.yaml"
"""The file's name in a run's folder, read where the settings name no other."""

_HEAD = """\
# What people decided about sites, against or beside the rules. The last entry for a site counts.
# `kinari override RUN --site S --verdict keep|drop --by NAME --reason TEXT` writes here.
"""


class Override(BaseModel):
    """One decision."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    site: str = Field(min_length=1, max_length=400)
    """The site as sites.parquet names it."""

    verdict: Literal["keep", "drop"]
    """What is to become of its pages."""

    by: str = Field(min_length=1, max_length=200)
    """Who decided."""

    when: date
    """The day of the decision (UTC)."""

    reason: str = Field(min_length=1, max_length=2000)
    """Why, in words that another person can check."""

    @field_validator("site")
    @classmethod
    def _plain_name(cls, site: str) -> str:
        host, slash, user = site.strip().partition("/")
        return ascii_host(host) + slash + user.rstrip("/")


class OverrideError(ValueError):
    """The file of overrides cannot be used; the message says where."""


def read_overrides(data: bytes, where: str) -> tuple[Override, ...]:
    """Read decisions from YAML.

    Args:
        data: the file: a list of mappings with site, verdict, by, when and reason.
        where: the file's name, for messages.

    Returns:
        The decisions in the order of the file, the last one for each site only.

    Raises:
        OverrideError: no YAML, not a list, or an entry with a wrong or missing field.
    """
    try:
        node = yaml.compose(data, Loader=yaml.SafeLoader)
        entries = yaml.safe_load(data)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise OverrideError(f"{where}{line}: no YAML: {str(error).splitlines()[0]}") from None
    if entries is None:
        return ()
    if not isinstance(entries, list) or not isinstance(node, yaml.SequenceNode):
        raise OverrideError(f"{where}:1: must be a list of decisions (`- site: ...`)")
    chosen: dict[str, Override] = {}
    for entry, child in zip(entries, node.value, strict=True):
        try:
            decision = Override.model_validate(entry)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            raise OverrideError(
                f"{where}:{child.start_mark.line + 1}: {name or 'entry'}: {first['msg']}"
            ) from None
        chosen.pop(decision.site, None)
        chosen[decision.site] = decision
    return tuple(chosen.values())


def write_overrides(decisions: Sequence[Override]) -> bytes:
    """Write decisions as YAML, as `read_overrides` reads it."""
    entries = [decision.model_dump() for decision in decisions]
    body = yaml.safe_dump(entries, allow_unicode=True, sort_keys=False, width=100)
    return (_HEAD + (body if entries else "[]\n")).encode("utf-8")


def decide(verdict: Verdict, overrides: Mapping[str, Override]) -> Verdict:
    """Put a person's decision in the place of the rule's, where there is one for the site."""
    decision = overrides.get(verdict.site)
    if decision is None:
        return verdict
    return replace(verdict, verdict=decision.verdict, decided_by="override")


def effect_of(override: Override, rule_verdict: str | None) -> str:
    """Say what a decision changes.

    Args:
        override: the decision.
        rule_verdict: what the rule says of the site, None where the run has no page of it.

    Returns:
        `decides`, `agrees` (the rule says the same by now) or `no_pages`.
    """
    if rule_verdict is None:
        return "no_pages"
    return "agrees" if rule_verdict == override.verdict else "decides"
