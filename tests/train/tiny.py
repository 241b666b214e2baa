"""Small models, vocabularies and shards for the tests of train."""

import hashlib
import json
import os
from pathlib import Path

import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict

from encode.records import frame
from encode.shards import Piece, pack_gptsan, pack_tokens
from encode.vocabulary import RESERVED, format_lines
from train.data import read_shard_list
from train.settings import ModelSettings, TrainSettings
from train.shapes import parameter_table
from train.trainer import Job

ROOT = Path(__file__).parents[2]
LETTERS = [chr(code) for code in range(0x3042, 0x3042 + 60)]
VOCABULARY = format_lines([[letter] for letter in LETTERS] + [[token] for token in RESERVED])
SIZE = len(LETTERS) + len(RESERVED)


def model(**changes):
    values = {
        "vocab_size": SIZE, "positions": 32, "d_model": 16, "heads": 4, "layers": 2,
        "experts": 4, "d_ff": 24, "d_ext": 20,
    }  # fmt: skip
    return ModelSettings(**(values | changes))


def random_params(settings, seed=0, dtype=np.float64):
    """Parameters far from their start, so that every term counts."""
    rng = np.random.default_rng(seed)
    flat = {}
    for path, parameter in parameter_table(settings).items():
        value = rng.normal(0, 0.4, parameter.shape)
        flat[tuple(path.split("/"))] = (value + (path.endswith("scale"))).astype(dtype)
    return unflatten_dict(flat)


def flat(tree):
    return {"/".join(path): np.asarray(value) for path, value in flatten_dict(tree).items()}


def write_shards(folder, sizes, *, format="tokens", context=24, classes=4, split_of=None):
    """Shards of documents that count upwards in steps of 1 or 2, and their `shards.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_bytes(VOCABULARY)
    rng = np.random.default_rng(7)
    entries = []
    for split, counts in sizes.items():
        for number, count in enumerate(counts):
            name = f"{split}-{number:05d}-of-{len(counts):05d}.tfrecord"
            data = b""
            for record in range(count):
                length = int(rng.integers(6, context - 3))
                label = int(rng.integers(0, classes))
                ids = (int(rng.integers(0, 60)) + np.arange(length) * (1 + label % 2)) % 60
                doc_id = hashlib.blake2b(f"{name}{record}".encode(), digest_size=16).hexdigest()
                piece = Piece(doc_id, 0, length, length, label, ids.astype(np.int64))
                if format == "tokens":
                    data += frame(pack_tokens(piece))
                else:
                    data += frame(pack_gptsan(piece, "hybrid", context, SIZE, record))
            (folder / name).write_bytes(data)
            entries.append({"path": name, "split": split, "records": count})
    value = {
        "format": format, "mode": "hybrid", "context": context, "seed": 0, "classes": None,
        "vocabulary": {
            "path": "vocab.txt", "size": SIZE, "max_token_chars": 3,
            "sha256": hashlib.sha256(VOCABULARY).hexdigest(),
        },
        "shards": entries,
    }  # fmt: skip
    (folder / "shards.json").write_text(json.dumps(value))


def shard_list(folder):
    return read_shard_list(str(folder), (folder / "shards.json").read_bytes())


def settings(**changes):
    shape = model(vocab_size=0).model_dump() | changes.pop("model", {})
    values = {
        "steps": 6, "batch_size": 8, "log_every": 1, "valid_every": 3, "tensorboard": False,
        "optimizer": {"learning_rate": 3e-3, "warmup_steps": 2},
        "checkpoint": {"every_steps": 2},
        "model": shape,
    }  # fmt: skip
    return TrainSettings(**(values | changes))


def job(shards, out, chosen, **changes):
    values = {
        "settings": chosen,
        "shards": shard_list(shards),
        "shards_digest": hashlib.sha256((shards / "shards.json").read_bytes()).hexdigest(),
        "fetch": lambda name: shards / name,
        "folder": out,
        "checkpoints": str(out / "checkpoints"),
        "vocabulary": {"vocab.txt": VOCABULARY},
        "vocabulary_sha256": hashlib.sha256(VOCABULARY).hexdigest(),
        "normalize": {},
        "say": lambda text: None,
    }
    return Job(**(values | changes))


def environment(devices):
    """Environment of a process with so many CPU devices, which wait long for each other.

    LLVM does not optimize there: how work is cut up is XLA's, and compiling takes a third as long.
    """
    flags = (
        f"--xla_force_host_platform_device_count={devices}",
        "--xla_cpu_collective_call_terminate_timeout_seconds=600",
        "--xla_cpu_collective_timeout_seconds=600",
        "--xla_backend_optimization_level=0",
    )
    own = {"JAX_PLATFORMS": "cpu", "XLA_FLAGS": " ".join(flags), "PYTHONPATH": str(ROOT)}
    return {**os.environ, **own}
