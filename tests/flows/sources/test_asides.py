"""What authors and archives say to the readers is left out and listed; the story's own letters and notes are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.sources import ReadOptions, read
from tests.flows.sources.epub_files import assert_tiles, reasons, texts

FOG = "The fog came up from the river and took half of the bridge, and the keeper counted the stones."
TEA = "Three travellers sat in the tea house, and none of them spoke of last night to the others."


def book(tmp_path: Path, *paragraphs: str) -> Path:
    """A text of two chapters; the paragraphs stand at the foot of the first."""
    text = "\n\n".join(["Chapter 1", FOG, TEA, *paragraphs, "Chapter 2", TEA, FOG]) + "\n"
    (tmp_path / "b.txt").write_text(text, encoding="utf-8")
    return tmp_path / "b.txt"


@pytest.mark.parametrize(
    "note",
    [
        "A/N: Sorry for the wait!",
        "(A/N: this is my first story.)",
        "Author’s Note: half of it is done.",
        "Disclaimer: I don't own these characters.",
        "P.S. Reviews are welcome!",
        "Please read and review!",
        "Thanks for reading, and see you in the next chapter.",
        "作者有话说：谢谢大家的地雷，爱你们。",
        "PS：今天只有一更，求推荐票！",
        "感谢书友“河边柳”的打赏！",
        "译注：原文此处为双关。",
        "Translator: Snow. Editor: Rain.",
        "感谢在期间为我投出霸王票的小天使哦~",
    ],
)
def test_words_to_the_readers(tmp_path: Path, note: str) -> None:
    path = book(tmp_path, note)
    made = read(path)
    assert_tiles(made, {"b.txt": path.read_text("utf-8")})
    assert texts(made) == ["Chapter 1", FOG, TEA, "Chapter 2", TEA, FOG]
    assert reasons(made) == {"author-note": note}
    assert note in texts(read(path, ReadOptions(front_matter=True)))


@pytest.mark.parametrize(
    "line",
    [
        "P.S. Bring the lamp with you.",
        "“Disclaimer: I have never done this before,” she said.",
        "Note to self, he thought: never ask for the rating.",
        "She had to review the notes before the next chapter of her life began.",
        "他在信的末尾写道：PS：别等我。",
        "“感谢你的打赏，客官。”他说。",
        "注：此信由他人代笔。",
        "Note that nobody updates a story from the grave.",
    ],
)
def test_the_storys_own_words_are_read(tmp_path: Path, line: str) -> None:
    assert line in texts(read(book(tmp_path, line)))


def test_a_note_of_several_paragraphs_ends_with_the_chapter(tmp_path: Path) -> None:
    made = read(book(tmp_path, "* * *", "Author’s Note:", "I was ill.", "The next one comes on Friday."))
    assert texts(made) == ["Chapter 1", FOG, TEA, "Chapter 2", TEA, FOG]


def test_what_an_archive_prints(tmp_path: Path) -> None:
    head = ["Rating: Teen", "Fandom: Original Work", "Language: English", "Words: 1,204 Chapters: 2/2"]
    notes = ["Chapter Notes", "Written on a train.", "Chapter Text"]
    text = "\n\n".join([*head, "Chapter 1", *notes, FOG, TEA, "Chapter 2", TEA, FOG]) + "\n"
    (tmp_path / "b.txt").write_text(text, encoding="utf-8")
    assert texts(read(tmp_path / "b.txt")) == ["Chapter 1", FOG, TEA, "Chapter 2", TEA, FOG]


def test_a_book_of_nothing_but_notes_is_read(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("A/N: Sorry for the wait!\n", encoding="utf-8")
    assert texts(read(tmp_path / "b.txt")) == ["A/N: Sorry for the wait!"]


@pytest.mark.parametrize(
    "talk",
    [
        "Hey everyone! Sorry this one took forever, finals ate me alive. Next part should be up Friday.",
        "Edit: fixed a couple of typos and a continuity error, thanks to BlueKnight for pointing it out.",
        "If you are enjoying the story, consider following or leaving a rating, it really does help.",
        "What did you think of the keeper? I'd love to hear from you.",
        "Your reviews last time were amazing, I read them all twice.",
        "这章写得有点卡，删删改改好几遍，希望大家喜欢。",
        "先说一声抱歉，昨天家里停电没能更新，今天补上。",
        "推一下基友的新文《山有木兮》，喜欢甜文的可以去看看。",
        "大家觉得守桥人是好人还是坏人？评论告诉我。",
    ],
)
def test_an_author_who_talks_without_a_label(tmp_path: Path, talk: str) -> None:
    """Words of writing and publishing, thanks, readers and days: several kinds together, at a chapter's foot."""
    assert reasons(read(book(tmp_path, talk))) == {"author-note": talk}


