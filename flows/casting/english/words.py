"""English words that tell who speaks: speech verbs, titles, kin and role nouns, nicknames. Written for this project."""

# ruff: noqa: SIM905 - word lists are kept as running text, one can read and edit them
from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from flows.casting.nouns import Age, Gender, as_gender

SPEECH_VERBS = frozenset(
    """said say says saying cried cry cries asked ask asks replied replies answered answers answer returned added
    exclaimed continued murmured thought repeated whispered began begins remarked observed interrupted sighed
    explained retorted gasped muttered laughed demanded resumed told reply rejoined pursued protested inquired
    enquired admitted shouted pleaded suggested faltered sobbed persisted concluded ventured proceeded echoed
    stammered announced reflected grumbled agreed queried screamed interposed ejaculated confessed assented
    promised mourned assured exclaiming considered flashed called calls calling implored bawled urged insisted
    sniffed breathed groaned expressed blustered exploded panted snapped growled yelled roared declared
    responded commented corrected objected wailed moaned hissed mumbled shrieked boomed croaked chuckled
    giggled grunted howled lamented mocked nodded offered ordered commanded piped prompted quoted read
    reassured reminded scoffed sneered snarled snorted spluttered sputtered stated stuttered teased thundered
    warned wept whimpered whined wondered recited related recollected reproached advised affirmed apologized
    apologised argued asserted barked begged bellowed blurted boasted chimed chirped coaxed complained
    conceded congratulated contended cooed counselled cautioned cut drawled entreated expostulated faltered
    finished gurgled guessed hazarded hinted hollered intoned invited jeered lisped maintained mused noted
    opined owned philosophized prayed praised predicted preached pronounced proposed purred put queried
    quavered questioned rasped rattled rebuked recalled recommended remonstrated reported requested ruminated
    sang shrilled sing soothed speculated spoke struck summarized summarised supplied swore testified
    threatened thanked twittered uttered vociferated volunteered vowed went soliloquized apostrophized
    acquiesced accused acknowledged crooned cackled bleated squeaked squealed simpered smirked hummed hawed
    broke came burst informed greeted hailed challenged consoled comforted encouraged decided deplored denied
    dictated directed emphasized enunciated grated guffawed hooted implied instructed interjected jested joked
    marvelled marveled mouthed nagged pressed pronounced quipped reasoned recapitulated reiterated rumbled
    sibilated stipulated submitted surmised tempted tittered translated trumpeted urged verified wheedled
    yawned yelped accosted addressed saluted interpolated crowed countered parried bantered chattered prattled
    rambled babbled gabbled stormed fumed raged ranted scolded chided reproved admonished exhorted adjured
    besought petitioned vouchsafed soliloquised philosophised moralized sympathized sympathised commiserated
    trilled chanted declaimed harangued lectured expounded amplified elaborated amended contradicted demurred
    deprecated bewailed blubbered snivelled whinnied brayed spat clarified specified rapped piped screeched
    squalled twanged pointed explains murmurs whispers shouts goes thinks adds continues observes returns
    cries exclaims remarks""".split()
)
"""Verbs that introduce or follow speech."""

VERB_PARTICLES: dict[str, tuple[str, ...]] = {
    "went": ("on",), "goes": ("on",), "put": ("in",), "broke": ("in", "out", "forth"), "burst": ("out",
    "forth", "in"), "cut": ("in",), "struck": ("in",),
    "came": ("the", "a"), "pressed": ("on",), "pointed": ("out",), "flashed": ("out", "back"),
}  # fmt: skip
"""Verbs that speak only with their particle: she went on, but he went home."""

WORDLESS_VERBS = frozenset(
    """sighed nodded laughed chuckled giggled smirked wept sobbed gasped panted sniffed groaned moaned grunted
    growled snorted sneered yawned considered decided hesitated reflected spoke winced pondered mused""".split()
)
"""Verbs that in a sentence of their own are an act, often the listener's."""

