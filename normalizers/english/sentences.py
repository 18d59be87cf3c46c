"""Where English sentences end."""

from __future__ import annotations

import re

from normalizers.roman import parse
from normalizers.rules import words
from normalizers.stops import WORD_BEFORE, SentenceRules, Stop

_NEVER_ENDS = words(
    "mr mrs ms messrs dr prof gen col capt lt lieut sgt maj cpl pvt rev hon gov sen rep pres adm supt mme "
    "mlle mlles mdlle mmes st mt ft fig figs sec vol vols no nos pp p ch chap vs cf "
    "eg e.g i.e ie viz al approx ca c ed eds fr art eq ref refs op cit n° see jan feb mar apr jun jul "
    "aug sept sep oct nov dec mon tue wed thu fri tel ext pt pts "
    "sr. messieurs msgr mgr ver cmdr brig sra esq. rt dist asst ste ald det wm chas geo jas thos robt jno "
    "benj saml danl richd fredk edw"
)
_UNITS = words("oz lb lbs ft in mi km cm mm kg min mins sec hr hrs yd yds gal qt tsp tbsp cwt")
_BEFORE_NUMBER = words(
    "n nn l ll v vv rte rm hwy bldg lat fl bk ex exx tab app eqn pl b d r m max min avg est"
)
_QUARTER = re.compile(r"(?:[NS]?[EW]|[NS])\b(?!')|(?:North|South|East|West)\w*\sof\b")
"""Of the compass."""
_COMPANIES = words("inc ltd co corp bros llc plc jr sr esq")
_TITLES_AHEAD = re.compile(r"(?:Mr|Mrs|Ms|Dr|Prof|Rev|Sir|Lord|Lady|Capt|Col|Gen|Miss|Madame)\b")
_STARTERS = words(
    "The A An I He She It We They You This That These Those There Then But And So If When While What Who "
    "Why How Where In On At As By For From To With After Before "
    "His Her Its Their My Our Your No Not Yes Now Once One All Some Every Each Such Here Perhaps Suddenly "
    "Meanwhile Is Are Was Were Did Do Does Had Has Have Will Would "
    "Could Should Can May Please Only Even Still Though Although Because Since Until Nobody Everyone "
    "Everybody Good Let Well Oh Again Today Tomorrow Yesterday"
)
_CALENDAR = words(
    "jan feb mar apr jun jul aug sept sep oct nov dec mon tue tues wed thu thur thurs fri sat sun"
)
_SUBJECTS = words(
    "He She It We They You I The This That These Those There Then But And So If When His Her Their My Our"
)
_LEAD_IN = re.compile(
    r"(?:^|[:;“\"‘]\s*)(?:at|on|in|by|from|before|after|until|till|since|around|about|within|during|through|"
    r"between)\b(?:[^.!?:]|\.(?!\s)|\.(?=\s\d))*$",
    re.IGNORECASE,
)
"""`At 5 a.m. Mr. Smith went …`: what stands before the abbreviation is only an adverbial of time."""
_VERB = re.compile(
    r"\b(?:is|are|was|were|am|be|been|had|has|have|did|does|do|went|came|left|died|said|saw|got|took|made|"
    r"gave|reigned|ruled|lived|began|ran|sat|stood|fell|met|woke|"
    r"works?|lives?|goes|comes|leaves|opens|closes|starts?|ends?|he|she|they|we|you|I|\w{3,}ed)\b"
)
_ATTRIBUTION = re.compile(
    r"(?:[A-Z][\w.'’-]*\s+){0,4}?(?:\w+ly\s+)?(?:said|says|asked|asks|cried|cries|replied|replies|answered|"
    r"answers|exclaimed|whispered|murmured|muttered|shouted|called|added|"
    r"returned|continued|observed|remarked|began|thought|repeated|demanded|inquired|enquired|screamed|"
    r"yelled|sighed|laughed|growled|gasped|sobbed|snapped|roared|went on|declared|"
    r"agreed|admitted|explained|insisted|interrupted|suggested|urged|warned|wondered|retorted|rejoined|"
    r"responded|pleaded|begged|protested|announced|breathed|hissed|stammered)\b"
)


def _announces(word: str, following: str) -> bool:
    """Whether a shortened word is the head of what follows: Rte. 66, p. 7 n. 2, Gen. i. 1, MM. Morrel and Debray."""
    if word == "MM" or (word == "long" and re.match(r"\d+\s?°", following)):
        return True
    numeral = word.islower() and parse(word) is not None
    counted = word.lower() in _BEFORE_NUMBER and (len(word) > 1 or word.islower())
    return following[:1].isdigit() and (numeral or counted)


