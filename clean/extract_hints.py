"""What class names, ids and short lines say about a part of a page."""

from __future__ import annotations

import re
from functools import lru_cache

SKIPPED = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "iframe",
        "svg",
        "math",
        "canvas",
        "object",
        "embed",
        "applet",
        "audio",
        "video",
        "map",
        "area",
        "select",
        "option",
        "optgroup",
        "button",
        "input",
        "textarea",
        "label",
        "datalist",
        "meter",
        "progress",
        "head",
        "link",
        "meta",
        "base",
        "rt",
        "rp",
        "rtc",
        "dialog",
        "frameset",
        "noframes",
    ]
)
"""Elements whose content is no text of the page, or names a control."""

BLOCKS = frozenset(
    [
        "html",
        "body",
        "div",
        "p",
        "section",
        "article",
        "main",
        "header",
        "footer",
        "nav",
        "aside",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hgroup",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "menu",
        "dir",
        "table",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "td",
        "th",
        "caption",
        "colgroup",
        "blockquote",
        "pre",
        "center",
        "form",
        "fieldset",
        "legend",
        "figure",
        "figcaption",
        "address",
        "details",
        "summary",
        "hr",
        "title",
        "search",
        "marquee",
        "listing",
        "xmp",
        "plaintext",
    ]
)
"""Elements that begin a new line."""

BOILERPLATE = frozenset({"nav", "footer", "aside", "menu", "dir", "search"})
"""Elements that are never the main part by their name."""

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "legend", "caption", "summary"})

NONE, BAD, COMMENT, META, GOOD = 0, 1, 2, 3, 4

