"""English: each class of written form and how it is said."""

from __future__ import annotations

import pytest

from normalizers import normalize, normalize_spans

SAID = {
    # titles and places by context
    "Dr. Smith lives on Elm Dr.": "Doctor Smith lives on Elm Drive.",
    "St. Clare's Church is on Main St. near the river": "Saint Clare's Church is on Main Street near the river",
    "Mr. Neville St. Clair": "Mister Neville Saint Clair",
    "MR. BENNET AND MRS. LONG": "MISTER BENNET AND MISSUS LONG",
    "No. 5 said no. No one came.": "Number five said no. No one came.",
    "Mr Darcy and Mrs Bennet": "Mister Darcy and Missus Bennet",
    "Hannibal, Mo., and Austin, TX.": "Hannibal, Missouri, and Austin, Texas.",
    # Roman numerals
    "CHAPTER XXI--TITLE": "CHAPTER twenty one—TITLE",
    "said Louis XIV., resolutely": "said Louis the fourteenth, resolutely",
    "Henry IV, Part II": "Henry the fourth, Part two",
    "You and I will MIX it": "You and I will MIX it",
    "Malcolm X met Charles I of England": "Malcolm X met Charles the first of England",
    "I. A Scandal": "one. A Scandal",
    "in part I agree": "in part I agree",
    "Joseph I.C. Clarke and Joseph V. C. Moore": "Joseph I C Clarke and Joseph V C Moore",
    "Herr v. Bihler, and LUDWIG V. BEETHOVEN.": "Herr von Bihler, and LUDWIG V BEETHOVEN.",
    "Roe v. Wade": "Roe versus Wade",
    "Remark II. Now with this view": "Remark two. Now with this view",
    "this MS. is the only score; MS. Smith has the MSS.": (
        "this manuscript is the only score; MIZ Smith has the manuscripts."
    ),
    # dates and times
    "my letter of February 22d, which explains": "my letter of February twenty second, which explains",
    "2d. My nephew has arrived": "second. My nephew has arrived",
    "the chorales of 1765/69, in Wolff 1996a": (
        "the chorales of seventeen sixty five to sixty nine, in Wolff nineteen ninety six a"
    ),
    "Sept. 10th.--In the morning": "September tenth.—In the morning",
    "Nov. 14, 15, 16.": "November fourteenth, fifteenth, sixteenth.",
    "the 5th of November, 1605": "the fifth of November, sixteen oh five",
    "in the '60s and 1890s": "in the sixties and eighteen nineties",
    "at 9:05 a.m. He left.": "at nine oh five A M. He left.",
    "It was 1900, in 2007 and 44 B.C.": "It was nineteen hundred, in two thousand seven and forty four B C.",
    "may 5 people enter": "may five people enter",
    # money and measures
    "£3 10s. 6d. and $20.50": "three pounds ten shillings and six pence and twenty dollars and fifty cents",
    "He had 500l. a year, 20l. 10s. besides, and 2 l of milk": (
        "He had five hundred pounds a year, twenty pounds ten shillings besides, and two liters of milk"
    ),
    "a loaf is 2d. and no more": "a loaf is two pence and no more",
    "a room (18.4 × 43.6 ft.)": "a room (eighteen point four times forty three point six feet)",
    "Listing 17-19 and Figure 3-2; Figures 3-5": (
        "Listing seventeen dash nineteen and Figure three dash two; Figures three to five"
    ),
    "valve 007-12.5, case no. 12.5-345": (
        "valve zero zero seven twelve point five, case number twelve point five three four five"
    ),
    "not &str, but R&D, Tom & Ann &c.": "not ampersand str, but R and D, Tom and Ann et cetera.",
    "a $20 bill": "a twenty dollar bill",
    "it cost $.00, not $.05": "it cost zero dollars, not five cents",
    "10%-20% of 5'10\"": "ten to twenty percent of five feet ten inches",
    "1/2 kg, 2½ miles": "one half kilogram, two and a half miles",
    "-5°C at 60 km/h": "minus five degrees Celsius at sixty kilometers per hour",
    # counts and years
    "He had 1500 men in 1500.": "He had one thousand five hundred men in fifteen hundred.",
    "pages 10–15, ages 5-7": "pages ten to fifteen, ages five to seven",
    # codes, addresses, signs
    "GPT-4, H2O and MP3": "GPT-four, H two O and MP three",
    "Call 911 or 650-451-1234": "Call nine one one or six five zero, four five one, one two three four",
    "jo@example.org, www.example.com": "jo at example dot org, www dot example dot com",
    "2 + 2 = 4; E=mc²": "two plus two equals four; E equals mc squared",
    "M. Danglars met M. de Villefort and MM. Morrel": "Monsieur"
    " Danglars met Monsieur de Villefort and Messieurs Morrel",
    "Mdlle. Eugénie and Mmes. Dupont": "Mademoiselle Eugénie and Mesdames Dupont",
    "John M. Smith, M. Scott Peck, A. M. Burrage": "John M Smith, M Scott Peck, A M Burrage",
    "“M. Gardiner.”": "“M Gardiner.”",
    "1600 Pennsylvania Ave. NW, 2 mi. NE of Oxford": "sixteen hundred Pennsylvania Avenue Northwest, two miles "
    "northeast of Oxford",
    "Rm. 101, 3rd Fl., Rte 66": "Room one oh one, third Floor, Route sixty six",
    "lat. 51° 30' N., long. 0° 7' W.; p. 7 n. 2": "latitude fifty one degrees thirty minutes north, longitude zero "
    "degrees seven minutes west; page seven note two",
    "Rev. xxi. 4 and Rev. Smith; Matt. 5:3ff.": "Revelation twenty one four and Reverend Smith; Matthew five three "
    "and following.",
    "weighed 9 st.; 17 yrs. 3 mos. old; 2h 15m": "weighed nine stone; seventeen years three months old; two hours "
    "fifteen minutes",
    "the 4x400m; 15.3x; under-10s; 1000s of men": "the four by four hundred meters; fifteen point three times; "
    "under-tens; thousands of men",
    "The fare was 3/6; 1½d. or 50p": "The fare was three shillings and six pence; one and a half pence or fifty pence",
    "He paid 1/2 of it, 3/4 of all": "He paid one half of it, three quarters of all",
    "2M users at gate 3B; a 10k run": "two million users at gate three B; a ten k run",
    "(020) 7946-0018 at 0815 hrs": "zero two zero, "
    "seven nine four six, zero zero one eight at zero eight fifteen hours",
    "fell to –5°C; <5 of 9; 2024-02-29T13:05Z": "fell to minus five degrees Celsius; less than five of nine; "
    "February twenty ninth, twenty twenty four, thirteen oh five U T C",
    "a scale of 1:50,000; the season 2001/02": "a scale of one to fifty thousand; the season two thousand one oh two",
    "l. 14 of 1Q84; Smith et al. 2019": "line fourteen of one Q eighty four; Smith et al twenty nineteen",
    "10 cells/mL; the P/E ratio; #metoo": "ten cells per milliliter; the P E ratio; hashtag metoo",
    "born c. 1450, d. 1519, fl. 1490": "born circa fourteen fifty, died fifteen nineteen, flourished fourteen ninety",
    "at 17:00 GMT on Rte. 9W": "at seventeen hundred G M T on Route nine W",
    "a 9mm, a .45-caliber pistol, a 45° angle, 9 mm": "a nine millimeter, a forty five-caliber pistol, a forty five "
    "degree angle, nine millimeters",
    "40.7128° N, 74° W.": "forty point seven one two eight degrees north, seventy four degrees west.",
    '12" ruler, 5″, 12′; he said "call 9" and left': 'twelve inch ruler, five inches, twelve feet; he said "call nine" '
    "and left",
    "the 12th c. and 19th-cent. novels; 5 gns.": "the twelfth century and nineteenth-century novels; five guineas.",
    "In chap. xiv. of vol. iii., at p. 204": "In chapter fourteen of volume three, at page two hundred four",
    "100 yds. in 10 secs., 1.5×10^8 km": "one hundred yards in ten seconds, one point five times ten to the power of "
    "eight kilometers",
    "Sat., 3 Jan., and Wed. the 7th": "Saturday, the third of January, and Wednesday the seventh",
    "Brown v. Board, cl. 1, Co. B": "Brown versus Board, clause one, Company B",
    "She's 5'2; the bar's 7' high; 32 deg.": "She's five feet two; the bar's seven feet high; thirty two degrees.",
    "Matthew 10:1, a ratio of 10:1; 4.5/5 stars": "Matthew ten one, a ratio of ten to one; four point five out of five "
    "stars",
    "the '49ers of '68–'72": "the 'forty niners of sixty eight to seventy two",
    "Your servant, A. B. Smith; Alex. Hamilton": "Your servant, A B Smith; Alexander Hamilton",
    "1 T. sugar, 2 C. flour; £2 2s. 0d.": "one tablespoon sugar, two cups flour; two pounds two shillings",
    "a B- in sums, an A- and type O-": "a B minus in sums, an A minus and type O minus",
    "He went to A- no, B- then": "He went to A- no, B- then",
    "3 m. from the sea at £1,250 p.a.": "three meters from the sea at one thousand two hundred fifty pounds per annum.",
    "on 6/7 May, ~3s, 9.58 s": "on the sixth to seventh of May, about three seconds, nine point five eight seconds",
    "2×4s, 4 × 100 m, 200 W 57th St.": "two by fours, four by one hundred meters, "
    "two hundred West fifty seventh Street.",
    "£5/10/6, a 10/- note, a ¼ to 7": "five pounds ten shillings and six pence, "
    "a ten shilling note, a quarter to seven",
    "20° W. of N., S.W.1, 1st c. CE": "twenty degrees west of north, S W one, first century CE",
    "HP 95 → 98": "HP ninety five to ninety eight",
    "E=mc^2, ¶ 4, col. 2": "E equals mc squared, paragraph four, column two",
    "J. R. R. Tolkien of the U.S.A. works": "J R R Tolkien of the U S A works",
    "Happy birthday 🎂🎉 (＾▽＾)": "Happy birthday ",
    "the 3.5mm jack, the 2m tall man, the 5km of road": "the three point five millimeter jack, the two meter tall man, "
    "the five kilometers of road",
    "the 4x400m relay, the 100m we ran": "the four by four hundred meter relay, the one hundred meters we ran",
    "May, 1940s style; the 6th of May, 1940s": "May, nineteen forties style; the sixth of May, nineteen forties",
    "Jan. 5 – Feb. 3, 1999": "January fifth to February third, nineteen ninety nine",
    "Open 9:00-5, 10:30-12; see 3:16-18": "Open nine to five, ten thirty to twelve; see three sixteen to eighteen",
    "at 17:00 hrs. He left at 17:30 hrs": "at seventeen hundred hours. He left at seventeen thirty hours",
    "Call 911 or 999; 82nd Airborne Div., Jr. and Sr., ed. 3": "Call nine one one or nine nine nine; "
    "eighty second Airborne Division, Junior and Senior, edition three",
    "1-413-te-b-m²": "one four hundred thirteen te b m ",
    "* * *": "",
    "co\u00adoperate": "cooperate",
}


