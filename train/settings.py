"""Settings of the train stage: the model, the mesh, the optimizer, the run."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

_CONFIG = ConfigDict(
    frozen=True, extra="forbid", use_attribute_docstrings=True, protected_namespaces=()
)


class RoutingSettings(BaseModel):
    """How tokens reach experts; the defaults are the Mesh-TensorFlow original's."""

    model_config = _CONFIG

    rule: Literal["mesh", "port"] = "mesh"
    """`mesh`: capacity by group of batch x length; `port`: `expert_capacity` by sequence
    (transformers)."""
    group_tokens: int = Field(default=1024, ge=4)
    """About this many tokens of the batch share one capacity (mesh rule). No mesh changes the
    groups."""
    capacity_factor_train: float = Field(default=1.25, gt=0, le=64)
    """Room per expert in training, over an even share (mesh rule)."""
    capacity_factor_eval: float = Field(default=2.0, gt=0, le=64)
    """Room per expert in validation, over an even share (mesh rule)."""
    expert_capacity: int = Field(default=128, ge=1)
    """Most tokens of one sequence that an expert takes (port rule)."""
    over_capacity: Literal["zero", "pass"] = "zero"
    """A token that found no room contributes 0 (mesh), or its own input times the gate (port)."""
    jitter: float = Field(default=0.01, ge=0, lt=1)
    """Router inputs are multiplied by uniform 1 +- this while training."""
    ignore_padding: bool = False
    """Leave padding out of routing. Neither original does; worth it where documents are short."""
    balance_weight: float = Field(default=0.01, ge=0)
    """Weight of the sum of the layers' load-balancing losses."""
    router_z_weight: float = Field(default=0.0, ge=0)
    """Weight of the mean squared log-sum-exp of the router scores (ST-MoE); the originals have
    none."""


class ModelSettings(BaseModel):
    """Shape of the model. The defaults are a small Switch model for a laptop."""

    model_config = _CONFIG

    kind: Literal["switch", "gpt2"] = "switch"
    """`switch`: GPTSAN's Switch Transformer; `gpt2`: the plain baseline."""
    vocab_size: int = Field(default=0, ge=0)
    """Number of token ids; 0 takes the vocabulary of the run."""
    positions: int = Field(default=256, ge=4)
    """Length of the position table in tokens: the longest context."""
    d_model: int = Field(default=128, ge=4)
    """Width of the hidden states."""
    heads: int = Field(default=4, ge=1)
    """Attention heads; they divide d_model."""
    layers: int = Field(default=2, ge=0)
    """Switch layers (kind switch) or blocks (kind gpt2)."""
    ext_layers: int = Field(default=0, ge=0)
    """Dense layers above the Switch layers, added for fine-tuning, with a position table of their
    own."""
    experts: int = Field(default=4, ge=1)
    """Experts of a Switch layer."""
    d_ff: int = Field(default=256, ge=1)
    """Inner width of an expert, or of a gpt2 block (published: 4 x d_model)."""
    d_ext: int = Field(default=256, ge=1)
    """Inner width of a dense layer."""
    d_spout: int = Field(default=0, ge=0)
    """Width of the spout's input (a class or noise vector); 0 builds no spout."""
    softmlp: bool = True
    """The tanh skip beside the experts."""
    norm_epsilon: float = Field(default=1e-5, gt=0)
    """Added to the variance in layer norms."""
    initial_std: float = Field(default=0.02, gt=0, le=1)
    """Standard deviation of embeddings and matrices at the start; near 1.0 steps slow down
    (denormals)."""
    initial_positions: Literal["normal", "sinusoid"] = "normal"
    """Position embeddings at the start: random as the originals', or Vaswani et al.'s waves, scaled
    to `initial_std`. Waves make "the token before" the same turn at every place: a small corpus
    teaches it in far fewer steps."""
    initial_norm: float = Field(default=1.0, gt=0, le=10)
    """Scale of the layer norms on sub-layers' outputs at the start. At the originals' 1 they drown
    embeddings of 0.02 for the first hundreds of steps; small models start faster near 0.1."""
    prefix_mask: Literal["port", "mesh"] = "mesh"
    """With a spout, whether its slot counts inside the prefix (`mesh`) or before it (`port`)."""
    mask_value: Literal["minimum", "-10000"] = "-10000"
    """What a hidden key's score becomes: the Mesh original's -10,000, or the least float
    (transformers)."""
    routing: RoutingSettings = RoutingSettings()
    """How tokens reach experts."""

    @property
    def blocks(self) -> int:
        """Number of blocks with attention."""
        return self.layers + self.ext_layers

    @property
    def head_size(self) -> int:
        """Width of one attention head."""
        return self.d_model // self.heads

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.d_model % self.heads:
            raise ValueError(f"heads {self.heads} do not divide d_model {self.d_model}")
        if self.kind == "gpt2" and (self.ext_layers or self.d_spout):
            raise ValueError("kind gpt2 has no ext_layers and no spout: set both to 0")
        return self