SPEECH_NOUNS = frozenset(
    """answer reply response comment remark retort rejoinder cry exclamation words view opinion consolation verdict
    question greeting observation conclusion explanation salutation request inquiry""".split()
)
"""Nouns of speech: was Henry's answer."""

ACTION_VERBS = frozenset(
    """smiled turned looked shook rose paused stopped hesitated stared frowned blushed coloured bowed shrugged leaned
    stood sat drew took raised lifted laid placed pushed pulled walked went came opened closed glanced gazed
    coughed cleared grinned winced started jumped ran stepped moved reached held caught seized threw tossed
    waved pointed beckoned kissed gave handed set put let made had was seemed felt tried rubbed wiped touched
    crossed folded clasped knelt bent nodded laughed sighed regarded surveyed watched eyed""".split()
)

ADVERBS = frozenset(
    "then again only also once just still never at had could would did was not now soon presently always "
    "even almost".split()
)

_TITLE_CLASSES: dict[tuple[str, Gender | None], str] = {
    ("mr", "male"): "mr mister master monsieur m herr don signor senor señor messrs squire don.",
    ("sir", "male"): "sir lord sir.",
    ("uncle", "male"): "uncle",
    ("father", "male"): "father grandfather papa",
    ("brother", "male"): "brother",
    ("king", "male"): "king prince count duke baron earl emperor",
    ("cousin", None): "cousin",
    ("", None): "old young st saint honourable hon",
    ("mrs", "female"): "mrs madam madame mme ma'am widow frau signora",
    ("miss", "female"): "miss ms mademoiselle mlle signorina fräulein",
    ("lady", "female"): "lady dame",
    ("aunt", "female"): "aunt auntie",
    ("mother", "female"): "mother grandmother",
    ("sister", "female"): "sister",
    ("queen", "female"): "queen princess duchess countess baroness",
    ("nurse", "female"): "nurse",
    ("dr", None): "dr doctor professor prof",
    ("rank", "male"): "captain capt colonel col general major lieutenant sergeant inspector superintendent "
    "constable corporal "
    "admiral commander commodore",
    ("rank", None): "judge president senator detective chief",
    ("rev", "male"): "rev reverend bishop",
}  # fmt: skip
TITLES: dict[str, tuple[str, Gender | None]] = {
    title: kind for kind, titles in _TITLE_CLASSES.items() for title in titles.split()
}
"""Title -> (class, gender); titles of one class may stand for one another."""
ABBREVIATED_TITLES = frozenset(
    "mr mrs ms messrs mme mlle m dr st hon prof capt col gen maj lieut lt sgt sergt cpl rev sr jr fr".split()
)
"""Titles that are printed with a stop; behind another a stop ends the sentence ("I told the Professor. Taking …")."""

