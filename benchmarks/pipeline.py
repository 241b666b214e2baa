"""clean and dedup beside datatrove 0.10 on the same WARC files, two workers each.

    python benchmarks/pipeline.py                              pages of the built-in sample web
    python benchmarks/pipeline.py --warcs 'real/*.warc.gz'     any WARC files
    KINARI_BENCH_WARCS='real/*.warc.gz' make bench             both, in the table
    python benchmarks/pipeline.py --documents 20000            more documents, as of a larger crawl

Both get the same two WARC files, of Japanese pages only and none twice, since kinari would pass the
others by before extraction. Dedup is measured on a run's own documents and, since starting the
stage is much of that, on many more made of their sentences. Times are taken inside each process,
workers started and models loaded included, Python's own start not. The order alternates from round
to round; medians are given, and every round's ratio. datatrove (peers/datatrove_clean.py) lives in
.venv-bench-datatrove. KINARI_BENCH_NAME says in the table what the given WARC files are.
"""

import argparse
import gzip
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from glob import glob
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from warcio.archiveiterator import ArchiveIterator
from warcio.warcwriter import WARCWriter

HERE = Path(__file__).parent
REPO = HERE.parent
PEER = REPO / ".venv-bench-datatrove"
DATATROVE = "datatrove[io,processing,multilingual]==0.10.0"
WORKERS = 2
SHARD = 500
"""Documents in a file of those that are made of others' sentences."""


def kinari(*arguments: object) -> None:
    """Run the command line.

    Raises:
        RuntimeError: it failed.
    """
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(REPO)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])


def seconds(root: Path, stage: str) -> float:
    """Wall time of a stage's last completion."""
    return float(sum(json.loads((root / stage / "timing.json").read_bytes())["attempts_s"]))


def run_stages(root: Path, crawl: dict[str, object], to: str, workers: int = WORKERS) -> Path:
    """Run a fresh run up to a stage; returns its folder."""
    config = root.with_suffix(".yaml")
    settings = {"runner": {"workers": workers}, "crawl": crawl}
    config.write_text(yaml.safe_dump({"name": "bench", **settings}), encoding="utf-8")
    kinari("run", config, "--root", root, "--to", to)
    return root


def sample_warcs(folder: Path) -> list[str]:
    """WARC files of the whole sample web."""
    calm = {"delay": 0, "ip_delay": 0, "autothrottle": False, "concurrency_per_host": 8}
    root = run_stages(folder / "web", {"sample_web": {"seed": 1}, **calm}, "crawl")
    return sorted(str(path) for path in (root / "crawl").glob("*.warc.gz"))


def japanese_urls(root: Path) -> list[str]:
    """URLs of a cleaned run's Japanese pages, in an order that mixes sites."""
    found = pq.read_table(sorted((root / "clean").glob("documents-*")), columns=["doc_id", "url"])
    rows = found.to_pylist()
    dropped = pq.read_table(sorted((root / "clean").glob("dropped-*")))
    for row in dropped.select(["doc_id", "url", "reason"]).to_pylist():
        if row["reason"] in ("site_verdict", "boilerplate_only", "list_only", "garbled"):
            rows.append(row)
    return [row["url"] for row in sorted(rows, key=lambda row: row["doc_id"])]


def write_corpus(warcs: list[str], urls: list[str], folder: Path) -> int:
    """Copy the pages with these URLs, none twice, into one WARC file for each worker."""
    folder.mkdir()
    wanted, payloads = set(urls), set()
    streams = [(folder / f"pages-{number}.warc.gz").open("wb") for number in range(WORKERS)]
    writers = [WARCWriter(stream, gzip=True) for stream in streams]
    for path in warcs:
        with Path(path).open("rb") as source:
            for record in ArchiveIterator(source):
                url = record.rec_headers.get_header("WARC-Target-URI")
                digest = record.rec_headers.get_header("WARC-Payload-Digest")
                if record.rec_type != "response" or url not in wanted or digest in payloads:
                    continue
                wanted.discard(url)
                payloads.add(digest)
                writers[len(payloads) % WORKERS].write_record(record)
    for stream in streams:
        stream.close()
    return len(payloads)


def install_peer() -> None:
    """Put datatrove into an environment of its own."""
    if not (PEER / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEER)], check=True)
    subprocess.run(
        [str(PEER / "bin" / "pip"), "install", "-q", "--disable-pip-version-check", DATATROVE],
        check=True,
        stdout=sys.stderr,
    )


