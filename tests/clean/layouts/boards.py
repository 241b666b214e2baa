"""Boards, questions and comments: posts with headers of number, name, date and id."""

# ruff: noqa: E501 - markup stands in the lines in which it would be written

from tests.clean.layouts.words import Labelled, Words, page


def _posts(w: Words, count: int = 12) -> list[list[str]]:
    return [w.casual() if w.number(0, 2) else [w.para(1, 3)] for _ in range(count)]


def _flat(posts: list[list[str]]) -> list[str]:
    return [line for post in posts for line in post]


def board_read_cgi(w: Words) -> Labelled:
    title, posts = w.title(), _posts(w, 15)
    html = "".join(
        f"<dt>{n} ：<a href='mailto:sage'><b>名無しさん</b></a>：2005/08/{n + 1:02}(月) 12:3{n % 10}:0{n % 10} "
        f"ID:aB{n}xYz0<dd> {'<br> '.join(post)} <br><br>"
        for n, post in enumerate(posts, 1)
    )
    body = (
        f'<div><a href="/">■掲示板に戻る■</a> <a href="/l50">最新50</a> <a href="/1-">全部</a></div><hr>'
        f'<h1 class="title">{title}</h1><dl class="thread">{html}</dl><hr><form>名前：<input name=FROM></form>'
    )
    return Labelled(page(title, "掲示板", body), _flat(posts), title)


def board_divs(w: Words) -> Labelled:
    title, posts = w.title(), _posts(w)
    html = "".join(
        f'<div class="post" id="{n}"><div class="meta"><span class="number">{n}</span>'
        f'<span class="name"><b>{w.name()}</b></span><span class="date">2018/01/0{n % 9 + 1}(水) 20:1{n % 10}:33.51</span>'
        f'<span class="uid">ID:Q{n}wErTy0</span></div><div class="message"><span class="escaped">{"<br>".join(post)}'
        f"</span></div></div>"
        for n, post in enumerate(posts, 1)
    )
    body = f'<div class="topmenu">{w.links(3, "span")}</div><h1>{title}</h1><div class="thread">{html}</div>'
    return Labelled(page(title, "5板", body), _flat(posts), title)


def board_tables(w: Words) -> Labelled:
    title, posts = w.title(), _posts(w)
    html = "".join(
        f"<table border=1><tr><td>[{n + 200}] {w.noun()}の件</td></tr><tr><td>投稿者：{w.name()} 投稿日：2001/12/{n + 1:02}(Sat)"
        f" 09:{n + 10}</td></tr><tr><td>{'<br>'.join(post)}</td></tr></table>"
        for n, post in enumerate(posts, 1)
    )
    lines = [line for n, post in enumerate(posts) for line in post]
    body = f"<center><h1>{title}</h1>[<a href=/>トップに戻る</a>] [<a href=/k>管理用</a>]</center>{html}"
    return Labelled(page(title, "ゲストブック", body), lines, title)


def board_br_only(w: Words) -> Labelled:
    title, posts = w.title(), _posts(w)
    html = "<hr>".join(
        f"{n}: {w.name()} 2007年03月0{n % 9 + 1}日(木) 18時4{n % 10}分<br><br>{'<br>'.join(post)}<br>"
        for n, post in enumerate(posts, 1)
    )
    body = f"<b>{title}</b><hr>{html}<hr><a href=/new>新規投稿</a> <a href=/>戻る</a>"
    return Labelled(page(title, "談話室", body), _flat(posts), title)


def board_phpbb(w: Words) -> Labelled:
    title, posts = w.title(), [[w.para(1, 3)] for _ in range(8)]
    html = "".join(
        f'<div class="post bg{n % 2}"><div class="postbody"><p class="author">投稿記事by <strong>{w.name()}</strong>'
        f' » 2012年6月{n + 1}日(火) 22:1{n % 10}</p><div class="content">{"<br>".join(post)}</div></div>'
        f'<dl class="postprofile"><dt>{w.name()}</dt><dd>記事: {n * 13}</dd><dd>登録日時: 2010年1月{n + 1}日(月) 10:00</dd></dl></div>'
        for n, post in enumerate(posts)
    )
    body = f'<div class="navbar">{w.links(4, "span")}</div><h2>{title}</h2>{html}'
    return Labelled(page(title, "フォーラム", body), _flat(posts), title)


