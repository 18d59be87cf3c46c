"""Spellings become persons step by step: who is somebody, and which spellings belong to one."""

from __future__ import annotations

import pytest

from flows.casting.english.families import Families, is_person, title_classes, title_gender
from flows.casting.english.quoting import CONVENTIONS
from flows.casting.english.spellings import Capitals, Run, Runs, key, spelled_runs
from flows.casting.prose import from_chapters

APART = (
    " and the clock went on as it had gone on all day in the empty house, where nobody had come to wind it up, "
    "or to look whether it still went."
)
"""Longer than the names of two people stand from one another."""


def runs_of(text: str) -> Runs:
    prose = from_chapters([text.split("\n")], CONVENTIONS)
    quoted = [(prose.starts[q.paragraph] + q.start, prose.starts[q.paragraph] + q.end) for q in prose.quotes]
    return spelled_runs(prose, quoted, Capitals(prose.text))


def names_of(text: str) -> list[set[str]]:
    """The spellings of each person found."""
    return [set(person.aliases) for person in Families(runs_of(text), small=True).put_together().persons]


def run(
    name: str,
    *,
    lower: int = 0,
    narrated: int = 0,
    inside: int = 0,
    verb: int = 0,
    vocative: int = 0,
    place: int = 0,
) -> Run:
    return Run(
        key(name),
        name,
        lower,
        narrated=narrated,
        inside=inside,
        verb=verb,
        vocative=vocative,
        place=place,
    )


@pytest.mark.parametrize(
    ("one", "right"),
    [
        (run("Zorn", inside=3, verb=1), True),
        (run("Anna", inside=2), True),
        (run("Zorn", inside=3, narrated=3), False),
        (run("Zorn", inside=3, vocative=2), True),
        (run("London", inside=3, place=3), False),
        (run("Power", inside=3, lower=9, narrated=3, vocative=2), False),
        (run("Avonlea", inside=30, verb=2, place=25), False),  # the narrator's "said Avonlea"
        (run("O", inside=3, vocative=2), False),
        (run("Mr. Zorn"), True),
    ],
)
def test_a_spelling_is_somebody_who_speaks_is_called_or_bears_a_given_name(one: Run, right: bool) -> None:
    assert is_person(one, {one.words: one}, small=False) == right


def test_a_family_in_the_plural_is_nobody() -> None:
    one, many = run("Moor", verb=1), run("Moors", verb=1)
    runs = {one.words: one, many.words: many}
    assert is_person(one, runs, small=True) and not is_person(many, runs, small=True)


def test_full_names_of_one_given_name_and_surname_are_one_person() -> None:
    text = "Then Elizabeth Moor came in, and “late,” said Lizzy Moor, and Elizabeth Moor spoke."
    assert names_of(text) == [{"Elizabeth Moor", "Lizzy Moor"}]


def test_titles_that_clash_are_two_people() -> None:
    text = "“is it late?” said Mr. Orme. “it is,” said Mrs. Orme."
    assert names_of(text) == [{"Mr. Orme"}, {"Mrs. Orme"}]


def test_a_bare_surname_is_the_mans() -> None:
    text = "Then Peter Orme met Jane Orme. “late,” said Peter Orme. “so,” said Orme."
    people = names_of(text)
    assert {"Peter Orme", "Orme"} in people and {"Jane Orme"} in people


def test_the_rabbit_is_the_white_rabbit() -> None:
    text = "“late,” the White Rabbit said. And the White Rabbit cried out, and the Rabbit said no more."
    assert names_of(text) == [{"White Rabbit", "Rabbit"}]


def test_what_the_text_shows_of_a_spelling_is_counted() -> None:
    runs = runs_of("Long ago Tom went home.\n“Come, Tom,” said Ada. She was going to York with the Tom.")
    tom, york = runs[("tom",)], runs[("york",)]
    assert (tom.narrated, tom.quoted, tom.vocative, tom.acts, tom.the) == (2, 1, 1, 1, 1)
    assert runs[("ada",)].verb == 1 and york.oblique == 1 and york.core == ["york"]


