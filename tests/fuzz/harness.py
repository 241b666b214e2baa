"""Coverage-guided fuzzing with atheris: `make fuzz`, or by hand for one parser.

    .venv-fuzz/bin/python tests/fuzz/harness.py decode -max_total_time=900

Further arguments are libFuzzer's. What it finds is kept under build/fuzz/<parser>/; an input that
fails belongs into seeds/<parser>/, where test_parsers.py runs it from then on.
"""

import sys
from pathlib import Path

import atheris

HERE = Path(__file__).parent
INSTRUMENTED = ["clean.decode", "clean.extract", "clean.normalize", "crawl"]

with atheris.instrument_imports(include=INSTRUMENTED):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Fuzz one parser until libFuzzer's limit."""
    name, *flags = sys.argv[1:]
    corpus = HERE.parents[1] / "build" / "fuzz" / name
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = HERE / "seeds" / name
    found = f"-artifact_prefix={corpus.parent}/{name}-"
    folders = [str(corpus), *([str(seeds)] if seeds.exists() else [])]
    atheris.Setup([sys.argv[0], *folders, found, *flags], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
