"""Signals of coherence: whether sentences are whole, in grammar, and belong together."""

from __future__ import annotations

import re

from clean.signals.page import PageView, share

_BROKEN_START = re.compile(
    r"^(?:を|[がはにへ](?=[一-鿿ァ-ヴ])|[、。，）」』ーゃゅょ]"
    r"|(?:られ|れた|れる|れて|ている|ていた|ました|ません|ます|でした|なかった|ながら|っている|った)"
    r"|です(?!から|が|ので|ね))"
)
_BROKEN_END = re.compile(
    r"(?:[をはがにへ、，（「『]|…|\.\.\.|・・・|続きを読む|もっと見る)[」』）)】\]］]*$"
)
_CLASH = re.compile(
    r"を[をがはへの]|が[をはへ]|は[をがへの](?=[一-鿿ァ-ヴ])|へ[をが](?=[一-鿿ァ-ヴ])"
    r"|(?<!な)にを|をに(?=[一-鿿ァ-ヴ])|(?<!ま)でを|もを"
    r"|(?:ます|です|ました|でした|ません)[をはにへも](?=[一-鿿ァ-ヴ])"
    r"|[。、][をがへ](?=[一-鿿ァ-ヴ])|、[はに](?=[一-鿿ァ-ヴ])"
)


def broken_share(page: PageView) -> float:
    """Lines that begin or end in the middle of a sentence. Unit: share of lines of 10 and more.

    A line that starts with a case particle or the tail of a verb, or ends with a case particle, a
    comma, an opening bracket or "read on", was cut out of something.
    """
    lines = [line for line in page.lines if len(line) >= 10]
    cut = sum(1 for s in lines if _BROKEN_START.search(s) or _BROKEN_END.search(s[-12:]))
    return share(cut, len(lines))


def broken_starts(page: PageView) -> float:
    """Runs between stops, ellipses and line ends that begin in the middle of a sentence.

    Unit: share of runs of 10 and more code points. Such a run begins with a case particle and a
    content word, the tail of a verb or a comma.
    """
    runs = [run for raw in _STOPS.split(page.text) if len(run := raw.strip()) >= 10]
    return share(sum(1 for run in runs if _BROKEN_START.search(run)), len(runs))


_STOPS = re.compile(r"[。！？!?…\n]+|\.\.\.")


def particle_clash(page: PageView) -> float:
    """Particles that cannot follow each other or a finished predicate. Unit: clashes a sentence.

    がを, ますの before a noun, 。を and the like: writers of any style avoid them, shuffled words
    and glued fragments make one in every second sentence.
    """
    return share(len(_CLASH.findall(page.text)), len(page.sentences))


def topic_jump(page: PageView) -> float:
    """Neighbouring sentences without a content term in common with their surroundings.

    Unit: share of sentences with terms, from the second on. A sentence belongs when it shares a
    term's first two characters with one of the three before it.
    """
    recent: list[set[str]] = []
    jumps = judged = 0
    for terms in page.terms:
        keys = {term[:2] for term in terms}
        if not keys:
            continue
        if recent:
            judged += 1
            jumps += all(keys.isdisjoint(other) for other in recent)
        recent = [*recent[-2:], keys]
    return share(jumps, judged)
