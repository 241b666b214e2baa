# Every target builds .venv from requirements.lock first. PYTHON names the interpreter (3.11 to 3.13).
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if (3, 11) <= v[:2] <= (3, 13) else f"kinari needs Python 3.11 to 3.13, {sys.executable} is {v[0]}.{v[1]}; set PYTHON=")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# transformers 4.36 and its torch, apart from everything else: only tests/exchange runs in it.
EXCHANGE := .venv-exchange/.ready
$(EXCHANGE): tests/exchange/requirements.txt
	test -x .venv-exchange/bin/python || $(PYTHON) -m venv .venv-exchange
	.venv-exchange/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	touch $@

# Flink and Beam's runner for it in one jar, from Maven Central by mvn and Java 17.
FLINK := .venv-flink/.ready
$(FLINK): tests/engines/flink.xml
	timeout 600 mvn -q -B -U -f $< package || { echo "Flink cannot be had: mvn failed, see above" >&2; exit 1; }
	touch $@

.PHONY: demo test test-heavy test-long test-exchange lint format bench docs lock clean

demo: $(READY)  ## the main job, offline, on the built-in sample web: about five minutes on two cores
	$(BIN)/kinari run configs/demo.yaml

test: $(READY)  ## the tests that every change must pass
	$(BIN)/python -m pytest -m "not heavy" -n 2

test-heavy: $(READY) $(EXCHANGE)  ## engines, faults, exchange
	-$(MAKE) $(FLINK)  # where it can't be fetched, its test is skipped
	$(BIN)/python -m pytest -m "heavy and not long" -n 2

test-long: $(READY)  ## the heavy tests that take many minutes each, by hand
	$(BIN)/python -m pytest -m long

test-exchange: $(READY) $(EXCHANGE)  ## the same ids, logits and weights in transformers 4.36
	$(BIN)/python -m pytest -m heavy tests/exchange

lint: $(READY)  ## style, types, the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock:  ## resolve requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header --extra dev pyproject.toml -o requirements.lock

clean:
	rm -rf .venv build dist *.egg-info

bench: $(READY)  ## kinari beside its peers, in one run; writes docs/benchmarks.md
	$(BIN)/python benchmarks/run.py $(BENCH)

docs: $(READY)  ## docs/settings.md and docs/commands.md from the code
	PYTHONPATH=. $(BIN)/python docs/build.py

.PHONY: test-engines test-flink tpu-compile fuzz

test-engines: $(READY)  ## the stages on Beam's Prism (needs go) and with their run on an S3 server
	$(BIN)/python -m pytest -m heavy tests/engines/test_portable.py tests/pipelines/test_object_store.py

test-flink: $(READY) $(FLINK)  ## the stages on a Flink cluster: one job manager, two task managers
	$(BIN)/python -m pytest -m heavy tests/engines/test_flink.py

# The environment of the last part of docs/tpu.md; libtpu compiles without a TPU. Some minutes each.
TOPOLOGIES ?= v3:2x2 v4:2x2x1 v5e:2x4
tpu-compile: .venv-tpu/.ready  ## bytes per device of gptsan-2.8b on TPU slices, compiled without one
	PYTHONPATH=. JAX_PLATFORMS=cpu .venv-tpu/bin/python -m train.compile_tpu configs/gptsan-2.8b.yaml $(TOPOLOGIES)

.venv-tpu/.ready: pyproject.toml
	test -x .venv-tpu/bin/pip || $(PYTHON) -m venv .venv-tpu
	.venv-tpu/bin/python -m pip install --quiet --disable-pip-version-check "jax[tpu]==0.10.2" flax optax pydantic pyyaml google-crc32c numba
	touch $@

.venv-fuzz/.ready:
	$(PYTHON) -m venv .venv-fuzz
	.venv-fuzz/bin/python -m pip install --quiet atheris
	touch $@

FUZZ_SECONDS ?= 900
fuzz: $(READY) .venv-fuzz/.ready  ## atheris on what reads strangers, FUZZ_SECONDS each
	set -e; for parser in decode extract normalize sitemap tdmrep; do \
	  PYTHONPATH=.:$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') \
	  .venv-fuzz/bin/python tests/fuzz/harness.py $$parser -max_total_time=$(FUZZ_SECONDS) -timeout=30; done