def test_titles_tell_class_and_gender() -> None:
    assert title_classes(("colonel", "orme")) == {"rank:col"} and title_classes(("old", "orme")) == set()
    assert title_gender(("mrs", "orme")) == ("female", "title Mrs") and title_gender(("orme",)) == (None, "")


def test_a_woman_is_one_under_her_maiden_name_and_her_husbands() -> None:
    text = "“is it late?” said Miss Lea Moor. “late,” said Mrs. Lea Bell. Then Lea Moor met Lea Bell."
    assert names_of(text) == [{"Miss Lea Moor", "Lea Moor", "Mrs. Lea Bell", "Lea Bell"}]


def test_van_is_no_given_name() -> None:
    text = "“late,” said Abraham Van Helm. “so,” said Van Helm. “no,” said Dr. Van Helm."
    assert names_of(text) == [{"Abraham Van Helm", "Van Helm", "Dr. Van Helm"}]


def test_madam_before_a_given_name_is_whoever_has_it() -> None:
    text = "“late,” said Lea Moor. “so, Madam Lea,” he said. Then Lea Moor left, and Madam Lea came back."
    assert names_of(text) == [{"Lea Moor", "Madam Lea"}]


def test_a_title_in_full_ends_its_sentence() -> None:
    assert ("professor", "taking") not in runs_of("I told the Professor. Taking his hat, he left.")
    assert ("dr", "orme") in runs_of("I told it to Dr. Orme, and he left.")


def test_an_exclamation_before_a_semicolon_is_no_name() -> None:
    text = "“Yus; there was five,” said Tom. He sat. “Yus; it was a big one,” said Tom. Then Tom went."
    assert names_of(text) == [{"Tom"}]


def test_a_place_that_is_called_upon_is_a_place() -> None:
    went = "He came to Holm in May, left Holm at night, and was in Holm again at noon. "
    assert names_of(f"{went}“Holm! Holm!” cried Tom. From Holm it is far, said Tom.") == [{"Tom"}]


def test_an_exclamation_and_an_epithet_are_nobody() -> None:
    text = "“Begone! I hate you,” cried Tom. “Begone! Alas!” he said. “I will,” said the good, gentle girl, and went."
    assert names_of(text) == [{"Tom"}]


def test_two_nicknames_and_a_wife_under_her_husbands_name() -> None:
    text = (
        "“late,” said Augustus Orme. “so,” said Gussie Orme. “no,” said Mrs. Augustus Orme. And Gussie sat."
    )
    assert names_of(text) == [{"Augustus Orme", "Gussie Orme", "Gussie"}, {"Mrs. Augustus Orme"}]


def test_a_mother_and_her_daughter_are_spoken_of_in_one_breath() -> None:
    text = (
        "Then Diana Orme came in. “late,” said Mrs. Orme. “if Mrs. Orme lets Diana go.” "
        "“but Mrs. Orme told Diana.” “so Mrs. Orme and Diana went.” “good,” said Diana."
    )
    assert {"Mrs. Orme"} in names_of(text) and {"Diana Orme", "Diana"} in names_of(text)
    alone = "Then Clarissa Orme came in@ “late,” said Mrs. Orme@ “good,” said Clarissa."
    assert names_of(alone.replace("@", APART)) == [{"Clarissa Orme", "Mrs. Orme", "Clarissa"}]


def test_a_married_woman_is_called_by_title_and_given_name_where_she_is_so_called_in_full() -> None:
    text = "Then Mrs. Rachel Orme came in. “late,” said Mrs. Rachel. “so,” said Mrs. Orme."
    assert names_of(text) == [{"Mrs. Rachel Orme", "Mrs. Rachel", "Mrs. Orme"}]


def test_an_aunt_is_who_has_that_name_before_who_may_be_called_so() -> None:
    text = (
        "Then Josie Pye met Josie Pye and Miss Josephine Orme. “late,” said Josie. “so,” said Josie. "
        "“good,” said Aunt Josephine."
    )
    assert {"Miss Josephine Orme", "Aunt Josephine"} in names_of(text)


def test_one_who_is_called_by_name_and_calling_is_one_person() -> None:
    text = "Then Perks the Porter came in. “late,” said Perks. “so,” said Mr. Perks. “no,” said Mrs. Perks."
    assert names_of(text) == [{"Perks the Porter", "Perks", "Mr. Perks"}, {"Mrs. Perks"}]


