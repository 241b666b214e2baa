"""Articles of news sites, magazines and government offices."""

# ruff: noqa: E501 - markup stands in the lines in which it would be written

from tests.clean.layouts.words import Labelled, Words, p, page


def news_semantic(w: Words) -> Labelled:
    title, text = w.title(), w.paras()
    body = (
        f"<header><a href=/>{w.site()}</a><nav><ul>{w.menu()}</ul></nav></header><main><article>"
        f"<h1>{title}</h1><p class=byline>文・{w.name()}記者</p>"
        f'<time datetime="2024-03-09T23:30:00+09:00">2024年3月9日 23時30分</time>{p(text)}'
        f"<ul class=share><li>シェア</li><li>ツイート</li></ul></article></main>"
        f"<aside><h2>関連記事</h2><ul>{w.links(8)}</ul></aside><footer><p>© 2024 {w.site()}</p></footer>"
    )
    return Labelled(page(title, w.site(), body), text, title, "2024-03-09")


def news_utc_meta(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 6)
    head = '<meta property="article:published_time" content="2023-12-31T15:00:00Z">'
    body = (
        f'<div id="gnav"><ul>{w.menu()}</ul></div><div class="l-main"><h1 class="ttl">{title}</h1>'
        f'<div class="article__body">{p(text)}</div></div>'
        f'<div class="l-side"><h3>ランキング</h3><ol>{w.links(10)}</ol></div>'
    )
    return Labelled(page(title, w.site(), body, head), text, title, "2024-01-01")


def news_lead_and_body(w: Words) -> Labelled:
    title, lead, text = w.title(), w.para(2, 2), w.paras()
    body = (
        f'<div class="wrapper"><div class="head"><a href="/">{w.site()}</a></div>'
        f'<div class="contents"><h1>{title}</h1><div class="lead"><p>{lead}</p></div>'
        f'<figure><img src=a.jpg alt="写真"></figure><div class="text">{p(text)}</div>'
        f'<div class="ad"><p>広告</p></div></div>'
        f'<div class="right"><h3>新着</h3><ul>{w.links(12)}</ul></div></div>'
    )
    return Labelled(page(title, w.site(), body), [lead, *text], title)


def news_divs_without_names(w: Words) -> Labelled:
    title, text = w.title(), w.paras(5, 8)
    body = (
        f"<div><div>{''.join(f'<a href=/{n}>{w.noun()}</a> ' for n in range(9))}</div>"
        f"<div><div><h1>{title}</h1>{''.join(f'<div>{line}</div>' for line in text)}</div>"
        f"<div>{w.links(9, 'div')}</div></div><div>運営会社 利用規約 プライバシーポリシー</div></div>"
    )
    return Labelled(page(title, w.site(), body), text, title)


def news_with_headings(w: Words) -> Labelled:
    title = w.title()
    lines: list[str] = []
    html = ""
    for _ in range(4):
        head, text = w.head(), w.paras(1, 3)
        lines += [head, *text]
        html += f"<h2>{head}</h2>{p(text)}"
    body = (
        f"<nav>{w.links(5, 'span')}</nav><article><h1>{title}</h1>{html}"
        f"<h2>あわせて読みたい</h2><ul>{w.links(4)}</ul></article><footer>Copyright {w.site()}</footer>"
    )
    return Labelled(page(title, w.site(), body), lines, title)


def magazine_interview(w: Words) -> Labelled:
    title = w.title()
    lines: list[str] = []
    html = ""
    for _ in range(6):
        question, answer = f"{w.head()}について教えてください。", w.para()
        lines += [f"――{question}", f"{w.name()}：{answer}"]
        html += f"<p><b>――{question}</b></p><p>{lines[-1]}</p>"
    body = (
        f'<div class="page"><div class="entry-header"><h1>{title}</h1><p class="date">2022.06.01</p>'
        f'</div><div class="entry-content">{html}</div>'
        f'<div class="author-box"><h4>この記事を書いた人</h4><p>{w.name()}。{w.para(1, 1)}</p></div></div>'
    )
    return Labelled(page(title, w.site(), body), lines, title, "2022-06-01")


def news_related_in_text(w: Words) -> Labelled:
    title, text = w.title(), w.paras(5, 7)
    inner = p(text[:2]) + f'<p><a href="/1">【関連記事】{w.title()}</a></p>' + p(text[2:])
    body = f'<div id="main"><h1>{title}</h1><div class="body">{inner}</div></div>'
    return Labelled(page(title, w.site(), body), text, title)


