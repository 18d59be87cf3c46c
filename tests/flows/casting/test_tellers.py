"""Parts of a book that characters tell: journals, letters, chapters headed by whoever tells them."""

from __future__ import annotations

from collections.abc import Sequence

from flows.casting import cast_book
from flows.casting.attribution import decide, gather
from flows.casting.nouns import Casting

HARKER = (
    "I left Munich in the evening and I came to Vienna early next morning, and my train was an hour late.",
    "I told Jane Moor of it when she met me at the station. She laughed at me, and I laughed with her.",
    "“You are late, Jonathan Harker,” said Jane Moor.",
    "“The train was late,” I said, and I took my bag.",
    "I slept badly in my bed, though it was comfortable enough, for I had all sorts of queer dreams.",
)
MOOR = (
    "I have been busy all the week with my pupils, and I am glad that my Saturday is free at last.",
    "Jonathan Harker came to my room in the evening, and I gave him tea. I saw that he was tired.",
    "“You should rest,” I said, and I took his cup.",
    "“I cannot rest, Jane,” said Jonathan Harker.",
    "I watched him from my window as he went away, and I thought of my mother’s warning.",
)


def speakers(casting: Casting, chapters: Sequence[Sequence[str]]) -> dict[str, str | None]:
    """What is said -> by whom."""
    return {
        chapters[chapter][paragraph][span.start : span.end]: span.speaker
        for chapter, paragraph, span in casting.dialogue()
    }


def narrators(casting: Casting) -> list[list[str | None]]:
    """Of each paragraph of each chapter, whose the first stretch of narration is."""
    return [
        [next((span.speaker for span in spans if span.kind == "narration"), None) for spans in chapter]
        for chapter in casting.spans
    ]


def test_i_is_whoever_the_journal_belongs_to() -> None:
    chapters = [["Jonathan Harker’s Journal.", *HARKER, "Jane Moor’s Diary—continued.", *MOOR]]
    casting = cast_book(chapters, "en")
    said = speakers(casting, chapters)
    assert (said["“The train was late,”"], said["“You should rest,”"]) == ("Jonathan Harker", "Jane Moor")
    assert (casting.person, casting.narrator, casting.tellers) == (1, None, ("Jonathan Harker", "Jane Moor"))
    told = narrators(casting)[0]
    assert (told[1], told[5], told[7], told[11]) == ("Jonathan Harker",) * 2 + ("Jane Moor",) * 2
    assert told[0] is None, "what is printed above it the narrator reads"


def test_one_journal_makes_a_narrator_of_its_writer() -> None:
    casting = cast_book([["The Narrative of Jonathan Harker", *HARKER]], "en")
    assert (casting.narrator, casting.tellers) == ("Jonathan Harker", ())
    assert set(narrators(casting)[0]) == {None}


def test_chapters_headed_by_names_are_told_by_them() -> None:
    chapters = [["", *HARKER], ["", *MOOR]]
    headings = [["JONATHAN", *[""] * len(HARKER)], ["Chapter 2: Jane", *[""] * len(MOOR)]]
    casting = decide(gather(chapters, "en", None, headings))
    said = speakers(casting, chapters)
    assert (said["“The train was late,”"], said["“You should rest,”"]) == ("Jonathan Harker", "Jane Moor")


def test_a_chapter_named_after_somebody_among_others_is_not_theirs() -> None:
    chapters = [["", *HARKER], ["", *HARKER], ["", *HARKER]]
    headings = [[title, *[""] * len(HARKER)] for title in ("The Train", "Jane Moor", "The Tea")]
    casting = decide(gather(chapters, "en", None, headings))
    assert (casting.tellers, casting.narrator) == ((), "Jonathan Harker")


def test_a_narrative_is_contributed_by_whoever_it_says() -> None:
    chapters = [
        ["The events related by Jonathan Harker, solicitor’s clerk in the service of Lady Moor.", *HARKER],
        ["Contributed by Jane Moor; niece of the late Sir John Moor.", *MOOR],
    ]
    assert cast_book(chapters, "en").tellers == ("Jonathan Harker", "Jane Moor")


def test_what_is_read_in_the_middle_of_a_book_is_told_no_further_than_its_chapter() -> None:
    diary = ["Jane Moor’s Diary.", *MOOR]
    again = ["Mary’s Diary.", *MOOR]
    chapters = [list(HARKER), list(HARKER), diary, list(HARKER), again, list(HARKER)]
    told = narrators(cast_book(chapters, "en"))
    assert [chapter[1] for chapter in told] == [None, None, "Jane Moor", None, "Mary", None]


