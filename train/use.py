"""A trained model ready to be used: parameters, vocabulary, and what feeds its spout."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from train.checkpoints import Model, load_model
from train.data import class_vector, noise_vector
from train.errors import TrainError
from train.generate import Generator, Sampling, Written
from train.prompts import Prompts


@dataclass(frozen=True)
class Ready:
    """A model with its vocabulary."""

    model: Model
    prompts: Prompts

    def spout(self, label: str | None, seed: int) -> np.ndarray | None:
        """What feeds the spout: a class by name or number, or noise where it learned that.

        Args:
            label: the class asked for, or None.
            seed: decides the noise.

        Returns:
            float32 [d_spout]; None for a model without a spout, or an imported one without a class.

        Raises:
            TrainError: no such class, or the model knows no classes.
        """
        about = self.model.about
        width = about.model.d_spout
        by_class = about.train.get("spout_input") == "class"
        if label is None:
            if not width or "spout_input" not in about.train:
                return None
            return np.zeros(width, np.float32) if by_class else noise_vector(seed, width)
        if not width:
            raise TrainError(
                f"--class {label}: the model has no spout; train with train.model.d_spout above 0"
            )
        if about.train and not by_class:
            raise TrainError(
                f"--class {label}: the model's spout learned noise, not classes (train.spout_input)"
            )
        names = about.classes or []
        if label in names:
            return class_vector(names.index(label), width)
        if label.isdecimal() and int(label) < (len(names) or width):
            return class_vector(int(label), width)
        known = ", ".join(names) if names else f"0 to {width - 1}"
        raise TrainError(f"--class {label}: not a class of this model; it has {known}")

    def generator(self) -> Generator:
        """A generator for this model."""
        about, vocabulary = self.model.about, self.prompts.vocabulary
        return Generator(self.model.params, about.model, vocabulary.end, self.prompts.unwritten)

    def continue_text(
        self,
        generator: Generator,
        text: str,
        *,
        max_tokens: int,
        sampling: Sampling,
        num: int = 1,
        seed: int = 0,
        label: str | None = None,
    ) -> list[Written]:
        """Continuations of a text; each of several samples has noise of its own."""
        ids, prefix = self.prompts.to_continue(self.prompts.encode(text))
        first = self.spout(label, seed)
        vectors = first
        if first is not None and label is None and not sampling.beam_width:
            own = [self.spout(None, seed + number) for number in range(num)]
            vectors = np.stack([vector for vector in own if vector is not None])
        return generator.write(
            ids, prefix, max_tokens=max_tokens, sampling=sampling, num=num, seed=seed, spout=vectors
        )


def open_model(path: str | Path) -> Ready:
    """Read a model and its vocabulary.

    Raises:
        TrainError: either is missing or they do not belong together.
    """
    model = load_model(path)
    return Ready(model, Prompts(model.folder, model.about))
