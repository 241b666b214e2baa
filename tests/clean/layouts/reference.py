"""Encyclopedias, manuals, shops, recipes: sections, tables, lists, code."""

# ruff: noqa: E501 - markup stands in the lines in which it would be written

from tests.clean.layouts.words import Labelled, Words, p, page


def wiki_mediawiki(w: Words) -> Labelled:
    title, lead = w.title(), w.para()
    lines, html = [lead], ""
    for n in range(4):
        head, text = w.head(), w.paras(1, 2)
        lines += [head, *text]
        linked = [
            t.replace("橋", '<a href="/wiki/橋">橋</a>').replace(
                "味噌", '<a href="/wiki/味噌">味噌</a>'
            )
            for t in text
        ]
        html += f'<h2><span class="mw-headline" id=s{n}>{head}</span><span class="mw-editsection">[<a href=/e>編集</a>]</span></h2>{p(linked)}'
    body = (
        f'<div id="content"><h1 id="firstHeading">{title}</h1><div id="bodyContent"><div id="siteSub">出典: フリー百科</div>'
        f'<div class="mw-parser-output"><p>{lead}</p><div id="toc" class="toc"><h2>目次</h2><ul>{w.links(4)}</ul></div>{html}'
        f'<div class="navbox"><table><tr><td>{w.links(9, "span")}</td></tr></table></div></div>'
        f'<div id="catlinks">カテゴリ: <ul>{w.links(3)}</ul></div></div></div><div id="mw-navigation"><ul>{w.menu()}</ul></div>'
    )
    return Labelled(page(title, "百科", body), lines, title)


def wiki_infobox(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 5)
    facts = [(w.noun(), w.head()) for _ in range(5)]
    rows = "".join(f"<tr><th>{a}</th><td>{b}</td></tr>" for a, b in facts)
    body = (
        f'<div class="header">{w.links(4, "span")}</div><div class="body"><h1>{title}</h1>'
        f"<table>{rows}</table>{p(text)}</div>"
    )
    return Labelled(page(title, "百科", body), [*(f"{a} {b}" for a, b in facts), *text], title)


def glossary_dl(w: Words) -> Labelled:
    title = "用語集"
    lines, html = [], ""
    for _ in range(10):
        term, meaning = w.noun(), w.para(1, 2)
        lines += [term, meaning]
        html += f"<dt>{term}</dt><dd>{meaning}</dd>"
    body = f'<div id="nav">{w.links(6, "span")}</div><div id="main"><h1>{title}</h1><dl>{html}</dl></div>'
    return Labelled(page(title, w.site(), body), lines, title)


def manual_sphinx(w: Words) -> Labelled:
    title = w.title()
    text = w.paras(3, 4)
    code = "kinari = load('a.txt')\nfor row in kinari:\n    print(row)"
    body = (
        f'<div class="related"><h3>ナビゲーション</h3><ul>{w.links(3)}</ul></div><div class="document"><div class="body">'
        f'<h1>{title}<a class="headerlink" href="#x">¶</a></h1>{p(text)}<div class="highlight"><pre>{code}</pre></div>'
        f"<p>{text[0][::-1]}</p></div></div>"
        f'<div class="sphinxsidebar"><h3>目次</h3><ul>{w.links(7)}</ul></div>'
    )
    return Labelled(page(title, "文書", body), [*text, *code.split("\n"), text[0][::-1]], title)


def manual_man_page(w: Words) -> Labelled:
    title = "tool(1)"
    options = [(f"-{c}", w.sentence()) for c in "abcdef"]
    text = w.paras(1, 2)
    html = "".join(f"<dt><b>{a}</b></dt><dd><p>{b}</p></dd>" for a, b in options)
    lines = ["説明", *text, "オプション", *(x for pair in options for x in pair)]
    body = f"<h1>{title}</h1><h2>説明</h2>{p(text)}<h2>オプション</h2><dl>{html}</dl>"
    return Labelled(page(title, "マニュアル", body), lines, title)


def api_table(w: Words) -> Labelled:
    title, lead = w.title(), w.para()
    rows = [(f"get_{n}", w.head(), f"{w.noun()}の数") for n in range(8)]
    html = "".join(
        f"<tr><td><code>{a}</code></td><td>{b}</td><td>{c}</td></tr>" for a, b, c in rows
    )
    body = f"<main><h1>{title}</h1><p>{lead}</p><table>{html}</table></main><nav>{w.links(8, 'p')}</nav>"
    return Labelled(page(title, "開発者向け", body), [lead, *(" ".join(r) for r in rows)], title)


def one_table_page(w: Words) -> Labelled:
    title = f"{w.noun()}の年表"
    rows = [
        (f"{1950 + n * 3}年", f"{w.noun()}の保存会が発足し、{w.noun()}を始める") for n in range(20)
    ]
    html = "".join(f"<tr><td>{a}</td><td>{b}</td></tr>" for a, b in rows)
    return Labelled(
        page(title, w.site(), f"<h1>{title}</h1><table>{html}</table>"),
        [f"{a} {b}" for a, b in rows],
        title,
    )


