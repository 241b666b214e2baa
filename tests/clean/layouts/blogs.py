"""Blogs and diaries, of services and of their own."""

# ruff: noqa: E501 - markup stands in the lines in which it would be written

from tests.clean.layouts.words import Labelled, Words, p, page


def blog_wordpress(w: Words) -> Labelled:
    title, text = w.title(), w.paras()
    comments = "".join(
        f'<li class="comment"><p class="fn">{w.name()}</p><p>{w.sentence()}</p></li>'
        for _ in range(3)
    )
    body = (
        f'<div id="page"><header class="site-header"><h1 class="site-title"><a href="/">{w.site()}</a></h1>'
        f'<nav class="main-navigation"><ul>{w.menu()}</ul></nav></header><div id="primary">'
        f'<article class="post hentry"><h2 class="entry-title">{title}</h2><div class="entry-meta">'
        f'<span class="posted-on">2019年2月3日</span> <span class="author">投稿者: {w.name()}</span></div>'
        f'<div class="entry-content">{p(text)}<div class="sharedaddy"><h3>共有:</h3><ul><li><a href=#>Twitter</a>'
        f'</li></ul></div></div><footer class="entry-footer">カテゴリー: <a href=/c>日記</a></footer></article>'
        f'<div id="comments"><h2>コメント</h2><ol>{comments}</ol><form><textarea></textarea></form></div></div>'
        f'<div id="secondary" class="widget-area"><aside><h3>最近の投稿</h3><ul>{w.links(5)}</ul></aside></div></div>'
    )
    return Labelled(page(title, w.site(), body), text, title, "2019-02-03")


def blog_service(w: Words) -> Labelled:
    title, text = w.title(), w.paras(6, 9)
    joined = "<br /><br />".join(text)
    body = (
        f'<div id="banner"><a href="/">{w.site()}</a></div><div class="content"><h2 class="date">2008年05月12日</h2>'
        f'<div class="blog"><h3 class="title">{title}</h3><div class="text">{joined}</div>'
        f'<div class="posted">posted by {w.name()} at 21:15| Comment(2) | TrackBack(0) | 日記</div></div></div>'
        f'<div id="links"><div class="sidetitle">最近の記事</div><div class="side">{w.links(6, "div")}</div></div>'
    )
    return Labelled(page(title, w.site(), body), text, title, "2008-05-12")


def blog_index_of_entries(w: Words) -> Labelled:
    lines, html = [], ""
    for day in (3, 2, 1):
        head, text = w.title(), w.paras(2, 3)
        lines += [head, *text]
        html += (
            f'<div class="entry"><h3><a href="/{day}">{head}</a></h3><div class="date">2010/04/0{day}</div>'
            f'<div class="body">{p(text)}</div><div class="foot">コメント(0) | トラックバック(0)</div></div>'
        )
    body = (
        f'<div id="header"><h1>{w.site()}</h1></div><div id="main">{html}</div>'
        f'<div id="menu"><ul>{w.links(10)}</ul></div>'
    )
    return Labelled(page("日々の記録", w.site(), body), lines, "日々の記録")


def diary_dl(w: Words) -> Labelled:
    lines, html = [], ""
    for day in (28, 25, 21, 17):
        text = w.para(3, 5)
        lines += [f"2003年9月{day}日（木）", text]
        html += f"<dt>2003年9月{day}日（木）</dt><dd>{text}</dd>"
    body = f'<h1>日記</h1><dl>{html}</dl><hr><a href="index.html">戻る</a>'
    return Labelled(page("日記", w.name(), body), lines, "日記")


def blog_ruby(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 6)
    ruby = [line.replace("橋", "<ruby>橋<rp>(</rp><rt>はし</rt><rp>)</rp></ruby>") for line in text]
    body = f'<div class="header">{w.links(4, "span")}</div><div class="novel_view">{p(ruby)}</div>'
    return Labelled(page(title, w.site(), f"<h1>{title}</h1>" + body), text, title)


