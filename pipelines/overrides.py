"""Where a run's file of overrides lies, and what is in it."""

import hashlib

from clean.judge_overrides import FILE, Override, OverrideError, read_overrides, write_overrides
from pipelines import files
from pipelines.errors import UserError
from pipelines.settings import RunSettings


def overrides_path(settings: RunSettings, root: str) -> str:
    """The file that `clean.judge.overrides` names, or overrides.yaml in the run's folder."""
    return settings.clean.judge.overrides or files.join(root, FILE)


def load_overrides(settings: RunSettings, root: str) -> tuple[Override, ...]:
    """Read the decisions that hold for a run; none where the run's folder has no file.

    Raises:
        UserError: the file is not usable, or the one that the settings name is missing.
    """
    path = overrides_path(settings, root)
    try:
        data = files.read_bytes(path)
    except FileNotFoundError:
        if settings.clean.judge.overrides:
            raise UserError(
                f"clean.judge.overrides: {path} does not exist; write it with `kinari override`"
            ) from None
        return ()
    try:
        return read_overrides(data, path)
    except OverrideError as error:
        raise UserError(str(error)) from None


def overrides_digest(settings: RunSettings, root: str) -> dict[str, str]:
    """Name and digest of the decisions as an input of clean; empty where there are none."""
    decisions = load_overrides(settings, root)
    if not decisions:
        return {}
    return {"overrides": hashlib.sha256(write_overrides(decisions)).hexdigest()}