def test_an_office_of_two_words_is_its_bearers_name() -> None:
    text = "Then they met the Station Master. “late,” said the Station Master. “so,” the Station Master said."
    assert names_of(text) == [{"Station Master"}]
    assert names_of("“late,” said the Lady Anne. “so,” said Lady Anne.") == [{"Lady Anne"}]


@pytest.mark.parametrize("beside", ["", "Roberta and Bobbie went out together. "])
def test_a_name_and_a_nickname_that_never_meet_are_one(beside: str) -> None:
    """The narrator who tells of two has them meet."""
    text = "".join(f"“late,” said {name}{APART} " + beside for name in ("Roberta", "Bobbie") * 6)
    assert names_of(text) == ([{"Roberta"}, {"Bobbie"}] if beside else [{"Roberta", "Bobbie"}])


def test_what_is_only_ever_exclaimed_is_nobody() -> None:
    assert names_of("“Prut, I say.” “Prut, they come.” “so,” said Anna. “late,” said Anna.") == [{"Anna"}]


def test_a_surname_that_ends_in_s_is_no_family_for_one_slip_of_the_print() -> None:
    text = "“late,” said Venters. “so,” said Venters. They spoke of Venter. “good,” said Venters."
    assert names_of(text) == [{"Venters"}]


def test_a_word_that_once_begins_a_sentence_is_no_given_name() -> None:
    text = "“late,” said Lassiter. " * 6 + "Thereafter Lassiter said nothing. “so,” said Lassiter."
    assert names_of(text) == [{"Lassiter"}]


def test_a_doctor_and_a_mister_whom_the_narrator_calls_so_are_two() -> None:
    text = "“late,” said Dr. Craven. “so,” said Mr. Craven. " * 5
    assert sorted(map(sorted, names_of(text))) == [["Dr. Craven"], ["Mr. Craven"]]
    assert names_of("“late,” said Dr. Craven. “so,” said Mr. Craven.") == [{"Dr. Craven", "Mr. Craven"}]
    assert {"Mrs. Craven"} in names_of("“late,” said Dr. Craven. “so,” said Mrs. Craven.")


def test_a_surname_on_every_page_is_not_the_womans_who_has_it_once() -> None:
    text = "Then Elizabeth Venters came in. " + "“late,” said Venters. " * 25
    assert names_of(text) == [{"Elizabeth Venters"}, {"Venters"}]


def test_a_name_cut_short_is_whose_the_whole_is() -> None:
    text = "Then Huckleberry Finn came in. “late,” said Huckleberry. “so,” said Huck. “good,” said Huck."
    assert names_of(text) == [{"Huckleberry Finn", "Huckleberry", "Huck"}]


def test_an_aunt_whose_name_another_s_may_be_made_into_is_somebody_else() -> None:
    text = f"“late,” said Mary Orme{APART} “so,” said Mary{APART} “no,” said Aunt Polly{APART} " * 6
    assert sorted(map(sorted, names_of(text))) == [["Aunt Polly"], ["Mary", "Mary Orme"]]


def test_a_wife_is_called_by_her_husbands_name() -> None:
    text = "Then Newland Orme came in. “late,” said Newland Orme. “so,” said Mrs. Newland Orme. “no,” said Mr. Orme."
    assert sorted(map(sorted, names_of(text))) == [["Mr. Orme", "Newland Orme"], ["Mrs. Newland Orme"]]


def test_a_name_of_two_small_words_is_one() -> None:
    text = "“late,” said Mr. Henry van der Moor. “so,” said Mrs. van der Moor. “no,” said Mr. van der Moor."
    assert sorted(map(sorted, names_of(text))) == [
        ["Mr. Henry van der Moor", "Mr. van der Moor"],
        ["Mrs. van der Moor"],
    ]


def test_miss_before_a_given_name_is_the_same_girl() -> None:
    assert names_of("“late,” said Miss Jo. " + "“late,” said Jo. " * 25) == [{"Miss Jo", "Jo"}]


def test_a_full_name_with_a_given_name_of_no_list() -> None:
    text = f"“Late,” said Zerty.{APART} Miss Farish came. We saw Zerty Farish there, and knew Zerty Farish by it."
    assert {"Zerty Farish", "Zerty", "Miss Farish"} in names_of(text)


