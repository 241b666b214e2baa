# ruff: noqa: E501  (sentences of spam are long)
"""Makers of bad pages, one a kind: what machines and swindlers put on the web."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from itertools import pairwise

from tests.clean.judge_kinds.pages import MadePage, sentences

Maker = Callable[[random.Random, int], MadePage]

_SERVICES = (
    "水漏れ修理", "鍵交換", "害虫駆除", "遺品整理", "外壁塗装", "浮気調査", "車買取", "粗大ごみ回収", "エアコン取り付け", "家庭教師",
    "ホワイトニング", "レンタカー", "看板製作", "歯科矯正", "ペット火葬",
)  # fmt: skip
_PLACES = (
    "足立区", "川崎市", "枚方市", "春日井市", "高槻市", "八王子", "船橋", "大宮", "姫路", "倉敷", "松山", "郡山", "町田", "豊田市",
)  # fmt: skip
_GOODS = (
    "青汁", "美顔器", "枕", "プロテイン", "加湿器", "財布", "電動歯ブラシ", "育毛シャンプー", "炊飯器", "ロボット掃除機", "腕時計",
    "マットレス", "カニ", "おせち", "ドッグフード",
)  # fmt: skip
_HYPE = (
    "激安", "最安値", "人気", "おすすめ", "口コミ", "評判", "ランキング", "即日", "格安", "送料無料", "比較", "安い", "通販", "レビュー",
)  # fmt: skip
_LEWD = (
    "無修正", "人妻", "巨乳", "セフレ", "素人", "熟女", "中出し", "エロ動画", "ハメ撮り", "デリヘル", "痴女", "乱交",
)  # fmt: skip
_GOOD = (
    "local_paper",
    "city_office",
    "question_box",
    "novel",
    "casual_diary",
    "loan_column",
    "event_listing",
)


def _prose(rng: random.Random, count: int) -> list[str]:
    return sentences(rng.choice(_GOOD), rng, count)


def _paragraphs(lines: list[str], size: int = 4) -> tuple[str, ...]:
    return tuple("".join(lines[i : i + size]) for i in range(0, len(lines), size))


def doorway(rng: random.Random, n: int) -> MadePage:
    """Grammatical sentences around one place and one service, the two in every slot."""
    key = f"{rng.choice(_PLACES)}の{rng.choice(_SERVICES)}"
    frames = [
        f"{key}をお考えなら、{key}専門の当社にお任せください。",
        f"{key}は業者によって料金が違うため、{key}の相場を知っておくことが大切です。",
        f"{key}でお困りの方は、{key}の無料見積もりをご利用ください。",
        f"当サイトでは{key}に強い会社を厳選し、{key}の口コミをまとめました。",
        f"{key}で失敗しないためには、{key}の実績が多い業者を選びましょう。",
        f"{key}の費用を安くしたいなら、{key}を一括で比較するのがおすすめです。",
        f"今なら{key}が{rng.randint(10, 50)}%オフ、{key}のご相談は二十四時間受付中です。",
        f"{key}のよくある質問に、{key}のプロがお答えします。",
        f"急な{key}にも、{key}のスタッフが最短{rng.randint(15, 60)}分で駆けつけます。",
    ]
    rng.shuffle(frames)
    return MadePage(f"{key}｜{rng.choice(_HYPE)}", _paragraphs(frames, 3))


def stuffed_diary(rng: random.Random, n: int) -> MadePage:
    """Everyday sentences whose nouns were changed for search words."""
    frames = [
        "朝起きて{k}を食べながら、{k}のことを考えました。",
        "友だちが{k}を買ったと言うので、私も{k}を探しに出かけました。",
        "帰り道に{k}を見つけて、{k}ならここだと思いました。",
        "母は{k}が好きなので、誕生日には{k}を贈るつもりです。",
        "雨の日は{k}の話をして、晴れの日は{k}に出かけます。",
        "{k}と{k}のどちらがよいか、夫と一晩じゅう話し合いました。",
        "子どものころから{k}にあこがれて、いつか{k}をと思っていました。",
        "先生は黒板に{k}と書いて、{k}の説明を始めました。",
        "犬の散歩をしていると、{k}の看板が目に入りました。",
        "電車の中で{k}を読んで、{k}に申し込みました。",
    ]
    rng.shuffle(frames)

    def key(_: re.Match[str]) -> str:
        return rng.choice(_HYPE) + rng.choice(_GOODS if rng.random() < 0.5 else _SERVICES)

    return MadePage(f"日記 {n}", _paragraphs([re.sub(r"\{k\}", key, frame) for frame in frames], 3))


def padded_lewd(rng: random.Random, n: int) -> MadePage:
    """News and notices, with lines of a pornographic offer between them."""
    lines = _prose(rng, 8)
    for _ in range(5):
        a, b = rng.choice(_LEWD), rng.choice(_LEWD)
        offer = rng.choice(
            [
                f"{a}の{b}が見放題、今すぐ無料登録はこちら！",
                f"{rng.choice(_PLACES)}で{a}とすぐ会える無料掲示板、{b}も多数登録中。",
                f"{a}サンプル動画を無料ダウンロード、{b}の高画質{rng.randint(100, 999)}本を配信中！",
                f"会員登録なしで{a}と{b}が楽しめるおすすめサイトまとめ。",
            ]
        )
        lines.insert(rng.randint(0, len(lines)), offer)
    return MadePage(f"{rng.choice(_LEWD)} 最新情報 {n}", _paragraphs(lines, 3))


def lewd_titles(rng: random.Random, n: int) -> MadePage:
    """A list of titles of pornographic films."""
    items = [
        f"【{rng.choice(_LEWD)}】{rng.choice(_LEWD)}の{rng.choice(_PLACES)}{rng.choice(_LEWD)}スペシャル{rng.randint(1, 40)}"
        for _ in range(25)
    ]
    return MadePage(f"動画一覧 {n}", (), links=tuple(items))


def casino_padding(rng: random.Random, n: int) -> MadePage:
    """Diary sentences between offers of an online casino."""
    lines = _prose(rng, 6)
    for _ in range(6):
        lines.insert(
            rng.randint(0, len(lines)),
            rng.choice(
                [
                    f"今なら入金不要ボーナス{rng.randint(10, 90)}ドルがもらえるオンラインカジノに登録しよう。",
                    "スロットもルーレットもライブカジノで遊び放題、勝てる攻略法を無料公開中。",
                    f"ブックメーカーの高配当オッズで{rng.randint(3, 90)}万円を稼ぐ必勝法はこちら。",
                    "初回入金で二百パーセントのボーナス、バカラならこのカジノが一番おすすめです。",
                    "フリースピン百回分をプレゼント、今すぐ公式サイトで会員登録。",
                ]
            ),
        )
    return MadePage(f"カジノ日和 {n}", _paragraphs(lines, 3))


def titles_of_others(rng: random.Random, n: int) -> MadePage:
    """Links whose texts are real headlines."""
    heads = [re.split("[、。]", text)[0][:28] for _ in range(6) for text in _prose(rng, 6)]
    return MadePage(f"相互リンク {n}", ("登録はこちらから。",), links=tuple(heads))


def tag_page(rng: random.Random, n: int) -> MadePage:
    """Headlines with the first words of each article and "read on"."""
    tag = rng.choice(_GOODS)
    items = []
    for _ in range(12):
        text = "".join(_prose(rng, 2))
        items.append(f"{text[: rng.randint(18, 40)]}… 続きを読む")
    return MadePage(f"タグ「{tag}」の記事一覧（{n}ページ目）", (), items=tuple(items), links=_HYPE)


def shuffled_words(rng: random.Random, n: int) -> MadePage:
    """Words of real sentences in random order."""
    words = re.findall(
        r"[一-鿿々]+|[ァ-ヴー]+|[ぁ-ん]{1,3}|[A-Za-z]+|\d+|。|、", "".join(_prose(rng, 10) * 2)
    )
    rng.shuffle(words)
    return MadePage("".join(words[:4]), _paragraphs(words, 60))


def shuffled_clauses(rng: random.Random, n: int) -> MadePage:
    """Clauses of many sentences joined at random."""
    clauses = [
        c for _ in range(5) for s in _prose(rng, 7) for c in re.split("(?<=[、はがをに])", s) if c
    ]
    rng.shuffle(clauses)
    return MadePage(clauses[0][:15], _paragraphs(clauses[:60], 15))


def chained_words(rng: random.Random, n: int) -> MadePage:
    """A chain of words, each seen after the one before somewhere."""
    text = "".join(s for kind in _GOOD for s in sentences(kind, rng, 12))
    words = re.findall(r"[一-鿿々]+|[ァ-ヴー]+|[ぁ-ん]|[A-Za-z]+|\d+|[。、「」]", text)
    after: dict[str, list[str]] = {}
    for a, b in pairwise(words):
        after.setdefault(a, []).append(b)
    word, out = rng.choice(words), []
    for _ in range(420):
        out.append(word)
        word = rng.choice(after.get(word) or words)
    return MadePage("".join(out[:6]), _paragraphs(out, 70))


def random_letters(rng: random.Random, n: int) -> MadePage:
    """Kanji and kana by chance."""
    pool = "亜哀愛悪握圧扱安案暗以位依偉囲委威尉意慰易為異移維緯胃衣違遺医井域育一壱逸稲芋印員因姻引飲院陰隠韻"
    kana = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん"
    words = [
        "".join(rng.choice(kana if rng.random() < 0.6 else pool) for _ in range(rng.randint(3, 12)))
        for _ in range(70)
    ]
    return MadePage(words[0], _paragraphs([word + rng.choice("、。") for word in words], 14))


def latin_gibberish(rng: random.Random, n: int) -> MadePage:
    """Letters by chance with a kana here and there."""
    words = [
        "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(3, 9)))
        for _ in range(160)
    ]
    words = [word + (rng.choice("のはをに") if rng.random() < 0.15 else "") for word in words]
    return MadePage(words[0], (" ".join(words[:80]), " ".join(words[80:])))


def _garbled(way: str) -> Maker:
    def make(rng: random.Random, n: int) -> MadePage:
        return MadePage(f"お知らせ {n}", _paragraphs(_prose(rng, 9), 3), garble=way)

    return make


def question_marks(rng: random.Random, n: int) -> MadePage:
    """Text in which a third of the letters became replacement characters."""
    text = "".join(_prose(rng, 10))
    text = "".join("\ufffd" if rng.random() < 0.35 else c for c in text)
    return MadePage(f"記事 {n}", (text[:200], text[200:]))


def parked(rng: random.Random, n: int) -> MadePage:
    """A domain for sale with sponsored words."""
    return MadePage(
        f"domain-{n}.example is for sale",
        (
            "このドメインは現在販売中です。ご購入をご希望の方は下記のフォームよりお問い合わせください。",
            "This domain may be for sale. Buy this domain now. Related searches below.",
            "このページはドメインパーキングサービスによって自動的に表示されています。",
        ),
        links=tuple(f"{rng.choice(_GOODS)} {rng.choice(_HYPE)}" for _ in range(10)),
    )


def login_wall(rng: random.Random, n: int) -> MadePage:
    """The same form on every page."""
    return MadePage(
        "会員ログイン",
        (
            "このページを表示するにはログインが必要です。会員IDとパスワードを入力してください。",
            "パスワードをお忘れの方は再発行のページへお進みください。まだ会員でない方は新規登録をお願いします。",
            f"ご覧になろうとしたページ：{rng.choice(_GOODS)}の特集（{n}）",
            "ログイン状態を保持する場合はチェックを入れてください。共用のパソコンではチェックを外してください。",
        ),
    )


def error_page(rng: random.Random, n: int) -> MadePage:
    """Not found, said with 200."""
    return MadePage(
        "ページが見つかりません",
        (
            f"お探しのページ /{rng.randint(1000, 9999)}/{n}.html は見つかりませんでした。",
            "URLが間違っているか、ページが移動または削除された可能性があります。お手数ですがトップページからお探しください。",
            "引き続き問題が起きる場合は、管理者までご連絡ください。エラーコードは404です。",
        ),
    )


def month_sheet(rng: random.Random, n: int) -> MadePage:
    """A calendar with marks."""
    rows = tuple(
        tuple(
            f"{day} {rng.choice(['', '', '休', '予約', '○', '×'])}"
            for day in range(7 * w + 1, 7 * w + 8)
        )
        for w in range(4)
    )
    return MadePage(
        f"{2000 + n}年{rng.randint(1, 12)}月",
        (),
        rows=(tuple("日月火水木金土"), *rows),
        links=("前月", "翌月", "今日"),
    )


def number_sheet(rng: random.Random, n: int) -> MadePage:
    """A table of figures with short heads."""
    rows = tuple(
        (f"{rng.choice(_PLACES)}", *(str(rng.randint(0, 99999)) for _ in range(7)))
        for _ in range(30)
    )
    return MadePage(
        f"統計表 {n}",
        ("単位は千円です。",),
        rows=(("地域", "一月", "二月", "三月", "四月", "五月", "六月", "計"), *rows),
    )


def english(rng: random.Random, n: int) -> MadePage:
    """English prose."""
    subjects = (
        "The committee",
        "Our garden",
        "A small boat",
        "The old library",
        "My brother",
        "The river",
    )
    verbs = (
        "was repaired",
        "moved slowly",
        "opened again",
        "stood empty",
        "went home early",
        "could not wait",
    )
    tails = (
        "after the storm",
        "before the winter came",
        "near the station",
        "with three friends",
        "for no reason at all",
    )
    text = [f"{rng.choice(subjects)} {rng.choice(verbs)} {rng.choice(tails)}." for _ in range(30)]
    return MadePage(f"Notes {n}", (" ".join(text[:15]), " ".join(text[15:])))


def _of_words(pool: str, stops: str) -> Maker:
    words = pool.split()

    def make(rng: random.Random, n: int) -> MadePage:
        lines = [
            "".join(rng.choice(words) for _ in range(rng.randint(4, 8))) + stops for _ in range(24)
        ]
        return MadePage(f"{rng.choice(words)}{n}", _paragraphs(lines, 6))

    return make


def ranking(rng: random.Random, n: int) -> MadePage:
    """A machine's "best of" for a thing it never saw."""
    thing = rng.choice(_GOODS)
    lines = [
        f"{thing}のおすすめランキングTOP{rng.choice([5, 10, 15])}を徹底比較！人気の{thing}を厳選してご紹介します！"
    ]
    for place in range(1, 6):
        lines += [
            f"第{place}位の{thing}は、口コミでも評判の高い人気商品です！",
            f"コスパ最強で満足度{rng.randint(90, 99)}%、初めての{thing}ならこれで間違いなしです！",
            f"今なら公式サイト限定で{rng.randint(20, 80)}%オフ、送料無料と返金保証つきでお得に購入できます！",
        ]
    lines.append(
        f"いかがでしたか？{thing}選びの参考になれば幸いです！最安値は楽天やAmazonより公式サイトがおすすめです！"
    )
    return MadePage(f"【最新】{thing}おすすめランキング", _paragraphs(lines, 3))