_BAD = re.compile(
    r"(?:^|[\s_-])(?:nav|navi|gnav|lnav|navbar|navigation|globalnav|menu\w*|side\w*|aside|foot\w*|"
    r"bread\w*|pan(?:kuzu)?|topic-?path|crumbs?|share\w*|sns\w*|social\w*|related\w*|relation\w*|"
    r"recommend\w*|ranking|popular\w*|recent\w*|latest|archives?list|widget\w*|banner\w*|ads?|adsense|"
    r"advert\w*|sponsor\w*|promo\w*|pr-?box|pager|paging|pagination|page-?nav\w*|prev|next|"
    r"prevnext|copyright|cookie\w*|modal|popup|login|signin|register|subscribe|newsletter|"
    r"search\w*|tag-?list|tags?|tagcloud|cat(?:egory)?-?list|sitemap|toolbar|global\w*|skip\w*|"
    r"hidden|sr-only|screen-reader-text|visually-hidden|pagetop|totop|author-?(?:box|profile|info)|"
    r"profile|mw-jump\w*|editsection|mw-editsection|navbox\w*|catlinks|printfooter|toc|"
    r"calendar|counter|trackback\w*|button|btn|cart|buy\w*|utility|site-?(?:header|footer|nav)|"
    r"ad-?(?:area|box|space|unit|slot)\w*|others?-?(?:entries|articles|items)|carousel|ticker)"
    r"(?:$|[\s_-])"
)
_COMMENT = re.compile(
    r"(?:^|[\s_-])(?:comments?|commentlist|comment-?\w*|disqus\w*|respond|replies)(?:$|[\s_-])"
)
_META = re.compile(
    r"(?:^|[\s_-])(?:meta|postmeta|entry-?meta|byline|author|date|datetime|time|timestamp|pubdate|posted|"
    r"post-?(?:date|info|header|meta|author|number|num|name|id)|entry-?(?:date|info)|"
    r"res-?(?:header|info|head|meta)|uid|postid|user-?(?:name|info)|username|handle|votes?|likes?|"
    r"views?|info-?line|credit)(?:$|[\s_-])"
)
_GOOD = re.compile(
    r"(?:^|[\s_-])(?:(?:entry|post|article|news|blog|diary|story|main|page|novel|item|detail|topic|"
    r"content|contents)[_-]?(?:body|content|contents|text|txt|main|detail|honbun|inner)|"
    r"articlebody|honbun|main_?text|novel_?(?:view|honbun|body)|mw-parser-output|"
    r"mw-content-text|bodycontent|hentry|asset-body|entrybody|entry-?more|thread|posts|"
    r"js-article-body|maintext|description|markdown-body|document)(?:$|[\s_-])"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


@lru_cache(maxsize=8192)
def hint(names: str) -> int:
    """Judge an element by its class, id and role: NONE, BAD, COMMENT, META or GOOD."""
    names = _CAMEL.sub("-", names).lower()
    if _GOOD.search(names):
        return GOOD
    if _BAD.search(names):
        return BAD
    if _COMMENT.search(names):
        return COMMENT
    return META if _META.search(names) else NONE


def is_hidden(style: str) -> bool:
    """Tell whether an inline style hides its element."""
    return bool(_HIDDEN.search(style))


_DATE = (
    r"(?:(?:19|20)?\d\d\s*[/.\-年]\s*\d{1,2}\s*[/.\-月]\s*\d{1,2}\s*日?|"
    r"(?:令和|平成|昭和)\s*(?:元|\d{1,2})\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日)"
)
_CLOCK = r"(?:\s*[（(][^）)]{1,4}[）)])?(?:\s*T?\s*\d{1,2}\s*[:：時]\s*\d{1,2}(?:\s*[:：分]\s*\d{1,2}(?:\.\d+)?)?\s*[秒分]?)?"
_STAMP = _DATE + _CLOCK
POST_HEADER = re.compile(
    r"(?:(?:No\.?|＞＞|>>|\[|【|#|投稿番号|レス)?\s*\d{1,7}\s*(?:番|さん|\]|】)?\s*[：:.．、）)\s]?)?"
    r"(?:\s*(?:名前|お?なまえ|Name|投稿者|From|発言者|ハンドル|題名|タイトル)\s*[：:]?)?"
    r"[^。！？\n]{0,60}?" + _STAMP +
    r"[^。！？\n]{0,40}?(?:(?:ID|Id|id|発信元|HOST|IP|BE|Be|No)\s*[:：.]?\s*[\w/+.?*\-]{2,40}[^。\n]{0,30})?"
)  # fmt: skip
"""The line above a post on a board: number, name, date, id; the date is what it cannot lack."""
_POST_SIGN = re.compile(
    r"^\s*(?:No\.?|＞＞|>>|\[|【|#|投稿番号|レス)?\s*\d{1,7}\s*(?:番|\]|】)?\s*[：:.．、）)\s]|名無し|投稿者|(?:名前|Name|ID|Id)\s*[:：]|"
    r"^\s*\d{1,4}\D|\d:\d\d:\d\d"
)
_STAMP_ONLY = re.compile(
    r"[\s|／/・◆■□●▲▼※\[(（【]*(?:(?:投稿|更新|公開|掲載|作成|登録|最終更新|発表|配信|記事|追記|回答|質問|初版|発行)?(?:日時?|時間|者)?\s*[：:]?\s*)?"
    + _STAMP +
    r"\s*(?:投稿|更新|公開|掲載|作成|配信|発表|付|\))?[\])）】\s]*(?:[|／/]?\s*(?:最終)?(?:投稿|更新|公開)日?時?\s*[：:]?\s*" + _STAMP + r")?"
)  # fmt: skip
_BYLINE = re.compile(
    r"(?:(?:投稿|更新|公開|掲載|作成|最終更新|配信|発表)(?:日時?|者)?|著者|筆者|執筆者?|文責|ライター|記者|編集者?|"
    r"カテゴリー?|タグ|キーワード|ジャンル|閲覧数|アクセス数?|ビュー|回答数|コメント数?|スコア|"
    r"Posted|Written|Author|Category|Categories|Tags?|Date|Filed under|Permalink|Trackback|by)"
    r"\s*(?:[：:／/|(（]|by\b|on\b|in\b).{0,80}", re.IGNORECASE
)  # fmt: skip
_ID_ONLY = re.compile(
    r"(?:ID|BE|No|HOST|IP)\s*[:：.]\s*[\w/+.?*\-]{1,40}|#?\d{1,5}|\[\d{1,6}\]|>>\d{1,5}"
)
_PHRASES = re.compile(
    r"(?:(?:この(?:記事|ページ|エントリー?|商品)を?)?(?:シェア|ツイート|共有|印刷|ブックマーク|通報|保存)(?:する)?|"
    r"(?:いいね|拍手|参考になった|役に立った)[!！]?(?:する)?\s*[（(:：]?\d*[)）件人]?|"
    r"(?:コメント|トラックバック|返信|回答|レビュー|いいね)\s*[（(:：]?\s*\d+\s*[)）件]?|"
    r"(?:続きを?(?:読む|見る)|もっと(?:見る|読む)|詳し(?:くは|く)こちら|全文を読む|一覧(?:へ|を見る|に戻る)?|"
    r"(?:前|次)(?:へ|の(?:記事|ページ|話|章|エントリー?|頁)へ?)|戻る|トップ(?:へ|ページ)?(?:戻る|に戻る)?|"
    r"(?:この)?(?:ページ)?(?:の)?(?:先頭|トップ|上|TOP|top)(?:へ|に)(?:戻る)?|ホームへ?(?:戻る)?|HOME|TOP|"
    r"目次(?:へ|に戻る)|掲示板に戻る|全部|最新\d+|"
    r"広告|スポンサー(?:ド)?リンク|スポンサーサイト|PR|AD|sponsored|advertisement|"
    r"(?:返信|引用|編集|削除|変更|報告|違反報告|通報|削除依頼)(?:する)?|ログイン|新規登録|会員登録|"
    r"カートに(?:入れる|追加)|買い物かごに入れる|お気に入りに追加|購入(?:する|手続きへ)|在庫(?:あり|なし)|"
    r"ベストアンサー|質問する|回答する|読者になる|フォロー(?:する|中)?|permalink|edit|reply|print|share|tweet)"
    r")(?:[\s|｜/／・>＞»«<＜\[\]【】▲▼△▽◀▶←→↑↓-]|$)*", re.IGNORECASE
)  # fmt: skip
_COPYRIGHT = re.compile(
    r"©|\(c\)\s*(?:19|20)\d\d|copyright|all rights reserved|無断(?:転載|複製|使用|引用)|(?:掲載|記載)の記事・写真",
    re.IGNORECASE,
)
_CRUMBS = re.compile(r"\s(?:>|＞|»|›|≫)\s|(?:ホーム|トップ|TOP|HOME)\s*(?:>|＞|»|›|≫|/)")
_MARKS = re.compile(r"[\s\W_]*", re.ASCII)


def is_post_header(text: str) -> bool:
    """Tell whether a line heads a post of a board: a date with a number, a name or an id."""
    return len(text) <= 160 and bool(POST_HEADER.fullmatch(text)) and bool(_POST_SIGN.search(text))


def is_stamp(text: str) -> bool:
    """Tell whether a line is nothing but a date, a byline or an id."""
    return len(text) <= 100 and bool(
        _STAMP_ONLY.fullmatch(text) or _ID_ONLY.fullmatch(text) or _BYLINE.fullmatch(text)
    )


def is_furniture(text: str) -> bool:
    """Tell whether a short line is furniture of the site: buttons, crumbs, copyright."""
    if len(text) > 160:
        return False
    if _PHRASES.fullmatch(text) or (len(text) < 120 and _COPYRIGHT.search(text)):
        return True
    return len(text) <= 80 and "。" not in text and bool(_CRUMBS.search(text))
