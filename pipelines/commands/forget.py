"""Take a page or a site out of a run: WARC, Parquet, training shards; and out of later crawls.

What is taken out is overwritten, other records keep their places, and the records of the stages are
brought in line. The report goes, as it quotes pages. A model that was trained already cannot
forget: its stage becomes stale (`kinari check` names it too), and the next run trains again.
"""

import argparse
import json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="the run's folder")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--url", metavar="U", help="one page, by its URL")
    what.add_argument(
        "--site", metavar="S", help="a host with all below it, or host/user of a path-site"
    )
    parser.add_argument("--json", action="store_true", help="what went, as one JSON object")


def run(args: argparse.Namespace) -> int:
    from crawl.urls import canonical_url
    from pipelines import run as runs
    from pipelines.errors import UserError
    from pipelines.forget import forget

    runs.open_run(args.run)
    name = canonical_url(args.url) if args.url else args.site.strip("/").lower()
    if not name or (args.site and ("://" in name or "." not in name.partition("/")[0])):
        raise UserError(
            f"forget: {args.url or args.site} is no "
            + ("http or https URL" if args.url else "host name such as example.jp")
        )
    with runs.locked(args.run):
        removed = forget(args.run, name)
    if args.json:
        print(json.dumps({"forgotten": name, "removed": removed}, ensure_ascii=False))
        return 0
    for kind, count in sorted(removed.items()):
        if count:
            print(f"{kind}: {count} removed")
    if not any(removed.values()):
        print(f"{name}: the run held nothing of it")
    print(
        f"{name}: kept out of later crawls; build the report again with `kinari report {args.run}`"
    )
    return 0
