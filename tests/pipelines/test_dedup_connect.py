"""Components by rounds of Beam jobs, from edges that lie in many files."""

import numpy as np
import pytest

from pipelines import dedup
from pipelines.dedup_work import Work, work_file
from pipelines.settings import RunSettings
from pipelines.shards import Manifest, OutputFile, ShardStore
from pipelines.stage import StageContext

FINGERPRINT = "b" * 64


def components(root, left, right, files, ranges=4, at_once=0):
    """Labels by node, and how many rounds it took; edges are dealt out to so many files."""
    settings = RunSettings.model_validate({"dedup": {"edges_at_once": at_once}})
    context = StageContext(str(root), "dedup", settings, FINGERPRINT)
    work = Fixed(context.path(), FINGERPRINT, settings.dedup, (), "")
    object.__setattr__(work, "fixed_ranges", ranges)
    store = ShardStore(context.path(), "bands", FINGERPRINT)
    for number in range(files):
        some = slice(number, None, files)
        arrays = {"left": left[some], "right": right[some]}
        outputs = work_file(f"bands-{number:05d}", arrays, len(arrays["left"]))
        store.commit(f"{number:05d}", outputs, {}, {"edges": len(arrays["left"])})
    steps = dedup.Steps(context, work)
    manifests = dedup.connect_candidates(steps, store.manifests())
    stored = [work.load(manifest.outputs[0].path[6:-4]) for manifest in manifests]
    nodes = np.concatenate([part["node"] for part in stored])
    labels = np.concatenate([part["label"] for part in stored])
    rounds = len([m for m in work.store("steps").manifests() if m.shard.startswith("stars")])
    return nodes, labels, rounds


class Fixed(Work):
    """Work without documents, cut into a given number of ranges."""

    @property
    def ranges(self) -> int:
        return self.fixed_ranges

    @property
    def documents(self) -> int:
        return 0


def mixed(count, seed):
    """Different 64-bit node names."""
    rng = np.random.default_rng(seed)
    return np.unique(rng.integers(0, 1 << 64, count, dtype=np.uint64))


def shuffled(nodes, seed=3):
    return np.random.default_rng(seed).permutation(nodes)


def test_a_chain_of_a_thousand_over_many_files(tmp_path, monkeypatch):
    monkeypatch.setattr(dedup, "EDGES_A_TASK", 1)  # each file alone, as on a cluster
    nodes = shuffled(mixed(1000, 1))
    found, labels, rounds = components(tmp_path, nodes[1:], nodes[:-1], files=50)
    assert sorted(found) == sorted(nodes)
    assert set(labels) == {nodes.min()}
    assert rounds <= 12


def test_rounds_and_one_worker_agree(tmp_path):
    rng = np.random.default_rng(4)
    nodes = mixed(3000, 2)
    left, right = rng.choice(nodes, 2500), rng.choice(nodes, 2500)
    by_rounds = components(tmp_path / "rounds", left, right, files=7)
    at_once = components(tmp_path / "once", left, right, files=7, at_once=10_000)
    moved = by_rounds[0] != by_rounds[1]
    assert (by_rounds[2] > 0, at_once[2]) == (True, 0)
    assert dict(zip(*at_once[:2], strict=True)) == {
        **dict(zip(at_once[0], at_once[0], strict=True)),
        **dict(zip(by_rounds[0][moved], by_rounds[1][moved], strict=True)),
    }


def test_files_of_edges_are_grouped_by_size():
    found = [
        Manifest(f"{i}", (OutputFile(f"_work/e{i}.npz", 0, 0, ""),), {}, {"edges": size})
        for i, size in enumerate([1_500_000, 400_000, 200_000, 9_000_000, 5])
    ]
    assert dedup.edge_groups(found) == (("e0", "e1"), ("e2",), ("e3",), ("e4",))
    assert dedup.edge_groups([]) == ()


@pytest.mark.heavy
def test_a_star_of_a_million(tmp_path):
    nodes = mixed(1_000_001, 5)
    centre = nodes[500_000]
    found, labels, rounds = components(
        tmp_path, nodes[nodes != centre], np.full(len(nodes) - 1, centre), files=8, ranges=8
    )
    assert len(found) == len(nodes)
    assert (labels == nodes[0]).all()
    assert rounds <= 6


@pytest.mark.heavy
def test_ten_million_edges(tmp_path):
    """Components of known sizes: each node tied to four random ones of its own component."""
    rng = np.random.default_rng(6)
    nodes = mixed(2_500_000, 7)
    owner = np.sort(rng.integers(0, 300_000, len(nodes)))
    starts = np.searchsorted(owner, np.arange(300_001))
    at = np.repeat(np.arange(len(nodes)), 4)
    low, high = starts[owner[at]], starts[owner[at] + 1]
    other = low + (rng.random(len(at)) * (high - low)).astype(np.int64)
    names = shuffled(nodes)
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    graph = coo_matrix((np.ones(len(at), np.int8), (at, other)), shape=(len(nodes),) * 2)
    count, truth = connected_components(graph, directed=False)
    least = np.full(count, np.uint64((1 << 64) - 1))
    np.minimum.at(least, truth, names)
    found, labels, _ = components(tmp_path, names[at], names[other], files=16, ranges=16)
    expected = dict(zip(names.tolist(), least[truth].tolist(), strict=True))
    assert all(expected[n] == k for n, k in zip(found.tolist(), labels.tolist(), strict=True))
    assert len(found) >= (np.bincount(truth)[truth] > 1).sum()