def news_single_br(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 6)
    body = (
        f'<div class="header"><ul>{w.menu()}</ul></div><div class="news"><h2>{title}</h2>'
        f'<div class="date">2021年11月05日(金)</div>{"<br>".join("　" + line for line in text)}</div>'
        f'<div class="list">{w.links(7, "p")}</div>'
    )
    return Labelled(page(title, w.site(), body), text, title, "2021-11-05")


def government_notice(w: Words) -> Labelled:
    title, text = w.title(), w.paras(2, 4)
    items = [f"{n}　{w.noun()}に関すること" for n in ("一", "二", "三", "四")]
    body = (
        f'<div id="pankuzu"><a href="/">トップページ</a> &gt; <a href="/k">くらし</a> &gt; {title}</div>'
        f'<div id="tmp_contents"><h1>{title}</h1><p class="update">更新日：令和5年7月14日</p>{p(text)}'
        f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"
        f'<div class="inquiry"><h2>お問い合わせ</h2><form action="/q"><input type=submit></form></div></div>'
    )
    return Labelled(page(title, "霧ヶ丘市", body), [*text, *items], title, "2023-07-14")


def government_law(w: Words) -> Labelled:
    title = f"{w.noun()}の保全に関する条例"
    lines = []
    for number in "一二三四五六七八":
        lines.append(f"第{number}条　{w.sentence()}")
        lines.append(f"２　{w.sentence()}")
    html = "".join(f'<div class="article"><p class="num">{line}</p></div>' for line in lines)
    body = f'<h1>{title}</h1><div class="law">{html}</div><div id="footer"><a href="#">先頭へ戻る</a></div>'
    return Labelled(page(title, "例規集", body), lines, title)


def press_release(w: Words) -> Labelled:
    title, text = w.title(), w.paras(3, 4)
    facts = [(w.noun(), w.head()) for _ in range(4)]
    rows = "".join(f"<tr><th>{a}</th><td>{b}</td></tr>" for a, b in facts)
    body = (
        f'<div class="gheader"><ul class="gnav">{w.menu()}</ul></div><section class="release">'
        f"<p>2020年10月1日</p><h1>{title}</h1>{p(text)}<h2>概要</h2><table>{rows}</table></section>"
        f'<div class="gfooter"><ul>{w.menu()}</ul><small>(c) 2020 {w.site()} All Rights Reserved.</small></div>'
    )
    return Labelled(
        page(title, w.site(), body),
        [*text, "概要", *(f"{a} {b}" for a, b in facts)],
        title,
        "2020-10-01",
    )


def column_long_sidebar(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 5)
    side = "".join(
        f"<dt>{w.title()}</dt><dd>{w.sentence()}<a href=/x>続きを読む</a></dd>" for _ in range(6)
    )
    body = (
        f'<div class="container"><div class="col-md-8"><h1>{title}</h1>{p(text)}</div>'
        f'<div class="col-md-4 sidebar"><dl>{side}</dl></div></div>'
    )
    return Labelled(page(title, w.site(), body), text, title)


def article_in_sections(w: Words) -> Labelled:
    title = w.title()
    lines, html = [], ""
    for _ in range(5):
        head, text = w.head(), w.para()
        lines += [head, text]
        html += f"<section><header><h2>{head}</h2></header><div><p>{text}</p></div></section>"
    body = f"<main><h1>{title}</h1>{html}</main><aside>{w.links(6, 'p')}</aside>"
    return Labelled(page(title, w.site(), body), lines, title)


def paywall_tail(w: Words) -> Labelled:
    title, text = w.title(), w.paras(3, 5)
    body = (
        f'<article class="post"><h1>{title}</h1>{p(text)}<div class="subscribe"><p>この続きは会員登録を'
        f'するとお読みいただけます。登録は無料です。</p><a href="/join">会員登録</a></div></article>'
    )
    return Labelled(page(title, w.site(), body), text, title)


LAYOUTS = (
    news_semantic, news_utc_meta, news_lead_and_body, news_divs_without_names, news_with_headings,
    magazine_interview, news_related_in_text, news_single_br, government_notice, government_law,
    press_release, column_long_sidebar, article_in_sections, paywall_tail,
)  # fmt: skip
