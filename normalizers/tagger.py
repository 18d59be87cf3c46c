"""English parts of speech, light and offline: an averaged perceptron with corrections for heteronyms in prose.

Method: M. Collins, "Discriminative Training Methods for Hidden Markov Models", EMNLP 2002. Weights: textblob-aptagger
0.2.0 (Matthew Honnibal, MIT; trained on the Wall Street Journal part of the Penn Treebank), rounded to tenths
and pruned below one half. The corpus has no novels: `homographs` corrects what they would get wrong.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from normalizers.heteronym_readings import Heteronym, reading_of
from normalizers.homographs import correct_tag
from normalizers.rules import words as words_of

_TOKEN = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:['’][A-Za-z]+)*(?:-[A-Za-z\u00c0-\u024f]+)*|\d[\d.,]*|[^\w\s]")
_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]")
_CLITIC = re.compile(r"(?i)(?:n['’]t|['’](?:s|re|ve|ll|d|m))$")
_NEGATED = re.compile(r"(?i)(?:did|do|does|ca|wo|could|would|should|must)n't|cannot")
_ADVERBS = words_of(
    "even really always ever quite just so much yet also never only too still then now exactly actually quite very"
)
_SENTENCE_END = frozenset(".!?…。！？")
_QUOTES = frozenset("\"“”‘’'`()[]{}*_—–-«»「」")
_START = ("-START-", "-START2-")
_END = ("-END-", "-END2-")


@dataclass(frozen=True, slots=True)
class TaggedWord:
    """`text` at `start:end` with its Penn Treebank tag (NN, NNS, NNP, VB, VBD, VBG, VBN, VBP, VBZ, JJ, RB,
    IN, DT, MD, …)."""

    start: int
    end: int
    text: str
    tag: str


class _Perceptron:
    """Feature → weight of each class, in tenths; a row is parsed when first asked for."""

    def __init__(self, weights: str) -> None:
        classes, known, rows = weights.split("\n", 2)
        self.classes = classes.partition("\t")[2].split(" ")
        self.known: dict[str, str] = {}
        for pair in known.partition("\t")[2].split(" "):
            word, _, index = pair.rpartition("/")
            self.known[word] = self.classes[int(index)]
        # 77,000 lines of two fields: faster as one than one by one
        fields = rows.rstrip("\n").replace("\n", "\t").split("\t")
        self._rows: dict[str, str | npt.NDArray[np.int32]] = dict(zip(fields[::2], fields[1::2], strict=True))

    def best(self, features: Sequence[str]) -> str:
        scores = np.zeros(len(self.classes), np.int32)
        for feature in features:
            row = self._rows.get(feature)
            if row is None:
                continue
            if isinstance(row, str):
                row = self._rows[feature] = self._parsed(row)
            scores += row
        return self.classes[int(scores.argmax())]

    def _parsed(self, written: str) -> npt.NDArray[np.int32]:
        row = np.zeros(len(self.classes), np.int32)
        for pair in written.split(" "):
            index, _, weight = pair.partition(",")
            row[int(index)] = int(weight)
        return row


@cache
def _perceptron() -> _Perceptron:
    packed = files("normalizers").joinpath("english/tagger_weights.tsv.gz").read_bytes()
    return _Perceptron(gzip.decompress(packed).decode())


def _shape(word: str) -> str:
    if "-" in word and word[0] != "-":
        return "!HYPHEN"
    if word[0].isdigit():
        return "!YEAR" if len(word) == 4 else "!DIGITS"
    return word.lower()


def _features(word: str, context: Sequence[str], i: int, previous: str, before: str) -> tuple[str, ...]:
    here, left, right = context[i], context[i - 1], context[i + 1]
    return (
        "b ",
        f"s {word[-3:]}",
        f"p {word[0]}",
        f"t {previous}",
        f"u {before}",
        f"v {previous} {before}",
        f"w {here}",
        f"x {previous} {here}",
        f"y {left}",
        f"z {left[-3:]}",
        f"q {context[i - 2]}",
        f"n {right}",
        f"m {right[-3:]}",
        f"o {context[i + 2]}",
    )


def tag_english(text: str) -> list[TaggedWord]:
    """The English words of `text` in order, with Penn Treebank tags. Clitics stay with their word (don't, he's)."""
    out: list[TaggedWord] = []
    sentence: list[tuple[int, int, str]] = []
    for m in _TOKEN.finditer(text):
        token = m[0]
        if token in _SENTENCE_END:
            _tag_sentence(sentence, out)
            sentence = []
        elif token not in _QUOTES:
            sentence.append((m.start(), m.end(), token))
        if "\n" in text[m.end() : m.end() + 2] and sentence:
            _tag_sentence(sentence, out)
            sentence = []
    _tag_sentence(sentence, out)
    return out


def _tag_sentence(tokens: Sequence[tuple[int, int, str]], out: list[TaggedWord]) -> None:
    if not tokens:
        return
    model = _perceptron()
    words = [token.replace("’", "'") for _, _, token in tokens]
    if len(words) > 3 and all(word.isupper() for word in words if word.isalpha()):
        words = [word.lower() for word in words]  # a heading in capitals is not all names
    bare = [_CLITIC.sub("", word) or word for word in words]
    context = (*_START, *map(_shape, bare), *_END)
    previous, before = _START
    tags: list[str] = []
    for i, word in enumerate(bare):
        tag = model.known.get(word) or model.best(_features(word, context, i + 2, previous, before))
        if i == 0 and tag in ("NNP", "NNPS") and word.lower() in model.known:
            tag = model.known[word.lower()]
        if (
            i
            and tag in ("RB", "NN", "VBP", "JJ", "NNP")
            and _NEGATED.fullmatch(words[i - 1])
            and bare[i].lower() not in _ADVERBS
            and not word.endswith("ly")
        ):
            tag = "VB"  # didn't laugh: the corpus parts did and n't
        tag = correct_tag(words, tags, i, tag)
        tags.append(tag)
        before, previous = previous, tag
    out.extend(
        TaggedWord(start, end, token, tag)
        for (start, end, token), tag in zip(tokens, tags, strict=True)
        if _WORD.match(token)
    )


def heteronyms(text: str) -> list[Heteronym]:
    """The words of `text` that are spelled alike and said differently, each with the reading its sentence asks for."""
    return heteronyms_among(tag_english(text))


def heteronyms_among(words: Sequence[TaggedWord]) -> list[Heteronym]:
    """The same for the words of a text that `tag_english` has tagged."""
    spelled, tags = [w.text.replace("’", "'") for w in words], [w.tag for w in words]
    out = []
    for i, word in enumerate(words):
        found = reading_of(spelled, tags, i)
        if found is not None:
            out.append(Heteronym(word.start, word.end, word.text, word.tag, *found))
    return out
