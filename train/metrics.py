"""What training reports: metrics.jsonl and TensorBoard events."""

import json
import time
from pathlib import Path
from typing import Any, BinaryIO

from encode.records import frame
from train.errors import TrainError

METRICS = "metrics.jsonl"


class Metrics:
    """Writes metrics.jsonl, one JSON object a line, and TensorBoard events of the same numbers.

    Args:
        folder: local folder; made where it is missing.
        step: lines of later steps, left by a run that was killed, are taken out.
        tensorboard: whether event files are written.
    """

    def __init__(self, folder: Path, step: int, tensorboard: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / METRICS
        kept = [line for line in read_metrics(self.path) if line["step"] <= step]
        if step == 0:
            kept = []
        self._kept = {(line["step"], line["kind"]) for line in kept}
        text = "".join(json.dumps(line) + "\n" for line in kept)
        # Put in place whole: a kill while it is written must not cost the lines of past steps.
        beside = self.path.with_name(f".{METRICS}")
        beside.write_text(text, encoding="utf-8")
        beside.replace(self.path)
        self.stream = self.path.open("a", encoding="utf-8")
        self.events: BinaryIO | None = None
        if tensorboard:
            (folder / "tensorboard").mkdir(exist_ok=True)
            name = f"events.out.tfevents.{step:010d}.kinari"
            self.events = (folder / "tensorboard" / name).open("wb")
            self._event(file_version="brain.Event:2")

    def holds(self, step: int, kind: str) -> bool:
        """Whether a line of this step and kind was kept from before this start."""
        return (step, kind) in self._kept

    def write(self, line: dict[str, Any]) -> None:
        """Write one line; numbers also go to TensorBoard under `<kind>/<name>`.

        Args:
            line: `step`, `kind` (train, valid, …) and numbers or lists of numbers.
        """
        self.stream.write(json.dumps(line) + "\n")
        self.stream.flush()
        if self.events is None:
            return
        from tensorboard.compat.proto.summary_pb2 import Summary

        values = [
            Summary.Value(tag=f"{line['kind']}/{name}", simple_value=float(value))
            for name, value in line.items()
            if name not in ("step", "kind") and isinstance(value, int | float)
        ]
        self._event(step=line["step"], summary=Summary(value=values))

    def _event(self, **fields: Any) -> None:
        """Append one event: a TFRecord, so that nothing of TensorFlow is imported."""
        from tensorboard.compat.proto.event_pb2 import Event

        assert self.events is not None
        self.events.write(frame(Event(wall_time=time.time(), **fields).SerializeToString()))
        self.events.flush()

    def close(self) -> None:
        """Flush and close."""
        self.stream.close()
        if self.events is not None:
            self.events.close()


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """Lines of a metrics.jsonl; a last line cut off by a crash is left out.

    Raises:
        TrainError: a line before the last is damaged.
    """
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    found = []
    for number, text in enumerate(lines):
        try:
            found.append(json.loads(text))
        except ValueError:
            if number == len(lines) - 1:
                break
            raise TrainError(f"{path}:{number + 1}: not JSON; delete the line") from None
    return found