def machine_translated(rng: random.Random, n: int) -> MadePage:
    """A factory's sales page through a bad translator."""
    thing = rng.choice(
        (
            "ステンレス鋼管",
            "LED光",
            "プラスチックの袋",
            "女性の服",
            "携帯電話の箱",
            "木材の機械",
            "自転車の部品",
        )
    )
    frames = [
        f"私たちは{thing}の専門の製造業者であり、あなたのための最高の品質のものを提供します。",
        f"あなたが{thing}に興味を持っている場合は、自由に感じ私達に連絡してください、それは歓迎です。",
        "それはあなたのビジネスのためのよい選択であることができ、あなたの要件に従ってカスタマイズすることができます。",
        f"この{thing}の主な特徴：高品質、競争価格、速い配達およびよいサービスを持っていること。",
        f"我々の工場は{rng.randint(5, 30)}年の経験を持っており、それらは多くの国へ輸出されることであった。",
        f"どのように{thing}を選ぶか？それのために、あなたは最初にあなたの必要性を知る必要があります。",
        "私たちの顧客は彼らのプロジェクトのために私たちの製品を使用して、それについて非常に幸せです。",
        "あなたの親切な訪問を待つこと、そして私たちはあなたとの長い関係を確立するために期待しています。",
        f"支払いの条件は何であるか、それはT/Tまたは{thing}のL/Cであることができる、あなたによって。",
    ]
    rng.shuffle(frames)
    return MadePage(f"高品質の{thing} 中国の製造業者", _paragraphs(frames, 3))


