"""Prices: an amount with a currency before or after it, and the tax words that hang on it."""

import re

from clean.normalize.numerals import NUMERALS

_N = r"[0-9]++(?:,[0-9]++)*+(?:[.・][0-9]++)?+"
_K = rf"[{NUMERALS}]++"
AMOUNT = (
    rf"(?:(?:{_N}[十百千]{{0,2}}+|{_K}(?:[・.]{_K})?+) ?[万萬億兆京] ?){{0,4}}+"
    rf"(?:{_N}[百千十]){{0,3}}+(?:{_N}|{_K}(?:、[〇零一二三四五六七八九]{{3}})*+)?+"
)

_NOT_KATAKANA = r"(?![\u30a1-\u30f6\u30fc])"
_COIN = (
    r"(?!玉|札|硬貨|コイン|貨|紙幣|切手|銀貨|金貨|銅貨|白銅|ショップ|SHOP|形|周|盤|陣|卓|筒|錐"
    r"|柱|弧|環|熟|滑|満[^額]"
    r"|舞|墳|城|谷|山|覚|座|心[^の]|生[^ま活]|光|融|蔵|空|蓋|匙|偏|楽|朝[^、。は])"
)
_DOLLARS = (
    r"(?:米国?|アメリカ|香港|豪州?|オーストラリア|カナダ|加|シンガポール|星|台湾|新台湾"
    r"|ニュージーランド|NZ|US)?"
    r"ドル(?!札|紙幣|硬貨|コイン|箱|ショップ|高|安|建|円|相場|売|買|指数|フィン|ビー|チェ|マン"
    r"|メン|トムント|イド|ラッグ|ゴ|ジ)"
    r"(?:[0-9]{1,2} ?セント)?"
)
_WORDS = (
    rf"円{_COIN}(?: ?[0-9{NUMERALS}]{{1,2}} ?銭)?",
    rf"圓{_COIN}",
    r"銭(?![湯形洗])",
    _DOLLARS,
    r"ﾄﾞﾙ|㌦|㌣|ﾕｰﾛ",
    r"ユーロ(?!札|硬貨|コイン|圏|高|安|ビート|スター|建|ドル|円|トンネル|ポート|ジャ|テ|ラ|ピ"
    r"|ロ|ダ)",
    r"(?:韓国)?ウォン(?!札|高|安|ビン|バット|テ|カ|ツ|チ|ド|シ|グ|ジュ)",
    r"(?:人民|中国)元(?!高|安)",
    r"元(?![\u4e00-\u9fff\u30a1-\u30f6\u3041-\u3093]|[A-Za-z])"
    r"|元(?=[相程以未前余弱強台分支払値をでがはとものに、])(?!々|に戻|の[\u4e00-\u9fff]|値|分"
    r"|気|手|来|素|は[い元]|と[い]|も[と])",
    r"(?:英国?|イギリス|スターリング)ポンド",
    r"ポンド(?![\u4e00-\u9fff\u30a1-\u30fc]|の[重体肉男女ボバ牛豚鳥])",
    rf"(?:タイ)?バーツ{_NOT_KATAKANA}",
    rf"(?:インド|スリランカ|ネパール|パキスタン)?ルピー{_NOT_KATAKANA}",
    rf"(?:インドネシア)?ルピア{_NOT_KATAKANA}",
    rf"(?:フィリピン|メキシコ)?ペソ{_NOT_KATAKANA}",
    rf"(?:スイス)?フラン{_NOT_KATAKANA}",
    rf"(?:ロシア)?ルーブル{_NOT_KATAKANA}(?!美)",
    rf"(?:マレーシア)?リンギット?{_NOT_KATAKANA}",
    rf"(?:トルコ)?リラ{_NOT_KATAKANA}",
    r"ベトナムドン|南アフリカランド|南アランド|ブラジルレアル",
    rf"(?:スウェーデン|アイスランド)?クロー[ナネ]{_NOT_KATAKANA}",
    rf"ディルハム{_NOT_KATAKANA}",
    rf"(?:セント|ペンス){_NOT_KATAKANA}",
    r"[€£₩₹฿₫₱₽¥](?![0-9])|\$(?![0-9A-Za-z({])",
    r"(?:USD|JPY|EUR|GBP|KRW|CNY|RMB|TWD|NTD|HKD|SGD|AUD|CAD|NZD|CHF|THB|PHP|IDR|MYR|VND|INR"
    r"|RUB|BRL|MXN)(?![A-Za-z0-9/])",
    r"(?:[Yy]en|YEN|[Dd]ollars?|[Ee]uros?|EURO|[Ww]on|[Yy]uan|[Rr]upees?|[Bb]aht"
    r"|[Cc]ents?)(?![A-Za-z])",
)
_UNIT = "(?:" + "|".join(_WORDS) + ")"

