"""What becomes of a page: text, or a reason with its figure."""

import pytest

from clean.extract_process import Extractor
from clean.page import clean_page
from clean.settings import CleanSettings, ExtractSettings

SENTENCE = "川のそばの古い町について、少しずつ調べたことを書いていきます。"
PROSE = "".join(f"<p>{n}番目に、{SENTENCE}</p>" for n in range(8))
MENU = "".join(f'<li><a href="/{n}">{n}番の入口へ進む案内はこちら</a></li>' for n in range(30))


@pytest.fixture(scope="module")
def extractor():
    with Extractor(ExtractSettings()) as made:
        yield made


@pytest.mark.parametrize(
    ("payload", "reason", "value"),
    [
        (f"<body>{PROSE}</body>".encode(), None, None),
        (b"", "no_text", 0.0),
        (b" \n ", "no_text", 0.0),
        (b"<html><script>var a;</script></html>", "no_text", 0.0),
        ("<p>短い。</p>".encode(), "too_short", 3.0),
        (f"<ul>{MENU}</ul>".encode(), "list_only", 1.0),
        (f"<p>{'This is English. ' * 40}</p>".encode(), "not_japanese", 0.0),
        (f"<p>{'这是一个中文网页，我们来看看。' * 30}</p>".encode(), "not_japanese", 0.0),
        (f"<p>{'한국어 페이지입니다. ' * 40}</p>".encode("cp949"), "not_japanese", 0.0),
        (b"<p>" + b"x" * (5 << 20), "too_large", 5 * 2**20 + 3.0),
        (f"<p>{('字化け' + '縺繧繝' * 3 + 'の文。') * 40}</p>".encode(), "garbled", None),
    ],
)
def test_reason(extractor, payload, reason, value):
    page = clean_page(payload, None, "", CleanSettings(), extractor)
    assert page.reason == reason
    if value is not None:
        assert page.value == value
        assert page.threshold is not None


def test_page_that_was_extracted_but_is_english(extractor):
    lines = (
        f"Line {n} of this text is English, and it is long enough to be prose." for n in range(30)
    )
    body = f"<p>{SENTENCE}</p><article>{''.join(f'<p>{line}</p>' for line in lines)}</article>"
    page = clean_page(body.encode(), None, "", CleanSettings(), extractor)
    assert (page.reason, page.extracted.language) == ("not_japanese", "en")


def test_decision_about_the_encoding_is_on_record(extractor):
    meta = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
    page = clean_page((meta + PROSE).encode("euc_jp"), None, "", CleanSettings(), extractor)
    assert (page.encoding, page.declared, page.decode_reason) == ("euc-jp", "utf-8", "content")
    assert page.damaged == 0
    assert SENTENCE in page.text


def test_repairs_are_on_record(extractor):
    page = clean_page(
        f"{PROSE}<p>　ﾃﾚﾋﾞを見ました。</p>".encode(), None, "", CleanSettings(), extractor
    )
    assert page.repairs == {"half_width_kana": 4, "indents": 1}
    assert "テレビを見ました。" in page.text