MALE_NOUNS = frozenset(
    """man boy gentleman father brother son husband uncle nephew king lord lad fellow master sir footman policeman
    constable butler grandfather papa dad daddy widower bachelor monk priest friar vicar parson clergyman
    curate rector bishop chaplain sailor soldier coachman cabman barman driver postman shepherd blacksmith
    landlord host waiter duke prince count baron squire knight boatman fisherman tradesman salesman workman
    seaman huntsman schoolmaster stationmaster station-master hunter groom youth chap bridegroom godfather
    grandson stepfather youngster mariner captain colonel sergeant lieutenant inspector painter lawyer coroner
    detective carpenter farmer miller ferryman gamekeeper navvy rustic men boys gentlemen brothers tramp
    beggar old-man porter gardener emperor sultan wizard patriarch whelp bully""".split()
)
FEMALE_NOUNS = frozenset(
    """woman girl lady mother sister daughter wife aunt niece queen mistress madam housekeeper housemaid maid nurse
    grandmother mamma mama mum mummy widow nun hostess landlady governess duchess princess countess baroness
    spinster bride seamstress waitress cook schoolmistress godmother granddaughter stepmother dame maiden
    matron lass damsel witch empress heroine actress washerwoman stewardess authoress charwoman women girls
    ladies sisters chambermaid barmaid milkmaid parlourmaid parlormaid patroness dowager""".split()
)
OFFICES = frozenset(
    """king policeman constable butler footman monk priest friar vicar parson clergyman curate rector bishop chaplain
    sailor soldier coachman cabman driver postman shepherd blacksmith landlord host waiter boatman fisherman tradesman
    salesman workman seaman huntsman schoolmaster stationmaster station-master hunter groom mariner captain colonel
    sergeant lieutenant inspector painter lawyer coroner detective carpenter farmer miller ferryman gamekeeper navvy
    rustic tramp beggar porter gardener wizard patriarch bully youngster master youth chap fellow cook nurse
    housekeeper""".split()
)
"""Nouns of `MALE_NOUNS` and `FEMALE_NOUNS` that tell what somebody does: in another book a woman does it, or a man."""
NEUTRAL_NOUNS = frozenset(
    """child doctor servant voice other one friend companion visitor stranger speaker guest cousin baby person figure
    creature neighbour neighbor teacher clerk passenger prisoner patient guide writer author poet artist actor
    student pupil scholar partner invalid spirit ghost dog cat horse rabbit mouse bird fox wolf bear lion frog
    owl robot machine computer crowd judge juror bystander latter former editor reporter secretary surgeon
    physician chemist engineer banker merchant thief leader rider traveller traveler messenger apprentice
    cabby conductor operator manager boss chairman president officer official agent attendant assistant
    shopkeeper innkeeper baker butcher tailor philosopher scientist kid owner parent party""".split()
)
PERSON_NOUNS = MALE_NOUNS | FEMALE_NOUNS | NEUTRAL_NOUNS
ANAPHORIC_NOUNS = frozenset(
    """man boy gentleman lad fellow youth chap woman girl lady child voice other one friend companion visitor speaker
    guest person figure creature latter former father brother son husband uncle nephew mother sister daughter
    wife aunt niece cousin grandmother grandfather grandson granddaughter partner neighbour neighbor baby
    old-man mamma papa master mistress sir madam brother-in-law sister-in-law mother-in-law father-in-law
    hostess host heroine maiden parent kid bride widow damsel crowd party two three rest""".split()
)
"""Nouns that mostly point at somebody already named; a role (driver, barman, vicar) may be a name of its own."""

GROUP_WORDS = frozenset(
    "they we all both everybody everyone people crowd chorus others boys girls men women voices guests "
    "children two three".split()
)

CHILD_NOUNS = frozenset("boy girl child lad lass baby kid youngster schoolboy schoolgirl".split())
OLD_NOUNS = frozenset("grandfather grandmother old-man crone granny patriarch dowager".split())