def test_whoever_is_named_on_every_page_does_not_say_i() -> None:
    about = [line.replace("Jonathan Harker", "Jane Moor") for line in MOOR]
    chapters = [[f"{name}’s Diary.", *about, *about] for name in ("Jane Moor", "Mary Hill")]
    assert cast_book(chapters, "en").tellers == ()


def test_a_chapter_in_the_third_person_is_nobodys() -> None:
    told = [
        f"{name} went home. He saw the fire and sat by it, and nobody came." * 4 for name in ("Tom", "Ned")
    ]
    chapters = [["", told[0], "“Well,” said Tom."], ["", told[1], "“Well,” said Ned."]]
    headings = [["Tom", "", ""], ["Ned", "", ""]]
    casting = decide(gather(chapters, "en", None, headings))
    assert (casting.person, casting.tellers) == (3, ())


def test_a_quoted_letter_is_read_by_its_writer_and_the_journal_goes_on() -> None:
    letter = ["“My dear Jane,—", "“I am well, and Tom Bell sends his love.", "“Yours, L.”"]
    chapters = [
        ["Jane Moor’s Diary.", *MOOR, "Letter, Lucy Wood to Jane Moor.", *letter, MOOR[0], "“Ah,” I said."],
        ["Jonathan Harker’s Journal.", *HARKER, "“Lucy!” cried Lucy Wood."],
    ]
    casting = cast_book(chapters, "en")
    said = speakers(casting, chapters)
    assert {said[line] for line in letter} == {"Lucy Wood"}
    assert said["“Ah,”"] == "Jane Moor"


def test_the_narrator_may_read_all_that_is_told() -> None:
    casting = cast_book([["Jonathan Harker’s Journal.", *HARKER, "Jane Moor’s Diary.", *MOOR]], "en")
    plain = casting.told_by_narrator()
    assert plain.tellers == () and set(narrators(plain)[0]) == {None}
    assert list(plain.dialogue()) == list(casting.dialogue())


def test_a_chinese_diary() -> None:
    mine = ["我昨天回到家里，我很累，我什么也不想说。" * 3, "“你回来了。”林晚说。", "“我回来了。”我说。"]
    hers = ["我等了他一整天，我的心里很乱，我不知道我该怎么办。" * 3, "“你累吗？”我问。", "“不累。”沈越说。"]
    chapters = [["沈越的日记", *mine, "林晚的日记", *hers]]
    casting = cast_book(chapters, "zh")
    said = speakers(casting, chapters)
    assert casting.tellers == ("沈越", "林晚")
    assert (said["“我回来了。”"], said["“你累吗？”"]) == ("沈越", "林晚")


def test_a_narrative_that_is_resumed_was_told_by_the_same_before() -> None:
    chapters = [["", *HARKER] * 3, ["", *MOOR], ["", *HARKER]]
    heads = (
        "The Train",
        "Narrative continued by Jane Moor: The Tea",
        "Narrative resumed by Jonathan Harker—Night",
    )
    headings = [[title, *[""] * (len(c) - 1)] for title, c in zip(heads, chapters, strict=True)]
    called = [
        "“Harker!” cried Jane Moor.",
        "“Yes,” I said.",
        "“Harker, come!” said Jane Moor.",
        "“I come,” I said.",
    ]
    chapters[0] += called
    headings[0] += [""] * len(called)
    casting = decide(gather(chapters, "en", None, headings))
    assert casting.tellers == ("Jonathan Harker", "Jane Moor")
    assert narrators(casting)[0][1] == "Jonathan Harker"


def test_whom_i_call_by_name_does_not_narrate() -> None:
    told = [
        "I was in my bath when he came in, and I told him of my troubles with my aunt and my cousin and the cow.",
        "“Jeeves,” I said, “I am in trouble.”",
        "“Indeed, sir?”",
        "“Bertie!” cried my aunt. I went to her room, and I asked her what she wanted of me at that hour.",
        "“Coming,” I said.",
        "“Jeeves,” I said, “my hat.”",
        "“Bertie, you ass!” said my aunt, and I left it at that, for I knew better than to argue with my aunt.",
        "“Well?” I said.",
    ]
    assert cast_book([told * 4], "en").narrator == "Bertie"
