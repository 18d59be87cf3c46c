"""Train the letter-to-sound rules from the pronouncing dictionaries and measure them on words held out.

    python tools/train_g2p_en.py            # writes tts_core/phonetics/letters_american.tsv.gz and
    letters_british.tsv.gz python tools/train_g2p_en.py --measure  # only reports errors on held-out families of words

Method: letters and symbols of every word are aligned by Viterbi training (every letter makes 0 to 3 symbols); then a
context tree is grown for what a letter makes, asking for its neighbours in a fixed order (an IGTree: Daelemans, van den
Bosch and Weijters, "IGTree: Using Trees for Compression and Classification in Lazy Learning Algorithms",
1997). Words are
read from right to left, since English stress is decided by the ending: the number of syllables already read and whether
one of them has the stress are among the questions. Only answers that differ from those of the shorter context are kept.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import math
import random
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import get_args

from tts_core.phonetics.letter_to_sound import CONTEXTS, EMPTY, LetterToSound, contexts, is_syllable
from tts_core.phonetics.lexicon_en import Accent, EnglishLexicon
from tts_core.phonetics.phonemes import STRESS

MAX_CHUNK = 3
HELD_OUT = 20  # one family of words in so many
FAMILY_LETTERS = 5  # words that begin alike are one family: an inflected form is no proof of a rule
MIN_COUNT = 2  # occurrences of a context that may answer


def words_of(accent: Accent) -> dict[str, str]:
    """Single lower-case words of both dictionaries and their symbols, gold before silver."""
    lexicon = EnglishLexicon(accent)
    found: dict[str, str] = {}
    for dictionary in (lexicon._gold, lexicon._silver):
        for word, entry in dictionary.items():
            symbols = entry if isinstance(entry, str) else entry["DEFAULT"]
            plain = word.lower()
            if symbols and re.fullmatch("[a-z]{3,}", plain) and not (word.isupper() and len(word) < 5):
                found.setdefault(plain, symbols)
    return {w: s for w, s in found.items() if len(s.translate(_NO_STRESS)) <= MAX_CHUNK * len(w)}


_NO_STRESS = str.maketrans("", "", STRESS)


def phones_of(symbols: str) -> list[str]:
    """Symbols with the stress and length marks on the one they belong to."""
    return re.findall(f"[{STRESS}]?.ː?", symbols)


def align(words: dict[str, str]) -> dict[str, list[str]]:
    """What each letter makes, for every word."""
    plain = {w: [p.translate(_NO_STRESS) for p in phones_of(s)] for w, s in words.items()}
    sample = random.Random(1).sample(sorted(plain), min(30_000, len(plain)))
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for word in sample:  # to begin with, a letter makes what stands at about its place
        phones = plain[word]
        for i, letter in enumerate(word):
            at = i * len(phones) // len(word)
            counts[letter][phones[at]] += 1
            counts[letter][""] += 0.2  # type: ignore[assignment]
    for _ in range(5):
        scores = _scores(counts)
        counts = defaultdict(Counter)
        for word in sample:
            for letter, (start, end) in zip(word, _viterbi(word, plain[word], scores)):
                counts[letter]["".join(plain[word][start:end])] += 1
    scores = _scores(counts)
    result = {}
    for word, symbols in words.items():
        phones = phones_of(symbols)
        result[word] = ["".join(phones[start:end]) for start, end in _viterbi(word, plain[word], scores)]
    return result


def _scores(counts: dict[str, Counter[str]]) -> dict[str, dict[str, float]]:
    return {
        letter: {chunk: math.log(n / sum(row.values())) for chunk, n in row.items()}
        for letter, row in counts.items()
    }


def _viterbi(word: str, phones: list[str], scores: dict[str, dict[str, float]]) -> list[tuple[int, int]]:
    n = len(phones)
    best = [0.0] + [-1e9] * n
    back: list[list[int]] = []
    for letter in word:
        row = scores.get(letter, {})
        new, came = [-1e9] * (n + 1), [0] * (n + 1)
        for j in range(n + 1):
            for k in range(min(MAX_CHUNK, j) + 1):
                before = best[j - k]
                if before <= -1e8:
                    continue
                score = before + row.get("".join(phones[j - k : j]), -9.0 - 3.0 * k)
                if score > new[j]:
                    new[j], came[j] = score, k
        best = new
        back.append(came)
    spans = []
    j = n
    for came in reversed(back):
        spans.append((j - came[j], j))
        j -= came[j]
    return spans[::-1]


def grow(aligned: dict[str, list[str]], min_count: int = MIN_COUNT) -> dict[str, str]:
    """Context → what its letter makes, wherever that differs from the answer of the shorter context."""
    tree: dict[str, str] = {}
    open_cases: list[tuple[list[str], str]] = []
    for word, chunks in aligned.items():
        syllables, stressed = 0, False
        for i in range(len(word) - 1, -1, -1):
            open_cases.append((contexts(word, i, syllables, stressed), chunks[i] or EMPTY))
            syllables += is_syllable(chunks[i])
            stressed = stressed or "ˈ" in chunks[i]
    answers = [""] * len(open_cases)
    for level in range(CONTEXTS):
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for rows, chunk in open_cases:
            counts[rows[level]][chunk] += 1
        chosen: dict[str, str] = {}
        inherited: dict[str, str] = {}
        for (rows, _), answer in zip(open_cases, answers):
            inherited[rows[level]] = answer
        for context, row in counts.items():
            top, n = max(row.items(), key=lambda item: (item[1], item[0]))
            before = inherited[context]
            if level == 0 or (sum(row.values()) >= min_count and top != before and n > row[before]):
                chosen[context] = tree[context] = top
        answers = [chosen.get(rows[level], answer) for (rows, _), answer in zip(open_cases, answers)]
    return tree


def save(tree: dict[str, str], path: Path) -> None:
    text = "".join(f"{context}\t{chunk}\n" for context, chunk in sorted(tree.items()))
    with (
        path.open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=9, mtime=0, filename="") as out,
    ):
        out.write(text.encode())


def distance(a: list[str] | str, b: list[str] | str) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (x != y))
    return row[-1]


def held_out(word: str) -> bool:
    family = hashlib.sha256(word[:FAMILY_LETTERS].encode()).digest()
    return family[0] % HELD_OUT == 0


def measure(aligned: dict[str, list[str]], words: dict[str, str]) -> dict[str, float]:
    train = {w: c for w, c in aligned.items() if not held_out(w)}
    rules = LetterToSound(grow(train))
    wrong = total = bare_wrong = bare_total = words_wrong = count = 0
    for word, symbols in words.items():
        if held_out(word):
            said = rules.say(word)
            wrong += distance(said, symbols)
            total += len(symbols)
            a, b = said.translate(_NO_STRESS), symbols.translate(_NO_STRESS)
            bare_wrong += distance(a, b)
            bare_total += len(b)
            words_wrong += a != b
            count += 1
    return {
        "held out words": count,
        "symbol errors with stress %": round(100 * wrong / total, 2),
        "phoneme error rate %": round(100 * bare_wrong / bare_total, 2),
        "words with an error %": round(100 * words_wrong / count, 2),
        "rules": len(rules.rules),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--measure", action="store_true", help="report held-out errors and write nothing")
    arguments = parser.parse_args()
    folder = Path(__file__).resolve().parent.parent / "tts_core" / "phonetics"
    accents: tuple[Accent, ...] = get_args(Accent)
    for accent in accents:
        words = words_of(accent)
        aligned = align(words)
        print(accent, json.dumps(measure(aligned, words)))
        if not arguments.measure:
            path = folder / f"letters_{accent}.tsv.gz"
            save(grow(aligned), path)
            print(path.name, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
