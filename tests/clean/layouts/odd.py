"""Pages that break an assumption: everything in links, repeated text, hidden parts, broken markup."""

# ruff: noqa: E501 - markup stands in the lines in which it would be written

from tests.clean.layouts.words import Labelled, Words, p, page


def cookie_wall_text(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 5)
    body = (
        f'<div class="cookie-banner"><p>当サイトでは利便性の向上のためにクッキーを使用しています。引き続き閲覧される場合は、'
        f'使用に同意したものとみなします。</p></div><div class="main-text">{p(text)}</div>'
    )
    return Labelled(page(title, w.site(), body), text, title)


def hidden_duplicates(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 5)
    body = f'<div class="pc"><h1>{title}</h1>{p(text)}</div><div class="sp" style="display:none"><h1>{title}</h1>{p(text)}</div>'
    return Labelled(page(title, w.site(), body), text, title)


def visible_duplicates(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 5)
    body = f'<div class="pc"><h1>{title}</h1>{p(text)}</div><div class="sp"><h1>{title}</h1>{p(text)}</div>'
    return Labelled(page(title, w.site(), body), text, title)


def article_class_says_sidebar(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 5)
    body = (
        f'<div class="has-sidebar widget-page"><h1>{title}</h1>{p(text)}</div><ul>{w.links(8)}</ul>'
    )
    return Labelled(page(title, w.site(), body), text, title)


def many_inline_links(w: Words) -> Labelled:
    title, text = w.title(), w.paras(5, 6)
    linked = [line.replace("の", '<a href="/no">の</a>', 4) for line in text]
    body = f'<div id="top">{w.links(4, "span")}</div><div id="honbun"><h1>{title}</h1>{p(linked)}</div>'
    return Labelled(page(title, w.site(), body), text, title)


def article_element_per_paragraph(w: Words) -> Labelled:
    title, text = w.title(), w.paras(5, 6)
    body = (
        f"<h1>{title}</h1>"
        + "".join(f"<article><p>{line}</p></article>" for line in text)
        + f"<aside>{w.links(5, 'p')}</aside>"
    )
    return Labelled(page(title, w.site(), body), text, title)


def spans_as_paragraphs(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 6)
    html = "<br>".join(
        f'<span style="font-size:14px"><font face="MS">{line}</font></span>' for line in text
    )
    body = f"<div>{w.links(5, 'span')}</div><h3>{title}</h3><div>{html}</div>"
    return Labelled(page(title, w.site(), body), text, title)


def broken_nesting(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 6)
    html = "".join(f"<p><b>{line[:5]}</p></b>{line[5:]}<div>" for line in text)
    lines = [part for line in text for part in (line[:5], line[5:])]
    return Labelled(page(title, w.site(), f"<h1>{title}</h1>{html}"), lines, title)


def script_between(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 6)
    html = "".join(
        f"<p>{line}</p><script>document.write('広告を表示します。ここは本文ではありません。')</script>"
        for line in text
    )
    body = f'<div class="content"><h1>{title}</h1>{html}<noscript>この頁は動きません。</noscript></div>'
    return Labelled(page(title, w.site(), body), text, title)


def numeric_references(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 5)
    html = "".join(f"<p>{''.join(f'&#x{ord(c):x};' for c in line)}</p>" for line in text)
    body = f'<div id="nav">{w.links(5, "span")}</div><div class="text">{html}</div>'
    return Labelled(page(title, w.site(), body), text, title)


def wrapped_source_lines(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 6)
    cut = ["\n".join(line[n : n + 30] for n in range(0, len(line), 30)) for line in text]
    return Labelled(
        page(title, w.site(), f"<h1>{title}</h1>{p(cut)}<p><a href=/>戻る</a></p>"), text, title
    )


def technical_low_kana(w: Words) -> Labelled:
    title = "HTTP/2 接続設定"
    text = [
        f"Server version {n}.{n}: connection timeout {n * 100} ms の設定値を確認。{w.noun()} module の load 完了、log level は debug に変更。"
        for n in range(2, 9)
    ]
    return Labelled(
        page(
            title,
            "tech",
            f"<nav>{w.links(4, 'span')}</nav><article><h1>{title}</h1>{p(text)}</article>",
        ),
        text,
        title,
    )


def header_inside_article(w: Words) -> Labelled:
    title, lead, text = w.title(), w.para(1, 2), w.paras(4, 5)
    body = (
        f'<header class="site"><a href=/>{w.site()}</a></header><article><header><h1>{title}</h1><p class="lead">{lead}</p></header>'
        f"{p(text)}<footer><p>文責：{w.name()}</p></footer></article>"
    )
    return Labelled(page(title, w.site(), body), [lead, *text], title)


def long_footer_text(w: Words) -> Labelled:
    title, text = w.title(), w.paras(5, 6)
    body = (
        f'<div id="main"><h1>{title}</h1>{p(text)}</div><div id="footer"><p>当社は、個人情報の保護に関する法律を守り、お客様の情報を'
        f"適切に管理いたします。掲載された内容は予告なく変更されることがあります。</p><ul>{w.menu()}</ul></div>"
    )
    return Labelled(page(title, w.site(), body), text, title)


def text_in_buttons_and_forms(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 5)
    body = (
        f'<form action="/aspnet"><input type=hidden><div id="ctl00"><h1>{title}</h1>{p(text)}</div>'
        f"<select><option>北海道<option>青森県</select><button>送信する</button></form>"
    )
    return Labelled(page(title, w.site(), body), text, title)


def short_news(w: Words) -> Labelled:
    title, text = w.title(), [w.para(2, 2)]
    body = (
        f'<div id="head"><ul>{w.menu()}</ul></div><div id="center"><h2>{title}</h2><p>{text[0]}</p></div>'
        f'<div id="right"><ul>{w.links(15)}</ul></div><div id="foot"><p>Copyright {w.site()}</p></div>'
    )
    return Labelled(page(title, w.site(), body), text, title)


LAYOUTS = (
    cookie_wall_text, hidden_duplicates, visible_duplicates, article_class_says_sidebar,
    many_inline_links, article_element_per_paragraph, spans_as_paragraphs, broken_nesting,
    script_between, numeric_references, wrapped_source_lines, technical_low_kana,
    header_inside_article, long_footer_text, text_in_buttons_and_forms, short_news,
)  # fmt: skip
