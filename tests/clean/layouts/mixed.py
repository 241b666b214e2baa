"""Pages put together at random: body, byline, menu, side column, footer; with names or none."""

from collections.abc import Callable

from tests.clean.layouts.words import Labelled, Words, page

_ROMAJI = {
    "main": "naiyou", "side": "migi", "foot": "shita", "related": "kanren", "head": "ue",
    "comments": "kansou", "share": "kakusan",
}  # fmt: skip
_DATES = (
    "", "<p>2020年1月2日</p>", "<div>投稿日：2020/01/02</div>", "<span>2020.01.02 12:34</span>",
    "<p>カテゴリ：<a href=/>暮らし</a> | 2020-01-02</p>",
)  # fmt: skip


class _Mix:
    """One page in the making."""

    def __init__(self, seed: int) -> None:
        self.w = Words(f"mixed/{seed}")
        self.pick = self.w.rng.choice
        self.style = self.pick(("semantic", "neutral", "none", "romaji"))

    def named(self, role: str) -> str:
        """Give the attributes of an element with a role on the page."""
        return {
            "semantic": f' class="{role}"',
            "neutral": f' class="c{self.w.number(1, 900)}"',
            "romaji": f' id="{_ROMAJI[role]}"',
            "none": "",
        }[self.style]

    def body(self) -> tuple[str, list[str]]:
        """Give markup and lines of the main text in one of the usual ways to write paragraphs."""
        w = self.w
        lines = [w.para(1, 5) for _ in range(w.number(3, 8))]
        items = [w.sentence() for _ in range(w.number(3, 7))]
        heads = [w.head() for _ in lines]
        pairs = [part for pair in zip(heads, lines, strict=True) for part in pair]
        sections = "".join(f"<h3>{h}</h3><p>{x}</p>" for h, x in zip(heads, lines, strict=True))
        terms = "".join(f"<dt>{h}</dt><dd>{x}</dd>" for h, x in zip(heads, lines, strict=True))
        listed = "".join(f"<li>{item}</li>" for item in items)
        return self.pick(
            (
                ("".join(f"<p>{x}</p>" for x in lines), lines),
                ("".join(f"<div>{x}</div>" for x in lines), lines),
                ("<br>".join(lines), lines),
                ("<br><br>\n".join("　" + x for x in lines), lines),
                ("".join(f"<div><span>{x}</span></div>" for x in lines), lines),
                (f"<table><tr><td>{'</td></tr><tr><td>'.join(lines)}</td></tr></table>", lines),
                (
                    f"<p>{lines[0]}</p><ul>{listed}</ul><p>{lines[1]}</p>",
                    [lines[0], *items, lines[1]],
                ),
                (sections, pairs),
                (f"<dl>{terms}</dl>", pairs),
            )
        )

    def side(self) -> str:
        """Give a column of links, of a profile, of numbered links, or none."""
        w = self.w
        numbered = "".join(f"<p><a href=/{n}>{w.title()}</a>（{n}）</p>" for n in range(9))
        return self.pick(
            (
                "",
                f"<div{self.named('side')}><h3>最新記事</h3><ul>{w.links(8)}</ul></div>",
                f"<div{self.named('side')}><h4>プロフィール</h4><p>{w.para(1, 2)}</p>"
                f"<h4>カテゴリー</h4><ul>{w.links(6)}</ul></div>",
                f"<div{self.named('side')}>{numbered}</div>",
            )
        )

    def after(self) -> str:
        """Give what follows an article: shares, related articles, comments."""
        w = self.w
        teasers = "".join(
            f"<div><a href=/{n}>{w.title()}</a><p>{w.sentence()}</p></div>" for n in range(3)
        )
        share = f"<div{self.named('share')}><a href=#>ツイート</a> <a href=#>シェア</a></div>"
        related = (
            "",
            f"<div{self.named('related')}><h3>関連記事</h3><ul>{w.links(5)}</ul></div>",
            f"<div{self.named('related')}><h3>関連記事</h3>{teasers}</div>",
        )
        comment = (
            f"<div{self.named('comments')}><h3>コメント(2)</h3><p>{w.name()} 2020/01/03</p>"
            f"<p>{w.sentence()}</p></div>"
        )
        return self.pick(("", share)) + self.pick(related) + self.pick(("", "", comment))

    def menu(self) -> str:
        """Give a menu as a list, a line or a table row."""
        w = self.w
        links = [f"<a href=/{n}>{w.noun()}</a>" for n in range(7)]
        cells = "".join(f"<td>{link}</td>" for link in links)
        forms = (f"<ul>{w.menu()}</ul>", " | ".join(links), f"<table><tr>{cells}</tr></table>")
        return self.pick(forms)

    def foot(self) -> str:
        """Give a footer of copyright, of a rule and an address, or of links."""
        w, named = self.w, self.named("foot")
        return self.pick(
            (
                f"<div{named}>Copyright (C) 2020 {w.site()} All Rights Reserved.</div>",
                f"<div{named}><p>当サイトの文章・画像の無断転載を禁じます。</p>"
                f"<p>運営：{w.site()}　住所：東京都港区</p></div>",
                f"<div{named}><ul>{w.menu()}</ul><address>(c) {w.site()}</address></div>",
            )
        )


def mixed(seed: int) -> Labelled:
    """Put a page together.

    Args:
        seed: what decides every choice.
    """
    mix = _Mix(seed)
    w, title = mix.w, mix.w.title()
    body, main = mix.body()
    tag = mix.pick(("h1", "h2", "h3", "div", "b"))
    article = (
        f"<div{mix.named('main')}><{tag}>{title}</{tag}>{mix.pick(_DATES)}{body}</div>{mix.after()}"
    )
    crumbs = f"<div><a href=/>ホーム</a> &gt; <a href=/a>{w.noun()}</a> &gt; {title}</div>"
    center, menu, side, foot = (
        mix.pick(("", crumbs)) + article,
        mix.menu(),
        mix.side(),
        mix.foot(),
    )
    slogan = mix.pick(("", f"<p>{w.head()}を伝える個人の頁です</p>"))
    forms: tuple[Callable[[], str], ...] = (
        lambda: (
            f"<div{mix.named('head')}><a href=/>{w.site()}</a>{slogan}{menu}</div>"
            f"<div><div>{center}</div>{side}</div>{foot}"
        ),
        lambda: f"{menu}{center}{side}{foot}",
        lambda: (
            f"<table><tr><td colspan=2>{w.site()} {menu}</td></tr><tr><td>{side or menu}</td>"
            f"<td>{center}</td></tr><tr><td colspan=2>{foot}</td></tr></table>"
        ),
        lambda: f"<table><tr><td>{center}</td><td>{side}{menu}</td></tr></table>{foot}",
    )
    return Labelled(page(title, w.site(), mix.pick(forms)()), main, title)