class MeshSettings(BaseModel):
    """Devices as a grid: batches lie on data x expert, experts on expert, heads on model."""

    model_config = _CONFIG

    data: int = Field(default=1, ge=0)
    """Devices along the data axis; 0 takes what the other axes leave."""
    expert: int = Field(default=1, ge=1)
    """Devices along the expert axis; it divides the number of experts."""
    model: int = Field(default=1, ge=1)
    """Devices along the model axis; it divides heads and d_ff."""


class OptimizerSettings(BaseModel):
    """How parameters move."""

    model_config = _CONFIG

    name: Literal["adam", "adafactor", "muon"] = "adam"
    """Adam (two moments); Adafactor (factored second moment: a third of the memory); or Muon: the
    layers' matrices move by their orthogonalized momentum, all else by Adam, which learns the demo
    corpus in a fifth of the steps."""
    learning_rate: float = Field(default=1e-3, gt=0)
    """Peak of the schedule."""
    muon_scale: float = Field(default=0.2, gt=0)
    """Root mean square of Muon's direction for a matrix, times the learning rate. At 0.2 matrices
    move about as far as by Adam; small models learn faster with more."""
    schedule: Literal["inverse_sqrt", "cosine", "constant"] = "inverse_sqrt"
    """After warm-up: peak x sqrt(warmup / step); half a cosine to `final_share`; or the peak."""
    warmup_steps: int = Field(default=100, ge=0)
    """Steps of linear rise from 0 to the peak."""
    final_share: float = Field(default=0.1, ge=0, le=1)
    """Where the cosine ends, as a share of the peak."""
    beta1: float = Field(default=0.9, ge=0, lt=1)
    """Decay of the first moment (Adam)."""
    beta2: float = Field(default=0.999, ge=0, lt=1)
    """Decay of the second moment (Adam)."""
    epsilon: float = Field(default=1e-6, gt=0)
    """Added to the root of the second moment (Adam)."""
    bias_correction: bool = False
    """Correct the moments for their start at zero; the original does not."""
    weight_decay: float = Field(default=0.01, ge=0)
    """Decoupled decay of matrices and embeddings, times the learning rate; norms and biases are
    spared."""
    clip_norm: float = Field(default=1.0, ge=0)
    """Longest gradient, by global norm; 0 does not clip."""


class CheckpointSettings(BaseModel):
    """When checkpoints are written and which stay."""

    model_config = _CONFIG

    every_steps: int = Field(default=500, ge=1)
    """Steps between checkpoints; the last step is always saved."""
    keep: int = Field(default=3, ge=1)
    """Newest checkpoints that stay."""
    keep_every_hours: float = Field(default=0.0, ge=0)
    """Besides the newest, one checkpoint each so many hours stays for good; 0 keeps none."""