NICKNAMES: dict[str, tuple[str, ...]] = {
    "elizabeth": ("lizzy", "lizzie", "eliza", "beth", "betsy", "betty", "bess", "bessie", "libby", "liz",
    "elsie", "lisa"),
    "catherine": ("kitty", "kate", "katy", "katie", "cathy", "kit"), "katherine": ("kitty", "kate", "katy",
    "katie", "kathy"),
    "margaret": ("maggie", "meg", "peggy", "madge", "daisy", "marge", "greta", "rita"), "mary": ("molly",
    "polly", "may", "mamie", "minnie"),
    "william": ("will", "bill", "billy", "willie", "willy"), "robert": ("bob", "bobby", "rob", "robbie", "bert"),
    "richard": ("dick", "dickie", "rick", "dickon"), "james": ("jim", "jimmy", "jem", "jamie"),
    "john": ("jack", "johnny", "jock"),
    "henry": ("harry", "hal", "hank"), "thomas": ("tom", "tommy"), "charles": ("charlie", "charley", "chuck"),
    "edward": ("ned", "ted", "teddy", "eddie", "ed"),
    "edmund": ("ned", "ted", "teddy"), "theodore": ("ted", "teddy", "theo"), "george": ("georgie",),
    "frederick": ("fred", "freddy", "freddie"),
    "alfred": ("alf", "fred", "alfie"), "albert": ("bert", "bertie", "al"), "joseph": ("joe", "joey", "jo"),
    "josephine": ("jo", "josie"),
    "samuel": ("sam", "sammy"), "benjamin": ("ben", "benny"), "daniel": ("dan", "danny"), "david": ("dave",
    "davy", "davie"), "michael": ("mike", "mick", "mickey"),
    "matthew": ("matt",), "andrew": ("andy", "drew"), "anthony": ("tony",), "christopher": ("chris", "kit"),
    "nicholas": ("nick", "nicky"),
    "peter": ("pete",), "philip": ("phil", "pip"), "stephen": ("steve",), "susan": ("sue", "susie", "susy"),
    "sarah": ("sally", "sadie", "sara"),
    "anne": ("annie", "nan", "nancy"), "ann": ("annie", "nan", "nancy"), "anna": ("annie",), "jane": ("jenny",
    "janey", "janie"), "eleanor": ("nell", "nellie", "nelly", "ellie", "nora"),
    "ellen": ("nell", "nellie", "nelly"), "helen": ("nell", "nellie", "nelly", "lena"), "isabella": ("bella",
    "belle", "isabel"), "dorothy": ("dolly", "dot", "dora", "dotty"),
    "frances": ("fanny", "frankie"), "francis": ("frank",), "martha": ("patty", "mattie"),
    "matilda": ("tilly", "tillie", "mattie"), "patrick": ("pat", "paddy"),
    "rebecca": ("becky",), "cecilia": ("cissy", "sissy", "cecily"), "emily": ("em", "emmy"), "emma": ("em",
    "emmy"), "evelyn": ("evie", "eve"), "florence": ("flo", "flossie"),
    "gertrude": ("gertie", "trudy"), "harriet": ("hattie", "harry"), "louisa": ("lou", "loo"),
    "lucy": ("lulu",), "lucia": ("lucy",), "marian": ("polly",), "victoria": ("vicky",),
    "walter": ("wat", "walt", "wally"), "lawrence": ("larry", "laurie"), "laurence": ("larry", "laurie"),
    "leonard": ("len", "lenny"), "arthur": ("art", "artie"),
    "gilbert": ("gil", "bertie"), "augustus": ("gus", "gussie"), "ebenezer": ("eben",), "timothy": ("tim",),
    "abraham": ("abe",), "alexander": ("alec", "alex", "sandy", "sasha"),
    "alexandra": ("sasha", "alex"), "barbara": ("babs",), "diana": ("di",), "constance": ("connie",),
    "cynthia": ("cyn",), "rachel": ("ray",), "ruby": (), "tobias": ("toby",),
    "caroline": ("caro", "carrie"), "charlotte": ("lottie", "char"), "georgiana": ("georgy",),
    "jennifer": ("jen", "jenny"), "jessica": ("jess", "jessie"),
    "donald": ("don",), "ronald": ("ron", "ronnie"), "kenneth": ("ken",), "gerald": ("gerry", "jerry"),
    "jeremiah": ("jerry",), "lewis": ("lew",), "louis": ("lou",),
    "bertram": ("bert", "bertie"), "herbert": ("bert", "bertie", "herb"), "hubert": ("bert",),
    "reginald": ("reg", "reggie"), "archibald": ("archie",), "algernon": ("algy", "algie"), "gwendolen": ("gwen",),
    "gwendolyn": ("gwen",), "winifred": ("winnie",), "millicent": ("millie", "milly"), "penelope": ("penny",),
    "prudence": ("prue",), "philippa": ("pip", "pippa"), "nathaniel": ("nat", "nate"), "nathan": ("nat", "nate"),
    "jonathan": ("jon",), "joshua": ("josh",), "zachary": ("zach", "zack"), "oliver": ("ollie",),
    "samantha": ("sam",), "amelia": ("millie",), "abigail": ("abby",), "madeleine": ("maddie", "maddy"),
    "madeline": ("maddie", "maddy"), "gabriel": ("gabe",), "gabrielle": ("gabby",), "vincent": ("vince",),
    "victor": ("vic",), "valerie": ("val",), "theresa": ("tess", "tessa", "terry"),
    "teresa": ("tess", "tessa", "terry"), "terence": ("terry",), "raymond": ("ray",), "rosalind": ("roz",),
    "pamela": ("pam",), "mitchell": ("mitch",), "maximilian": ("max",), "maxwell": ("max",), "leopold": ("leo",),
    "jacqueline": ("jackie",), "jacob": ("jake",), "isaac": ("ike",), "gregory": ("greg",), "geoffrey": ("geoff",),
    "jeffrey": ("jeff",), "felicity": ("fliss",), "ernest": ("ernie",), "eugene": ("gene",), "douglas": ("doug",),
    "deborah": ("debbie", "deb"), "clifford": ("cliff",), "clement": ("clem",), "bartholomew": ("bart",),
    "barnabas": ("barney",), "bernard": ("bernie",), "beatrice": ("bea", "trixie"), "agnes": ("aggie",),
    "adelaide": ("addie",), "percival": ("percy",), "peregrine": ("perry",), "roderick": ("rory", "rod"),
    "antony": ("tony",), "avdotya": ("dounia", "dunya", "dunia"), "darya": ("dolly", "dasha"), "katerina": ("katya",),
    "ekaterina": ("katya", "kitty"), "marya": ("masha",), "natalya": ("natasha",), "natalia": ("natasha",),
    "sofya": ("sonia", "sonya"), "tatyana": ("tanya",), "agrafena": ("grushenka", "grusha"), "alexey": ("alyosha",),
    "alexei": ("alyosha",), "dmitri": ("mitya",), "konstantin": ("kostya",), "rodion": ("rodya",), "stepan": ("stiva",),
    "sebastian": ("seb",), "stanley": ("stan",), "wilfred": ("wilf",), "wilhelmina": ("mina", "minnie"),
    "sidney": ("sid",), "humphrey": ("hump",), "roberta": ("bobbie",),
    "phyllis": ("phil", "phyl"), "priscilla": ("cilla", "prissy"), "antonia": ("toni",),
    "augusta": ("gussie",), "frederica": ("freddie",), "georgina": ("georgie",), "josephina": ("josie",),
    "stephanie": ("steph",), "nicola": ("nicky",), "susannah": ("sue", "susie", "sukey"), "marjorie": ("marge",),
    "gideon": ("gid",), "solomon": ("sol",), "lancelot": ("lance",), "tristram": ("tris",), "mildred": ("millie",),
}  # fmt: skip

