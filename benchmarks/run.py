"""Run every benchmark and write docs/benchmarks.md: `make bench`.

Each benchmark is a module here with `main()`, which prints JSON lines: {"benchmark", "measure",
"kinari", "peer", "peer_name", "ratio", "unit", ...}. It runs in a process of its own, so that one
peer's memory or threads do not weigh on another.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
OUTPUT = HERE.parent / "docs" / "benchmarks.md"


def benchmarks() -> list[str]:
    """Names of the benchmark modules, sorted."""
    return sorted(
        path.stem
        for path in HERE.glob("*.py")
        if path.name != "run.py" and "def main(" in path.read_text(encoding="utf-8")
    )


def measure(name: str) -> tuple[list[dict[str, object]], str]:
    """Run one benchmark; its rows, and what it said where it failed."""
    done = subprocess.run(
        [sys.executable, "-P", str(HERE / f"{name}.py")],
        cwd=HERE.parent,
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return rows, "" if done.returncode == 0 else f"ended with exit code {done.returncode}"


def table(rows: list[dict[str, object]]) -> str:
    """Rows as one Markdown table over all their keys."""
    names = list(dict.fromkeys(name for row in rows for name in row if name != "benchmark"))
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    for row in rows:
        cells = (row.get(name, "") for name in names)
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.4g}"
    return str(value).replace("|", "\\|")


def main() -> int:
    """Run the chosen benchmarks, or all, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="which; all by default")
    names = parser.parse_args().names or benchmarks()
    parts = [
        "# Benchmarks\n\nWritten by `make bench`, in one run, on one machine: "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, kinari {version('kinari')}.\n"
        "Ratios are kinari's figure over the peer's on the same input.\n"
    ]
    failed = 0
    for name in names:
        rows, problem = measure(name)
        failed += bool(problem)
        parts.append(f"\n## {name}\n\n{table(rows) if rows else ''}\n{problem}\n")
        print(parts[-1], flush=True)
    OUTPUT.write_text("".join(parts), encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
