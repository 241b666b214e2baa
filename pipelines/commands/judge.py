"""Fit the site verdict to your own taste: sites that you have labelled, against the run's pages.

LABELS is a CSV with the columns site and verdict (keep or drop). The points of the evidence lines
are fitted to them and written as a settings fragment; printed are precision and recall of dropping
and the calibration of the score, first with the run's settings, then on sites that each fit had not
seen (five parts), then on all.
"""

import argparse
import json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="the run's folder; clean must be done")
    parser.add_argument("--labels", required=True, metavar="CSV", help="columns site, verdict")
    parser.add_argument("--out", metavar="YAML", help="the fragment; default: RUN/judge.yaml")
    parser.add_argument(
        "--pull", type=float, default=0.02, help="how hard points are drawn to the run's (0.02)"
    )
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object")


def run(args: argparse.Namespace) -> int:
    from clean.judge_fit import cross_validate, evaluate, fit_points
    from pipelines import files
    from pipelines import run as runs
    from pipelines.errors import UserError
    from pipelines.judging import fragment_of, labelled_sites, read_labels

    if not args.pull > 0:
        raise UserError(f"--pull {args.pull:g}: must be above 0")
    settings = runs.open_run(args.run)
    labels = read_labels(args.labels, settings.clean.sites)
    sites, missing = labelled_sites(args.run, labels, settings)
    judge = settings.clean.judge
    try:
        unseen = cross_validate(sites, judge, args.pull)
        fitted = fit_points(sites, judge, args.pull)
    except ValueError as error:
        raise UserError(f"{args.labels}: {error}") from None
    outcomes = {
        "run": evaluate(sites, judge),
        "unseen": unseen,
        "fitted": evaluate(sites, fitted),
    }
    out = args.out or files.join(args.run, "judge.yaml")
    files.write_bytes(out, fragment_of(judge, fitted, len(sites)))
    if args.json:
        shown = {
            name: {
                "precision": outcome.precision,
                "recall": outcome.recall,
                "kept": outcome.kept,
                "review": outcome.review,
                "brier": outcome.brier,
                "calibration": outcome.calibration,
            }
            for name, outcome in outcomes.items()
        }
        print(json.dumps({"sites": len(sites), "missing": missing, "file": out, **shown}))
        return 0
    good = sum(not site.bad for site in sites)
    print(f"{len(sites)} labelled sites in the run: {good} keep, {len(sites) - good} drop")
    if missing:
        print(f"{len(missing)} labelled sites have no page in the run: {', '.join(missing[:5])}")
    titles = {"run": "the run's settings", "unseen": "fitted, on unseen sites", "fitted": "fitted"}
    print(f"{'':26}precision  recall  good that stay  review  Brier")
    for name, outcome in outcomes.items():
        print(
            f"{titles[name]:26}{outcome.precision:9.3f}{outcome.recall:8.3f}{outcome.kept:16.3f}"
            f"{outcome.review:8.3f}{outcome.brier:7.3f}"
        )
    print("calibration on unseen sites: score, sites, mean score, share of bad ones")
    for low, count, mean, share in unseen.calibration:
        print(f"  {low:.1f}-{low + 0.2:.1f} {count:7} {mean:10.2f} {share:10.2f}")
    wrong = [
        f"{site} ({verdict}, labelled {'drop' if bad else 'keep'})"
        for site, (bad, verdict, _) in sorted(unseen.verdicts.items())
        if (verdict == "drop") != bad
    ]
    if wrong:
        print(f"against their label on unseen sites: {'; '.join(wrong[:10])}")
    print(f"written to {out}")
    return 0
