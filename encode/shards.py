"""TFRecord shards: the record format, writing, reading. Needs no TensorFlow.

A shard is a TFRecord file: for each record a little-endian uint64 length, the masked crc32c of those eight bytes,
the data, the masked crc32c of the data. The data is a serialized `tf.train.Example`. All integers are `int64_list`,
texts `bytes_list`. Features of every record, in both formats:

| feature  | shape      | holds                                                                                   |
|----------|------------|-----------------------------------------------------------------------------------------|
| `doc_id` | bytes [1]  | the document's 32 hexadecimal digits (of a pair: blake2b-128 over prefix NUL text)       |
| `range`  | int64 [3]  | start, end, total: the body of this example is tokens start to end of the document's     |
|          |            | total (end == total: the document truly ends here, so EOT stands behind it)              |
| `i`      | int64 [1]  | class, or the document's number within the run                                           |

Format `tokens` adds (x and y are built by `encode.examples.build_example` while training):

| feature  | shape      | holds                                                                                   |
|----------|------------|-----------------------------------------------------------------------------------------|
| `tokens` | int64 [n]  | ids without SOT, SEG, EOT and padding; n <= context - 2, at the true end context - 3      |
| `prefix` | int64 [1]  | -1: the cut between prefix and body is free; otherwise the first `prefix` tokens are a    |
|          |            | given prefix (of a pair) and `range` counts what stands behind them                      |

Format `gptsan` adds `x` int64 [context], `y` int64 [context], `num_input` int64 [1], materialized by the same
function, so that `{"x", "y": FixedLenFeature([context]), "i", "num_input": FixedLenFeature([1])}` parses it.

`shards.json` beside the shards: `format`, `mode`, `context`, `seed`, `vocabulary` {`path`, `size`, `sha256`,
`max_token_chars`}, `classes` (name by number, or null), `sources`, and `shards`: a list of {`path`, `split`,
`records`, `tokens`, `documents`, `bytes`, `sha256`} in order of path. Shards are named
`<split>-#####-of-#####.tfrecord`; records stand in the order of a seeded hash, so the files are already shuffled.
"""