def board_anchors(w: Words) -> Labelled:
    title, posts = w.title(), _posts(w, 14)
    html = "".join(
        f'<article><details open><summary><span class="postid">{n:04}</span><span>名無しの権兵衛</span></summary>'
        f'<span class="date">2022/09/1{n % 10}(金) 01:02:0{n % 10}</span></details>'
        f'<section class="post-content">{"<br>".join(post)}</section></article>'
        for n, post in enumerate(posts, 1)
    )
    body = f'<header><a href="/">板一覧</a></header><main><h1>{title}</h1>{html}</main>'
    return Labelled(page(title, "掲示板", body), _flat(posts), title)


def matome(w: Words) -> Labelled:
    title, posts = w.title(), _posts(w, 14)
    html = "".join(
        f'<div class="t_h">{n}: <span style="color:green">名無しさん＠お腹いっぱい。</span> '
        f"<span>2014/02/1{n % 10}(火) 10:0{n % 10}:11.22 ID:k{n}Jh0</span></div>"
        f'<div class="t_b">{"<br>".join(post)}</div>'
        for n, post in enumerate(posts, 1)
    )
    body = (
        f'<div id="blog-header">{w.site()}</div><div class="article-body"><h1>{title}</h1>{html}</div>'
        f'<div class="related"><h3>関連記事</h3><ul>{w.links(6)}</ul></div>'
    )
    return Labelled(page(title, w.site(), body), _flat(posts), title)


def qa_page(w: Words) -> Labelled:
    title, question = w.title(), w.para(3, 4)
    answers = [w.para(2, 4) for _ in range(3)]
    html = "".join(
        f'<div class="answer"><div class="user">{w.name()}さん</div><div class="date">2016/5/{n + 3} 12:34</div>'
        f'<p class="text">{a}</p><div class="vote">参考になった {n}</div></div>'
        for n, a in enumerate(answers)
    )
    body = (
        f'<div class="breadcrumb"><a href=/>トップ</a> &gt; <a href=/c>暮らし</a> &gt; {title}</div>'
        f'<div class="question"><h1>{title}</h1><p class="info">質問者：{w.name()} 質問日時：2016/5/1 10:00</p>'
        f'<p>{question}</p></div><h2>回答（{len(answers)}件）</h2>{html}<div class="sidebar"><ul>{w.links(7)}</ul></div>'
    )
    return Labelled(page(title, "おしえて箱", body), [question, *answers], title, "2016-05-01")


def qa_best_answer(w: Words) -> Labelled:
    title, question, best = w.title(), w.para(3, 4), w.para(3, 4)
    others = [w.para(1, 2) for _ in range(3)]
    body = (
        f'<main><section><h1>{title}</h1><p>{question}</p></section><section class="best"><h2>ベストアンサー</h2>'
        f"<p>{best}</p></section><section><h2>その他の回答（3件）</h2>{''.join(f'<div><p>{o}</p></div>' for o in others)}"
        f"</section></main><aside>{w.links(6, 'p')}</aside>"
    )
    return Labelled(page(title, "知恵の輪", body), [question, best, *others], title)


def review_list(w: Words) -> Labelled:
    title, reviews = w.title(), [w.para(2, 4) for _ in range(6)]
    html = "".join(
        f'<li><span class="stars">★★★★☆</span><span class="reviewer">{w.name()}</span>'
        f'<span class="date">2021年4月{n + 1}日</span><p>{r}</p></li>'
        for n, r in enumerate(reviews)
    )
    body = f'<h1>{title}</h1><ul class="reviews">{html}</ul><div class="pager"><a href=2>2</a> <a href=3>3</a></div>'
    return Labelled(page(title, "口コミ広場", body), reviews, title)


def chat_log(w: Words) -> Labelled:
    title, lines = w.title(), [w.rng.choice(w.casual(3, 3)) + w.noun() for _ in range(25)]
    html = "".join(
        f"<li><time>21:{n:02}</time> <p>{line}</p></li>" for n, line in enumerate(lines, 10)
    )
    body = f'<div class="log"><h1>{title}</h1><ul>{html}</ul></div>'
    return Labelled(page(title, "ログ", body), lines, title)


LAYOUTS = (
    board_read_cgi, board_divs, board_tables, board_br_only, board_phpbb, board_anchors, matome,
    qa_page, qa_best_answer, review_list, chat_log,
)  # fmt: skip
