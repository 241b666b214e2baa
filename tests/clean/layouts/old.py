"""Pages of around 2000: tables for layout, frames, font elements, text cut by line breaks."""

# ruff: noqa: E501 - markup stands in the lines in which it would be written

from tests.clean.layouts.words import Labelled, Words, p, page


def layout_table_menu_left(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 6)
    menu = "".join(f'<tr><td><a href="/{n}.htm">{w.noun()}</a></td></tr>' for n in range(10))
    body = (
        f"<table width=780><tr><td width=150 valign=top><table>{menu}</table></td><td valign=top>"
        f"<font size=5><b>{title}</b></font><br><br>{'<br><br>'.join(text)}</td></tr>"
        f"<tr><td colspan=2 align=center><font size=1>Copyright(C) 2001 {w.site()}</font></td></tr></table>"
    )
    return Labelled(page(title, w.site(), body), text, title)


def layout_table_three_columns(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 6)
    body = (
        f"<table><tr><td><ul>{w.links(8)}</ul></td><td><h2>{title}</h2>{p(text)}</td>"
        f"<td><b>リンク集</b><br>{w.links(8, 'nobr')}</td></tr></table>"
    )
    return Labelled(page(title, w.site(), body), text, title)


def layout_table_deep(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 6)
    inner = "<br><br>".join(text)
    for _ in range(6):
        inner = f'<table border=0 cellpadding=4 width="100%"><tr><td>{inner}</td></tr></table>'
    body = f"<center><h1>{title}</h1></center>{inner}<hr><a href=index.html>もくじ</a>"
    return Labelled(page(title, w.name(), body), text, title)


def br_hard_wrapped(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 6)
    cut = ["<br>\n".join(line[n : n + 36] for n in range(0, len(line), 36)) for line in text]
    body = f"<h2>{title}</h2><hr>{'<br><br>'.join(cut)}<hr><a href=../>戻る</a>"
    return Labelled(page(title, w.name(), body), text, title)


def br_paragraphs_font(w: Words) -> Labelled:
    title, text = w.title(), w.paras(5, 8)
    body = (
        f'<body bgcolor="#ffffff"><center><font color="#800000" size="6">{title}</font></center><br>'
        f'<font size="3">{"<br><br>".join("　" + line for line in text)}</font><br><br>'
        f"<div align=right>{w.name()}　記</div><center><a href=index.html>HOME</a></center>"
    )
    return Labelled(page(title, w.name(), body), text, title)


def unclosed_paragraphs(w: Words) -> Labelled:
    title, text = w.title(), w.paras(5, 8)
    body = f"<h1>{title}</h1>\n{''.join('<p>' + line + chr(10) for line in text)}<hr><address>{w.name()}</address>"
    return Labelled(page(title, w.name(), body), text, title)


def pre_text(w: Words) -> Labelled:
    title, text = w.title(), w.paras(4, 6)
    lines = [line[n : n + 35] for para in text for line in [para] for n in range(0, len(line), 35)]
    body = f"<h1>{title}</h1><pre>{chr(10).join(lines)}</pre><a href=/>戻る</a>"
    return Labelled(page(title, w.name(), body), lines, title)


def text_without_elements(w: Words) -> Labelled:
    text = w.paras(3, 5)
    title = w.title()
    return Labelled(f"<title>{title}</title>" + "<br>".join(text), text, title)


def aozora(w: Words) -> Labelled:
    title, text = w.title(), w.paras(6, 9)
    marked = [
        line.replace("地図", "<ruby><rb>地図</rb><rp>（</rp><rt>ちず</rt><rp>）</rp></ruby>")
        for line in text
    ]
    body = (
        f'<h1 class="title">{title}</h1><h2 class="author">{w.name()}</h2><br><br>'
        f'<div class="main_text"><br>{"<br>".join("　" + line for line in marked)}<br></div>'
        f'<div class="bibliographical_information"><hr>底本：「{title}」<br>2001年1月1日公開</div>'
    )
    return Labelled(page(f"{w.name()} {title}", "文庫", body), text, title)


def ruby_open_tags(w: Words) -> Labelled:
    title, text = w.title(), w.paras(5, 6)
    marked = [line.replace("太鼓", "<ruby><rb>太<rt>たい<rb>鼓<rt>こ</ruby>") for line in text]
    body = f"<h2>{title}</h2>{p(marked)}<p><a href=2.html>次の章へ</a></p>"
    return Labelled(page(title, "小説の部屋", body), text, title)


def vertical_novel(w: Words) -> Labelled:
    title = w.title()
    lines = [f"「{w.rng.choice(w.casual(3, 3))}」" if n % 2 else w.sentence() for n in range(16)]
    spans = [
        line.replace("三", '<span style="text-combine-upright:all">三</span>') for line in lines
    ]
    body = (
        f'<style>.v{{writing-mode:vertical-rl}}</style><div class="v novel-body"><h1>{title}</h1>{p(spans)}</div>'
        f'<p class="novel_bn"><a href=1>前へ</a> <a href=3>次へ</a> <a href=/>目次</a></p>'
    )
    return Labelled(page(title, "書房", body), lines, title)


def poem(w: Words) -> Labelled:
    title = w.title()
    lines = [w.sentence().split("、")[0].rstrip("。") for _ in range(20)]
    html = "<br>".join(lines[:10]) + "<br><br>" + "<br>".join(lines[10:])
    body = f'<center><h2>{title}</h2></center><blockquote>{html}</blockquote><a href="index.html">もどる</a>'
    return Labelled(page(title, "詩集", body), lines, title)


def frames_noframes(w: Words) -> Labelled:
    title, text = w.title(), w.paras(3, 4)
    body = f"<div id=top><h1>{title}</h1></div><div id=f>{p(text)}</div><noframes>{w.para()}</noframes>"
    return Labelled(page(title, w.site(), body), text, title)


def center_and_hr(w: Words) -> Labelled:
    title = w.title()
    lines, html = [], ""
    for _ in range(5):
        head, text = w.head(), w.para(3, 4)
        lines += [f"■{head}", text]
        html += f"<hr><b>■{head}</b><br>{text}<br>"
    body = f"<center><b><font size=+2>{title}</font></b></center>{html}<hr><center>[<a href=/>HOME</a>]</center>"
    return Labelled(page(title, w.name(), body), lines, title)


def accesskey_mobile(w: Words) -> Labelled:
    title, text = w.title(), w.paras(3, 5)
    body = (
        f"<div align=center>{title}</div><hr>{'<br>'.join(text)}<hr>"
        f"<a href=1 accesskey=1>[1]前へ</a><br><a href=2 accesskey=2>[2]次へ</a><br><a href=0 accesskey=0>[0]トップ</a>"
    )
    return Labelled(page(title, "携帯版", body), text, title)


LAYOUTS = (
    layout_table_menu_left, layout_table_three_columns, layout_table_deep, br_hard_wrapped,
    br_paragraphs_font, unclosed_paragraphs, pre_text, text_without_elements, aozora, ruby_open_tags,
    vertical_novel, poem, frames_noframes, center_and_hr, accesskey_mobile,
)  # fmt: skip
