"""URLs and e-mail addresses, with Japanese text touching them on both sides."""

import re

from clean.normalize.top_level_domains import TLDS

_BODY = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_SCHEMES = ("https", "http", "ttps", "ttp", "ftps", "ftp", "sftp", "hxxps", "hxxp")
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SCHEME_CHARS = _LETTERS + "0123456789+.-"
_HOST_CHARS = _LETTERS + "0123456789-."
_LOCAL_CHARS = _LETTERS + "0123456789._%+-"
_WIDE = re.compile(
    r"(?:[ｈhＨH][ｔtＴT]{2}[ｐpＰP][ｓsＳS]?[：:][／/]{2}"
    r"|[ｗＷ]{3}[．.])[Ａ-Ｚａ-ｚ０-９A-Za-z0-9．.／/－\-＿_？?＝=＆&％%＃#～~：:＋+]+"
)
_WWW = re.compile(r"[Ww]{3}\.(?=[A-Za-z0-9\u3041-\u9fff])")
_WWW_HOST = re.compile(
    r"[Ww]{3}\.[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8}\.[A-Za-z]{2,24}(?![A-Za-z0-9-])"
)
_IDN_TLDS = (
    "コム|みんな|グーグル|クラウド|ストア|セール|ファッション|ポイント|ネット|アマゾン|家電|食品|書籍|通販|政府"
    "|世界|企業|健康|商店|商城|网络|中国|中國|公司|台湾|台灣|香港|한국|닷컴|テスト|рф"
)
_IDN_HOST = re.compile(
    rf"(?:"
    rf"[A-Za-z0-9\-\u00c0-\u024f\u0400-\u04ff\u3005\u3041-\u309f\u30a0-\u30ff\u4e00-\u9fff\uac00-\ud7a3]"
    rf"{{1,63}}\.){{1,5}}"
    rf"(?:[A-Za-z]{{2,24}}(?![A-Za-z0-9-])|{_IDN_TLDS})(?::[0-9]{{1,5}})?"
)
_BARE = re.compile(r"\.([a-z]{2,24})(?::[0-9]{1,5})?/")
_AT = re.compile(
    r"(?:[@＠]| ?[(\[（【<＜{] ?(?:at|AT|アット|あっと|アットマーク|@"
    r"|＠) ?[)\]）】>＞}] ?)(?=[A-Za-z0-9Ａ-Ｚａ-ｚ０-９\u3041-\u9fff])"
)
_DOMAIN = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.| ?[(\[（【] ?(?:dot"
    r"|ドット) ?[)\]）】] ?)){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])"
)
_IDN_DOMAIN = re.compile(
    r"(?:[A-Za-z0-9\-\u3005\u3041-\u309f\u30a0-\u30ff\u4e00-\u9fff]{1,63}\.){1,4}(?:jp|com|net"
    r"|org|info|biz)(?![A-Za-z0-9])"
)
_WIDE_DOMAIN = re.compile(
    r"[Ａ-Ｚａ-ｚ０-９A-Za-z0-9－\-]{1,63}(?:[．.][Ａ-Ｚａ-ｚ０-９A-Za-z0-9－\-]{1,63}){1,8}"
)


def find_urls(text: str) -> list[tuple[int, int]]:
    """Find URLs: any scheme, www., a bare domain with a path, full-width, internationalised names.

    Args:
        text: the text as it is, not folded.

    Returns:
        (start, end) in code points, sorted and disjoint. Punctuation and closing brackets that end
        the sentence are left out, and no Japanese character behind the host is taken.
    """
    found: list[tuple[int, int]] = []
    if "://" in text:
        _with_scheme(text, found)
    if "／" in text or "ｗ" in text or "Ｗ" in text:
        found.extend(
            (match.start(), _trim(text, match.start(), match.end()))
            for match in _WIDE.finditer(text)
        )
    for match in _WWW.finditer(text):
        if not _joined(text, match.start()):
            end = _www_end(text, match.start())
            if end:
                found.append((match.start(), end))
    for match in _BARE.finditer(text):
        if match[1] in TLDS:
            host = text[max(0, match.start() - 253) : match.start()]
            start = match.start() - (len(host) - len(host.rstrip(_HOST_CHARS)))
            while start < match.start() and text[start] in "-.":
                start += 1
            if any(char.isalpha() for char in text[start : match.start()]) and not _joined(
                text, start
            ):
                found.append((start, _body_end(text, start)))
    return _disjoint(found)


def _joined(text: str, start: int) -> bool:
    return (
        start > 0
        and text[start - 1].isascii()
        and (text[start - 1].isalnum() or text[start - 1] in "@/._-%=&?~")
    )


def _disjoint(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found.sort(key=lambda span: (span[0], -span[1]))
    spans: list[tuple[int, int]] = []
    for span in found:
        if not spans or span[0] >= spans[-1][1]:
            spans.append(span)
    return spans


def _with_scheme(text: str, found: list[tuple[int, int]]) -> None:
    position = text.find("://")
    done = 0
    while position >= 0:
        if position >= done:
            start = _scheme_start(text, max(done, position - 16), position)
            if start < position:
                end = _host_and_rest(text, position + 3)
                if end:
                    found.append((start, end))
                    done = end
        position = text.find("://", position + 3)


def _scheme_start(text: str, low: int, position: int) -> int:
    window = text[low:position]
    word = window[len(window.rstrip(_SCHEME_CHARS)) :]
    lowered = word.lower()
    for scheme in _SCHEMES:
        if lowered.endswith(scheme):
            return position - len(scheme)
    word = word.lstrip("0123456789+.-")
    return position - len(word) if 2 <= len(word) <= 15 else position


def _host_and_rest(text: str, start: int) -> int:
    body = _BODY.match(text, start)
    ascii_end = body.end() if body else start
    host = re.split(r"[/?#:]", text[start:ascii_end], maxsplit=1)[0]
    ascii_host = bool(host) and any(char.isalnum() for char in host)
    touches = (
        start + len(host) == ascii_end and ascii_end < len(text) and not text[ascii_end].isascii()
    )
    if not ascii_host or (touches and ("." not in host.rstrip(".") or host.endswith("."))):
        match = _IDN_HOST.match(text, start)
        if match:
            end = match.end()
            return _body_end(text, end) if end < len(text) and text[end] in "/?#" else end
    if not ascii_host:
        return 0
    return _trim(text, start, ascii_end)


def _body_end(text: str, start: int) -> int:
    match = _BODY.match(text, start)
    return _trim(text, start, match.end()) if match else start


def _trim(text: str, start: int, end: int) -> int:
    """Leave out what ends the sentence: punctuation, and closing brackets that nothing opened."""
    closing = {")": "(", "]": "["}
    counted: dict[str, int] = {}
    while end > start + 1:
        last = text[end - 1]
        if last in ".,;:!?'*．。、":
            end -= 1
        elif last in closing:
            if last not in counted:
                counted[last] = text.count(last, start, end) - text.count(closing[last], start, end)
            if counted[last] <= 0:
                break
            counted[last] -= 1
            end -= 1
        elif last in "([":
            end -= 1
            counted.clear()
        else:
            break
    return end


def _www_end(text: str, start: int) -> int:
    match = _WWW_HOST.match(text, start)
    if match:
        return _body_end(text, start)
    match = _IDN_HOST.match(text, start)
    if not match:
        return 0
    end = match.end()
    return _body_end(text, end) if end < len(text) and text[end] in "/?#" else end


def find_emails(text: str) -> list[tuple[int, int]]:
    """Find e-mail addresses, plain, full-width or with (at) in place of @.

    Args:
        text: the text as it is, not folded.

    Returns:
        (start, end) in code points, sorted and disjoint.
    """
    if not any(mark in text for mark in ("@", "＠", "at", "AT", "アット", "あっと")):
        return []
    found: list[tuple[int, int]] = []
    done = 0
    for match in _AT.finditer(text):
        if match.start() < done:
            continue
        window = text[max(done, match.start() - 64) : match.start()]
        local = window[len(window.rstrip(_LOCAL_CHARS)) :].lstrip(".%+-")
        plain = match[0] == "@"
        domain = _DOMAIN.match(text, match.end())
        if local and not domain and plain:
            domain = _IDN_DOMAIN.match(text, match.end())
        if not local and match[0] in "@＠":
            local = _wide_local(window)
            domain = _WIDE_DOMAIN.match(text, match.end()) if local else None
        if not local or not domain or local[-1] == ".":
            continue
        found.append((match.start() - len(local), domain.end()))
        done = domain.end()
    return found


def _wide_local(window: str) -> str:
    position = len(window)
    while position and (
        "Ａ" <= window[position - 1] <= "Ｚ"
        or "ａ" <= window[position - 1] <= "ｚ"
        or "０" <= window[position - 1] <= "９"
        or window[position - 1] in "．＿－" + _LOCAL_CHARS
    ):
        position -= 1
    return window[position:].lstrip("．＿－.-_")
