"""The table of sites: what each is about, how it looks, in which encoding it comes."""

from dataclasses import dataclass

from crawl.sample_web.model import Expected
from crawl.sample_web.prose import Style


@dataclass(frozen=True, slots=True)
class Coding:
    """What a payload is encoded in, and what the site declares.

    Attributes:
        codec: Python codec of the payload.
        meta: charset in the meta element; "" leaves the element out.
        header: charset in Content-Type; "" leaves it out.
    """

    codec: str = "utf-8"
    meta: str = "utf-8"
    header: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Site:
    """One site of the sample web.

    Attributes:
        host: host name; pages of a site on a hosting service live under ``folder``.
        kind: key of ``GENRES``, ``BAD``, or link_farm, link_farm_titles, mirror.
        name: the site's name as its pages print it.
        pages: number of articles.
        topics: keys of topics, for good kinds.
        layout: key of ``LAYOUTS``.
        style: of the prose.
        coding: the payload's encoding and what is said of it.
        path: article path with ``{n}`` the number and ``{y}``/``{m}`` of its date.
        verdict: what clean should decide.
        cause: why a bad site is bad.
        folder: first path segment on a hosting service, "" elsewhere.
        aliases: other hosts of the same site; every third article lives there.
        mirror_of: host of the site repeated.
        entities: all that is not ASCII is written as numeric references.
        signal: opt-out on each seventh page: meta:…, header:…; or robots-ai for the whole site.
        forbidden: pages under /private/, which robots.txt forbids.
        sitemap: "", plain, gzip or index; such sites have three articles that no page links to.
        gzip: bodies are sent with gzip content-encoding.
    """

    host: str
    kind: str
    name: str
    pages: int = 24
    topics: tuple[str, ...] = ()
    layout: str = "modern"
    style: Style = "plain"
    coding: Coding = Coding()
    path: str = "/articles/{n:04d}.html"
    verdict: Expected = "keep"
    cause: str = ""
    folder: str = ""
    aliases: tuple[str, ...] = ()
    mirror_of: str = ""
    entities: bool = False
    signal: str = ""
    forbidden: int = 0
    sitemap: str = ""
    gzip: bool = False

    @property
    def site(self) -> str:
        """The site's identity: registrable domain, or host and folder."""
        domain = ".".join(self.host.split(".")[-2:])
        return f"{self.host}/{self.folder}" if self.folder else domain


_SJIS = Coding("cp932", "Shift_JIS", "")
_EUC = Coding("euc_jp", "EUC-JP", "")
_JIS = Coding("iso2022_jp", "iso-2022-jp", "")
_UTF8_META = Coding(header="")
_UTF8_BARE = Coding(meta="", header="")


def _bad(
    host: str,
    kind: str,
    name: str,
    cause: str,
    layout: str = "modern",
    pages: int = 24,
    coding: Coding = Coding(),
    folder: str = "",
    path: str = "/articles/{n:04d}.html",
) -> Site:
    return Site(
        host,
        kind,
        name,
        pages,
        layout=layout,
        coding=coding,
        folder=folder,
        path=path,
        verdict="drop",
        cause=cause,
    )


def _blog(folder: str, name: str, *topics: str) -> Site:
    return Site(
        "tsubame-blog.example",
        "blog",
        name,
        22,
        topics,
        "weblog",
        "polite",
        path="/{y}/{m}/entry-{n}.html",
        folder=folder,
    )


