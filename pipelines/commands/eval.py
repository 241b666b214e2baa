"""Continue prompts with a model and a baseline; compare how they end and repeat themselves.

PROMPTS holds one prompt a line, or JSON lines {"prompt", "kind"}. Where M is a run's folder, the
rows are kept in its eval.jsonl, and its report shows them.
"""

import argparse
import json

from pipelines.arguments import add_seed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("prompts", metavar="PROMPTS", help="file of prompts, text or JSON lines")
    parser.add_argument("--model", required=True, metavar="M", help="a run or its checkpoints")
    parser.add_argument("--baseline", metavar="B", help="the model to compare with")
    parser.add_argument("--lexicon", metavar="FILE", help="words, one a line, to look for")
    parser.add_argument("--num", type=int, default=4, metavar="N", help="continuations of a prompt")
    parser.add_argument("--max-tokens", type=int, default=64, metavar="N", help="limit of one")
    parser.add_argument("--top-k", type=int, default=40, metavar="K", help="only the K best tokens")
    parser.add_argument("--top-p", type=float, default=0.95, metavar="P", help="only the best P")
    parser.add_argument("--temperature", type=float, default=1.0, metavar="T", help="0: the best")
    add_seed(parser, "decides what is sampled")
    parser.add_argument("--output", metavar="FILE", help="also write the JSON lines there")
    parser.add_argument("--json", action="store_true", help="JSON lines instead of a table")


def run(args: argparse.Namespace) -> int:
    from pathlib import Path

    from pipelines.errors import UserError
    from pipelines.report.overview import HABITS
    from train.errors import TrainError
    from train.evaluate import evaluate
    from train.generate import Sampling
    from train.use import open_model

    prompts = _prompts(args.prompts)
    lexicon = [line for line in _lines(args.lexicon) if line.strip()] if args.lexicon else []
    rows = []
    named = [("model", args.model)] + ([("baseline", args.baseline)] if args.baseline else [])
    try:
        sampling = Sampling(args.temperature, args.top_k, args.top_p)
        for name, path in named:
            found = evaluate(
                open_model(path),
                prompts,
                lexicon,
                num=args.num,
                max_tokens=args.max_tokens,
                sampling=sampling,
                seed=args.seed,
            )
            rows += [{"model": name, **habits.as_dict()} for habits in found]
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    except TrainError as error:
        raise UserError(str(error)) from None
    root = Path(args.model)
    targets = [root / HABITS] if (root / "run.json").is_file() else []
    for target in targets + ([Path(args.output)] if args.output else []):
        try:
            target.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UserError(f"{target}: cannot write: {error.strerror}") from None
    if args.json:
        print(text, end="")
        return 0
    shares = ("ended", "repetition", "special", "lexicon")
    print(
        f"{'model':<10}{'kind':<14}{'texts':>6}"
        + "".join(f"{name:>12}" for name in shares)
        + "  tokens"
    )
    for row in rows:
        values = "".join(f"{row[name]:>12.1%}" for name in shares)
        print(
            f"{row['model']:<10}{row['kind']:<14}{row['continuations']:>6}{values}{row['tokens']:>8.1f}"
        )
    return 0


def _lines(path: str) -> list[str]:
    from pathlib import Path

    from pipelines.errors import UserError

    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read: {error}") from None


def _prompts(path: str) -> list[tuple[str, str]]:
    from pipelines.errors import UserError

    found = []
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        if not line.startswith("{"):
            found.append(("all", line))
            continue
        try:
            value = json.loads(line)
            found.append((str(value.get("kind", "all")), str(value["prompt"])))
        except (ValueError, KeyError) as error:
            raise UserError(f"{path}:{number}: not a prompt ({error}); give text or JSON") from None
    if not found:
        raise UserError(f"{path}: holds no prompt")
    return found
