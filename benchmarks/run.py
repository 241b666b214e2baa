"""Run benchmarks and put their figures into docs/benchmarks.md: `make bench`.

    make bench                        all of them, about 40 minutes on two cores
    make bench BENCH="extract crawl_throughput"     some; the sections of the others stay

Each benchmark is a module here with `main()`, which prints JSON lines: {"benchmark", "measure",
"kinari", "peer", "peer_name", "ratio", "unit", ...}. It runs in a process of its own, so that one
peer's memory or threads do not weigh on another. KINARI_BENCH_WARCS (a glob of WARC files),
KINARI_BENCH_NAME (what they are) and KINARI_REAL_PAGES (a folder of HTML) add rows on other pages
than the built-in sample web's.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
OUTPUT = HERE.parent / "docs" / "benchmarks.md"
COLUMNS = ("measure", "kinari", "peer", "peer_name", "ratio", "unit")
LIBRARIES = ("apache-beam", "pyarrow", "numpy", "numba", "trafilatura", "Scrapy", "jax")

HEAD = """# Benchmarks

Written by `make bench`; each section can be taken again by itself with the command below its
heading. `ratio` is kinari's figure over the peer's on the same input, both taken in turns in the
same minutes: where the unit is a rate more than 1 is better, where it is a time (s) less is. Rows
on other pages than the built-in sample web's say so. The load is how many processes wanted a core
when a section began: above 0 the machine had other work too, and only ratios count.

Taken on {cores} cores and {memory} GiB of memory, {system}, Python {python}, kinari {kinari},
{libraries}.
"""


def benchmarks() -> list[str]:
    """Names of the benchmark modules, sorted."""
    return sorted(
        path.stem
        for path in HERE.glob("*.py")
        if path.name != "run.py" and "def main(" in path.read_text(encoding="utf-8")
    )


def measure(name: str) -> str:
    """Run one benchmark; its section of the page, which says where it failed."""
    load, start = os.getloadavg()[0], time.monotonic()
    done = subprocess.run(
        [sys.executable, "-P", str(HERE / f"{name}.py")],
        cwd=HERE.parent,
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    minutes = (time.monotonic() - start) / 60
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    text = f"`make bench BENCH={name}`: {minutes:.1f} minutes, load {load:.1f}\n"
    if done.returncode:
        text += f"\nIt ended with exit code {done.returncode}; what it measured before:\n"
    return f"{text}\n{table(rows)}\n" if rows else text


def table(rows: list[dict[str, object]]) -> str:
    """Rows as a Markdown table; what has no column of its own stands in the last."""
    also = any(name not in (*COLUMNS, "benchmark") for row in rows for name in row)
    names = [name for name in COLUMNS if any(row.get(name) is not None for row in rows)]
    heads = [name.replace("peer_name", "which peer") for name in names] + ["also"] * also
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for row in rows:
        cells = [_cell(row.get(name)) for name in names]
        if also:
            more = (item for item in row.items() if item[0] not in (*COLUMNS, "benchmark"))
            cells.append(", ".join(f"{name.replace('_', ' ')} {_cell(v)}" for name, v in more))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return (f"{value:,}" if isinstance(value, int) else str(value)).replace("|", "\\|")


def head() -> str:
    """What stands above the sections: how to read them, and the machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return HEAD.format(
        cores=os.cpu_count(),
        memory=round(memory),
        system=platform.system(),
        python=platform.python_version(),
        kinari=version("kinari"),
        libraries=", ".join(f"{name} {version(name)}" for name in LIBRARIES),
    )


def sections(page: str) -> dict[str, str]:
    """Text of each section of the page by its heading."""
    parts = (part.partition("\n\n") for part in page.split("\n## ")[1:])
    return {name: text.rstrip("\n") + "\n" for name, _, text in parts}


def main() -> int:
    """Run the chosen benchmarks, or all, and write the page after each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    known = benchmarks()
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}")
    names = parser.parse_args().names or known
    if unknown := sorted(set(names) - set(known)):
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(known)}")
    failed = 0
    for name in names:
        section = measure(name)
        failed += "ended with exit code" in section
        print(f"## {name}\n\n{section}", flush=True)
        page = OUTPUT.read_text(encoding="utf-8") if OUTPUT.exists() else ""
        found = {**sections(page), name: section}
        parts = [f"\n## {each}\n\n{found[each]}" for each in known if each in found]
        OUTPUT.write_text(head() + "".join(parts), encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