def blog_mobile(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 6)
    html = "".join(f"<div>{line}</div><div><br></div>" for line in text)
    body = (
        f'<div data-role="header"><a href="/">{w.site()}</a></div><div data-role="content"><h1>{title}</h1>'
        f'<div class="entryBody">{html}</div><a class="btn" href="/next">次の記事</a></div>'
    )
    return Labelled(page(title, w.site(), body), text, title)


def blog_profile_sidebar(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 6)
    body = (
        f'<div id="wrap"><div id="side"><h3>プロフィール</h3><p>{w.para(2, 3)}</p><h3>カテゴリ</h3>'
        f'<ul>{w.links(8)}</ul></div><div id="content"><h2>{title}</h2><div class="post">{p(text)}</div></div></div>'
    )
    return Labelled(page(title, w.site(), body), text, title)


def blog_list_article(w: Words) -> Labelled:
    title, lead = w.title(), w.para()
    items = [f"{w.noun()}は{w.noun()}の近くに置かない" for _ in range(8)]
    tail = w.para()
    body = (
        f'<main class="post"><h1>{title}</h1><p>{lead}</p><ol>{"".join(f"<li>{i}</li>" for i in items)}</ol>'
        f"<p>{tail}</p></main><ul>{w.links(5)}</ul>"
    )
    return Labelled(page(title, w.site(), body), [lead, *items, tail], title)


def blog_quote(w: Words) -> Labelled:
    title, text, quote = w.title(), w.paras(4, 5), w.para()
    body = (
        f"<article><h1>{title}</h1>{p(text[:2])}<blockquote>{quote}</blockquote>{p(text[2:])}"
        f'<p class="tags">タグ: <a href=/t>{w.noun()}</a> <a href=/t>{w.noun()}</a></p></article>'
    )
    return Labelled(page(title, w.site(), body), [*text[:2], quote, *text[2:]], title)


def blog_footnotes(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 5)
    marked = [
        f'{line}<sup class="reference"><a href="#n{n}">[{n}]</a></sup>'
        for n, line in enumerate(text)
    ]
    body = f'<div class="entry-content"><h1>{title}</h1>{p(marked)}</div><div class="nav-links">{w.links(2, "div")}</div>'
    return Labelled(page(title, w.site(), body), text, title)


def blog_nested_boxes(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 6)
    html = "".join(
        f"<div class=b1><div class=b2><div class=b3>{line}</div></div></div>" for line in text
    )
    body = f"<div class=a><div class=c><h1>{title}</h1>{html}</div><div class=d>{w.links(9, 'div')}</div></div>"
    return Labelled(page(title, w.site(), body), text, title)


def blog_recommend_excerpts(w: Words) -> Labelled:
    title, text = w.title(), w.paras(5, 7)
    cards = "".join(
        f'<a href="/{n}" class="card"><h3>{w.title()}</h3><p>{w.sentence()}</p></a>'
        for n in range(4)
    )
    body = (
        f'<article><h1>{title}</h1><div class="post-content">{p(text)}</div></article>'
        f'<section class="related-posts"><h2>こちらもおすすめ</h2>{cards}</section>'
    )
    return Labelled(page(title, w.site(), body), text, title)


def blog_emoji_short_lines(w: Words) -> Labelled:
    title = w.title()
    lines = [f"{w.noun()}を見てきました😊" if n % 3 else f"{w.sentence()}✨" for n in range(18)]
    html = "<br><br>".join(f'<span style="color:#933">{line}</span>' for line in lines)
    body = (
        f'<div id="header">{w.site()}</div><div class="articleText"><h1>{title}</h1>{html}</div>'
        f'<div class="blogranking"><a href="/r">ブログランキングに参加しています</a></div>'
    )
    return Labelled(page(title, w.site(), body), lines, title)


LAYOUTS = (
    blog_wordpress, blog_service, blog_index_of_entries, diary_dl, blog_ruby, blog_mobile,
    blog_profile_sidebar, blog_list_article, blog_quote, blog_footnotes, blog_nested_boxes,
    blog_recommend_excerpts, blog_emoji_short_lines,
)  # fmt: skip
