"""Extract the main text of a page, or of every page of WARC files, as JSON lines.

Each line holds url, encoding, language, title, published, text, reason (why clean would drop the
page, null where it would not), and how the page was decoded: decode_reason, declared, damaged
(bytes left out), repairs (mends of the text by name), method. The text is not normalized yet.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from clean.extract_process import Extractor
    from clean.page import PageText
    from clean.settings import CleanSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="*", help="HTML files; - is stdin")
    parser.add_argument("--warc", metavar="FILE", nargs="+", default=[], help="WARC files")
    parser.add_argument(
        "--header",
        metavar="TYPE",
        help="the page's Content-Type, such as 'text/html; charset=euc-jp'",
    )
    parser.add_argument("--url", default="", help="the page's address (default: the file's name)")
    parser.add_argument("--config", help="take clean's settings from a run's YAML")


def run(args: argparse.Namespace) -> int:
    from clean.extract_process import Extractor
    from clean.settings import CleanSettings
    from pipelines.errors import UserError

    if bool(args.files) == bool(args.warc):
        raise UserError("extract: name HTML files (or - for stdin), or --warc with WARC files")
    settings = CleanSettings()
    if args.config:
        from pipelines.settings import load_settings

        settings = load_settings(args.config).clean
    with Extractor(settings.extract) as extractor:
        for line in _lines(args, settings, extractor):
            print(json.dumps(line, ensure_ascii=False))
            sys.stdout.flush()
    return 0


def _lines(
    args: argparse.Namespace, settings: "CleanSettings", extractor: "Extractor"
) -> Iterator[dict[str, Any]]:
    from clean.page import clean_page
    from crawl.pages import Damage
    from crawl.read import read_pages
    from pipelines.errors import UserError

    for name in args.files:
        try:
            data = sys.stdin.buffer.read() if name == "-" else _open(name).read()
        except OSError as error:
            raise UserError(f"{name}: cannot read the page: {error.strerror or error}") from error
        url = args.url or ("" if name == "-" else name)
        yield _line(url, clean_page(data, args.header, url, settings, extractor))
    for name in args.warc:
        try:
            stream = _open(name)
        except OSError as error:
            raise UserError(f"{name}: cannot read the WARC: {error.strerror or error}") from error
        with stream:
            for page in read_pages(stream, name):
                if isinstance(page, Damage):
                    yield {"url": None, "reason": "damaged_record", "offset": page.offset}
                    continue
                header = args.header or content_type(page.headers)
                yield _line(
                    page.url, clean_page(page.payload, header, page.url, settings, extractor)
                )


def _open(name: str) -> BinaryIO:
    """Open a file of any filesystem; Beam's are imported only for those that are not local."""
    if "://" not in name:
        return Path(name).open("rb")
    from pipelines import files

    return files.open_read(name)


def content_type(headers: tuple[tuple[str, str], ...]) -> str | None:
    """Give the value of the first Content-Type field."""
    return next((value for name, value in headers if name.lower() == "content-type"), None)


def _line(url: str, page: "PageText") -> dict[str, Any]:
    return {
        "url": url,
        "encoding": page.encoding,
        "language": page.extracted.language,
        "title": page.extracted.title,
        "published": page.extracted.published,
        "text": page.text,
        "reason": page.reason,
        "decode_reason": page.decode_reason,
        "declared": page.declared,
        "damaged": page.damaged,
        "repairs": page.repairs,
        "method": page.extracted.method,
    }
