"""HTML of different times and makers around an article."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from crawl.sample_web.genres import Article

_RUBY = re.compile(r"｜([^｜《》]+)《([^《》]+)》")


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds an article on its site.

    Attributes:
        site_name: shown in header, title and footer.
        tagline: one sentence about the site.
        home: URL path of the site's index.
        menu: label and path of the menu's entries.
        recent: title and path of other articles.
        newer: path of the next newer article, or "".
        older: path of the next older article, or "".
        charset: what the meta element declares; "" leaves the element out.
        robots: content of a robots meta element; "" leaves it out.
        language: of the html element.
        footer: lines repeated at the foot of each page.
        date: the published date as this page writes it, or "".
    """

    site_name: str
    tagline: str
    home: str
    menu: tuple[tuple[str, str], ...]
    recent: tuple[tuple[str, str], ...]
    newer: str
    older: str
    charset: str
    robots: str
    language: str
    footer: tuple[str, ...]
    date: str


def plain_text(paragraph: str) -> str:
    """A paragraph without its readings."""
    return _RUBY.sub(r"\1", paragraph)


def _inline(paragraph: str, bases: bool = False) -> str:
    base = r"<rb>\1</rb>" if bases else r"\1"
    return _RUBY.sub(rf"<ruby>{base}<rp>（</rp><rt>\2</rt><rp>）</rp></ruby>", escape(paragraph))


def _links(entries: tuple[tuple[str, str], ...]) -> str:
    return "\n".join(
        f'<li><a href="{escape(path)}">{escape(label)}</a></li>' for label, path in entries
    )


def _paragraphs(article: Article, bases: bool = False) -> str:
    return "\n".join(f"<p>{_inline(text, bases)}</p>" for text in article.paragraphs)


def _turns(frame: Frame) -> str:
    older = f'<a rel="prev" href="{frame.older}">前の記事</a>' if frame.older else ""
    newer = f'<a rel="next" href="{frame.newer}">次の記事</a>' if frame.newer else ""
    return f"{older} {newer}".strip()


def _footer(frame: Frame) -> str:
    return "\n".join(f"<p>{escape(line)}</p>" for line in frame.footer)


def _head(article: Article, frame: Frame, html5: bool, extra: str = "") -> str:
    doctype = (
        "<!DOCTYPE html>"
        if html5
        else '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">'
    )
    if not frame.charset:
        meta = ""
    elif html5:
        meta = f'<meta charset="{frame.charset}">'
    else:
        meta = f'<meta http-equiv="Content-Type" content="text/html; charset={frame.charset}">'
    robots = f'<meta name="robots" content="{frame.robots}">' if frame.robots else ""
    title = f"<title>{escape(article.title)} | {escape(frame.site_name)}</title>"
    language = f' lang="{frame.language}"' if frame.language else ""
    return f"{doctype}\n<html{language}>\n<head>\n{meta}\n{title}\n{robots}{extra}\n</head>\n"


def modern(article: Article, frame: Frame) -> str:
    """Article markup of today, with machine-readable dates and a sidebar."""
    stamp = article.published.isoformat() if article.published else ""
    extra = f'<meta property="og:title" content="{escape(article.title)}">'
    if stamp:
        extra += f'<meta property="article:published_time" content="{stamp}T09:00:00+09:00">'
    when = f'<time datetime="{stamp}">{frame.date}</time>' if stamp else ""
    facts = "".join(
        f"<tr><th>{escape(label)}</th><td>{escape(value)}</td></tr>"
        for label, value in article.facts
    )
    table = f"<table>{facts}</table>" if facts else ""
    return (
        _head(article, frame, True, extra)
        + f"""<body>
<header><a href="{frame.home}">{escape(frame.site_name)}</a><p>{escape(frame.tagline)}</p>
<nav><ul>{_links(frame.menu)}</ul></nav></header>
<main><article><h1>{escape(article.title)}</h1>{when}
{_paragraphs(article)}
{table}</article>
<p class="pager">{_turns(frame)}</p></main>
<aside><h2>最近の記事</h2><ul>{_links(frame.recent)}</ul></aside>
<footer>{_footer(frame)}</footer>
</body></html>
"""
    )


def portal(article: Article, frame: Frame) -> str:
    """A news portal of the 2010s: nested divisions, rankings, share buttons."""
    paragraphs = "\n".join(f'<p class="txt">{_inline(text)}</p>' for text in article.paragraphs)
    return (
        _head(article, frame, True)
        + f"""<body><div id="wrap"><div id="hd"><div class="logo"><a href="{frame.home}">
{escape(frame.site_name)}</a></div><ul class="gnav">{_links(frame.menu)}</ul></div>
<div id="contents"><div id="main"><div class="ttl"><h1>{escape(article.title)}</h1>
<p class="date">{frame.date}</p></div>
<ul class="sns"><li>ツイート</li><li>シェア</li><li>印刷</li></ul>
<div class="article-body">{paragraphs}</div>
<div class="pager">{_turns(frame)}</div>
<div class="relation"><h3>関連記事</h3><ul>{_links(frame.recent[:4])}</ul></div></div>
<div id="sub"><h3>アクセスランキング</h3><ol>{_links(frame.recent[::-1])}</ol></div></div>
<div id="ft">{_footer(frame)}</div></div></body></html>
"""
    )