def glued_fragments(rng: random.Random, n: int) -> MadePage:
    """Pieces of other people's pages, cut anywhere."""
    lines = []
    for _ in range(14):
        text = "".join(_prose(rng, 3))
        start = rng.randint(1, max(2, len(text) - 40))
        lines.append(
            text[start : start + rng.randint(20, 45)] + rng.choice(["…", "", "...", " ..."])
        )
    return MadePage(f"{rng.choice(_GOODS)}に関する情報 {n}", tuple(lines))


def phone_lookup(rng: random.Random, n: int) -> MadePage:
    """A page for each number there is."""
    number = f"0{rng.randint(3, 9)}{rng.randint(10**7, 10**8 - 1)}"
    return MadePage(
        f"{number}の電話番号情報",
        (
            f"{number}からの着信はどこから？{number}の電話番号の口コミと評判を掲載しています。",
            f"{number}の事業者名は不明です。{number}の検索回数は{rng.randint(1, 300)}回、アクセスは{rng.randint(1, 900)}回です。",
            f"{number}についての口コミを投稿する。{number}は迷惑電話の可能性があります。",
            f"前の番号は{int(number) - 1}、次の番号は{int(number) + 1}です。",
        ),
        links=tuple(f"0{int(number) + i}" for i in range(2, 20)),
    )


