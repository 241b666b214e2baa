"""Which class a text belongs to, by a model that learned to write the class behind the text."""

import numpy as np

from train.errors import TrainError
from train.score import Scorer
from train.use import Ready


class Classifier:
    """A model tuned with `task: classify`: start, text, delimiter, then the class's name.

    Args:
        ready: the model.

    Raises:
        TrainError: it was tuned for something else.

    Source: Radford et al., Improving language understanding by generative pre-training, 2018,
        section 3.3, with the class's name in place of a linear head.
    """

    def __init__(self, ready: Ready) -> None:
        about = ready.model.about
        if about.task != "classify" or not about.classes:
            raise TrainError(
                f"{ready.model.folder}: not tuned to classify: run `kinari finetune` with "
                "train.finetune.task: classify"
            )
        self.prompts, self.spout = ready.prompts, ready.spout(None, 0)
        self.classes = {name: ready.prompts.encode(name) for name in about.classes}
        self.scorer = Scorer(ready.model.params, about.model, about.context)

    def shares(self, text: str) -> dict[str, float]:
        """Probability of each class after a text, the classes alone considered; they sum to 1.

        A text longer than the context is judged by its start, as in tuning.
        """
        ids = self.prompts.encode(text)
        scores = np.array(
            [self.scorer.score_after(ids, name, self.spout) for name in self.classes.values()]
        )
        shares = np.exp(scores - scores.max())
        return dict(zip(self.classes, (shares / shares.sum()).tolist(), strict=True))
