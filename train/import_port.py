"""transformers' folders to kinari models and back, vocabularies included."""

import hashlib
import shutil
from pathlib import Path

from train.checkpoints import VOCABULARY, About, copy_vocabulary, load_model, save_model
from train.errors import TrainError
from train.hugging_face import load_port, save_port

_OURS_BY_THEIRS = {"vocab.txt": "vocab.txt", "emoji.json": "emoji.json"}


def import_port(folder: Path, out: Path) -> None:
    """Read a transformers folder, with the vocabulary where it has one; write a kinari model.

    Raises:
        ExchangeError: the folder is no such checkpoint.
        TrainError: `out` holds checkpoints already.
    """
    settings, params, config = load_port(folder)
    found = {
        ours: (folder / theirs).read_bytes()
        for theirs, ours in _OURS_BY_THEIRS.items()
        if (folder / theirs).is_file()
    }
    digest = hashlib.sha256(found["vocab.txt"]).hexdigest() if "vocab.txt" in found else ""
    about = About(
        model=settings,
        context=settings.positions,
        objective="hybrid",
        vocabulary_sha256=digest,
        port_config=config,
    )
    save_model(out, about, params)
    if "vocab.txt" in found:
        copy_vocabulary(found, out)


def export_port(model_path: str | Path, out: Path) -> None:
    """Write a kinari model as a folder that transformers 4.36 loads.

    Raises:
        TrainError: there is no model.
        ExchangeError: the port has no such model.
    """
    model = load_model(model_path)
    about = model.about
    size = about.model.vocab_size
    ids = {"eos_token_id": size - 1, "pad_token_id": size - 5, "separator_token_id": size - 2}
    if out.is_file():
        raise TrainError(f"{out}: is a file; name a folder")
    save_port(out, about.model, model.params, ids, about.port_config or None)
    for theirs, ours in _OURS_BY_THEIRS.items():
        source = model.folder / VOCABULARY / ours
        if source.is_file():
            shutil.copyfile(source, out / theirs)
