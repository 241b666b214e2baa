"""Decide about a site by hand: the verdict of a person goes before the rule's in the next run.

The decision is written to the YAML file that clean.judge.overrides names, or to overrides.yaml in
the run's folder; keep it under version control. A second decision about a site replaces the first.
"""

import argparse
import json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="the run's folder")
    parser.add_argument("--site", required=True, metavar="S", help="a site of the run")
    parser.add_argument("--verdict", required=True, choices=["keep", "drop"])
    parser.add_argument("--by", required=True, metavar="NAME", help="who decides")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why; others will read it")
    parser.add_argument("--json", action="store_true", help="the decision as one JSON object")


def run(args: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from pydantic import ValidationError

    from clean.judge_overrides import Override, read_overrides, write_overrides
    from pipelines import files
    from pipelines import run as runs
    from pipelines.errors import UserError
    from pipelines.overrides import load_overrides, overrides_path

    settings = runs.open_run(args.run)
    path = overrides_path(settings, args.run)
    rule = _find_site(args.run, args.site, settings)
    try:
        decision = Override(
            site=rule["site"],
            verdict=args.verdict,
            by=args.by.strip(),
            when=datetime.now(UTC).date(),
            reason=args.reason.strip(),
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"override: {first['loc'][0]}: {first['msg']}") from None
    with runs.locked(args.run):
        before = load_overrides(settings, args.run) if files.exists(path) else ()
        kept = [other for other in before if other.site != decision.site]
        data = write_overrides([*kept, decision])
        read_overrides(data, path)
        files.write_bytes(path, data)
    if args.json:
        shown = {**decision.model_dump(mode="json"), "file": path, "was": rule["verdict"]}
        print(json.dumps(shown, ensure_ascii=False))
        return 0
    replaced = " (in place of an earlier decision)" if len(kept) < len(before) else ""
    print(f"{decision.site}: {decision.verdict}, was {rule['verdict']} by {rule['decided_by']}")
    print(f"written to {path}{replaced}; the next `kinari run` applies it")
    return 0


def _find_site(root: str, name: str, settings: object) -> dict[str, str]:
    """Find the site in the run's verdicts; a URL or host of it will do."""
    import difflib

    from clean.sites import site_of
    from pipelines import files
    from pipelines.errors import UserError
    from pipelines.parquet import iter_rows
    from pipelines.settings import RunSettings

    assert isinstance(settings, RunSettings)
    path = files.join(root, "clean", "sites.parquet")
    if not files.exists(path):
        raise UserError(f"{root}: no verdicts yet; run the clean stage first")
    rows = {row["site"]: row for row in iter_rows(path, ["site", "verdict", "decided_by"])}
    for candidate in (name.strip("/"), site_of(name, settings.clean.sites)):
        if candidate in rows:
            return rows[candidate]
    near = difflib.get_close_matches(name, rows, 3, 0.5)
    hint = f"; near it: {', '.join(near)}" if near else ""
    raise UserError(f"--site {name}: the run has no such site{hint}")
