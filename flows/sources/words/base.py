"""What words name the parts of a book, and of a subtitle, in one language."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Talk:
    """What stands in a book's chapters and is said to its readers: by authors, translators and archives.

    Every string is a regular expression as those of `Words` are.

    Args:
        labels: before a colon or alone, what an author or translator says to the readers.
        hints: the same where reader_words stand behind it; else it may be a person's (P.S., note).
        reader_words: what is said to readers and hardly ever in a story: votes, updates, reviews.
        reader_lines: found in a line at a chapter's head or foot that is said to readers.
        of_writing: what is said of writing and publishing in parts, and of nothing else (typos, hiatus).
        of_requests: what readers alone are asked for: votes, ratings, comments.
        of_chapters, to_readers, courtesy, days: each weaker, together they tell an author's talk: this chapter, you
            guys, sorry and thanks, Friday and exams.
        oneself: outside of quotes, a writer of today: I'm, I hope, you. Not one who tells what was.
        first_person: found outside of quotes in nearly every paragraph that somebody tells of himself.
        of_others: found in a line of a story that has such words.
        archive_labels: before a colon in the table that an archive prints above a story.
        archive_heads, archive_parts: heads that an archive prints within a story, alone and beside others of them.
        archive_text: the one of them under which the story itself stands.
        archive_lines: found in a line that an archive prints.
    """

    labels: str = ""
    hints: str = ""
    reader_words: str = ""
    reader_lines: str = ""
    of_writing: str = ""
    of_requests: str = ""
    of_chapters: str = ""
    to_readers: str = ""
    courtesy: str = ""
    days: str = ""
    oneself: str = ""
    first_person: str = ""
    of_others: str = ""
    archive_labels: str = ""
    archive_heads: str = ""
    archive_parts: str = ""
    archive_text: str = ""
    archive_lines: str = ""


@dataclass(frozen=True, kw_only=True)
class Words:
    """The words of a language by which its books are read. All have a default: a language says what it knows.

    Every string is a regular expression, matched without regard to capitals; `fullmatch` against a whole title or
    line unless told otherwise. Words that make a heading together with a number stand in the language's record
    (`Language.heading_units`).

    Args:
        code: of the language, ISO 639-1.
        sections: headings without a number: prologue, epilogue, preface.
        closing: those of them that stand behind the story.
        extras: titles of what is told beside the story (番外, side story); a number may follow, and where blanks do
            not part words the title at once.
        holders: units that hold chapters where chapters exist as well, as headings write them in small letters.
        within: units that divide a chapter where chapters exist as well: a scene, a quarter of a match.
        compounds: of a unit and what follows it in one word, which is no heading (第三回合, 第二节课).
        bare_units: words that alone stand before a chapter's title (章节-纸船).
        title_notes: in brackets behind a title, what is no part of it: votes, thanks, word counts, edits.
        title_tails: the same without brackets, at the end of the line.
        contents: titles of a table of contents.
        pictures: texts of pictures that say what the picture is, not what is printed on it.
        title_page, copyright_page, notes_page, picture_list: how contents call these pages.
        front, back: titles of what stands before and behind the story proper; a prologue is story.
        rights: found anywhere on a copyright page, and hardly elsewhere.
        body: what contents call the text itself.
        end_mark: what a site prints at the foot of a chapter.
        refrain: found in what storytellers say at the end of every chapter, which is text.
        other_books, publishers_page, index_page: titles of pages around the story that advertise or list.
        index_reference: found in an entry of an index that refers to another.
        advert: a line that a converter or a site prints between paragraphs.
        advert_words: found in such a line.
        site_words: found in such a line beside a web address.
        bystander: found in a line of a story; a site's stamp knows nobody.
        title_label, author_label: before a colon at the head of a text file.
        never_last: words that no sentence ends with.
        sounds: words of descriptions of sounds in subtitles.
        sound_signs: found in such a description, where words are not parted by blanks.
        no_names: words before a colon that are nobody's name.
        no_name_signs: found in such a label, where words are not parted by blanks.
        credits: found in a cue by which subtitlers name themselves.
        credit_roles: their trades, before a name in a list of them (`翻译 小罐头`, `Timing: Ann`).
        talk: what authors and archives say to readers.
        stamp_words: right before or behind a web address within a paragraph, they are a site's.
        stamps: found in a sentence within a paragraph that a site says to its readers.
        stamp_signs: letters of which every one of stamps and stamp_brackets has one; they are looked for first.
        stamp_brackets: found in a bracket that a site puts into a sentence.
        stamp_follows: found in a sentence behind such a one that goes on with it.
        speaker_words: before a colon they say who speaks, capital first, though nothing else does (man, narrator).
        speaker_signs: the same as a whole label, where words are not parted by blanks.
        tongues: in a bracket of subtitles, what is spoken: a language.
        viewer_notes: before a colon, what a translator says to the viewers or readers.
        bracket_notes: at the head of a bracket, likewise.
    """

    code: str
    sections: str = ""
    closing: str = ""
    extras: str = ""
    holders: frozenset[str] = frozenset()
    within: frozenset[str] = frozenset()
    compounds: str = ""
    bare_units: str = ""
    title_notes: str = ""
    title_tails: str = ""
    contents: str = ""
    title_page: str = ""
    copyright_page: str = ""
    notes_page: str = ""
    picture_list: str = ""
    pictures: str = ""
    front: str = ""
    back: str = ""
    rights: str = ""
    body: str = ""
    end_mark: str = ""
    refrain: str = ""
    other_books: str = ""
    publishers_page: str = ""
    index_page: str = ""
    index_reference: str = ""
    advert: str = ""
    advert_words: str = ""
    site_words: str = ""
    bystander: str = ""
    title_label: str = ""
    author_label: str = ""
    never_last: frozenset[str] = frozenset()
    sounds: frozenset[str] = frozenset()
    sound_signs: str = ""
    no_names: frozenset[str] = frozenset()
    no_name_signs: str = ""
    credits: str = ""
    credit_roles: str = ""
    speaker_words: frozenset[str] = frozenset()
    speaker_signs: str = ""
    tongues: str = ""
    viewer_notes: str = ""
    bracket_notes: str = ""
    talk: Talk = field(default_factory=Talk)
    stamp_words: str = ""
    stamps: str = ""
    stamp_signs: frozenset[str] = frozenset()
    stamp_brackets: str = ""
    stamp_follows: str = ""