NOT_NAMES = frozenset(
    """begone avaunt hark lo behold hurray huzza amen adieu farewell shame rubbish humbug fiddlesticks pooh pshaw tut
    bah faugh egad zounds yus yea hallo halloa alas nonsense listen sorry damn curse confound gracious goodness
    silence courage begorrah begorra
    i a an the and but or nor for so yet if when while as at by in of on to from with that this these those it its
    he she they we you his her hers him them their our your my me us mine yours what who whom whose which why
    where how then there here now no not yes oh ah well all any some none one two three every each both either
    neither such same other another perhaps indeed however nothing something everything god heaven lord
    heavens providence christ jesus nature fate fortune time death love truth good bad great little old young
    poor dear first last next monday tuesday wednesday thursday friday saturday sunday january february march
    april may june july august september october november december christmas easter lent english french german
    italian spanish latin greek roman russian american indian irish scotch scottish welsh chinese dutch
    british european christian jew jewish protestant catholic turkish london paris england france germany
    italy spain scotland ireland america rome europe india australia china russia africa asia chapter volume
    book part section preface contents illustration project gutenberg street road hall house park square
    church bank hotel inn college court castle bridge river lane hill avenue place abbey university school
    society company mr mrs miss ms dr sir madam ma'am ha hullo hello good-bye goodbye ay aye nay eh hush
    hurrah bravo pray thank thanks please come go look see let do don't can can't will won't is are was were
    am be been have has had did does shall should would could may might must tell give take get say stop wait
    never always sometimes soon still just only even very too more most much many few thus hence therefore
    though although because since until till unless after before once again ever upon into about above below
    under over between among through during without within against toward towards across behind beyond near
    along around mamma papa mother father mama mummy daddy brother sister aunt uncle grandmother grandfather
    cousin ii iii iv v vi vii viii ix x xi xii majesty highness honour honor excellency grace lordship
    ladyship worship state north south east west sabbath bible parliament government queen's king's majesty's
    majesties god's gods devil meanwhile presently suddenly afterwards""".split()
)
"""Capitalised words that name nobody (titles and kin may open a name; these alone do not)."""


