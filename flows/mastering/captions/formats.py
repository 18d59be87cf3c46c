"""Caption files: one writer a format, listed in `flows.workspace.exports.CAPTIONS`.

Formats: SubRip (as players read it), WebVTT (W3C), LRC (with the tags that music players show), Advanced SubStation
Alpha with karaoke times, and our own JSON with everything that is known.
"""

from __future__ import annotations

import html
import json
from dataclasses import dataclass

import pysubs2

from flows.mastering.captions.cut import Caption
from tts_core.durations import timecode


@dataclass(frozen=True, slots=True)
class CaptionedChapter:
    """A chapter's captions. `start`, `end`: seconds in the file that they belong to."""

    title: str
    start: float
    end: float
    captions: tuple[Caption, ...]


@dataclass(frozen=True, slots=True)
class Captioned:
    """All that a caption file says: of a book in one file, or of one chapter.

    Args:
        artist: who wrote it, for players that show it.
        language: of the book (ISO 639-1).
    """

    title: str
    artist: str
    language: str
    chapters: tuple[CaptionedChapter, ...]

    @property
    def captions(self) -> list[Caption]:
        return [caption for chapter in self.chapters for caption in chapter.captions]


def srt(book: Captioned) -> str:
    """SubRip: numbered cues, comma before the milliseconds."""
    cues = [f"{number}\n{_span(c, mark=',')}\n{c.text}\n" for number, c in enumerate(book.captions, 1)]
    return "\n".join(cues)


def _span(caption: Caption, *, mark: str) -> str:
    start, end = (timecode(round(seconds * 1000), mark) for seconds in (caption.start, caption.end))
    return f"{start} --> {end}"


def vtt(book: Captioned) -> str:
    """WebVTT: the speaker as a voice span, chapters as notes."""
    blocks = [f"WEBVTT {_one_row(book.title)}".rstrip()]
    for chapter in book.chapters:
        if chapter.title:
            blocks.append(f"NOTE {_one_row(chapter.title)}")
        blocks += [
            f"{_span(c, mark='.')}\n<v {_voice(c.speaker)}>{html.escape(c.text, quote=False)}"
            for c in chapter.captions
        ]
    return "\n\n".join(blocks) + "\n"


def _voice(speaker: str) -> str:
    """An annotation: no line ends, no `>`."""
    return html.escape(_one_row(speaker), quote=False)


def _one_row(text: str) -> str:
    """A text without line ends and without the arrow that would begin a cue."""
    return " ".join(text.replace("-->", "→").split())


def lrc(book: Captioned) -> str:
    """LRC: a time before each row. An empty row ends one that is followed by silence. Minutes go on past 99."""
    rows = [f"[ti:{_one_row(book.title)}]"]
    rows += [f"[ar:{_one_row(book.artist)}]"] if book.artist else []
    rows += [f"[la:{book.language}]", "[re:Duoyin]"]
    captions = book.captions
    for index, caption in enumerate(captions):
        rows.append(f"[{_minutes(caption.start)}]{_one_row(' '.join(caption.rows))}")
        following = captions[index + 1].start if index + 1 < len(captions) else float("inf")
        if following - caption.end > 0.01:
            rows.append(f"[{_minutes(caption.end)}]")
    return "\n".join(rows) + "\n"


def _minutes(seconds: float) -> str:
    hundredths = round(seconds * 100)
    return f"{hundredths // 6000:02}:{hundredths // 100 % 60:02}.{hundredths % 100:02}"


def ass(book: Captioned) -> str:
    """Advanced SubStation Alpha with a karaoke time (`{\\\\kf}`, hundredths) for each word."""
    file = pysubs2.SSAFile()
    file.info.update(
        {"Title": _one_row(book.title), "PlayResX": "1920", "PlayResY": "1080", "WrapStyle": "2"}
    )
    file.styles["Default"] = pysubs2.SSAStyle(fontsize=64.0, outline=3.0, marginv=60)
    for caption in book.captions:
        file.append(
            pysubs2.SSAEvent(
                start=round(caption.start * 1000),
                end=round(caption.end * 1000),
                name=_one_row(caption.speaker).replace(",", " "),
                text=_karaoke(caption),
            )
        )
    return file.to_string("ass")


def _karaoke(caption: Caption) -> str:
    """Each word behind the hundredths from its begin to the next one's; what comes before the first is a gap."""
    begins = [round(max(caption.start, word.start) * 100) for word in caption.words]
    edges = [*begins, round(caption.end * 100)]
    parts = []
    if (wait := edges[0] - round(caption.start * 100)) > 0:
        parts.append(f"{{\\k{wait}}}")
    break_after = len(_squeezed(caption.rows[0])) if len(caption.rows) > 1 else -1
    said = 0
    for word, begin, following in zip(caption.words, edges, edges[1:], strict=False):
        text = word.text.replace("\\", "⧵").replace("{", "(").replace("}", ")").replace("\n", " ")
        said += len(_squeezed(word.text))
        if said == break_after:
            text = f"{text.rstrip()}\\N"
        parts.append(f"{{\\kf{max(0, following - begin)}}}{text}")
    return "".join(parts)


def _squeezed(text: str) -> str:
    return "".join(text.split())


def as_json(book: Captioned) -> str:
    """Everything: chapters, captions with rows, speaker, language, and the words with their times, in seconds."""
    data = {
        "title": book.title,
        "author": book.artist,
        "language": book.language,
        "chapters": [
            {
                "title": chapter.title,
                "start": round(chapter.start, 3),
                "end": round(chapter.end, 3),
                "captions": [_caption_data(caption) for caption in chapter.captions],
            }
            for chapter in book.chapters
        ],
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _caption_data(caption: Caption) -> dict[str, object]:
    return {
        "start": round(caption.start, 3),
        "end": round(caption.end, 3),
        "speaker": caption.speaker,
        "language": caption.language,
        "rows": list(caption.rows),
        "words": [[word.text, round(word.start, 3), round(word.end, 3)] for word in caption.words],
    }
