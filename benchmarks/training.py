"""A training step and generation beside transformers' torch GPTSAN, the same work on one core.

The peer runs in .venv-exchange (make test-exchange builds it); without it only our own figures are
printed, and the line says so. Prints JSON lines with medians; with --cpu of CPU time instead of
wall time, which other processes disturb less.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PEER = ROOT / ".venv-exchange/bin/python"
SHAPE = {"layers": 4, "d_model": 256, "experts": 8, "d_ff": 1024, "heads": 8, "vocab": 8000}
CONTEXT, BATCH, REPEATS, WRITTEN = 256, 8, 5, 64


def ours(kind):
    """Median seconds of a forward and backward pass, or tokens written per second by batch."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from train.generate import Generator, Sampling
    from train.model import Pass, forward, init_params, logits
    from train.settings import ModelSettings, RoutingSettings
    from train.switch import room_for

    settings = ModelSettings(
        vocab_size=SHAPE["vocab"], positions=CONTEXT, d_model=SHAPE["d_model"],
        heads=SHAPE["heads"], layers=SHAPE["layers"], experts=SHAPE["experts"], d_ff=SHAPE["d_ff"],
        routing=RoutingSettings(jitter=0.0),
    )  # fmt: skip
    params = init_params(settings, 0)
    rng = np.random.default_rng(0)
    x = rng.integers(0, SHAPE["vocab"], (BATCH, CONTEXT)).astype(np.int32)
    prefix = np.full(BATCH, 64, np.int32)
    if kind == "generate":
        generator = Generator(params, settings, end=SHAPE["vocab"] - 1)
        found = {}
        for rows in (1, 8):

            def write(rows=rows):
                return generator.write(
                    x[0, :32], 16, max_tokens=WRITTEN, sampling=Sampling(1.0, 0, 1.0), num=rows
                )

            write()
            seconds, written = _timed(write)
            tokens = sum(len(item.ids) for item in written)
            found[f"tokens_per_second_{rows}"] = tokens / seconds
        return found
    room = room_for(settings.routing, settings.experts, BATCH, CONTEXT, training=True)
    how = Pass(room=room)

    def loss(p):
        out = forward(p, settings, how, x, prefix)
        scores = logits(p, settings, out.hidden)
        lse = jax.nn.logsumexp(scores, -1)
        return (lse - jnp.take_along_axis(scores, x[..., None], -1)[..., 0]).mean()

    step = jax.jit(jax.value_and_grad(loss))
    jax.block_until_ready(step(params))
    return {"seconds": _timed(lambda: jax.block_until_ready(step(params)))[0]}


def peer(kind):
    """The same with torch; runs in the peer's environment."""
    import numpy as np
    import torch
    from transformers import GPTSanJapaneseConfig, GPTSanJapaneseForConditionalGeneration

    torch.set_num_threads(1)
    config = GPTSanJapaneseConfig(
        vocab_size=SHAPE["vocab"], max_position_embeddings=CONTEXT, d_model=SHAPE["d_model"],
        d_ff=SHAPE["d_ff"], num_switch_layers=SHAPE["layers"], num_ext_layers=0,
        num_heads=SHAPE["heads"], num_experts=SHAPE["experts"],
        expert_capacity=int(CONTEXT * 1.25 / SHAPE["experts"]), dropout_rate=0.0,
        eos_token_id=SHAPE["vocab"] - 1, pad_token_id=SHAPE["vocab"] - 4,
        separator_token_id=SHAPE["vocab"] - 2,
    )  # fmt: skip
    torch.manual_seed(0)
    model = GPTSanJapaneseForConditionalGeneration(config)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if not name.endswith(("norm.weight", "norm.bias")):
                value.normal_(0, 0.02)
    x = torch.tensor(np.random.default_rng(0).integers(0, SHAPE["vocab"], (BATCH, CONTEXT)))
    kinds = (torch.arange(CONTEXT) < 64).long().expand(BATCH, -1)
    if kind == "generate":
        model.eval()
        found = {}
        for rows in (1, 8):

            def write(rows=rows):
                with torch.no_grad():
                    return model.generate(
                        x[:1, :32].expand(rows, -1),
                        token_type_ids=kinds[:1, :32].expand(rows, -1),
                        do_sample=True,
                        top_k=0,
                        max_new_tokens=WRITTEN,
                        min_new_tokens=WRITTEN,
                    )

            write()
            found[f"tokens_per_second_{rows}"] = rows * WRITTEN / _timed(write)[0]
        return found

    def step():
        model.zero_grad()
        model(input_ids=x, token_type_ids=kinds, labels=x, use_cache=False).loss.backward()

    step()
    return {"seconds": _timed(step)[0]}


def _timed(work):
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time() if "--cpu" in sys.argv else time.perf_counter()
        result = work()
        end = time.process_time() if "--cpu" in sys.argv else time.perf_counter()
        seconds.append(end - start)
    return statistics.median(seconds), result


def _child(python, side, kind):
    flags = "--xla_cpu_multi_thread_eigen=false"
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "XLA_FLAGS": flags,
        "PYTHONPATH": str(ROOT),
    }
    command = ["taskset", "-c", "0", str(python), __file__, side, kind, *sys.argv[1:]]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    """Print one JSON line for the training step and one for each batch of generation."""
    shape = ", ".join(f"{name} {size}" for name, size in {**SHAPE, "context": CONTEXT}.items())
    for kind in ("step", "generate"):
        mine = _child(sys.executable, "ours", kind)
        other = _child(PEER, "peer", kind) if PEER.exists() else {}
        for name, value in mine.items():
            rows = name.rpartition("_")[2]
            line = {
                "benchmark": "training",
                "measure": f"forward and backward pass, batch {BATCH}"
                if kind == "step"
                else f"{WRITTEN} tokens written, batch {rows}",
                "kinari": round(value, 3),
                "peer": None,
                "unit": "s" if kind == "step" else "tokens/s",
            }
            if other:
                line["peer"] = round(other[name], 3)
                line["peer_name"] = "transformers' GPTSAN in torch"
                line["ratio"] = round(value / other[name], 2)
            else:
                line["note"] = "no .venv-exchange: run make test-exchange for transformers' torch"
            print(json.dumps({**line, "model": shape}), flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[1] in ("ours", "peer"):
        print(json.dumps({"ours": ours, "peer": peer}[sys.argv[1]](sys.argv[2])))
    else:
        main()
