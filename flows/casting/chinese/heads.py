"""Chinese heads that say whose words follow: 周雪的日记; 沈越致林晚的信; a name alone above a chapter."""

from __future__ import annotations

import re

from flows.casting.people import Head

_NAME = r"(?P<name>[\u4e00-\u9fff·]{2,8}?)"
_WRITTEN = (
    r"(?:日记|日記|手记|手記|自述|自白|自叙|自敘|口述|笔记|筆記|札记|札記|回忆|回憶|回忆录|回憶錄|供词|供詞|"
    r"证词|證詞|遗书|遺書|手稿)"
)
_AFTER = r"(?:[（(：:、，—…·-].{0,20})?"
_ACCOUNT = re.compile(rf"(?:摘自|选自|選自)?{_NAME}的?{_WRITTEN}{_AFTER}")
_LETTER = re.compile(
    rf"{_NAME}(?:致|寄给|寄給|写给|寫給|给|給)[\u4e00-\u9fff·]{{1,10}}的?(?:一封)?(?:信|书|書|函|电报|電報){_AFTER}"
    rf"|(?P<of>[\u4e00-\u9fff·]{{2,8}}?)的(?:来信|來信|信|电报|電報){_AFTER}"
)
_NUMBER = re.compile(r"第?[零〇一二三四五六七八九十百千两\d]+(?:[章回节節卷部篇]|[、.．:：])\s*")
_NAME_ALONE = re.compile(r"[\u4e00-\u9fff·]{2,6}")


def head(text: str) -> Head | None:
    """What a line says of the words below it; None where it is no head.

    >>> [head(line).name for line in ("周雪的日记", "沈越致林晚的信", "第三章 林晚")]
    ['周雪', '沈越', '林晚']
    """
    line = "".join(text.split()).strip("*【】（）()[]")
    rest = _NUMBER.sub("", text.strip(), count=1) if _NUMBER.match(text.strip()) else line
    rest = "".join(rest.split())
    letter = _LETTER.fullmatch(rest)
    if letter is not None:
        return Head(letter["name"] or letter["of"], letter=True)
    account = _ACCOUNT.fullmatch(rest)
    if account is not None:
        return Head(account["name"])
    return Head(rest, alone=True) if _NAME_ALONE.fullmatch(rest) else None
