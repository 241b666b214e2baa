"""What a short line says by itself: a date, the head of a post, a button, a path of links."""

from __future__ import annotations

import re
from functools import lru_cache

_N = "[0-9０-９〇一二三四五六七八九十]"
_DATE = (
    rf"(?:(?:(?:19|20|１９|２０|二〇)?{_N}{_N}|{_N}{{4}})\s*[/.\-年／．]\s*{_N}{{1,3}}\s*[/.\-月／．]\s*{_N}{{1,3}}\s*日?"
    rf"|(?:令和|平成|昭和)\s*(?:元|{_N}{{1,3}})\s*年\s*{_N}{{1,3}}\s*月\s*{_N}{{1,3}}\s*日)"
)  # fmt: skip
_CLOCK = (
    r"(?:\s*[（(][^）)]{1,4}[）)])?"
    r"(?:\s*T?\s*\d{1,2}\s*[:：時]\s*\d{1,2}(?:\s*[:：分]\s*\d{1,2}(?:\.\d+)?)?\s*[秒分]?)?"
)
_STAMP = _DATE + _CLOCK
_NUMBER = (
    r"(?:No\.?|＞＞|>>|\[|【|#|投稿番号|レス)?\s*\d{1,7}\s*(?:番|さん|\]|】)?\s*[：:.．、）)\s]"
)
_NAME = r"(?:名前|お?なまえ|Name|投稿者|From|発言者|ハンドル|題名|タイトル)"
_ID = r"(?:ID|Id|id|発信元|HOST|IP|BE|Be|No)\s*[:：.]?\s*[\w/+.?*\-]{2,40}"

_POST_HEADER = re.compile(
    rf"(?:{_NUMBER}?)?(?:\s*{_NAME}\s*[：:]?)?[^。！？\n]{{0,60}}?{_STAMP}"
    rf"[^。！？\n]{{0,40}}?(?:{_ID}[^。\n]{{0,30}})?"
    rf"|{_NUMBER}[^\n]{{0,60}}?{_STAMP}\s*(?:{_ID}[^。\n]{{0,30}})?"
    rf"|{_NUMBER}?\s*名無し[^\n]{{0,30}}"
)
_POST_SIGN = re.compile(rf"^\s*{_NUMBER}|名無し|投稿者|(?:名前|Name|ID|Id)\s*[:：]|\d:\d\d:\d\d")
_POST_SUBJECT = re.compile(r"\s*(?:No\.?|\[|【|#|■|●)\s*\d{1,7}[^。！？\n]{0,50}")

_LABEL = (
    r"(?:投稿|更新|公開|掲載|作成|登録|最終更新|発表|配信|記事|追記|回答|質問|初版|発行|制定|施行)?"
    r"(?:年月日|日時?|時間|者)?\s*[：:]?\s*"
)
_STAMP_ONLY = re.compile(
    rf"[\s|／/・◆■□●▲▼※\[(（【]*(?:{_LABEL})?{_STAMP}"
    r"\s*(?:投稿|更新|公開|掲載|作成|配信|発表|付|\))?[\])）】\s]*"
    rf"(?:[|｜／/]?\s*(?:最終)?(?:投稿|更新|公開)日?時?\s*[：:]?\s*{_STAMP})?\s*[\])）】]?"
)
_WHOLE_DATE = re.compile(_STAMP)
_BYLINE = re.compile(
    r"(?:(?:投稿|更新|公開|掲載|作成|最終更新|配信|発表)(?:日時?|者)?|著者|筆者|執筆者?|文責|ライター|"
    r"記者|編集者?|質問者|回答者|カテゴリー?|タグ|キーワード|ジャンル|閲覧数|アクセス数?|ビュー|回答数|"
    r"コメント数?|スコア|"
    r"Posted|Written|Author|Category|Categories|Tags?|Date|Filed under|Permalink|Trackback|by)"
    r"\s*(?:[：:／/|(（]|by\b|on\b|in\b)[^。！？]{0,80}",
    re.IGNORECASE,
)
_ID_ONLY = re.compile(
    r"(?:ID|BE|No|HOST|IP)\s*[:：.]\s*[\w/+.?*\-]{1,40}|#?\d{1,5}|\[\d{1,6}\]|>>\d{1,5}|"
    r"\d{1,2}:\d\d(?::\d\d)?|[★☆●○]{3,5}\s*[\d.]{0,3}"
)