SITES: tuple[Site, ...] = (
    Site(
        "kawara-shinpo.example",
        "news",
        "かわら新報",
        44,
        ("garden", "festival", "railway", "school"),
        "portal",
        path="/news/{y}/{m}/{n:04d}",
        sitemap="gzip",
        forbidden=4,
    ),
    Site(
        "minato-keizai.example",
        "economy",
        "みなと経済",
        30,
        ("finance", "craft"),
        "tables",
        coding=_EUC,
        path="/kiji/{n}.html",
    ),
    Site(
        "www.asagiri-times.test",
        "news",
        "朝霧タイムス",
        32,
        ("mountain", "birds", "books", "health"),
        "modern",
        aliases=("kurashi.asagiri-times.test",),
        sitemap="plain",
        signal="meta:noai",
    ),
    Site(
        "nishiyama-sports.example",
        "sports_news",
        "西山スポーツ",
        28,
        ("sports",),
        "portal",
        coding=Coding("cp932", "Shift_JIS", "Shift_JIS"),
        path="/game.php?no={n}",
    ),
    _blog("hanako-niwa", "花子の庭しごと", "garden"),
    _blog("tetsu-nikki", "鉄の字日記", "railway"),
    _blog("ryori-memo", "台所おぼえがき", "kitchen"),
    _blog("yama-aruki", "山あるきの記", "mountain", "birds"),
    _bad(
        "tsubame-blog.example",
        "slot_spam",
        "お得情報まとめ速報",
        "slot sentences",
        layout="weblog",
        folder="otoku-joho",
        path="/{n}.html",
    ),
    Site(
        "yukemuri-tabi.example",
        "blog",
        "湯けむり旅日記",
        26,
        ("onsen",),
        "weblog",
        "polite",
        path="/archives/{n}.html",
        gzip=True,
    ),
    Site(
        "neko-to-kurasu.example",
        "blog",
        "猫と暮らす",
        26,
        ("cats",),
        "weblog",
        "polite",
        coding=_UTF8_BARE,
    ),
    Site(
        "kirari-kosodate.example",
        "blog",
        "きらり子育て帖",
        24,
        ("school", "health"),
        "weblog",
        "polite",
        coding=Coding("cp932", "utf-8", ""),
    ),
    Site(
        "camera-sanpo.test",
        "blog",
        "カメラ散歩",
        24,
        ("camera",),
        "lines_2000",
        "polite",
        coding=Coding("cp932", "", ""),
        path="/nikki/{n}.htm",
    ),
    Site(
        "kurashi-no-zakka.example",
        "shop",
        "暮らしの雑貨店",
        28,
        ("craft", "kitchen"),
        "modern",
        "polite",
        path="/item?id={n}",
    ),
    Site(
        "touki-ichiba.example",
        "shop",
        "陶器市場",
        24,
        ("pottery",),
        "tables",
        "polite",
        coding=Coding("euc_jp", "", ""),
        path="/shohin/{n}.html",
    ),
    Site(
        "furuhon-mochizuki.example",
        "shop",
        "古本望月堂",
        24,
        ("books",),
        "tables",
        "polite",
        coding=_SJIS,
        path="/hon{n:03d}.html",
    ),
    Site(
        "hyakka-no-mori.example",
        "encyclopedia",
        "百科の森",
        48,
        ("garden", "birds", "craft", "stars", "festival", "pottery"),
        "wiki",
        path="/wiki/{n}",
        sitemap="index",
    ),
    Site(
        "chimei-jiten.test",
        "encyclopedia",
        "地名事典",
        28,
        ("railway", "onsen", "mountain"),
        "bare",
        coding=_EUC,
        path="/{n:03d}.html",
    ),
    Site(
        "ikimono-zukan.example",
        "encyclopedia",
        "いきもの図鑑",
        26,
        ("birds", "cats"),
        "modern",
        coding=_UTF8_META,
        path="/zukan/{n}/",
    ),
    Site(
        "oshiete-kurashi.example",
        "questions",
        "教えて暮らし",
        36,
        ("garden", "kitchen", "cats", "health"),
        "answers",
        "polite",
        path="/q/{n}",
    ),
    Site(
        "gijutsu-mondo.example",
        "questions",
        "技術問答",
        24,
        ("computing",),
        "answers",
        "polite",
        path="/questions/{n}",
    ),
    Site(
        "www.aobahara-city.example",
        "government",
        "青葉原市",
        34,
        ("festival", "school", "finance"),
        "portal",
        "polite",
        aliases=("kodomo.aobahara-city.example",),
        path="/oshirase/{n}.html",
        forbidden=3,
    ),
    Site(
        "hourei-shu.example",
        "law",
        "青葉原市例規集",
        28,
        ("finance",),
        "bare",
        coding=_SJIS,
        path="/reiki/{n:04d}.html",
    ),
    Site(
        "kasumino-pref.example",
        "government",
        "霞野県広報",
        24,
        ("health", "craft", "mountain"),
        "tables",
        coding=_JIS,
        path="/koho/{n}.html",
    ),
    Site(
        "tanpen-bunko.example",
        "story",
        "短編文庫",
        30,
        ("onsen", "books", "railway"),
        "modern",
        path="/sakuhin/{n}.html",
        coding=_UTF8_META,
    ),
    Site(
        "mukashi-banashi.example",
        "folk_tale",
        "むかしばなし集",
        24,
        ("garden", "festival"),
        "lines_2000",
        coding=_SJIS,
        path="/hanashi{n}.html",
    ),
    Site(
        "zuihitsu-an.example",
        "essay",
        "随筆庵",
        24,
        ("books", "pottery", "onsen"),
        "lines_2000",
        coding=_EUC,
    ),
    Site(
        "ita-tsuushin.example",
        "board",
        "板通信",
        28,
        ("sports", "shogi", "railway"),
        "thread",
        coding=_SJIS,
        path="/test/read.cgi/{n}/",
    ),
    Site(
        "zatsudan-bansho.test",
        "board",
        "雑談番所",
        24,
        ("cats", "kitchen", "camera"),
        "thread",
        path="/thread/{n}",
    ),
    Site(
        "gijutsu-shoroku.example",
        "manual",
        "技術抄録",
        32,
        ("computing",),
        "handbook",
        path="/docs/section-{n}.html",
        signal="header:noindex",
    ),
    Site(
        "manual-hozon.example",
        "manual",
        "取扱説明書保存会",
        24,
        ("computing", "camera"),
        "handbook",
        coding=_EUC,
        path="/{n}.html",
    ),
    Site(
        "shiyou-sho.example",
        "specification",
        "仕様書資料室",
        26,
        ("computing",),
        "handbook",
        coding=_SJIS,
        path="/spec/{n}.html",
    ),
    Site(
        "sugaku-noto.example",
        "mathematics",
        "数学ノート",
        24,
        ("school",),
        "bare",
        "polite",
        coding=_SJIS,
        path="/note{n}.html",
    ),
    Site(
        "karada-soudan.example",
        "essay",
        "からだ相談室",
        26,
        ("health",),
        "modern",
        "polite",
        path="/column/{n}",
    ),
    Site("mingei-kyokai.example", "essay", "民芸協会", 24, ("craft",), "bare", coding=_JIS),
    Site(
        "hoshizora-kansoku.example",
        "blog",
        "星空観測室",
        24,
        ("stars",),
        "weblog",
        coding=Coding("cp932", "EUC-JP", "EUC-JP"),
    ),
    Site(
        "shogi-no-heya.example",
        "essay",
        "将棋の部屋",
        24,
        ("shogi",),
        "lines_2000",
        coding=Coding("iso2022_jp", "", ""),
        path="/kyoku{n}.html",
    ),
    Site(
        "matsuri-annai.example",
        "news",
        "まつり案内",
        24,
        ("festival",),
        "modern",
        "polite",
        coding=Coding(header="ISO-8859-1"),
    ),
    Site(
        "gakkou-dayori.example",
        "essay",
        "学校だより",
        24,
        ("school",),
        "bare",
        "polite",
        coding=Coding("ascii", "", ""),
        entities=True,
    ),
    Site("ippon-kiji.example", "essay", "一本記事", 1, ("pottery",), verdict="not_drop"),
    Site(
        "sanmai-no-kami.example",
        "essay",
        "三枚の紙",
        3,
        ("books",),
        "bare",
        "polite",
        verdict="not_drop",
    ),
    Site(
        "ai-okotowari.example",
        "essay",
        "ことわり書き",
        5,
        ("camera",),
        verdict="not_drop",
        signal="robots-ai",
    ),
    _bad("saiyasu-navi.example", "keyword_spam", "最安ナビ", "keyword lists"),
    _bad(
        "otoku-hikaku.example", "slot_spam", "お得比較ランキング", "slot sentences", layout="portal"
    ),
    _bad(
        "yoru-no-deai.example",
        "adult_spam",
        "夜の出会い広場",
        "commercial words without prose",
        layout="tables",
        coding=_SJIS,
    ),
    _bad("yoru-news.example", "padded_spam", "夜のニュース", "commercial words without prose"),
    _bad(
        "link-yama.example",
        "link_farm",
        "リンクの山",
        "links without text",
        layout="tables",
        coding=_EUC,
    ),
    _bad("sougo-link.example", "link_farm_titles", "相互リンク集", "links without text"),
    _bad("kotoba-salad.example", "word_salad", "ことばの泉", "no sentences", layout="weblog"),
    _bad("random-moji.test", "random_tokens", "文字の部屋", "no sentences"),
    _bad("bakemoji-utf.example", "mojibake_utf8", "文字化け一", "garbled"),
    _bad("bakemoji-latin.example", "mojibake_latin", "文字化け二", "garbled", layout="bare"),
    _bad("bakemoji-jis.example", "mojibake_escapes", "文字化け三", "garbled", layout="tables"),
    _bad("kaimasu-domain.example", "parked", "kaimasu-domain.example", "one template", pages=20),
    _bad(
        "park-zone.test",
        "parked",
        "park-zone.test",
        "one template",
        pages=20,
        layout="tables",
        coding=_SJIS,
    ),
    _bad("suuji-hyou.example", "number_table", "数字の表", "figures without text", layout="tables"),
    _bad(
        "yotei-hyou.example", "calendar", "予定表", "one template", pages=40, path="/cal?week={n}"
    ),
    _bad("kaiin-gentei.example", "login_wall", "会員限定新聞", "one template", pages=28),
    Site(
        "kawara-utsushi.example",
        "mirror",
        "まとめ転載所",
        44,
        layout="weblog",
        mirror_of="kawara-shinpo.example",
        path="/copy/{n}.html",
    ),
    _bad("english-notes.example", "english", "Notes from the Harbour", "not Japanese"),
    _bad("zhongwen-wenji.example", "chinese", "江南文集", "not Japanese", layout="bare"),
    _bad("hangul-iyagi.example", "korean", "한글 이야기", "not Japanese", layout="weblog"),
)
"""All sites, in the order in which they are seeded."""

REDIRECTS: tuple[tuple[str, int, str], ...] = (
    ("http://mukashi-no-yado.example/", 301, "http://yukemuri-tabi.example/"),
    ("http://kawara-shinpo.example/old/top", 302, "http://kawara-shinpo.example/old/top2"),
    ("http://kawara-shinpo.example/old/top2", 301, "http://kawara-shinpo.example/"),
    ("http://hyakka-no-mori.example/loop", 302, "http://hyakka-no-mori.example/loop"),
)
"""URL, status and where it leads."""
