"""What elements, class names and ids say about a part of a page."""

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
    r"views?|info-?line|credit|poster|reviewer|rating|stars|"
    r"user|user-?profile|post-?profile|posted-?by|avatar)(?:$|[\s_-])"
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


_MARK = re.compile(
    r"(?:^|[\s_-])(?:mw-editsection|editsection|edit|edit-?link|headerlink|permalink|anchor-?link|reference|"
    r"sr-only|screen-reader-text|visually-hidden|noprint|hidden|hide|pc-none|badge|icon|fa)(?:$|[\s])"
)


@lru_cache(maxsize=4096)
def is_mark(names: str) -> bool:
    """Tell by its class whether an inline element is a mark beside the text, not a part of it."""
    return bool(_MARK.search(names.lower()))
