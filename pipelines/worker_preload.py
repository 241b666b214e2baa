"""What the warm process of pipelines.worker loads before it forks workers."""

import gc
import logging

# Beam warns of libraries for clouds that are not in use.
logging.getLogger().addHandler(logging.NullHandler())

import apache_beam.runners.worker.sdk_worker_main  # noqa: E402, F401

import pipelines.clean  # noqa: E402
import pipelines.dedup  # noqa: E402
import pipelines.encode  # noqa: E402, F401
from clean.signals.measure import MeasureInput, measure  # noqa: E402

measure(MeasureInput("日本語の文章を一つ読ませる。\n"))  # compiled functions, the reference model
# What is frozen is never looked at by the collector, whose marks would copy shared pages.
gc.collect()
gc.freeze()