def lines_2000(article: Article, frame: Frame) -> str:
    """A hand-made page of around 2000: font elements, text cut by line breaks."""
    text = "<br><br>\n　".join(_inline(line, bases=True) for line in article.paragraphs)
    return (
        _head(article, frame, False)
        + f"""<body bgcolor="#fffff0" text="#333333">
<center><font size="5" color="#336600"><b>{escape(article.title)}</b></font></center>
<hr>
<font size="3">　{text}<br></font>
<div align="right"><font size="2">{frame.date}</font></div>
<hr>
<center><font size="2">[ <a href="{frame.home}">もくじへ戻る</a> ] {_turns(frame)}<br>
{escape(frame.site_name)}　{"　".join(escape(line) for line in frame.footer)}</font></center>
</body></html>
"""
    )


def tables(article: Article, frame: Frame) -> str:
    """A page laid out by nested tables, menu to the left."""
    cells = "".join(
        f'<tr><td bgcolor="#eeeeee" width="80">{escape(label)}</td><td>{escape(value)}</td></tr>'
        for label, value in article.facts
    )
    facts = f'<table border="1" cellspacing="0">{cells}</table>' if cells else ""
    menu = "<br>".join(f'<a href="{path}">{escape(label)}</a>' for label, path in frame.menu)
    recent = "<br>".join(
        f'・<a href="{path}">{escape(label)}</a>' for label, path in frame.recent[:6]
    )
    body = "".join(f"<p>{_inline(text)}\n" for text in article.paragraphs)
    return (
        _head(article, frame, False)
        + f"""<body><table width="760" align="center" border="0"><tr><td colspan="2">
<a href="{frame.home}"><b>{escape(frame.site_name)}</b></a> {escape(frame.tagline)}</td></tr>
<tr valign="top"><td width="160" bgcolor="#f5f5dc">{menu}<hr>{recent}</td>
<td><h2>{escape(article.title)}</h2>{frame.date}{body}{facts}{_turns(frame)}</td></tr>
<tr><td colspan="2" align="center"><small>{_footer(frame)}</small></td></tr></table></body></html>
"""
    )


def weblog(article: Article, frame: Frame) -> str:
    """A blog service's template: entry, comments off, sidebar with calendar and categories."""
    days = "".join(
        f"<td>{day}</td>" + ("</tr><tr>" if day % 7 == 0 else "") for day in range(1, 31)
    )
    return (
        _head(article, frame, True)
        + f"""<body class="two-column"><div id="container"><div id="banner">
<h1><a href="{frame.home}">{escape(frame.site_name)}</a></h1><h2>{escape(frame.tagline)}</h2></div>
<div id="center"><div class="entry hentry"><h3 class="entry-title">{escape(article.title)}</h3>
<div class="entry-date">{frame.date}</div><div class="entry-content">
{_paragraphs(article)}</div>
<p class="posted">投稿者: 管理人 | <a href="#comments">コメント (0)</a></p></div>
<div class="navi">{_turns(frame)}</div></div>
<div id="links"><h4>カレンダー</h4><table class="calendar"><tr>{days}</tr></table>
<h4>最近のエントリー</h4><ul>{_links(frame.recent)}</ul>
<h4>カテゴリー</h4><ul>{_links(frame.menu)}</ul></div>
<div id="footer">{_footer(frame)}</div></div></body></html>
"""
    )


def wiki(article: Article, frame: Frame) -> str:
    """An encyclopedia: contents list, sections, categories."""
    names = ("概要", "歴史", "特徴", "周辺", "評価", "脚注のある話題", "参考", "その他")
    sections = "\n".join(
        f'<h2 id="s{number}">{names[number % len(names)]}<span class="edit">[編集]</span></h2>'
        f"<p>{_inline(text)}</p>"
        for number, text in enumerate(article.paragraphs[1:])
    )
    toc = "".join(
        f'<li><a href="#s{number}">{number + 1} {names[number % len(names)]}</a></li>'
        for number in range(len(article.paragraphs) - 1)
    )
    return (
        _head(article, frame, True)
        + f"""<body><div id="content"><h1 id="firstHeading">{escape(article.title)}</h1>
<div id="siteSub">出典: {escape(frame.site_name)}</div>
<div id="bodyContent"><p>{_inline(article.paragraphs[0])}</p>
<div class="toc"><ul>{toc}</ul></div>
{sections}</div>
<div id="catlinks">カテゴリ: <ul>{_links(frame.recent[:5])}</ul></div></div>
<div id="column-one"><ul>{_links(frame.menu)}</ul></div><div id="footer">{_footer(frame)}</div>
</body></html>
"""
    )