@cache
def given_names() -> dict[str, Gender | None]:
    """Given name in lower case -> gender, None where both bear it.

    Source: the US census' lists of first names (public domain) weighed with pronoun counts from public-domain fiction;
    `docs/casting.md` has the recipe. The last two lines are names that became usual later or elsewhere, by hand.
    """
    table: dict[str, Gender | None] = {}
    for line in files(__package__).joinpath("given_names.txt").read_text("utf-8").splitlines():
        mark, _, names = line.partition(" ")
        table.update(dict.fromkeys(names.split(), as_gender(mark)))
    return table


@cache
def nickname_roots() -> dict[str, frozenset[str]]:
    """Nickname -> the given names it may stand for."""
    roots: dict[str, set[str]] = {}
    for given, nicks in NICKNAMES.items():
        for nick in nicks:
            roots.setdefault(nick, set()).add(given)
    return {nick: frozenset(given) for nick, given in roots.items()}


PHRASE_ENDERS = frozenset(
    (
        "after and as at because before but by for from in into of on "
        "or over that to under when which while who whom whose with without"
    ).split()
)
"""Words at which the noun phrase that names a person ends."""


def head_noun(phrase: str) -> str:
    """The noun of a role: `man` of "the man with the beard", `footman` of "frog-footman"."""
    words = re.split(r"[\s-]+", re.split(r"\s(?:of|with|in|at|on|from|who|by)\s", phrase, maxsplit=1)[0])
    return words[-1] if words else ""


_ENDINGS_OF_WOMEN = ("woman", "mistress", "girl", "maid", "lady", "wife", "mother")
_ENDINGS_OF_MEN = ("man", "master", "boy", "father", "lord")
_NO_MEN = frozenset(
    ("german", "roman", "norman", "human", "ottoman", "talisman", "shaman", "caiman", "tomboy")
)


def noun_gender(noun: str) -> Gender | None:
    """The gender a common noun tells."""
    if noun in MALE_NOUNS:
        return "male"
    if noun in FEMALE_NOUNS or noun.endswith(_ENDINGS_OF_WOMEN):
        return "female"
    if noun.endswith(_ENDINGS_OF_MEN) and noun not in _NO_MEN:
        return "male"
    _, hyphen, last = noun.rpartition("-")
    return noun_gender(last) if hyphen else None  # the engine-driver


KIN_NAMES: dict[str, Gender] = {
    **dict.fromkeys(
        "mother mamma mama mummy mum mom mommy granny grandmother grandmamma grandma".split(), "female"
    ),
    **dict.fromkeys("father papa daddy dad grandfather grandpapa grandpa".split(), "male"),
}
"""What a story told from a child's side may call its people by: said Mother."""


def noun_age(noun: str) -> Age | None:
    """The age a common noun tells."""
    return "child" if noun in CHILD_NOUNS else "old" if noun in OLD_NOUNS else None


_LABEL_GENDERS: dict[str, Gender] = {
    **KIN_NAMES,
    "male": "male",
    "female": "female",
    "guy": "male",
    "gal": "female",
    "grandson": "male",
    "granddaughter": "female",
    "schoolboy": "male",
    "schoolgirl": "female",
}


def label_noun(word: str) -> tuple[Gender | None, Age | None] | None:
    """See `Reader.label_noun`."""
    gender = _LABEL_GENDERS.get(word) or noun_gender(word)
    if gender is None and word not in NEUTRAL_NOUNS:
        return None
    return gender, noun_age(word)
