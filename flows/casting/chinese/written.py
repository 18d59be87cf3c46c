"""What is written, not said, in Chinese: signs, banners, screens, the forms of a letter, nicknames in marks."""

from __future__ import annotations

import re

from flows.casting.quotes import LEADS_ON, Quoted

_THING = (
    "木牌|招牌|路牌|门牌|车牌|铭牌|吊牌|牌子|牌匾|匾额|匾|牌|告示|布告|通知|公告|启事|横幅|橫幅|条幅|标语|標語|海报|传单|标签|封面|"
    "封皮|扉页|标题|標題|题目|屏幕|荧幕|显示屏|显示器|显示牌|便条|纸条|字条|条子|信封|落款|署名|开头|開頭|末尾|结尾|结尾处|抬头|"
    "称呼|墓碑|石碑|碑|路标|路標|对联|上联|下联|横批|春联|字样|大字|小字|红字|黑字|行字|个字|字迹|短信|消息|弹幕|头条|题字|刻字|"
    "印章|签名|招贴|广告|幌子|锦旗|旗子|旗|徽章|胸牌|批注|便签|贴纸|菜单|门上|墙上|碑上|纸上|信上|封面上|屏幕上|黑板上|扉页上|背面"
)
_INSCRIBED = re.compile(
    r"[刻写寫印绣繡贴貼题題标標刷漆画][着著有满滿了](?!.*[说說道问問喊叫念读讀])[^。！？；，“”「」『』]{0,12}[：:，,]?$"
)
"""墙上写着：what stands on a thing is read, not said."""
_STANDS = re.compile(
    rf"(?:{_THING})[^。！？；“”「」『』]{{0,10}}?(?:是|为|為|写的?是|显示|顯示|弹出|跳出|出现|亮起|打出|映出|着|著|有)"
    r"[^。！？；，“”「」『』]{0,10}[：:，,]?$"
)
"""门口的横幅是; 信的开头是：; 屏幕上跳出一行字："""
_HANGS = re.compile(
    r"[挂掛贴貼立竖豎钉釘插摆擺放压壓留印刻写寫跳弹显露出]\w{0,2}[着著出有了][^。！？；，“”「」『』]{0,12}"
    rf"(?:{_THING})[^。！？；，“”「」『』]{{0,2}}[：:，,]$"
)
"""门上挂着一块小牌："""
_SAID = re.compile(
    "[说說问問喊叫念读讀嚷骂]|(?<!写)道[：:，,]?$|指着|指著|看着|看著|望着|盯着|对着|拿着|举着|拍着|看了看|看到|看见"
)
_CALLED = re.compile(
    "(?:外号|绰号|綽號|人称|人稱|诨名|号称|自称|所谓|所謂|名叫|叫做|叫作|名为|名為|称为|称作|称之为|誉为|唤作|俗称|简称|代号|网名|"
    "昵称|雅号|美其名曰|取名|起名|改名|书名|片名|歌名|题为|署名)(?:是|叫|为|作|做)?[：:]?$"
)
_LETTERS_AFTER = re.compile(
    "[一二两三四五六七八九十几数]个?(?:大|小|红|黑|金|白|烫金|鎏金)*字"
    "|(?:的|这[一几两三四]?[个块条张幅])(?:字样|牌子|木牌|招牌|横幅|标语|告示|匾|标签|条子|字条|纸条|海报|标题)"
)
_LONGEST, _LONGEST_NAME = 40, 10
"""Letters on a thing, and of a name, at most."""
_SAYS = frozenset("说說问問喊答曰云")
_CLAUSE = re.compile("[。！？；!?]")


def is_written(quoted: Quoted) -> bool:
    """Whether the words stand on a thing, in a letter's form, or name somebody; nobody says them."""
    letters = len(quoted.inner)
    if letters > _LONGEST:
        return _INSCRIBED.search(quoted.lead[-24:]) is not None
    if quoted.lead[-2:-1] in _SAYS and quoted.lead[-1:] in LEADS_ON:
        return False
    if _LETTERS_AFTER.match(quoted.after):
        return True
    lead = quoted.lead[-60:]
    begin = 0
    for stop in _CLAUSE.finditer(lead):
        begin = stop.end()
    clause = re.sub("[“「『][^”」』]*[”」』]", "", lead[begin:])
    if letters <= _LONGEST_NAME and _CALLED.search(clause):
        return True
    if _INSCRIBED.search(clause[-24:]):
        return True
    told = _STANDS.search(clause) or _HANGS.search(clause)
    return told is not None and _SAID.search(clause) is None