class FinetuneSettings(BaseModel):
    """How a trained model is tuned on a second corpus: `kinari finetune`."""

    model_config = _CONFIG

    base: str = ""
    """Checkpoint folder (or run folder) of the model to start from."""
    ext_layers: int = Field(default=1, ge=0)
    """Dense layers added above those that the base has; only they are trained."""
    train_spout: bool = False
    """Train the spout too; a base without one gets a new one of `model.d_spout`."""
    train_all: bool = False
    """Train every parameter instead of the added layers only."""
    data: str = ""
    """JSON lines: {"text"}, {"text", "label"} or {"prefix", "text"}; empty tunes on the run's
    shards."""
    task: Literal["text", "classify"] = "text"
    """`text`: rows as written, labels feed the spout; `classify`: start, text, delimiter -> the
    label token."""
    labels: list[str] = Field(default_factory=list)
    """Class names in the order of their numbers; empty takes those of the data, sorted."""
    valid_share: float = Field(default=0.05, ge=0, lt=1)
    """Share of the rows held out to measure, by hash of the row."""


class TrainSettings(BaseModel):
    """What train does."""

    model_config = _CONFIG

    model: ModelSettings = ModelSettings()
    """Shape of the model."""
    mesh: MeshSettings = MeshSettings()
    """How devices are laid out."""
    optimizer: OptimizerSettings = OptimizerSettings()
    """How parameters move."""
    checkpoint: CheckpointSettings = CheckpointSettings()
    """When checkpoints are written."""
    finetune: FinetuneSettings = FinetuneSettings()
    """What `kinari finetune` does; the train stage reads none of it."""
    objective: Literal["hybrid", "lm", "mlm"] | None = None
    """What is predicted: the body after a random prefix and masked prefix tokens; the body; masked
    tokens.
    None takes what the shards were encoded for."""
    plain_share: float = Field(default=0.0, ge=0, le=1)
    """Share of a hybrid training's examples that have no prefix and no masks. A uniform prefix
    leaves half of the tokens unpredicted, the first places of a text above all; where data are
    read dozens of times, plain examples learn more from each pass. Validation has none."""
    mlm_target: Literal["shifted", "in_place"] = "shifted"
    """A masked token's target stands one place before it (GPTSAN's way, the head stays the same),
    or on it."""
    context: int = Field(default=0, ge=0)
    """Tokens of one example; 0 takes the context of the shards. Never above model.positions."""
    batch_size: int = Field(default=8, ge=1)
    """Examples of one step, over all devices and hosts."""
    accumulate: int = Field(default=1, ge=1)
    """Parts that a batch is worked through in: a part's activations are all that must fit."""
    steps: int = Field(default=200, ge=1)
    """Steps of the whole training."""
    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    """Decides the start, the order of the data, masks and jitter."""
    precision: Literal["bfloat16", "float32", "float64"] = "float32"
    """Type of activations. Parameters and the router stay float32 (float64 makes all float64, for
    checks)."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Share of the numbers in embeddings and sub-layer outputs that a training step sets to 0. The
    originals have none; a corpus read dozens of times wants 0.1 or more."""
    activation_checkpointing: bool = False
    """Keep only each block's input for the backward pass and work the block out again: less memory,
    a third more work."""
    z_weight: float = Field(default=1e-4, ge=0)
    """Weight of the mean squared log-sum-exp of the output scores."""
    spout_input: Literal["noise", "class"] = "noise"
    """What feeds a spout: noise drawn for each example, or the example's class as one-hot."""
    log_every: int = Field(default=10, ge=1)
    """Steps between lines of metrics.jsonl."""
    valid_every: int = Field(default=100, ge=1)
    """Steps between validations; there is one at the end in any case."""
    valid_examples: int = Field(default=256, ge=1)
    """Validation examples measured each time, always the same ones."""
    ngram_order: int = Field(default=5, ge=0, le=12)
    """Longest n-gram in characters of the baseline measured at the end; 0 measures none."""
    ngram_examples: int = Field(default=20_000, ge=1)
    """Most training examples that the n-grams are counted on: they are held in memory."""
    peak_tflops: float = Field(default=0.0, ge=0)
    """Peak of one device in TFLOP/s for MFU (H100 bfloat16: 989); 0 leaves MFU out."""
    tensorboard: bool = True
    """Write TensorBoard event files beside metrics.jsonl."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.context > self.model.positions:
            raise ValueError(
                f"context {self.context} is above model.positions {self.model.positions}"
            )
        if self.batch_size % self.accumulate:
            raise ValueError(
                f"accumulate {self.accumulate} does not divide batch_size {self.batch_size}"
            )
        return self