@pytest.mark.parametrize(("written", "spoken"), SAID.items())
def test_is_said(written: str, spoken: str) -> None:
    assert normalize(written, "en").strip() == spoken.strip()


def test_prose_without_numbers_is_copied_word_for_word() -> None:
    text = "“It is a truth universally acknowledged,” she said—“is it not?”"
    assert normalize(text, "en") == text


def test_every_replacement_names_its_rule_and_alternatives() -> None:
    result = normalize_spans("On 4/9 we left St. Louis.", "en")
    by_rule = {r.rule: r for r in result.replacements}
    assert (
        by_rule["month-slash-day"].cls == "date"
        and "four over nine" in by_rule["month-slash-day"].alternatives
    )
    assert by_rule["saint-or-street"].alternatives == ("Street",)
    saint = by_rule["saint-or-street"]
    assert result.source[saint.src_start : saint.src_end] == "St."
    assert result.text[saint.out_start : saint.out_end] == "Saint"


def test_marks_of_notes_are_not_read() -> None:
    assert normalize("He saw it.[5] Then he went[12] home.", "en") == "He saw it. Then he went home."
    assert normalize("他走了。[12]后来", "zh") == "他走了。后来"
    assert normalize("[3] See above.", "en") == "[three] See above."  # a list, not a mark


def test_a_pronoun_at_the_end_of_a_wrapped_line_is_no_numeral() -> None:
    assert (
        normalize("I saw I\nmight come; in part I\nagree.", "en") == "I saw I\nmight come; in part I\nagree."
    )
