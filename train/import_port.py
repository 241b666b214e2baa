"""transformers' folders to kinari models and back, vocabularies included."""

import hashlib
import shutil
from pathlib import Path
from typing import Any

from train.checkpoints import VOCABULARY, About, copy_vocabulary, load_model, save_model
from train.errors import TrainError
from train.hugging_face import load_port, read_config, save_port, settings_from_config
from train.settings import ModelSettings, RoutingSettings

_OURS_BY_THEIRS = {"vocab.txt": "vocab.txt", "emoji.json": "emoji.json"}


def import_port(folder: Path, out: Path) -> None:
    """Read a transformers folder, with the vocabulary where it has one; write a kinari model.

    A folder with a TensorFlow checkpoint of the original (`*.index`) instead of safetensors is read
    by its variable names; its `config.json` is written in the port's form.

    Raises:
        ExchangeError: the folder is no such checkpoint.
        TrainError: `out` holds checkpoints already.
    """
    checkpoints = sorted(folder.glob("*.index")) if folder.is_dir() else []
    if checkpoints and not (folder / "model.safetensors").exists():
        settings, params, config = _from_mesh(folder, checkpoints[-1].with_suffix(""))
    else:
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


def _from_mesh(folder: Path, prefix: Path) -> tuple[ModelSettings, dict[str, Any], dict[str, Any]]:
    """A published TensorFlow checkpoint; a config.json of the port beside it gives the shape."""
    from train.mesh_tensorflow import load_mesh_checkpoint

    config = read_config(folder)
    described = settings_from_config(config, has_spout=bool(config.get("d_spout")))
    settings = described.model_copy(
        update={"prefix_mask": "mesh", "mask_value": "-10000", "routing": RoutingSettings()}
    )
    return settings, load_mesh_checkpoint(prefix, settings), config


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
