"""The settings of a run: one model a stage, one YAML a run, every mistake with its place."""

import difflib
import json
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clean.settings import CleanSettings
from crawl.settings import CrawlSettings
from dedup.settings import DedupSettings
from encode.settings import EncodeSettings
from pipelines.errors import UserError
from train.settings import TrainSettings

STAGES = ("crawl", "clean", "dedup", "encode", "train")
_MAX_CONFIG_BYTES = 1 << 20
_MAX_DEPTH = 50


class RunnerSettings(BaseModel):
    """Where the pipelines run. Nothing here changes an output's bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    engine: Literal["local", "flink", "dataflow", "spark", "beam"] = "local"
    """`local` is Beam's FnApiRunner on this machine; `beam` takes the runner from options."""
    workers: int = Field(default=1, ge=1, le=256)
    """Worker processes of the local engine."""
    options: dict[str, str | int | float | bool | list[str]] = Field(default_factory=dict)
    """Options passed to Beam as they are, by Beam's names (s3_endpoint_url, flink_master, …)."""


class ReportSettings(BaseModel):
    """How the report reads."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    language: Literal["en", "ja"] = "en"
    """Language of the report's labels."""
    documents: int = Field(default=200_000, ge=0)
    """Documents listed one by one; of a larger run a fair sample by id is, and `kinari audit`
    answers for any."""


class RunSettings(BaseModel):
    """Everything that a run is told."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: str = Field(default="run", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
    """The run's name: its folder under runs/. Letters, digits, dot, dash and underscore."""
    runner: RunnerSettings = RunnerSettings()
    crawl: CrawlSettings = CrawlSettings()
    clean: CleanSettings = CleanSettings()
    dedup: DedupSettings = DedupSettings()
    encode: EncodeSettings = EncodeSettings()
    train: TrainSettings = TrainSettings()
    report: ReportSettings = ReportSettings()


def load_settings(path: str, overrides: Sequence[str] = ()) -> RunSettings:
    """Read a run's YAML, apply `--set` overrides and validate it all.

    Args:
        path: a local YAML file holding a mapping of departures from the defaults.
        overrides: `stage.key=value` items; the value is read as YAML.

    Raises:
        UserError: every mistake found, one a line, each with file and line.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot read the config: {error.strerror}") from error
    if len(data) > _MAX_CONFIG_BYTES:
        raise UserError(
            f"{path}: a config of {len(data)} bytes; at most {_MAX_CONFIG_BYTES} are read"
        )
    value, lines = parse_yaml(data, path)
    if "name" not in value:
        value["name"] = Path(path).stem
    for item in overrides:
        _apply_override(value, lines, item)
    try:
        return RunSettings.model_validate(value)
    except ValidationError as error:
        raise UserError("\n".join(_messages(error, path, lines))) from None


def parse_yaml(data: bytes, path: str) -> tuple[dict[str, Any], dict[tuple[Any, ...], str]]:
    """Parse YAML safely, without aliases, and remember where each key stood.

    Args:
        data: the file's bytes, UTF-8.
        path: its name for messages.

    Returns:
        The mapping, and key path -> `file:line` of the key.

    Raises:
        UserError: not YAML, not a mapping, an alias (a few unfold to gigabytes), a key twice.
    """
    try:
        text = data.decode("utf-8-sig")
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _MAX_DEPTH:
                raise UserError(f"{path}: nested too deeply to be a config")
            if isinstance(event, yaml.AliasEvent):
                line = event.start_mark.line + 1
                raise UserError(
                    f"{path}:{line}: YAML aliases (*{event.anchor}) are not read; write it out"
                )
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{path}:{mark.line + 1}" if mark else path
        raise UserError(f"{place}: not YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not YAML: {str(error).splitlines()[0]}") from None
    lines: dict[tuple[Any, ...], str] = {}
    if node is None:
        return {}, lines
    if not isinstance(node, yaml.MappingNode):
        kind = "list" if isinstance(node, yaml.SequenceNode) else "single value"
        raise UserError(f"{path}:1: a config is a mapping (`crawl:` …), this is a {kind}")
    _note_lines(node, (), path, lines)
    try:
        value = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise UserError(f"{path}:{mark.line + 1 if mark else 1}: {error.problem}") from None
    except ValueError as error:
        raise UserError(f"{path}: not YAML: {error}") from None
    return value, lines


def _note_lines(
    node: yaml.Node, prefix: tuple[Any, ...], path: str, lines: dict[tuple[Any, ...], str]
) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            here = (*prefix, key.value)
            place = f"{path}:{key.start_mark.line + 1}"
            if here in lines:
                raise UserError(
                    f"{place}: {'.'.join(map(str, here))} stands twice, first at {lines[here]}"
                )
            lines[here] = place
            _note_lines(child, here, path, lines)
    elif isinstance(node, yaml.SequenceNode):
        for number, child in enumerate(node.value):
            lines[(*prefix, number)] = f"{path}:{child.start_mark.line + 1}"
            _note_lines(child, (*prefix, number), path, lines)


def _apply_override(value: dict[str, Any], lines: dict[tuple[Any, ...], str], item: str) -> None:
    key, equals, text = item.partition("=")
    parts = tuple(key.split("."))
    if not equals or not all(parts):
        raise UserError(f"--set {item}: expected stage.key=value, such as dedup.threshold=0.7")
    try:
        new = yaml.safe_load(text)
    except yaml.YAMLError:
        raise UserError(f"--set {item}: the value is not YAML") from None
    place: Any = value
    for part in parts[:-1]:
        if place.get(part) is None:
            place[part] = {}
        place = place[part]
        if not isinstance(place, dict):
            raise UserError(f"--set {item}: {part} is not a group of settings")
    place[parts[-1]] = new
    for depth in range(1, len(parts) + 1):
        if depth == len(parts) or parts[:depth] not in lines:
            lines[parts[:depth]] = f"--set {item}"


def _messages(error: ValidationError, path: str, lines: dict[tuple[Any, ...], str]) -> list[str]:
    messages = []
    for problem in error.errors(include_url=False):
        loc = problem["loc"]
        place = path
        for depth in range(len(loc), 0, -1):
            if loc[:depth] in lines:
                place = lines[loc[:depth]]
                break
        name = ".".join(str(part) for part in loc)
        if problem["type"] == "extra_forbidden":
            owner = ".".join(str(part) for part in loc[:-1]) or "a run"
            text = f"{name} is not a setting of {owner}"
            close = difflib.get_close_matches(
                str(loc[-1]), _known_fields(loc[:-1]), n=1, cutoff=0.5
            )
            if close:
                text += f"; did you mean '{close[0]}'?"
            else:
                text += f"; it has: {', '.join(sorted(_known_fields(loc[:-1]))) or 'none'}"
        else:
            text = f"{name}: {problem['msg'][0].lower()}{problem['msg'][1:]}"
            if not isinstance(problem["input"], dict):
                text += (
                    f", got {json.dumps(problem['input'], ensure_ascii=False, default=str)[:80]}"
                )
        messages.append(f"{place}: {text}")
    return list(dict.fromkeys(messages))


def _known_fields(loc: tuple[Any, ...]) -> list[str]:
    """Names of the settings in the group at a place; empty where that is no group."""
    model: Any = RunSettings
    for part in loc:
        if part not in getattr(model, "model_fields", {}):
            continue
        annotation = model.model_fields[part].annotation
        options = [annotation, *typing.get_args(annotation)]
        for option in list(options):
            options.extend(typing.get_args(option))
        model = next((o for o in options if isinstance(o, type) and issubclass(o, BaseModel)), None)
        if model is None:
            return []
    return list(model.model_fields)