_SLOT = re.compile(rf"{_STAMP}|{_ID}|[★☆]{{3,5}}|\d{{1,2}}:\d\d(?::\d\d)?|\d{{1,5}}\s*[件票点人]")

_PHRASES = "|".join(
    (
        r"(?:この(?:記事|ページ|エントリー?|商品)を?)?"
        r"(?:シェア|ツイート|共有|印刷|ブックマーク|通報|保存)(?:する)?",
        r"(?:いいね|拍手|参考になった|役に立った)[!！]?(?:する)?\s*[（(:：]?\s*\d*\s*[)）件人]?",
        r"(?:コメント|トラックバック|返信|回答|レビュー|いいね)(?:一覧|数)?\s*[（(:：]?\s*\d*\s*[)）件]?",
        r"続きを?(?:読む|見る)|もっと(?:見る|読む)|詳し(?:くは|く)こちら|全文を読む",
        r"一覧(?:へ|を見る|に戻る)?|(?:前|次)(?:へ|の(?:記事|ページ|話|章|エントリー?|頁|質問)へ?)",
        r"戻る|(?:トップ|ホーム|目次|もくじ|一覧|掲示板|メニュー)(?:ページ)?(?:へ|に)?(?:戻る)?",
        r"(?:この)?(?:ページ)?(?:の)?(?:先頭|トップ|上)(?:へ|に)(?:戻る)?|HOME|TOP|BACK|NEXT|PREV|"
        r"page ?top|back|next|prev|previous|全部|最新\d+|1-|レスを全部読む",
        r"広告|スポンサー(?:ド)?リンク|スポンサーサイト|PR|AD|sponsored|advertisement",
        r"(?:返信|引用|編集|削除|変更|報告|違反報告|通報|削除依頼|履歴|ソース|議論)(?:する)?",
        r"ログイン|新規登録|会員登録|質問する|回答する|読者になる|フォロー(?:する|中)?|閉じる|開く|検索",
        r"カートに(?:入れる|追加)|買い物かごに入れる|お気に入りに追加|購入(?:する|手続きへ)",
        r"[^。、\s]{1,20}(?:さん|様|氏|くん)(?:の|からの)(?:回答|質問|コメント|返信|投稿)",
        r"ベストアンサー|関連(?:記事|商品|リンク|ニュース)|おすすめ(?:記事|商品)?|人気記事|最新記事|最近の記事",
        r"運営(?:会社|者|元)?\s*[：:][^。]{1,60}|(?:powered|designed|template|hosted) by .{1,40}",
        r"permalink|edit|reply|print|share|tweet|comments?",
    )
)
_COUNT = r"(?:\s*[（(]?\s*\d*\s*件?\s*[）)]?)[\s\W]*"
_OTHERS = (
    r"(?:関連|おすすめ|お薦め|オススメ|人気|注目|最新|最近|新着|他|ほか|次|前|似た|同じカテゴリー?)"
    r"の?(?:する)?"
)
_ASIDES = re.compile(
    rf"[\s\W]*(?:{_OTHERS}(?:記事|ニュース|エントリー?|投稿|商品|アイテム|リンク|ページ|質問|スレッド|"
    r"レシピ|コメント|トラックバック)(?:一覧)?|"
    r"あわせて読みたい|こちらもおすすめ|こんな記事も読まれています|"
    r"(?:この(?:記事|エントリー?)(?:へ|に対する|について)?の?)?(?:コメント|トラックバック)"
    r"(?:一覧|を書く|する|欄)?|(?:アクセス|記事)ランキング|"
    r"プロフィール|自己紹介|この記事を書いた人|著者(?:紹介|情報|プロフィール)?|ライター紹介|"
    r"運営者情報|スポンサーリンク|月別アーカイブ|シェアする|フォローする|"
    rf"related (?:posts|articles)|recent (?:posts|entries|comments)|comments?){_COUNT}",
    re.IGNORECASE,
)
_LISTINGS = re.compile(
    rf"[\s\W]*(?:{_OTHERS}(?:動画|情報|話題|お知らせ)(?:一覧)?|(?:人気|週間|月間)?ランキング|"
    r"カテゴリー?(?:一覧|別)?|アーカイブ|バックナンバー|過去ログ|カレンダー|タグ(?:クラウド)?|"
    r"ブログ内検索|サイト内検索|検索|リンク集?|ブックマーク|相互リンク|メニュー|ナビゲーション|"
    rf"サイトマップ|お問い?合わ?せ(?:先)?|SNS|archives?|categories|profile|links){_COUNT}",
    re.IGNORECASE,
)
_MARKS = r"[\s|｜/／・>＞»«<＜\[\]【】（）()▲▼△▽◀▶←→↑↓■□●○◆◇★☆-]"
_FURNITURE = re.compile(rf"{_MARKS}*(?:(?:{_PHRASES})(?:{_MARKS}+|$))+", re.IGNORECASE)
_COPYRIGHT = re.compile(
    r"(?:^|\s)(?:©|\(c\)\s*\w|copyright(?:\s|:|\(|©))|all rights reserved|"
    r"無断(?:での?)?(?:転載|複製|使用|引用)[^。]{0,20}(?:禁|断り|遠慮)|(?:掲載|記載)の記事・写真",
    re.IGNORECASE,
)
_CRUMBS = re.compile(r"\s(?:>|＞|»|›|≫)\s")
_CRUMBS_HOME = re.compile(r"(?:ホーム|トップ(?:ページ)?|TOP|HOME)\s*(?:>|＞|»|›|≫|/)")
_WORD = re.compile(r"\w")

