"""Runs in .venv-exchange: ids of GPTSanJapaneseTokenizer for the texts in a JSON file.

Usage: `port_tokenizer.py VOCAB EMOJI TEXTS`, where TEXTS holds a JSON list of texts. Prints a JSON
list of id lists.
"""

import json
import sys
from pathlib import Path

from transformers import GPTSanJapaneseTokenizer

vocab, emoji, texts = sys.argv[1:]
tokenizer = GPTSanJapaneseTokenizer(vocab_file=vocab, emoji_file=emoji)
found = []
for text in json.loads(Path(texts).read_text("utf-8")):
    tokens = tokenizer.subword_tokenizer.tokenize(text, clean=False)
    found.append([tokenizer.vocab[token] for token in tokens])
print(json.dumps(found))