@pytest.mark.parametrize(
    "line",
    [
        "I thanked them all and promised to write again soon, though I knew I would not.",
        "The letter was short. I am well. I hope you are too. Please do not come.",
        "So ended the last chapter of her life in the harbour, and nobody was sorry.",
        "Consider the keeper, who was once handsome and tall as you.",
        "三更时分，大家都睡了，只有桥头的灯还亮着，谢谢它照着回家的人。",
        "明天，大家就要各奔东西了，希望还能再见。",
        "信上只有一句话：对不起，让你们久等了。",
    ],
)
def test_a_story_that_uses_such_words_is_read(tmp_path: Path, line: str) -> None:
    assert line in texts(read(book(tmp_path, line)))


MANUAL = (
    "A program is a file of commands. Write each on a line of its own, and put a name before them all.",
    "The shell looks for a program in each folder of its path, and the first one that it finds is run.",
)


@pytest.mark.parametrize(
    "paragraph",
    [
        "So far you have typed every command. In this chapter, we will look at the others, and you’ll write one.",
        "If you find typos, please tell us; updates of this book are listed at the end of the last chapter.",
        "PS: such programs are very rare; the previous chapter has the only one that comes to mind.",
        "P.S. Though I would gladly profit by your kind offer of living in your garden house, I cannot.",
        "Note: for simplicity’s sake, this chapter calls both of them programs.",
        "Beta: the next release.",
        "在这一章中，我们学到了用编辑器的必要技巧，在后面的章节里，大家会写自己的程序，希望你喜欢。",
        "这本书的读者大家都知道，更新一个程序很容易，感谢它的作者。",
    ],
)
def test_a_book_in_which_nobody_speaks_has_chapters_to_talk_of(tmp_path: Path, paragraph: str) -> None:
    text = "\n\n".join(
        line for n in (1, 2, 3) for line in (f"Chapter {n}", paragraph, *MANUAL * 15, paragraph, MANUAL[0])
    )
    path = tmp_path / "b.txt"
    path.write_text(text + f"\n\n{paragraph}\n", encoding="utf-8")

    made = read(path)

    assert reasons(made) == {}
    assert texts(made).count(paragraph) == 7


@pytest.mark.parametrize(("title", "kept"), [("Preface", True), ("Chapter 1", False)])
def test_a_preface_may_thank_and_speak_of_its_writing(tmp_path: Path, title: str, kept: bool) -> None:
    thanks = (
        "I thank my friend, who let me write this story in updates, and proofread every chapter. Thank you!"
    )
    path = tmp_path / "b.txt"
    path.write_text("\n\n".join([title, thanks, "Chapter 2", FOG, TEA]) + "\n", encoding="utf-8")

    assert (thanks in texts(read(path))) is kept


def test_what_a_storyteller_says_at_the_end_of_every_chapter_is_read(tmp_path: Path) -> None:
    refrain = "要知後事如何，且聽下回分解。"
    text = "\n".join(
        line for n in "一二三四五" for line in (f"第{n}回 燈火", "老人坐在門口。", "他笑了。", refrain)
    )
    path = tmp_path / "b.txt"
    path.write_text(text, encoding="utf-8")

    assert texts(read(path)).count(refrain) == 5