def timeline_dl(w: Words) -> Labelled:
    title = "沿革"
    pairs = [(f"{1990 + n}年4月1日", f"{w.noun()}の工場を設立しました。") for n in range(12)]
    html = "".join(f"<dt>{a}</dt><dd>{b}</dd>" for a, b in pairs)
    body = f'<div class="gnav">{w.links(5, "span")}</div><div class="contents"><h1>{title}</h1><dl>{html}</dl></div>'
    return Labelled(page(title, w.site(), body), [x for pair in pairs for x in pair], title)


def company_profile(w: Words) -> Labelled:
    title = "会社概要"
    facts = [
        ("社名", "株式会社" + w.noun()),
        ("所在地", "東京都千代田区" + w.noun()),
        ("代表者", w.name()),
        ("事業内容", w.head()),
    ]
    greeting = w.para(4, 5)
    rows = "".join(f"<tr><th>{a}</th><td>{b}</td></tr>" for a, b in facts)
    body = (
        f"<header><ul>{w.menu()}</ul></header><main><h1>{title}</h1><p>{greeting}</p><table>{rows}</table></main>"
        f"<footer><ul>{w.menu()}</ul><p>Copyright © {w.site()}</p></footer>"
    )
    return Labelled(page(title, w.site(), body), [greeting, *(f"{a} {b}" for a, b in facts)], title)


def shop_item(w: Words) -> Labelled:
    title, text = w.title(), w.paras(2, 3)
    spec = [("素材", "綿一〇〇パーセント"), ("寸法", "幅12cm×高さ30cm"), ("重さ", "約250g")]
    rows = "".join(f"<tr><th>{a}</th><td>{b}</td></tr>" for a, b in spec)
    body = (
        f'<div id="header"><form><input name=q></form><ul>{w.menu()}</ul></div><div class="item-detail"><h1>{title}</h1>'
        f'<form class="cart-form"><button>カートに入れる</button></form><div class="description">{p(text)}</div><table>{rows}</table></div>'
        f'<div class="recommend"><h2>おすすめ商品</h2><ul>{w.links(6)}</ul></div>'
    )
    return Labelled(page(title, "商店", body), [*text, *(f"{a} {b}" for a, b in spec)], title)


def shop_spans(w: Words) -> Labelled:
    title, text = w.title(), w.paras(3, 4)
    body = (
        f'<div class="bread"><a href=/>ホーム</a> &gt; <a href=/c>雑貨</a></div><div><div><h2>{title}</h2>'
        f'<div class="txt">{"<br>".join(text)}</div></div></div><div class="footer-nav">{w.links(8, "span")}</div>'
    )
    return Labelled(page(title, "商店", body), text, title)


def recipe(w: Words) -> Labelled:
    title, lead = w.title(), w.para(1, 2)
    goods = [f"{w.noun()}　大さじ{n}" for n in range(1, 6)]
    steps = [w.sentence() for _ in range(6)]
    body = (
        f"<article><h1>{title}</h1><p>{lead}</p><h2>材料</h2><ul>{''.join(f'<li>{g}</li>' for g in goods)}</ul><h2>作り方</h2>"
        f"<ol>{''.join(f'<li>{s}</li>' for s in steps)}</ol></article><section class=related><h2>関連レシピ</h2>{w.links(6, 'p')}</section>"
    )
    return Labelled(page(title, "台所", body), [lead, "材料", *goods, "作り方", *steps], title)


def faq_details(w: Words) -> Labelled:
    title = "よくあるお尋ね"
    pairs = [(f"{w.noun()}はどこで受け取れますか。", w.para(1, 3)) for _ in range(7)]
    html = "".join(f"<details><summary>{q}</summary><p>{a}</p></details>" for q, a in pairs)
    body = f"<nav>{w.links(5, 'span')}</nav><main><h1>{title}</h1>{html}</main>"
    return Labelled(page(title, w.site(), body), [x for pair in pairs for x in pair], title)


def event_page(w: Words) -> Labelled:
    title, text = w.title(), w.paras(2, 3)
    facts = [
        ("日時", "2023年8月5日（土）10時から"),
        ("会場", w.noun() + "記念館"),
        ("定員", "先着30名"),
    ]
    html = "".join(f"<dt>{a}</dt><dd>{b}</dd>" for a, b in facts)
    body = f'<div id="contents"><h1>{title}</h1>{p(text)}<dl class="info">{html}</dl></div><div id="sub"><ul>{w.links(6)}</ul></div>'
    return Labelled(
        page(title, w.site(), body), [*text, *(x for pair in facts for x in pair)], title
    )


LAYOUTS = (
    wiki_mediawiki, wiki_infobox, glossary_dl, manual_sphinx, manual_man_page, api_table, one_table_page,
    timeline_dl, company_profile, shop_item, shop_spans, recipe, faq_details, event_page,
)  # fmt: skip
