"""The summary table of a run, for people and as rows."""

from typing import Any

from rich.console import Console
from rich.table import Table

from pipelines.progress import clock
from pipelines.run import StageState


def state_row(state: StageState) -> dict[str, Any]:
    """A stage's state as one JSON-able row."""
    counters = state.record.counters if state.record else {}
    return {
        "stage": state.stage,
        "state": state.state,
        "why": list(state.why),
        "rows_in": counters.get("rows_in"),
        "rows_out": counters.get("rows_out"),
        "dropped": {
            name.removeprefix("dropped_"): count
            for name, count in counters.items()
            if name.startswith("dropped_") and count
        },
        "bytes": state.record.size() if state.record else None,
        "files": len(state.record.outputs) if state.record else None,
        "seconds": round(state.seconds, 1),
    }


def print_states(root: str, states: list[StageState]) -> None:
    """Print the stages of a run as a table."""
    table = Table(title=root, title_justify="left", box=None, pad_edge=False)
    for name in ("stage", "state"):
        table.add_column(name)
    for name in ("in", "out", "dropped", "MB", "time"):
        table.add_column(name, justify="right")
    table.add_column("why", overflow="fold")
    for state in states:
        row = state_row(state)
        reasons = sorted(row["dropped"].items(), key=lambda item: (-item[1], item[0]))
        why = "; ".join(state.why) or ", ".join(f"{name} {count:,}" for name, count in reasons)
        numbers = ("", "", "", "")
        if state.record is not None:
            dropped = row["rows_in"] - row["rows_out"]
            numbers = (
                f"{row['rows_in']:,}",
                f"{row['rows_out']:,}",
                f"{dropped:,}",
                f"{row['bytes'] / 1e6:,.1f}",
            )
        table.add_row(state.stage, state.state, *numbers, clock(state.seconds), why)
    console = Console(highlight=False, markup=False)
    console.print(table)
