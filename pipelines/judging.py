"""Labelled sites of a run, for fitting the verdict: labels, tallies, the settings fragment."""

import csv
import io

import yaml

from clean.judge_fit import LabelledSite
from clean.judge_settings import JudgeSettings, SiteSettings
from clean.judge_tally import SiteTally
from clean.sites import site_of
from pipelines import files
from pipelines.errors import UserError
from pipelines.parquet import iter_rows
from pipelines.settings import RunSettings

_VERDICTS = {"keep": False, "drop": True}


def read_labels(path: str, settings: SiteSettings) -> dict[str, bool]:
    """Read a CSV of labels.

    Args:
        path: columns site and verdict, in any order, with others beside them.
        settings: what a site is; a URL or host name stands for its site.

    Returns:
        Site -> True for drop.

    Raises:
        UserError: the file is missing, lacks a column, or a line has another verdict, no site, or
            contradicts an earlier line.
    """
    try:
        text = files.read_bytes(path).decode("utf-8-sig")
    except FileNotFoundError:
        raise UserError(f"--labels {path}: no such file") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: not UTF-8") from None
    reader = csv.DictReader(io.StringIO(text))
    columns = [name.strip().lower() for name in reader.fieldnames or ()]
    if "site" not in columns or "verdict" not in columns:
        raise UserError(f"{path}:1: needs the columns site and verdict, has {', '.join(columns)}")
    reader.fieldnames = columns
    labels: dict[str, bool] = {}
    for row in reader:
        where = f"{path}:{reader.line_num}"
        site = site_of((row["site"] or "").strip(), settings)
        verdict = (row["verdict"] or "").strip().lower()
        if not site:
            raise UserError(f"{where}: no site in {row['site']!r}")
        if verdict not in _VERDICTS:
            raise UserError(f"{where}: verdict {verdict!r} of {site}; give keep or drop")
        if labels.setdefault(site, _VERDICTS[verdict]) != _VERDICTS[verdict]:
            raise UserError(f"{where}: {site} has the other verdict on an earlier line")
    return labels


def labelled_sites(
    root: str, labels: dict[str, bool], settings: RunSettings
) -> tuple[list[LabelledSite], list[str]]:
    """Tally the labelled sites' pages as clean extracted them.

    Returns:
        The sites that the run has, sorted, and the names of those that it has not.

    Raises:
        UserError: clean has not extracted pages in this run.
    """
    judge = settings.clean.judge
    tallies: dict[str, SiteTally] = {}
    parts = [item.path for item in files.listing(files.join(root, "clean", "_work", "extracted-*"))]
    if not parts:
        raise UserError(f"{root}: no extracted pages; run the clean stage first")
    for part in sorted(parts):
        for row in iter_rows(part, ["doc_id", "site", "text", "signals", "reason"]):
            if row["site"] in labels:
                tally = tallies.setdefault(row["site"], SiteTally(row["site"], judge.sample_pages))
                tally.add(row["doc_id"], row["signals"], row["text"], row["reason"], judge)
    found = [LabelledSite(tallies[site], labels[site]) for site in sorted(tallies)]
    return found, sorted(set(labels) - set(tallies))


def fragment_of(before: JudgeSettings, fitted: JudgeSettings, sites: int) -> bytes:
    """Write the points that a fit changed as YAML that a run's configuration takes as it is."""
    changed = {
        name: {"points": line.points}
        for name, line in sorted(fitted.lines.items())
        if abs(line.points - before.lines[name].points) >= 0.005
    }
    head = f"# Points fitted by `kinari judge` on {sites} labelled sites, for the run's YAML.\n"
    body = yaml.safe_dump({"clean": {"judge": {"lines": changed}}}, sort_keys=False)
    return (head + body).encode("utf-8")
