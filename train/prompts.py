"""Text to the model and back: the run's normalization, its vocabulary, the forms of input."""

from pathlib import Path

import numpy as np

from clean.normalize.normalize import normalize
from clean.normalize.settings import NormalizeSettings
from encode.decoder import Decoder
from encode.encoder import Encoder
from encode.examples import bag_runs
from encode.vocabulary import Vocabulary, VocabularyError, load_vocabulary
from train.checkpoints import VOCABULARY, About
from train.errors import TrainError

MASK = "[MASK]"
_BAG_REPEATS = 2


class Prompts:
    """Encodes prompts as the training text was, and prints what a model wrote.

    Args:
        folder: the folder of checkpoints, with `vocabulary/`.
        about: what the checkpoint says of itself.

    Raises:
        TrainError: there is no vocabulary, or it cannot be read.
    """

    def __init__(self, folder: Path, about: About) -> None:
        path = folder / VOCABULARY / "vocab.txt"
        if not path.exists():
            raise TrainError(
                f"{path}: not there; put the vocabulary of the model (and its emoji.json) into "
                "that folder"
            )
        emoji = path.with_name("emoji.json")
        try:
            self.vocabulary: Vocabulary = load_vocabulary(path, emoji if emoji.exists() else None)
        except (VocabularyError, OSError) as error:
            raise TrainError(str(error)) from None
        if len(self.vocabulary) != about.model.vocab_size:
            raise TrainError(
                f"{path}: {len(self.vocabulary)} ids, the model has {about.model.vocab_size}; "
                "put the vocabulary back that it was trained with"
            )
        self.encoder = Encoder(self.vocabulary)
        self.decoder = Decoder(self.vocabulary)
        self.normalize = (
            NormalizeSettings.model_validate(about.normalize) if about.normalize else None
        )
        self.objective = about.objective
        self.positions = about.model.positions
        vocabulary = self.vocabulary
        self.unwritten = np.array(
            [
                vocabulary.start,
                vocabulary.mask,
                vocabulary.start + 2,
                vocabulary.padding,
                vocabulary.segmenter,
            ]
        )

    def clean(self, text: str) -> str:
        """The text as the clean stage would have written it."""
        return text if self.normalize is None else normalize(text, self.normalize).text

    def encode(self, text: str) -> np.ndarray:
        """Ids of a text after normalization, runs bagged, int64 [n].

        Raises:
            TrainError: the text holds what is no character.
        """
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise TrainError("the text holds bytes that are not UTF-8; convert it")
        ids = np.asarray(self.encoder.encode(self.clean(text)), np.int64)
        return bag_runs(ids, self.vocabulary.bag)

    def encode_masked(self, text: str) -> np.ndarray:
        """Ids of a text in which `[MASK]` stands for one token to be filled, int64 [n]."""
        parts: list[np.ndarray] = []
        for number, piece in enumerate(text.split(MASK)):
            if number:
                parts.append(np.array([self.vocabulary.mask], np.int64))
            parts.append(self.encode(piece))
        return np.concatenate(parts)

    def to_continue(self, ids: np.ndarray) -> tuple[np.ndarray, int]:
        """A prompt to be continued: ids with SOT and SEG, and how many see each other both ways.

        A model that learned to go on from a prefix gets the prompt as one; others get it as the
        body's start.

        Raises:
            TrainError: the model fills masks only, or the prompt leaves no room.
        """
        if self.objective == "mlm":
            raise TrainError(
                "the model was trained to fill masks only (objective mlm): use `kinari fill`"
            )
        start, segmenter = self.vocabulary.start, self.vocabulary.segmenter
        if len(ids) + 3 > self.positions:
            raise TrainError(
                f"the context has {len(ids)} tokens, the model {self.positions} positions: "
                "shorten it"
            )
        if self.objective == "hybrid":
            return np.concatenate([[start], ids, [segmenter]]), 1 + len(ids)
        return np.concatenate([[start, segmenter], ids]), 1

    def decode(self, ids: np.ndarray | list[int]) -> str:
        """The text of ids: runs written out, nothing after the end, no tokens only models see."""
        kept: list[int] = []
        hidden = set(self.unwritten.tolist())
        for number in ids:
            if number == self.vocabulary.end:
                break
            if int(number) not in hidden:
                kept.append(int(number))
        return self.decoder.decode(kept, bags=_BAG_REPEATS)