LONGEST = 160
"""Longest line that can be furniture or head a post, in code points."""


def is_date(text: str) -> bool:
    """Tell whether a text is a whole date, perhaps with a time, and nothing else."""
    return bool(_WHOLE_DATE.fullmatch(text))


@lru_cache(maxsize=4096)
def is_signpost(text: str) -> bool:
    """Tell whether a link's whole text only leads about the site (前の記事, 編集, ¶)."""
    return bool(_FURNITURE.fullmatch(text)) or not _WORD.search(text)


def is_post_header(text: str) -> bool:
    """Tell whether a line heads a post of a board: a date with a number, a name or an id."""
    return (
        len(text) <= LONGEST
        and bool(_POST_HEADER.fullmatch(text))
        and bool(_POST_SIGN.search(text))
    )


def is_post_subject(text: str) -> bool:
    """Tell whether a line above a post's header is its numbered subject."""
    return bool(_POST_SUBJECT.fullmatch(text))


def is_slot(text: str) -> bool:
    """Tell whether a short line is what a template fills in: a date, stars, an id and a name."""
    if len(text) > 50 or "。" in text:
        return False
    rest, count = _SLOT.subn(" ", text)
    return bool(count) and len("".join(rest.split())) <= 8


def is_stamp(text: str) -> bool:
    """Tell whether a line is nothing but a date, a byline or an id."""
    return len(text) <= 100 and bool(
        _STAMP_ONLY.fullmatch(text) or _ID_ONLY.fullmatch(text) or _BYLINE.fullmatch(text)
    )


def heads_aside(text: str) -> bool:
    """Tell whether a heading opens a part beside the article: related posts, comments, profile."""
    return len(text) <= 30 and bool(_ASIDES.fullmatch(text))


def heads_listing(text: str) -> bool:
    """Tell whether a heading may open a list of links, but may head a chapter as well: 検索."""
    return len(text) <= 30 and bool(_LISTINGS.fullmatch(text))


def is_furniture(text: str) -> bool:
    """Tell whether a short line is furniture of the site: buttons, crumbs, copyright."""
    if len(text) > LONGEST:
        return False
    if _FURNITURE.fullmatch(text) or (len(text) < 120 and _COPYRIGHT.search(text)):
        return True
    return len(text) <= 80 and "。" not in text and bool(_CRUMBS_HOME.match(text))


def is_crumbs(text: str) -> bool:
    """Tell whether a line that holds links is a path through the site."""
    return len(text) <= 80 and "。" not in text and bool(_CRUMBS.search(text))
