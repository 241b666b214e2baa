"""Say why a page was kept or dropped, and where an example of a shard came from.

Ask by URL, document id, site, or shard and record. With --recompute the page is read from its WARC
record again and put through clean and dedup anew, its site judged by its pages; `agrees` says
whether all figures are those on file.
"""

import argparse
import json
from typing import Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="the run's folder")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--url", metavar="U", help="the page fetched from this address")
    which.add_argument("--doc", metavar="D", help="the document with this id")
    which.add_argument("--site", metavar="S", help="the site's verdict and evidence")
    which.add_argument("--shard", metavar="FILE", help="a shard; with --record")
    parser.add_argument(
        "--record", type=int, metavar="N", help="the record's place in the shard, from 0"
    )
    parser.add_argument(
        "--recompute", action="store_true", help="do it again from the WARC files and compare"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(args: argparse.Namespace) -> int:
    from pipelines.audit import Auditor
    from pipelines.errors import UserError
    from pipelines.run import open_run

    if (args.shard is None) != (args.record is None):
        raise UserError("--shard and --record go together")
    auditor = Auditor(args.run, open_run(args.run))
    if args.doc:
        answers = [auditor.document(args.doc.lower())]
    elif args.url:
        answers = auditor.url(args.url)
    elif args.site:
        answers = [auditor.site(args.site)]
    else:
        answers = [auditor.example(args.shard, args.record)]
    for facts in answers:
        about = facts.get("document", facts)
        if args.recompute:
            if about.get("stage") == "crawl" or "site" not in about:
                raise UserError("--recompute: no page of it was stored, so there is nothing to do")
            about["recomputed"] = auditor.recompute(about)
        if args.json:
            print(json.dumps(facts, ensure_ascii=False))
        else:
            _show(facts)
    return 0


def _show(facts: dict[str, Any], indent: str = "") -> None:
    """Print facts as indented lines; control characters in them as escapes."""
    for name, value in facts.items():
        if isinstance(value, dict):
            print(f"{indent}{name}:")
            _show(value, indent + "  ")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            print(f"{indent}{name}:")
            for item in value:
                print(f"{indent}  - " + ", ".join(f"{k} {_text(v)}" for k, v in item.items()))
        elif value is not None:
            print(f"{indent}{name}: {_text(value)}")


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in str(value))