def search_words(rng: random.Random, n: int) -> MadePage:
    """Search words, one after another."""
    lines = [
        " ".join(rng.choice(pool) for pool in (_PLACES, _SERVICES, _HYPE, _HYPE)) for _ in range(40)
    ]
    return MadePage(lines[0], tuple(" ".join(lines[i : i + 5]) for i in range(0, 40, 5)))


def code_dump(rng: random.Random, n: int) -> MadePage:
    """Base64 and hexadecimal under a Japanese heading."""
    lines = ["".join(rng.choice("ABCDEFabcdef0123456789+/") for _ in range(70)) for _ in range(25)]
    return MadePage(f"ファイル {n} の内容", ("ファイルの内容を表示します。", *lines))


def profile_mill(rng: random.Random, n: int) -> MadePage:
    """Dating profiles from a template."""
    rows = []
    for _ in range(10):
        rows.append(
            f"{rng.randint(18, 48)}歳{rng.choice(['人妻', '素人', '熟女', 'OL'])}の{rng.choice('あいうえおかきくけ')}さんが"
            f"{rng.choice(_PLACES)}で今すぐ会える{rng.choice(['割り切り', 'セフレ', '不倫相手'])}を募集中、無料登録でメール送り放題です。"
        )
    return MadePage(f"{rng.choice(_PLACES)}の出会い {n}", _paragraphs(rows, 2))