def test_a_pet_form_and_the_name_it_is_made_of() -> None:
    text = f"“Late,” said Gerty Moor.{APART} It was Gertrude Moor who came.{APART} “So,” said Gertrude Moor."
    assert names_of(text) == [{"Gerty Moor", "Gertrude Moor"}]


def test_a_russian_is_called_by_name_and_patronymic() -> None:
    text = (
        f"Prince Stepan Arkadyevitch Oblonsky woke up.{APART} “So,” said Stepan Arkadyevitch.{APART} “Sit,” "
        f"said Oblonsky. Darya Alexandrovna came.{APART} “Late,” said Dolly.{APART} “Well,” said Dolly."
    )
    found = Families(runs_of(text), small=True).put_together().persons
    assert [(set(person.aliases), person.gender) for person in found] == [
        ({"Prince Stepan Arkadyevitch Oblonsky", "Stepan Arkadyevitch", "Oblonsky"}, "male"),
        ({"Darya Alexandrovna", "Dolly"}, "female"),
    ]


def test_mrs_joe_is_not_joe() -> None:
    text = f"Joe Gargery sat.{APART} “So,” said Joe.{APART} “Late,” said Mrs. Joe.{APART} She was Mrs. Joe Gargery."
    found = Families(runs_of(text), small=True).put_together().persons
    assert [person.gender for person in found if "Joe" in person.aliases] == ["male"]
    assert all(not {"Joe", "Mrs. Joe"} <= set(person.aliases) for person in found)


def test_an_initial_may_be_that_of_a_wife() -> None:
    text = (
        f"“So,” said Eddie Swanson.{APART} Mrs. E. Louetta Swanson came.{APART} “Well,” said Eddie Swanson."
    )
    assert {"Eddie Swanson"} in names_of(text)


def test_a_man_called_once_by_his_wifes_name() -> None:
    text = (
        f"“So,” said Camilla.{APART} “Late,” said Camilla.{APART} “Come,” said Mr. Camilla, as he was called."
    )
    assert {"Camilla"} in names_of(text)


def test_a_town_that_thinks_is_a_place() -> None:
    text = (
        "He lived in Gopher Prairie. " * 24
        + "They went to Gopher Prairie. " * 36
        + "Gopher Prairie thought so."
    )
    run = runs_of(text)["gopher", "prairie"]
    assert run.verb and not is_person(run, runs_of(text), small=False)


def test_a_narrator_who_says_paul_means_another_by_morel() -> None:
    told = f"Walter Morel and Paul Morel came.{APART} " + f"Paul sat, and Morel stood.{APART} " * 110
    assert {"Walter Morel", "Morel"} in names_of(told + "“So,” said Paul. “Well,” said Morel.")
    alone = (
        f"Hugh Hendon and Miles Hendon came.{APART} Miles Hendon sat.{APART} "
        + f"Miles sat.{APART} Hendon stood.{APART} " * 110
    )
    assert {"Miles Hendon", "Miles", "Hendon"} in names_of(alone + "“So,” said Hendon.")
    wife = f"“So,” said Mrs. Morel.{APART} “Well,” said Morel.{APART} "
    assert {"Mrs. Morel"} in names_of(wife * 6)


def test_a_woman_under_a_surname_beside_a_man_who_has_it() -> None:
    told = (
        f"Mr. Peggotty sat. He smoked.{APART} Peggotty came in. She was glad.{APART} “So,” said Peggotty.{APART} "
        * 6
    )
    assert {"Peggotty"} in names_of(told) and {"Mr. Peggotty"} in names_of(told)


def test_a_general_and_his_son() -> None:
    told = (
        f"Henry Tilney came.{APART} Mr. Tilney sat.{APART} Henry rose.{APART} General Tilney came in.{APART} "
        * 6
    )
    assert all(not {"General Tilney", "Henry"} <= spelled for spelled in names_of(told))
    other = f"Mr. Bucket sat.{APART} Inspector Bucket came.{APART} " * 6
    assert names_of(other) == [{"Mr. Bucket", "Inspector Bucket"}]