def datatrove(step: str, source: Path, out: Path) -> dict[str, float]:
    """Run a step of datatrove's; its seconds and documents kept.

    Raises:
        RuntimeError: it failed.
    """
    program = [str(PEER / "bin" / "python"), str(HERE / "peers" / "datatrove_clean.py")]
    done = subprocess.run(
        [*program, step, str(source), str(out)],
        env={**os.environ, "PATH": f"{PEER / 'bin'}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))


def write_texts(root: Path, folder: Path) -> int:
    """The documents of clean as JSON lines, one file for each worker."""
    folder.mkdir()
    table = pq.read_table(sorted((root / "clean").glob("documents-*")), columns=["doc_id", "text"])
    rows = table.to_pylist()
    for number in range(WORKERS):
        with gzip.open(folder / f"texts-{number}.jsonl.gz", "wt", encoding="utf-8") as stream:
            for row in rows[number::WORKERS]:
                line = {"id": row["doc_id"], "text": row["text"]}
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")
    return len(rows)


def make_documents(whole: Path, documents: int, root: Path) -> None:
    """Copy a cleaned run and put so many documents in place of its own.

    They are as long as its own and made of their sentences; every tenth is the one before it with
    a twentieth of the sentences changed.
    """
    shutil.copytree(whole, root)
    paths = sorted((root / "clean").glob("documents-*"))
    table = pq.read_table(paths)
    texts = table["text"].to_pylist()
    found = {part for text in texts for part in re.split(r"(?<=[。\n])", text) if part}
    sentences = sorted(found)
    rng = random.Random(5)
    made: list[list[str]] = []
    for number in range(documents):
        if number % 10 == 9:
            parts = list(made[-1])
            for _ in range(len(parts) // 20 + 1):
                parts[rng.randrange(len(parts))] = rng.choice(sentences)
        else:
            parts, left = [], len(texts[number % len(texts)])
            while left > 0:
                parts.append(rng.choice(sentences))
                left -= len(parts[-1])
        made.append(parts)
    rng.shuffle(made)
    columns = {
        "doc_id": [f"{number:032x}" for number in range(documents)],
        "url": [f"http://bench.example/{number}" for number in range(documents)],
        "text": ["".join(parts) for parts in made],
    }
    columns["n_chars"] = [len(text) for text in columns["text"]]
    rows = table.take([number % len(table) for number in range(documents)])
    for name, values in columns.items():
        place = rows.schema.get_field_index(name)
        rows = rows.set_column(place, rows.schema.field(name), pa.array(values, rows[name].type))
    for path in paths:
        path.unlink()
    record = json.loads((root / "clean" / "stage.json").read_bytes())
    outputs = [out for out in record["outputs"] if not out["path"].startswith("documents-")]
    shards = -(-documents // SHARD)
    for number in range(shards):
        name = f"documents-{number:05d}-of-{shards:05d}.parquet"
        some = rows.slice(number * SHARD, SHARD)
        pq.write_table(some, root / "clean" / name)
        outputs.append({"path": name, "rows": len(some), "bytes": 0, "sha256": ""})
    record["outputs"] = outputs
    (root / "clean" / "stage.json").write_text(json.dumps(record), encoding="utf-8")


def report(name: str, items: int, unit: str, ours: list[float], theirs: list[float]) -> None:
    """Print one measure as a JSON line."""
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    print(
        json.dumps(
            {
                "benchmark": "pipeline",
                "measure": f"{name}, {items:,} {unit}, {WORKERS} workers",
                "kinari": round(statistics.median(ours), 1),
                "peer": round(statistics.median(theirs), 1),
                "peer_name": "datatrove 0.10",
                "unit": "s",
                "ratio": round(statistics.median(ratios), 3),
                "each_round": " ".join(f"{ratio:.3f}" for ratio in ratios),
            }
        ),
        flush=True,
    )


def compare_clean(name: str, warcs: list[str], pages: int, rounds: int, folder: Path) -> Path:
    """Measure clean on some WARC files; returns a run that has cleaned all of them."""
    folder.mkdir()
    whole = run_stages(folder / "whole", {"warcs": warcs}, "clean")
    corpus = folder / "corpus"
    count = write_corpus(warcs, japanese_urls(whole)[:pages], corpus)
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(rounds):
        for peer in (False, True) if number % 2 == 0 else (True, False):
            if peer:
                theirs.append(datatrove("clean", corpus, folder / f"peer-{number}")["seconds"])
                continue
            glob_of = {"warcs": [str(corpus / "*.warc.gz")]}
            root = run_stages(folder / f"ours-{number}", glob_of, "clean")
            ours.append(seconds(root, "clean"))
    report(f"{name}: extraction to normalized text", count, "pages", ours, theirs)
    return whole


def compare_dedup(name: str, root: Path, rounds: int) -> None:
    """Measure dedup on a run's cleaned documents."""
    folder = root.with_name(f"{root.name}-dedup")
    folder.mkdir()
    count = write_texts(root, folder / "texts")
    ours: list[float] = []
    theirs: list[float] = []
    config = folder / "run.yaml"
    config.write_text(yaml.safe_dump({"name": "bench", "runner": {"workers": WORKERS}}), "utf-8")
    for number in range(rounds):
        for peer in (False, True) if number % 2 == 0 else (True, False):
            if peer:
                out = folder / f"peer-{number}"
                theirs.append(datatrove("dedup", folder / "texts", out)["seconds"])
                continue
            kinari("run", config, "--root", root, "--only", "dedup", "--force")
            ours.append(seconds(root, "dedup"))
    report(f"{name}: near-duplicates", count, "documents", ours, theirs)


def main() -> int:
    """Print one JSON line a measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--warcs", default=os.environ.get("KINARI_BENCH_WARCS"), help="a glob")
    parser.add_argument("--no-sample", action="store_true", help="leave the sample web out")
    parser.add_argument("--pages", type=int, default=300, help="pages of each kind, at most")
    parser.add_argument("--documents", type=int, default=6000, help="made of sentences; 0: none")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    install_peer()
    with tempfile.TemporaryDirectory(prefix="kinari-bench-") as place:
        folder = Path(place)
        if not args.no_sample:
            warcs = sample_warcs(folder)
            root = compare_clean("sample web", warcs, args.pages, args.rounds, folder / "sample")
            compare_dedup("sample web", root, args.rounds)
            if args.documents:
                many = folder / "many"
                make_documents(root, args.documents, many)
                compare_dedup("made of the sample web's sentences", many, 1)
        if args.warcs:
            given = sorted(glob(args.warcs))  # noqa: PTH207 - it may be absolute
            name = os.environ.get("KINARI_BENCH_NAME", "given WARC files")
            root = compare_clean(name, given, args.pages, args.rounds, folder / "given")
            compare_dedup(name, root, args.rounds)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