def _is_era_or_half_day(bare: str, word: str, before: str) -> bool:
    """6 a.m., 44 B.C."""
    return (
        (bare in ("a.m", "p.m", "am", "pm", "b.c", "a.d", "b.c.e", "c.e", "p.d.t") and "." in word)
        or re.search(r"\b[ap]\.\s?m$", before, re.I) is not None
        or re.search(r"\b[BA]\.\s?[CD](?:\.E)?$", before) is not None
    )


def _half_day_ends(stop: Stop, nextword: str) -> bool:
    following = stop.following
    lead = stop.text[max(stop.start, stop.at - 160) : stop.at].strip()
    if following[:1].isdigit() or (not following[:1].isupper() and following[:1] not in '“"‘'):
        return False
    if nextword.isupper() and len(nextword) <= 4 and re.match(r"[A-Z]\.", following):
        return False  # 11:58 p.m. P.D.T.
    if re.match(
        r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b(?!\s(?:was|is|had|came|would|will|night was)\b)",
        following,
    ):
        return False  # 6 p.m. Monday
    lead_in = _LEAD_IN.search(lead)
    return lead_in is None or _VERB.search(lead_in[0]) is not None


def _shortened_ends(stop: Stop, word: str, bare: str, nextword: str) -> bool | None:
    """Whether a word ends the sentence that is mostly shortened; None where it is none."""
    before, following = stop.before, stop.following
    starter = nextword in _STARTERS or following[:1] in '“"‘'
    if word == "No" and before.strip() == "No" and re.match(r"[A-Z][a-z'’]*\s|[A-Z][a-z]+", following):
        return parse(nextword) is None or nextword == "I"
    if word == "v" and re.search(r"[A-Z][\w.'’]*\sv$", before):
        return False  # Roe v. Wade
    if bare in _UNITS and re.search(rf"\d\s?{re.escape(word)}$", before):
        return (following[:1].isupper() and not _QUARTER.match(following)) or following[:1] in '“"‘'
    if bare in _CALENDAR and nextword in _SUBJECTS:
        return True
    if bare not in _NEVER_ENDS and not _announces(word, following):
        return None
    return (
        bare in ("no", "see", "p", "al", "art", "mar", "jun", "c", "sec", "st", "ed", "sep")
        and starter
        and not following[:1].isdigit()
        and not (bare in ("al", "c", "sec", "art", "ed") and nextword == "I")
        and not (
            re.match(r"(?:Mr|No|Fig)$", word) or (word == "St" and not re.search(r"[A-Z][a-z]+\sSt$", before))
        )
    )


def ends(stop: Stop) -> bool:
    """Whether a lone full stop before something that may begin a sentence ends one."""
    before, following = stop.before, stop.following
    word_match = WORD_BEFORE.search(before)
    word = word_match[1] if word_match else ""
    bare = word.rstrip(".").lower()
    following_word = re.match(r"[\"“‘'(]?([A-Za-z]+)", following)
    nextword = following_word[1] if following_word else ""
    starter = nextword in _STARTERS or following[:1] in '“"‘'
    if re.search(r"\d[sd]?$", word):
        return word[-1].isdigit() or not following[:1].isdigit()  # 3s. 6d.
    if _is_era_or_half_day(bare, word, before):
        return _half_day_ends(stop, nextword)
    if (shortened := _shortened_ends(stop, word, bare, nextword)) is not None:
        return shortened
    if bare in _COMPANIES:
        return starter or bool(_TITLES_AHEAD.match(following))
    if bare == "etc":
        return following[:1].isupper() or following[:1] in '“"‘'
    if "." in word and re.fullmatch(r"(?:[A-Za-z]{1,2}\.)+[A-Za-z]{1,2}", word.rstrip(".")):
        degree = re.fullmatch(
            r"(?:Ph\.?D|[MB]\.?[ASDE]|M\.?B\.?A|LL\.?[BMD]|J\.?D|D\.?Phil|Ed\.?D|D\.?D)",
            word.rstrip("."),
            re.I,
        )
        if degree:
            return following[:1].isupper()
        return (starter and nextword != "I") or (
            nextword == "I" and bool(re.match(r"I\s+[a-z]|I['’]", following))
        )
    if re.fullmatch(r"[A-Z]", word):
        if re.match(r"[A-Z]\.", following):
            return False
        if word == "I":  # 'you and I.', but 'Albert I. Jones'
            return starter or not re.search(r"[A-Z][a-z]+\sI$", before)
        return starter and not re.search(r"(?:^|\s)(?:[A-Z]\.\s?)+$", before[:-1])
    return True


SENTENCES = SentenceRules(
    ends=ends,
    attribution=_ATTRIBUTION,
    abbreviations=_NEVER_ENDS | _UNITS | _COMPANIES,
    conjunctions="and|but|or|because|which|while|when|that|although|though",
    after_comma="and|but|or|so|for|yet|nor|which|who|when|while|where|because|although|though|if|as|then",
)
