"""The vocabulary and emoji table give the same ids in transformers 4.36's GPTSAN tokenizer."""

import json
import random
import subprocess
from pathlib import Path

import pytest

from crawl.sample_web.build import build
from encode.counting import count_runs
from encode.encoder import Encoder
from encode.learn import learn_lines
from encode.scripts import DEFAULT_LIMITS
from encode.vocabulary import (
    RESERVED,
    EmojiTable,
    Vocabulary,
    format_lines,
    load_vocabulary,
    parse_vocabulary,
)

ROOT = Path(__file__).resolve().parents[2]
PORT = ROOT / ".venv-exchange" / "bin" / "python"
PUBLISHED = ROOT.parent / "shared" / "data"
EMOJI = EmojiTable((("😀", "<|emoji1|>"), ("👍", "<|emoji8|>"), ("👍🏽", "<|emoji8|>")))

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(not PORT.exists(), reason="no .venv-exchange; make test-exchange builds it"),
]


def port_ids(folder: Path, vocabulary: Vocabulary, texts: list[str]) -> list[list[int]]:
    (folder / "vocab.txt").write_bytes(vocabulary.to_bytes())
    (folder / "emoji.json").write_bytes(vocabulary.emoji.to_json())
    (folder / "texts.json").write_text(json.dumps(texts), "utf-8")
    script = Path(__file__).with_name("port_tokenizer.py")
    names = [str(folder / name) for name in ("vocab.txt", "emoji.json", "texts.json")]
    command = [str(PORT), str(script), *names]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)
    return json.loads(done.stdout.splitlines()[-1])


def texts_for(vocabulary: Vocabulary, prose: list[str]) -> list[str]:
    draw = random.Random(4)
    pieces = [*vocabulary.ids, *RESERVED, *"<>| \u3000\r\n\t—−☆é𠮷か゛ｶﾞ👍🏽😀‼¡"]
    mixed = ["".join(draw.choices(pieces, k=draw.randint(1, 30))) for _ in range(500)]
    return [*prose, *mixed]


def test_a_learned_vocabulary_of_limits_up_to_three(tmp_path: Path) -> None:
    prose = [page.main for page in build(1).truth.pages.values() if page.main]
    limits = {script: min(longest, 3) for script, longest in DEFAULT_LIMITS.items()}
    lines = learn_lines(count_runs(prose), 3000, limits, 0.9999)
    vocabulary = parse_vocabulary(format_lines(lines), "learned", 3, EMOJI)
    texts = texts_for(vocabulary, prose[:50])
    encoder = Encoder(vocabulary)
    for text, expected in zip(texts, port_ids(tmp_path, vocabulary, texts), strict=True):
        assert encoder.encode(text) == expected, text


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published files are not beside the repo")
def test_the_published_vocabulary(tmp_path: Path) -> None:
    vocabulary = load_vocabulary(PUBLISHED / "ja-swe36k.txt", PUBLISHED / "emoji.json")
    prose = [page.main for page in build(1).truth.pages.values() if page.main][:50]
    texts = texts_for(vocabulary, prose)
    encoder = Encoder(vocabulary)
    for text, expected in zip(texts, port_ids(tmp_path, vocabulary, texts), strict=True):
        assert encoder.encode(text) == expected, text
