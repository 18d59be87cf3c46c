"""What authors and archives say to readers, in English."""

from __future__ import annotations

from flows.sources.words.base import Talk

ENGLISH_TALK = Talk(
    labels=(
        r"a\s?/\s?n|a\.\s?n\.?|(?-i:AN|TN|TL)|(?:an? )?(?:author|writer)[’']?s?[’']?\s+(?:notes?|comments?"
        r"|words?|rant|corner|thoughts?)"
        r"|t\s?/\s?n|tl[ -]?notes?|(?:translator|translation|editor)[’']?s?[’']?\s+(?:notes?"
        r"|thoughts?|corner)|creator[’']?s thoughts?"
        r"|chapter (?:end )?notes?|(?:start|beginning|end)(?:ing)? notes?|beta(?:-?\s?read(?:er)?"
        r"|[’']?e?d| by)(?: by)?"
    ),
    hints=(
        r"p\.?\s?s\.?|beta|notes?|end notes?|disclaimers?|warnings?|trigger warnings?|edit|update[ds]?"
        r"|announcement|summary"
    ),
    reader_words=(
        r"\bfirst language\b|\bmistakes are (?:all )?mine\b|"
        r"\breview(?:s|ed|ers?)?\b|\bupdat(?:e|es|ed|ing)\b|\b(?:next|this|last|previous"
        r"|new) (?:chapter|chap|update|part)\b|\bchapters\b"
        r"|\breaders?\b|\bkudos\b|\bvotes?\b|\bpatre?on\b|\bko-?fi\b|\bbookmark|\bfan-?fic"
        r"|\bstory\b.{0,30}\b(?:thanks|enjoy|hope)"
        r"|\bown (?:nothing|none|any|the (?:rights|characters))\b|\b(?:not|n[’']t|never) own\b"
        r"|\bowned by\b|\bbelongs? to\b.{0,40}"
        r"(?:creator|author|owner|rowling|©)|\bcopyright\b|\bcharacters\b|\bthanks? (?:you )?(?:all "
        r"|so much )?for (?:reading|the|all|your)\b"
        r"|\bwork of fiction\b|\bnon-?profit\b|\b(?:no|any|for|make) (?:money or )?profit\b"
        r"|\btrigger|\bviolence\b|\bposted\b|\bposting\b"
    ),
    reader_lines=(
        r"^\W*(?:to be continued|tbc)\W*$|^\W*end of (?:the )?chapter\b.{0,20}$|^\W*word count\s*:"
        r"|^\W*(?:translat(?:or|ed by)|edit(?:or|ed by)|proof-?read(?:er)?|tlc)\s*:"
        r"|\b(?:enjoyed|liked|like|enjoy) (?:this|the) (?:chapter|chap|fic)\b|\blet me know what you think\b|"
        r"\br\s?(?:&|and|n)\s?r\b|\b(?:please|pls|don[’']t forget to|remember to|be sure to|feel free to)\b.{0,30}"
        r"\b(?:review|vote|rate|follow|fav\w*|subscribe|leave (?:a |me )?(?:\w+ )?(?:comment|review"
        r"|kudos)|comment)\b"
        r"|\bthanks?(?: you)?(?: all| everyone| guys)?(?: so much| again)? for (?:reading"
        r"|(?:all )?(?:the|your) (?:reviews|kudos|comments|votes|support|favs))"
        r"|\b(?:on|to|at|my|our|via) (?:my |our )?(?:patre?on|ko-?fi|discord|tumblr|paypal)\b"
        r"|\bpatreon\.com|\badvanced? chapters?\b"
        r"|\bnext (?:chapter|update)s?\b.{0,20}\b(?:on|will|is|in|coming|soon|by)\b.{0,30}"
        r"|\bsee you (?:all )?(?:in the )?next (?:chapter|time|week)"
        r"|\bi (?:do not|don[’']t) own\b.{0,60}\b(?:characters?|rights|anything|any of|harry|naruto"
        r"|series|story|book)"
        r"|\b(?:kudos|comments|reviews)(?: and \w+)? (?:are|is|make|give|keep|feed)\b"
        r"|\bpower ?stones?\b|^\W*(?:not|never|un)[ -]?beta[’']?(?:e?d|read)\b|\b(?:un-?beta[’']?e?d|no beta)\b"
    ),
    of_writing=(
        r"\bupdat(?:es?|ed|ing)\b|\btypos?\b|\bbeta(?:[- ]?read\w*|[’']?d|s)?\b|\bcontinuity errors?\b"
        r"|\bcliff-?hangers?\b|\bhiatus\b"
        r"|\bproof-?read\w*|\b(?:fan-?)?fic(?:s|tions?|lets?)?\b(?<!fiction)|\bplot ?(?:holes?|bunn\w+)"
        r"|\bspoilers?\b|\bwriter[’']?s[’']? block\b"
        r"|\b(?:trigger|content) warnings?\b|\boriginal author\b|\bfrom (?:the|your) author\b|\bside stor(?:y"
        r"|ies)\b|\braws\b|\bre-?(?:post|upload)\w*"
        r"|\buploads?\b|\buploaded\b|\b(?:your|this|the) (?:humble |lazy |poor )?author(?:[- ]san)? (?:here|is|has"
        r"|will|needs|apologi)\b|\bauthor here\b"
        r"|\bchapters?\b(?! (?:of|house|and verse|room)\b)|\bre-?read\w*\b|\bi(?:[’']ll|[’']m| will"
        r"|[’']ve)? post(?:ed|ing)?\b|\b(?:line breaks|formatting)\b|\bplaylist for\b|^recap\b|\bvotes? decides?\b"
        r"|\btag me\b|\blightly edited\b|\bi made up\b|\bis invented\b|\b(?:word|chapter) (?:count|length)\b"
        r"|\bcommissions?\b.{0,20}\bart|\bfan ?art\b|\bmass release\b|\bback ?log\b|\bposting schedule\b|\boc\b"
        r"|\bone-?shot\b"
    ),
    of_requests=(
        r"\b(?:leav(?:e|ing)|drop(?:ping)?|giv(?:e|ing))\b.{0,16}\b(?:comments?|reviews?|ratings?|kudos|stars?"
        r"|votes?|likes?|feedback)\b"
        r"|\b(?:like|subscribe|follow) button\b|\b(?:like|follow|subscribe|rate|share|vote|favou?rite)(?:,| and| or"
        r"|/) ?(?:like|follow|subscribe|rate"
        r"|share|vote|favou?rite|comment|review)|\bcomments? (?:section|below|down below)\b|\bin the comments?\b"
        r"|\b(?:every|all (?:of )?the|your) (?:single )?"
        r"(?:comments?|reviews?|kudos)\b|\bpatreons?\b|\bnew(?:est)? patrons?\b|\b(?:tell me|drop"
        r"|share)\b.{0,24}\b(?:guess(?:es)?|thoughts?|theor\w+|favou?rites?|opinions?)\b|\bcheck (?:it|them|him|her"
        r"|that) out\b|\b(?-i:Discord)\b|\bko-?fi\b|\bthe poll\b|\blink in (?:my|the) (?:bio|profile)\b"
        r"|\bfollowers?\b.{0,20}"
        r"\b(?:\d|reached|thank)|\bconstructive criticism\b|\bfeedback\b|\btheories\b"
    ),
    of_chapters=(
        r"\b(?:this|next|last|previous|new|another|today[’']s|yesterday[’']s|double|short|long|extra|bonus"
        r"|filler) (?:chaps?|part|one|instal?lment"
        r"|arc|episode|scene)\b|\bnew story\b|\bprologue\b|\bpart (?:one|two|three|[ivx]+|\d+)\b|\bthis (?:story"
        r"|fic|series|book|arc)\b|\b(?:the|my) readers?\b"
    ),
    to_readers=(
        r"\b(?:hey|hello|hi|welcome back|sorry|thanks?|bye)\b[ ,!]+(?:everyone|everybody|guys|folks|all|readers"
        r"|y[’']all|lovelies|peeps)\b|\byou (?:all|guys)\b"
        r"|\by[’']all\b|\b(?:some|most|many|those|all|any) of you\b|\bfor those who\b|\byourselves\b"
        r"|\bsticking with (?:me|us|this)\b|\bguys\b"
        r"|\bto (?:all )?my readers\b|\bdear readers\b|\bthose (?:asking|wondering)\b|\blet me know\b|\bwhat (?:do"
        r"|did) you (?:all |guys )?think\b"
    ),
    courtesy=(
        r"\bsorry\b|\bapolog\w+|\bthanks?\b|\bthank you\b|\bplease\b|\bhop(?:e|ing)\b|\benjoy(?:ed|ing)?\b"
        r"|\bappreciat\w+|\bi promise\b|\bpatien(?:ce|t)\b"
        r"|\bshout-?outs?\b|\bdon[’']t forget\b|\bconsider (?:leaving|following|supporting|joining|a|giving)\b"
        r"|\bheads[- ]up\b|\bwarnings?\b|\bbear with\b|\bwelcome to\b"
    ),
    days=(
        r"\b(?:next|this) (?:week(?:end)?|month|time)\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b"
        r"|\btomorrow\b|\bsoon\b|\b(?:my )?(?:exams?|finals|midterms)\b"
        r"|\breal life\b|\bbeen (?:busy|sick|ill|swamped|in hospital)\b|\bup (?:on|by|tomorrow|soon|friday)\b"
    ),
    oneself=(
        r"\bI[’'](?:m|ve|ll|d love)\b|\bI (?:am|have been|hope|will|can|do|don[’']t|really|promise|read|love"
        r"|want)\b|\blet me\b|\bwe (?:hit|reached|passed)\b"
        r"|\b(?<!thank )you(?:[’'](?:re|ll|ve))?\b|\byour\b|\bmy (?:other|new|next|first|dears|lovely|beta|friend"
        r"|schedule|profile|birthday|exams?|work)\b"
    ),
    first_person=r"\bI\b|\b(?:my|me|we|our)\b",
    of_others=(
        r"\bI (?:thought|said|asked|knew|told|went|saw|thanked|was|had)\b|\b(?:he|she|they) \w+(?:ed|aid|ook|ew|ame"
        r"|ent|at|ad|as|ould)\b|\b(?:said|asked|cried|replied) \w+"
    ),
    archive_labels=(
        r"rat(?:ing|ed)|archive warnings?|warnings?|categor(?:y|ies)|fandoms?|relationships?"
        r"|characters?|additional tags|tags"
        r"|language|series|collections?|stats|published|updated|completed|words|word count|chapters"
        r"|kudos|hits|comments|bookmarks"
        r"|reviews|favs|favou?rites|follows|status|genres?|pairings?|summary|id|story url|author url"
        r"|packaged|publisher"
    ),
    archive_heads="chapter (?:end )?notes|chapter summary|(?:chapter|work|story) text|author[’']s chapter notes",
    archive_parts="(?:end )?notes|summary|story notes",
    archive_text="(?:chapter|work|story) text",
    archive_lines=(
        r"\bposted originally on\b|\bdrop by the (?:archive|author|site)\b|\bsee the (?:end"
        r"|beginning) of the (?:chapter|work) for\b"
        r"|\barchive of our own\b.{0,40}\bhttp|\byou can (?:also )?find this (?:story|work) (?:on"
        r"|at)\b.{0,40}\b(?:http|www)"
    ),
)