def thread(article: Article, frame: Frame) -> str:
    """A board: numbered posts in a definition list."""
    posts = "\n".join(
        f"<dt>{number} ：<b>{escape(post.author)}</b>：{post.day:%Y/%m/%d}"
        f" ID:{(number * 7919) % 99991:05d}\n<dd>{_inline(post.text)}<br><br>"
        for number, post in enumerate(article.posts, start=1)
    )
    return (
        _head(article, frame, False)
        + f"""<body bgcolor="#efefef"><a href="{frame.home}">■掲示板に戻る■</a> {_turns(frame)}
<hr><h1 style="color:red;font-size:larger">{escape(article.title)}</h1>
<dl class="thread">
{posts}
</dl><hr>
<form method="POST" action="/bbs.cgi"><input type="submit" value="書き込む"> 名前：
<input name="FROM"><textarea name="MESSAGE"></textarea></form>
{_footer(frame)}</body></html>
"""
    )


def answers(article: Article, frame: Frame) -> str:
    """A question page: the question, then answers."""
    if not article.posts:
        return modern(article, frame)
    question, *replies = article.posts
    blocks = "\n".join(
        f'<section class="answer"><h3>{escape(post.author)}さんの回答</h3>'
        f"<p>{_inline(post.text)}</p><p class='meta'>{post.day:%Y/%m/%d}　参考になった</p>"
        "</section>"
        for post in replies
    )
    return (
        _head(article, frame, True)
        + f"""<body><header><a href="{frame.home}">{escape(frame.site_name)}</a>
<ul>{_links(frame.menu)}</ul></header>
<main><section class="question"><h1>{escape(article.title)}</h1>
<p class="meta">質問者：{escape(question.author)}　{frame.date}</p>
<p>{_inline(question.text)}</p></section>
<h2>回答</h2>
{blocks}
</main><aside><h2>ほかの質問</h2><ul>{_links(frame.recent)}</ul></aside>
<footer>{_footer(frame)}</footer></body></html>
"""
    )


def handbook(article: Article, frame: Frame) -> str:
    """Technical documentation: breadcrumbs, contents to the left, an example in a code block."""
    body = []
    for number, text in enumerate(article.paragraphs, start=1):
        heading = (
            f"<h2>{number}. {escape(text.split('。')[0][:12])}</h2>" if number % 3 == 1 else ""
        )
        body.append(f"{heading}<p>{_inline(text)}</p>")
    return (
        _head(article, frame, True)
        + f"""<body><div class="breadcrumb"><a href="{frame.home}">
{escape(frame.site_name)}</a> &gt; {escape(article.title)}</div>
<div class="sidebar"><ul>{_links(frame.recent)}</ul></div>
<div class="document"><h1>{escape(article.title)}</h1>
{"".join(body)}
<pre><code>$ run --config ./settings.conf --verbose
ok</code></pre>
<p class="nav">{_turns(frame)}</p></div><div class="footer">{_footer(frame)}</div></body></html>
"""
    )


def bare(article: Article, frame: Frame) -> str:
    """No layout at all: a heading and unclosed paragraphs."""
    body = "".join(f"<p>{_inline(text, bases=True)}\n" for text in article.paragraphs)
    return (
        _head(article, frame, False)
        + f"""<body><h1>{escape(article.title)}</h1>{frame.date}
{body}<hr><address>{escape(frame.site_name)}
<a href="{frame.home}">home</a> {_turns(frame)}</address>
</body></html>
"""
    )


LAYOUTS: dict[str, Callable[[Article, Frame], str]] = {
    function.__name__: function
    for function in (
        modern,
        portal,
        lines_2000,
        tables,
        weblog,
        wiki,
        thread,
        answers,
        handbook,
        bare,
    )
}
"""Layouts by name."""


def index_page(frame: Frame, entries: tuple[tuple[str, str], ...], turns: str) -> str:
    """A list of articles.

    Args:
        frame: the site's frame.
        entries: title and path of each article listed.
        turns: HTML that leads to other pages of the list.

    Returns:
        The page.
    """
    head = _head(Article("目次" if frame.language == "ja" else "Index", (), None), frame, True)
    return (
        head
        + f"""<body><h1>{escape(frame.site_name)}</h1><p>{escape(frame.tagline)}</p>
<ul>{_links(frame.menu)}</ul>
<ul class="list">{_links(entries)}</ul>
<p>{turns}</p><div class="footer">{_footer(frame)}</div></body></html>
"""
    )