_TAX_WORD = (
    r"(?:消費税|税)(?: ?[0-9]{1,2}[%％])?(?:サ|・?送料)?(?:込み?|抜き?|別|別途)(?:価格"
    r"|表示)?(?:・?送料(?:別|込み?|無料))?"
    r"|税|込み?|内税|外税|本体価格|本体|免税|非課税|\+ ?(?:消費)?税(?:[0-9]{1,2}%)?"
    r"|\+ ?[Tt][Aa][Xx]|[Tt]ax ?(?:in|included|excluded|込み?|抜き?|別)|TAX ?(?:IN|込み?|抜き?)"
)
_TAX = (
    rf" ?(?:[(\[【〔〈<] ?(?:{_TAX_WORD}) ?[)\]】〕〉>]"
    r"|\+ ?(?:消費)?税(?![\u4e00-\u9fff抜込])|\+ ?[Tt][Aa][Xx](?![A-Za-z])"
    r"|(?:消費)?税(?:サ)?(?:込み?|抜き?|別(?!途|表))|込み(?!合|入|上)|[Tt]ax ?in(?![A-Za-z]))"
)
_WORD_PRICE = re.compile(rf"(?P<amount>{AMOUNT}) ?{_UNIT}(?P<tax>{_TAX})?+")
_SIGN_PRICE = re.compile(
    rf"(?P<amount>{AMOUNT})(?: ?(?:million|billion|trillion|mil|bn"
    rf"|[KkMB](?![A-Za-z0-9]))(?![A-Za-z]))?"
    rf"(?: ?{_UNIT})?(?:(?:\.?-|\.-)(?![0-9A-Za-z¥$€£]))?(?P<tax>{_TAX})?+"
)

_WEIGHT = re.compile(r"体重|重さ|重量|ボール")
_CODES = frozenset(
    [
        "USD",
        "JPY",
        "EUR",
        "GBP",
        "KRW",
        "CNY",
        "RMB",
        "TWD",
        "NTD",
        "HKD",
        "SGD",
        "AUD",
        "CAD",
        "NZD",
        "CHF",
        "THB",
        "PHP",
        "IDR",
        "MYR",
        "VND",
        "INR",
        "RUB",
        "BRL",
        "MXN",
        "YEN",
    ]
)
_NAMES = frozenset({"PHP", "CAD", "SGD"})
"""Codes that are names too (PHP 7.4, CAD 2022): they count only before 1,000 or 9.99."""
_EXACT = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+\.[0-9]{2}(?![0-9])")
_SIGNS = "¥$€£₩₹฿₫₱₽"
_SIGN_NATIONS = ("US", "HK", "NT", "AU", "NZ", "CA", "A", "C", "S", "R", "JP", "CN")
_BACKSLASH = re.compile(
    r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{2,7}(?=-(?![0-9])| ?\(税|円))(?![0-9,])"
)

FOLLOWS = frozenset(
    "円圓万萬億兆京千百十ドﾄ㌦㌣ﾕユウ元人中韓米ア香豪オカ加シ星台新ニNU英イスポタバルイネパペフ"
    "ロマリトベ南ブクデセ銭€£₩₹฿₫₱₽¥$JEGKCRTHAPMVIBYydewrbc"
)
"""First characters of what may follow the digits of a price."""

PRECEDES = frozenset(_SIGNS + "\\DYRPWBFN")
"""What may stand right before them: a sign, or the last letter of a code."""

SCALES = frozenset("千百十")


def is_signed(folded: str, start: int) -> bool:
    """Whether a currency sign or the last letter of a code may stand before a number."""
    before = folded[start - 1]
    if before == " ":
        before = folded[start - 2]
    return before in PRECEDES


def read_price(folded: str, start: int, low: int) -> tuple[int, int] | None:
    """Read a price at a number.

    Args:
        folded: the folded text.
        start: where the number starts.
        low: nothing before this code point may be taken.

    Returns:
        Start and end of the longest reading, or None.
    """
    left = _sign(folded, start, low)
    if left < start:
        match = _SIGN_PRICE.match(folded, start)
        return (left, match.end()) if match and match["amount"] else None
    if folded[start - 1] in "数何幾":
        return None
    match = _WORD_PRICE.match(folded, start)
    if not match or not _is_amount(folded, match):
        return None
    return (start, match.end())


def _sign(folded: str, start: int, low: int) -> int:
    """Where a currency sign or code before the number starts, or `start`."""
    at = start - 1 if folded[start - 1] == " " else start
    sign = folded[at - 1]
    if at - 1 < low:
        return start
    if sign in _SIGNS:
        left = at - 1
        if sign == "$":
            for nation in _SIGN_NATIONS:
                begin = left - len(nation)
                if begin >= low and folded[begin:left] == nation:
                    return start if _is_letter(folded[begin - 1]) else begin
            if _is_letter(folded[left - 1]):
                return start
        return left
    if sign == "\\" and at == start and _BACKSLASH.match(folded, start):
        return start - 1
    if sign.isupper() and sign.isascii() and at - 3 >= low and folded[at - 3 : at] in _CODES:
        if _is_letter(folded[at - 4]):
            return start
        if folded[at - 3 : at] in _NAMES and not _EXACT.match(folded, start):
            return start
        return at - 3
    return start


def _is_letter(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _is_amount(folded: str, match: re.Match[str]) -> bool:
    amount = match["amount"]
    if not amount or amount[0] in "万億兆":
        return False
    start = match.start()
    before = folded[start - 1]
    if amount[0].isdecimal():
        return folded[match.end("amount")] != "ポ" or not _WEIGHT.search(folded[start - 6 : start])
    if amount[0] in "〇零○◯" and not amount.strip("〇零○◯万億兆千百 "):
        return False
    if amount == "一":
        # 関東一円 and この辺り一円 are regions, 一元 heads learned words
        follows_word = before.isalpha() and before not in "はがをもで"
        return folded[match.end("amount")] == "円" and not follows_word
    if amount in ("二", "三"):
        return folded[match.end("amount")] == "円"
    if amount in ("千", "百万", "億", "十億"):
        # a table head, (千円) or 単位：百万円, names a unit
        return before not in "(:[" and not folded[max(0, start - 3) : start].startswith("単位")
    return True