_CHINESE = (
    "我们 的 公司 是 一家 专业 生产 这个 产品 质量 很好 价格 便宜 欢迎 您 来 参观 北京 时间 今天 发展 经济 问题 国家 "
    "人民 生活 学习 工作 说 认为 已经 没有 可以 进行 关于 通过 对于 系统 网络 服务 为了 还是 她 他们 现在 开始"
)
_TRADITIONAL = (
    "我們 的 公司 是 一家 專業 這個 產品 質量 很好 價格 歡迎 您 來 參觀 臺北 時間 今天 發展 經濟 問題 國家 人民 生活 "
    "學習 說 認為 已經 沒有 可以 進行 關於 透過 對於 系統 網路 服務 為了 還是 她 他們 現在 開始 什麼 嗎 呢"
)
_KOREAN = "우리 회사는 오늘 아침에 새로운 제품을 발표했다 그는 학교에서 친구와 함께 책을 읽었다 서울의 날씨가 매우 좋다 "

BAD: dict[str, Maker] = {
    "doorway": doorway,
    "stuffed_diary": stuffed_diary,
    "padded_lewd": padded_lewd,
    "lewd_titles": lewd_titles,
    "casino_padding": casino_padding,
    "titles_of_others": titles_of_others,
    "tag_page": tag_page,
    "shuffled_words": shuffled_words,
    "shuffled_clauses": shuffled_clauses,
    "chained_words": chained_words,
    "random_letters": random_letters,
    "latin_gibberish": latin_gibberish,
    "utf8_as_cp932": _garbled("utf-8>cp932"),
    "utf8_as_latin": _garbled("utf-8>latin-1"),
    "euc_as_cp932": _garbled("euc_jp>cp932"),
    "cp932_as_latin": _garbled("cp932>cp1252"),
    "cp932_as_euc": _garbled("cp932>euc_jp"),
    "question_marks": question_marks,
    "parked": parked,
    "login_wall": login_wall,
    "error_page": error_page,
    "month_sheet": month_sheet,
    "number_sheet": number_sheet,
    "english": english,
    "chinese": _of_words(_CHINESE, "。"),
    "traditional_chinese": _of_words(_TRADITIONAL, "。"),
    "korean": _of_words(" ".join(word + "_" for word in _KOREAN.split()), ". "),
    "ranking": ranking,
    "machine_translated": machine_translated,
    "glued_fragments": glued_fragments,
    "phone_lookup": phone_lookup,
    "search_words": search_words,
    "code_dump": code_dump,
    "profile_mill": profile_mill,
}
