"""Replace dates, URLs, prices, e-mail addresses, telephone numbers and box drawing by tokens.

Reads stdin line by line and streams. Every line comes out as one line: normalized text, or with
--spans a JSON object {"text", "spans": [{"kind", "form", "start", "end", "replaced"}]} that also
names what is recognised and kept; start and end count code points of the input line.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clean.normalize.settings import NormalizeSettings

_CHUNK = 1 << 16


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--spans", action="store_true", help="one JSON object a line: the text and every span found"
    )
    parser.add_argument(
        "--jsonl",
        action="store_true",
        help='each line holds a JSON string, or an object with "text"; comes out in the same shape',
    )
    parser.add_argument(
        "--dates",
        metavar="FORMS",
        help="forms of date to replace, by commas, of ymd ym md y fy decade (default: ymd,ym,md)",
    )


def run(args: argparse.Namespace) -> int:
    settings = _settings(args.dates)
    number = 0
    for lines in _batches():
        out = []
        for line in lines:
            number += 1
            body = line.rstrip(b"\r\n") if args.spans or args.jsonl else line
            text = body.decode("utf-8", "surrogateescape")
            if args.jsonl:
                out.append(_json_line(text, number, settings, args.spans))
            elif args.spans:
                out.append(_dump(_with_spans(text, settings)))
            else:
                out.append(_plain(text, settings))
        sys.stdout.buffer.write(b"".join(out))
        sys.stdout.buffer.flush()
    return 0


def _settings(dates: str | None) -> "NormalizeSettings":
    from typing import get_args

    from clean.normalize.settings import DateForm, NormalizeSettings
    from pipelines.errors import UserError

    if dates is None:
        return NormalizeSettings()
    known = get_args(DateForm)
    forms = tuple(form for form in dates.replace(" ", "").split(",") if form)
    for form in forms:
        if form not in known:
            raise UserError(f"--dates: {form!r} is no form of date; use some of {', '.join(known)}")
    return NormalizeSettings(dates=forms)


def _batches() -> Iterator[list[bytes]]:
    """Lines of stdin as they arrive, each with its line end; the last may have none."""
    rest: list[bytes] = []
    while chunk := sys.stdin.buffer.read1(_CHUNK):
        head, newline, tail = chunk.rpartition(b"\n")
        if not newline:
            rest.append(chunk)
            continue
        whole = b"".join([*rest, head])
        rest = [tail] if tail else []
        yield [line + b"\n" for line in whole.split(b"\n")]
    if rest:
        yield [b"".join(rest)]


def _plain(text: str, settings: "NormalizeSettings") -> bytes:
    from clean.normalize.normalize import normalize

    return normalize(text, settings).text.encode("utf-8", "surrogateescape")


def _with_spans(text: str, settings: "NormalizeSettings") -> dict[str, Any]:
    from clean.normalize.normalize import find_spans, replace_spans

    spans = find_spans(text, settings)
    return {"text": replace_spans(text, spans), "spans": [span._asdict() for span in spans]}


def _json_line(text: str, number: int, settings: "NormalizeSettings", spans: bool) -> bytes:
    from clean.normalize.normalize import normalize
    from pipelines.errors import UserError

    try:
        value = json.loads(text)
    except ValueError as error:
        raise UserError(f"stdin:{number}: not JSON: {error}; drop --jsonl for raw lines") from None
    source = value.get("text") if isinstance(value, dict) else value
    if not isinstance(source, str):
        raise UserError(f'stdin:{number}: expected a JSON string or an object with a string "text"')
    if spans:
        result: Any = _with_spans(source, settings)
    else:
        result = {"text": normalize(source, settings).text}
    if isinstance(value, dict):
        return _dump(value | result)
    return _dump(result if spans else result["text"])


def _dump(value: object) -> bytes:
    try:
        return (json.dumps(value, ensure_ascii=False) + "\n").encode()
    except UnicodeEncodeError:
        return (json.dumps(value) + "\n").encode()
