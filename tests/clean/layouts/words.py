"""Japanese text from a seed, and what a layout is: a page and its main text."""

# ruff: noqa: E501 - lists of words, as many on a line as fit

import random
from collections.abc import Callable
from dataclasses import dataclass

_WHEN = (
    "その日の朝", "三年ほど前", "雨の多い季節には", "先月の会議で", "夕方になると", "子どものころ",
    "展示が終わる週末に", "工事が始まってから", "初めて訪れたとき", "年度の終わりに", "帰りの電車で",
    "この数年", "冬の入り口で", "講習会のあと", "港が開いて以来", "試作を重ねるうちに",
)  # fmt: skip
_WHO = (
    "町の職人たち", "研究室の学生", "隣に住む夫婦", "観光協会の担当者", "駅前の書店主", "若い農家",
    "図書館の司書", "その会社の社長", "大工の棟梁", "山小屋の主人", "小学校の先生", "私の祖母",
    "調理場の人々", "市の担当課", "写真家の友人", "漁協の組合長",
)  # fmt: skip
_WHAT = (
    "古い織物の模様", "川の水位の記録", "新しい切符の仕組み", "味噌の仕込みかた", "絵本の読み聞かせ",
    "港の倉庫の使い道", "木造の駅舎", "夜空の観察", "手書きの地図", "里山の手入れ", "電池の持ち時間",
    "祭りの太鼓", "畑に残る石垣", "橋の架け替え", "昔の献立表", "雪囲いの手順",
)  # fmt: skip
_DID = (
    "について、だれにでも分かる言葉で説明してくれた", "を見直すために、資料を一から集めはじめた",
    "が思いのほか難しいことに気づき、手順を書き改めた", "を次の世代に伝えたいと、静かに語った",
    "に関する問い合わせが増え、対応に追われている", "の良さを知ってもらおうと、体験の場を設けた",
    "を続けるには人手が足りないと、率直に打ち明けた", "をめぐって意見が分かれ、結論は持ち越された",
    "に費やした時間は無駄ではなかったと振り返る", "だけは変えずに残してほしいと頼まれた",
    "の写しを見せてもらい、細かな違いを書きとめた", "が評判を呼び、遠くからも人が来るようになった",
)  # fmt: skip
_THEN = (
    "もちろん、すべてが順調だったわけではない", "それでも続けることに意味があると思う",
    "詳しい数字はまだ公表されていない", "来年も同じ時期に行うそうだ", "見学は予約なしでもできる",
    "失敗した例から学ぶことのほうが多かった", "費用は参加者の会費でまかなわれた",
    "思い出すたびに、あの匂いまでよみがえる", "このあたりの事情は地域によって違う",
    "道具は毎回きれいに洗ってからしまう", "予定より二週間も早く仕上がった",
)  # fmt: skip
_NOUNS = (
    "織物", "駅舎", "味噌", "地図", "太鼓", "石垣", "橋", "絵本", "電池", "里山", "倉庫", "献立",
    "雪囲い", "水位", "切符", "観察",
)  # fmt: skip
_NAMES = ("佐伯", "三浦", "小田切", "北原", "宮下", "長谷部", "水野", "片桐", "堀内", "早川")
_CASUAL = (
    "それ昨日もやってたよな", "うちの近所だと普通に売ってる", "やってみたけど全然だめだった",
    "説明書の三ページ目に書いてあるよ", "いや、それは順番が逆じゃないか", "ありがとう、助かった",
    "写真うpしてくれたら分かるかも", "俺も同じところで三時間悩んだ", "結局、電源を入れ直したら直った",
    "素人が手を出すと高くつくからやめとけ", "それでいいと思う", "値段のわりに長持ちするよ",
)  # fmt: skip
_ENGLISH = ("Sakura", "Fuji", "Midori", "Kaze", "Hoshi", "Umi")


class Words:
    """Text of one page; the same seed gives the same text."""

    def __init__(self, seed: str) -> None:
        self.rng = random.Random(seed)

    def sentence(self) -> str:
        pick = self.rng.choice
        if self.rng.random() < 0.3:
            return pick(_THEN) + "。"
        return f"{pick(_WHEN)}、{pick(_WHO)}が{pick(_WHAT)}{pick(_DID)}。"

    def para(self, low: int = 2, high: int = 5) -> str:
        return "".join(self.sentence() for _ in range(self.rng.randint(low, high)))

    def paras(self, low: int = 3, high: int = 7) -> list[str]:
        return [self.para() for _ in range(self.rng.randint(low, high))]

    def casual(self, low: int = 1, high: int = 3) -> list[str]:
        return self.rng.sample(_CASUAL, self.rng.randint(low, high))

    def title(self) -> str:
        first, second = self.rng.sample(_NOUNS, 2)
        forms = (
            "{}と{}をめぐる話",
            "{}から考える{}のこれから",
            "はじめての{}、つぎの{}",
            "{}の手引き　{}編",
        )
        return self.rng.choice(forms).format(first, second)

    def head(self) -> str:
        forms = ("{}のなりたち", "{}を選ぶ前に", "{}の現在", "これからの{}", "{}についての補足")
        return self.rng.choice(forms).format(self.noun())

    def noun(self) -> str:
        return self.rng.choice(_NOUNS)

    def name(self) -> str:
        return self.rng.choice(_NAMES)

    def site(self) -> str:
        return (
            f"{self.rng.choice(_ENGLISH)} {self.rng.choice(('通信', 'ねっと', '日報', '研究所'))}"
        )

    def number(self, low: int, high: int) -> int:
        return self.rng.randint(low, high)

    def links(self, count: int, tag: str = "li") -> str:
        return "".join(
            f'<{tag}><a href="/{self.number(1, 9999)}.html">{self.title()}</a></{tag}>'
            for _ in range(count)
        )

    def menu(self) -> str:
        labels = (
            "ホーム",
            "新着情報",
            "会社案内",
            "お問い合わせ",
            "サイトマップ",
            "よくある質問",
            "アクセス",
        )
        return "".join(f'<li><a href="/m{n}">{label}</a></li>' for n, label in enumerate(labels))


@dataclass(frozen=True)
class Labelled:
    """A page with the lines of its main text, its title and its day of publication."""

    html: str
    main: list[str]
    title: str
    published: str | None = None


Layout = Callable[[Words], Labelled]


def page(title: str, site: str, body: str, head: str = "", attrs: str = "") -> str:
    """A document with a doctype, a title element and a body."""
    return (
        f'<!DOCTYPE html><html lang="ja"><head><meta charset="utf-8"><title>{title} | {site}</title>'
        f"{head}</head><body {attrs}>{body}</body></html>"
    )


def p(lines: list[str], attrs: str = "") -> str:
    """Lines as paragraphs."""
    return "\n".join(f"<p{attrs}>{line}</p>" for line in lines)
