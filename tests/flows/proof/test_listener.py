"""What the listener's parts say of sounds and words: laid beside each other, found where they part, and judged."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from flows.proof import control as controls
from flows.proof import judging, voices
from flows.proof import listener as listening
from flows.proof.control import Controls, other_voice
from flows.proof.ear import Laid
from flows.proof.evidence import Evidence, evidence_of, spread
from flows.proof.heard import Asked, AskedWord, Wording, asked_words
from flows.proof.judging import (
    ALSO,
    BLURRED,
    FIRST_SHARE,
    OTHER_VOICE,
    SHARED,
    STRANGE_VOICE,
    SURE,
    WEAK,
    WORDS,
    Control,
    Hearing,
    Reworded,
    accused,
    lacking,
    strange,
    suspicious,
    thresholds,
    verdict,
)
from flows.proof.listener import FULL_SECONDS, SHORT_SECONDS, Listener, _with_voices, windows
from flows.proof.pairs import PairCosts, Step, worst_stretch
from flows.proof.readings import OtherReading
from flows.proof.second import Transcript, loops
from flows.proof.signals import LONGEST_GAP, allowed_gap, longest_quiet, signal_findings
from flows.proof.verdict import Fault, Finding, Outcome
from tts_core.encoder import Encoder
from tts_core.engine import Prepared, Take, VoicePreset, Word
from tts_core.kokoro.voice_bank import presets
from tts_core.recognizer import Recognizer
from tts_core.sound import Samples

RATE = 24_000
SAME = PairCosts({}, {}, {})


@pytest.fixture(autouse=True)
def to_the_nat(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits are tried to the nat; what is a hair above them has a test of its own."""
    monkeypatch.setattr(judging, "SURE", 0.5)


def asked(text: str, *, seconds: float = 2.0, voice: str = "anna", take: Take | None = None) -> Asked:
    """A line whose sounds are its letters."""
    words: list[AskedWord] = []
    at = 0
    for word in text.split():
        words.append(AskedWord(at, at + len(word), word))
        at += len(word) + 1

    def load() -> Take:
        assert take is not None
        return take

    return Asked(text, text, "en", voice, tuple(words), "af_heart", load, seconds)


def heard(line: Asked, sounds: str) -> Evidence:
    """The strangest stretch of a line that is heard as these sounds."""
    wanted, owners = spread(line)
    steps = SAME.align(wanted, list(sounds))
    return evidence_of(steps, worst_stretch(steps), owners, list(sounds))


def hum(pitch: float, seconds: float = 2.0, *, tilt: float = 1.0) -> Samples:
    """A voice: overtones of a pitch under a slow envelope, quiet at both ends."""
    t = np.arange(round(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * pitch * n * t) / n**tilt for n in range(1, 20))
    syllables = 0.6 + 0.4 * np.sin(2 * np.pi * 3.1 * t)
    ends = ((np.minimum(t, seconds - t) - 0.08) / 0.12).clip(0, 1)
    sound: Samples = (0.05 * tone * syllables * ends).astype(np.float32)
    return sound


def test_an_alignment_is_the_cheapest_there_is() -> None:
    assert [(s.asked, s.heard) for s in SAME.align("abc", "abc")] == [(0, 0), (1, 1), (2, 2)]
    assert [(s.asked, s.heard) for s in SAME.align("abc", "ac")] == [(0, 0), (1, None), (2, 1)]
    assert [(s.asked, s.heard) for s in SAME.align("ac", "abc")] == [(0, 0), (None, 1), (1, 2)]
    assert SAME.align("", "") == [] and len(SAME.align("ab", "")) == 2 and len(SAME.align("", "ab")) == 2


def test_the_worst_stretch_is_where_costs_pile_up() -> None:
    steps = [Step(n, n, cost) for n, cost in enumerate((0.0, 6.0, 0.0, 0.0, 6.0, 5.0, 6.0, 0.0))]
    worst = worst_stretch(steps)
    assert (worst.first, worst.end) == (4, 7) and worst.excess == 6 + 5 + 6 - 3 * 2.0


@pytest.mark.parametrize(
    ("sounds", "fault", "said"),
    [
        ("theoldsleeps", Fault.DROPPED, "keeper"),
        ("theoldkeepersleepskeepersleeps", Fault.REPEATED, ""),
        ("theoldmallowsleeps", Fault.SWAPPED, "keeper"),
        ("theoldkeeperabcdfhsleeps", Fault.ADDED, ""),
    ],
)
def test_what_is_strange_has_its_name_and_its_words(sounds: str, fault: Fault, said: str) -> None:
    line = asked("the old keeper sleeps")
    found = heard(line, sounds)
    assert found.excess > 7 and found.fault(len(line.words)) is fault
    if said:
        assert line.said(found.first, found.end) == said


def test_evidence_touches_its_own_words_and_their_neighbours() -> None:
    here = Evidence(9.0, 3, 5, 0.0, 0.0)
    assert here.touches(replace(here, first=4, end=4)) and here.touches(replace(here, first=5, end=6))
    assert not here.touches(replace(here, first=9, end=10))


def test_the_words_of_a_prepared_line_are_its_sounds_without_stress_and_marks() -> None:
    text = "Hello, world."
    given = (("hɛlˈO, wˈɜɹld.", ""),)
    words = (Word(0, 5, 0, 5), Word(7, 12, 7, 13))
    prepared = Prepared(given, "af_heart", "en", words=words, text=text)
    assert asked_words(prepared) == (AskedWord(0, 5, "hɛlO"), AskedWord(7, 12, "wɜɹld"))


def test_a_fault_that_both_hearings_find_is_doubtful_and_one_alone_is_not() -> None:
    line = asked("the old keeper sleeps")
    first = heard(line, "theoldsleeps")
    right = Transcript("the old keeper sleeps", (), heard(line, "theoldkeepersleeps"), sure=True)
    wrong = Transcript("the old sleeps", (), first, sure=True)
    hearing = Hearing(line, "en", (), replace(first, excess=20.0))
    assert suspicious(hearing)
    assert verdict(replace(hearing, transcript=right)).outcome is Outcome.CLEAN
    found = verdict(replace(hearing, transcript=wrong))
    assert found.outcome is Outcome.DOUBTFUL and found.heard == "the old sleeps"
    assert found.findings[0].fault is Fault.DROPPED and found.findings[0].said == "keeper"
    assert found.score < verdict(replace(hearing, transcript=right)).score


def test_a_slip_of_the_first_hearing_elsewhere_does_not_hide_what_both_find() -> None:
    line = asked("the old keeper sleeps")
    limits = thresholds("en")
    slip = Evidence(35.0, 0, 1, swapped=2)
    dropped = replace(heard(line, "theoldkeeper"), excess=limits.second + 1)
    wrong = Transcript("the old keeper", (), dropped, sure=True)
    for excess, outcome in ((limits.beside, Outcome.DOUBTFUL), (limits.beside - 1, Outcome.CLEAN)):
        hearing = Hearing(line, "en", (), slip, transcript=wrong, others=(Evidence(excess, 3, 4, missed=5),))
        assert verdict(hearing).outcome is outcome


def test_another_word_is_a_slip_of_both_hearings_unless_the_first_finds_it_strange_by_far() -> None:
    line = asked("the old keeper sleeps")
    limits = thresholds("en")
    bum = replace(heard(line, "thebumkeepersleeps"), excess=limits.second + 1)
    assert bum.fault(4) is Fault.SWAPPED
    wrong = Transcript("the bum keeper sleeps", (), bum, sure=True)
    for excess, outcome in ((limits.unsure, Outcome.DOUBTFUL), (limits.unsure - 1, Outcome.CLEAN)):
        hearing = Hearing(line, "en", (), replace(bum, excess=excess), transcript=wrong)
        assert verdict(hearing).outcome is outcome


def test_words_said_twice_need_no_second_hearing() -> None:
    line = asked("a prince who wanted to marry")
    limits = thresholds("en")
    twice = Evidence(limits.repeated, 4, 5, added=4, swapped=2, repeats=True)
    once = Transcript(line.text, (), heard(line, "aprincewhowantedtomarry"), sure=True)
    assert verdict(Hearing(line, "en", (), twice, transcript=once)).outcome is Outcome.DOUBTFUL
    breath = replace(twice, repeats=False)
    assert verdict(Hearing(line, "en", (), breath, transcript=once)).outcome is Outcome.CLEAN
    assert verdict(Hearing(line, WORDS, (), breath, transcript=once)).outcome is Outcome.DOUBTFUL


def test_a_word_is_missing_where_both_hearings_have_the_line_likelier_without_it() -> None:
    line = asked("the old keeper sleeps")
    limits = thresholds("en")
    usual = Evidence(0.0, 0, 1)
    gone = Evidence(limits.together - limits.without, 2, 3, 0.8, 0.8, missed=6)
    hearing = Hearing(line, "en", (), usual, missing=gone)
    assert suspicious(hearing) and not strange(hearing) and lacking(hearing) is gone
    (found,) = verdict(replace(hearing, without=limits.without)).findings
    assert (found.fault, found.said, found.start) == (Fault.DROPPED, "keeper", 0.8)
    assert verdict(replace(hearing, without=limits.without - 0.1)).outcome is Outcome.CLEAN
    weak = replace(hearing, missing=replace(gone, excess=limits.missing))
    likely = limits.together - limits.missing
    for without, outcome in ((likely, Outcome.DOUBTFUL), (likely - 0.1, Outcome.CLEAN)):
        assert verdict(replace(weak, without=without)).outcome is outcome, "both together"
    there = replace(hearing, missing=replace(gone, excess=limits.missing - 0.1), without=99.0)
    assert not suspicious(there) and verdict(there).outcome is Outcome.CLEAN
    for excess, outcome in ((limits.alone, Outcome.DOUBTFUL), (limits.alone - 1, Outcome.CLEAN)):
        unasked = replace(hearing, missing=replace(gone, excess=excess))
        assert verdict(unasked).outcome is outcome, "a take too long for the second hearing"


def test_what_a_hearing_finds_in_the_control_too_accuses_nobody() -> None:
    line = asked("the old keeper sleeps")
    limits = thresholds("en")
    first = replace(heard(line, "theoldsleeps"), excess=limits.alone - 1)
    wrong = Transcript("the old sleeps", (), replace(first, excess=20.0), sure=True)
    hearing = Hearing(line, "en", (), first, transcript=wrong)
    assert accused(hearing)
    elsewhere = replace(first, first=0, end=0)
    for control, outcome in (
        (Control((first,)), Outcome.INCONCLUSIVE),
        (Control((), second=wrong.evidence), Outcome.INCONCLUSIVE),
        (Control((replace(first, excess=SHARED * first.excess - 1),)), Outcome.DOUBTFUL),
        (Control((), second=replace(wrong.evidence, excess=SHARED * 20.0 - 1)), Outcome.DOUBTFUL),
        (Control((elsewhere,), second=elsewhere), Outcome.DOUBTFUL),
        (Control(), Outcome.DOUBTFUL),
    ):
        assert verdict(replace(hearing, control=control)).outcome is outcome
    strange_by_far = replace(hearing, first=replace(first, excess=limits.alone + 1))
    excused = replace(strange_by_far, control=Control((), second=wrong.evidence))
    assert verdict(excused).outcome is Outcome.DOUBTFUL, "the first hearing alone has enough"
    assert (
        verdict(replace(excused, control=Control((first,), wrong.evidence))).outcome is Outcome.INCONCLUSIVE
    )


def test_missing_words_and_readings_are_weighed_against_the_control() -> None:
    line = asked("the old keeper sleeps")
    limits = thresholds("en")
    usual = Evidence(0.0, 0, 1)
    gone = Evidence(limits.together, 2, 3, missed=6)
    lacks = Hearing(line, "en", (), usual, missing=gone, without=5.0)
    reads = Hearing(line, "en", (), usual, (OtherReading(2, "keper", "K EH1 P ER0"), 20.0))
    reads_clearly = replace(reads, reading=(OtherReading(2, "keper", "K EH1 P ER0"), 90.0))
    share = SHARED * (limits.together + 5.0)
    assert accused(lacks) and accused(reads)
    for hearing, control, outcome in (
        (lacks, Control(missing=share), Outcome.INCONCLUSIVE),
        (lacks, Control(missing=share - 1), Outcome.DOUBTFUL),
        (reads, Control(reading=20.0), Outcome.INCONCLUSIVE),
        (reads, Control(reading=1 - SHARED * 20.0), Outcome.INCONCLUSIVE),
        (reads, Control(reading=-SHARED * 20.0), Outcome.DOUBTFUL),
        (reads_clearly, Control(reading=1 - limits.reading), Outcome.INCONCLUSIVE),
        (reads_clearly, Control(reading=-limits.reading), Outcome.DOUBTFUL),
        (reads, Control(missing=99.0), Outcome.DOUBTFUL),
    ):
        assert verdict(replace(hearing, control=control)).outcome is outcome
    noise = Finding(Fault.NOISE, 1.0)
    assert not accused(replace(lacks, signals=(noise,))), "a control excuses words only"
    assert not accused(replace(lacks, other_voice=("bert", OTHER_VOICE)))


def test_other_words_are_said_where_both_hearings_have_the_line_likelier_with_them() -> None:
    line = asked("the old keeper sleeps")
    limits = thresholds("zh")
    usual, wording = Evidence(0.0, 0, 1), Wording(2, 3, "læmp", "lamp")
    enough = limits.reworded - limits.written
    hearing = Hearing(line, "zh", (), usual, reworded=Reworded(wording, enough, limits.written, 0.8, 1.1))
    (found,) = verdict(hearing).findings
    assert (found.fault, found.said, found.heard, found.start) == (Fault.SWAPPED, "keeper", "lamp", 0.8)
    assert accused(hearing)
    far = replace(hearing, reworded=Reworded(wording, limits.alone, limits.without, 0.8, 1.1))
    assert verdict(far).outcome is Outcome.DOUBTFUL
    few = limits.written - 0.1
    for fits, likelier in (
        (enough - 0.1, limits.written),
        (limits.alone - 1, few),
        (99.0, -9.0),
        (99.0, None),
    ):
        less = replace(hearing, reworded=Reworded(wording, fits, likelier, 0.8, 1.1))
        assert verdict(less).outcome is Outcome.CLEAN, (fits, likelier)
    share = SHARED * limits.reworded
    for nats, outcome in ((share, Outcome.INCONCLUSIVE), (share - 1, Outcome.DOUBTFUL)):
        assert verdict(replace(hearing, control=Control(reworded=nats))).outcome is outcome


def test_the_words_that_are_written_are_weighed_by_both_hearings_and_in_the_control(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = replace(asked("the old keeper sleeps", take=Take(hum(120), RATE)), control=Prepared((), "a", "zh"))
    limits = thresholds("zh")
    first = Evidence(limits.suspicious, 2, 3, 0.4, 0.8, swapped=3)
    lamp, bold = Wording(2, 3, "læmp", "lamp"), Wording(1, 2, "bold", "bold")
    wrong = Transcript("the bold lamp sleeps", (), Evidence(0.0, 0, 1), True, (bold, lamp))
    weighed: list[Take] = []
    nats = {"bold": 1.0}

    class Other(Controls):
        def speak(self, prepared: Prepared) -> Take | None:
            return Take(hum(150, 1.0), RATE)

    def likelier(asked: Asked, wording: Wording, take: Take, recognizer: Recognizer) -> float:
        weighed.append(take)
        return 9.0 if take.seconds > 1 else nats["control"]

    laid = Laid(np.zeros(4, np.float32), np.arange(4))
    monkeypatch.setattr(listening, "sounds_of", lambda *_: None)
    monkeypatch.setattr(listening, "lay", lambda *_: laid)
    monkeypatch.setattr(listening, "transcribed", lambda *_: wrong)
    monkeypatch.setattr(listening, "likelier_so", likelier)
    monkeypatch.setattr(listening, "fits_so", lambda *given: nats[given[-1].text])
    monkeypatch.setattr(listening, "stretches", lambda *_: [Evidence(0.0, 0, 1)])
    listener = Listener(controls=Other())
    listener._word_recognizer = cast(Recognizer, object())
    listener._sound_encoder = cast(Encoder, object())
    for fits, control, asked_for, judged in (
        (limits.reworded, -99.0, 2, Outcome.DOUBTFUL),
        (limits.reworded, 9.0, 2, Outcome.INCONCLUSIVE),
        (FIRST_SHARE * limits.reworded - 1, 9.0, 0, Outcome.CLEAN),
    ):
        nats |= {"lamp": fits, "control": control}
        weighed.clear()
        again = listener._second(Hearing(line, "zh", (), first))
        assert again.reworded is not None and again.reworded.wording is lamp
        assert (len(weighed), verdict(again).outcome) == (asked_for, judged)


def test_a_control_is_spoken_for_what_is_accused_and_for_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = asked("the old keeper sleeps", take=Take(hum(120), RATE))
    first = replace(heard(line, "theoldsleeps"), excess=20.0)
    spoken: list[Prepared] = []

    class Counted(Controls):
        def speak(self, prepared: Prepared) -> Take | None:
            spoken.append(prepared)
            return Take(hum(150), RATE) if prepared.voice != "af_heart" else None

    wrong, right = (Transcript("", (), replace(first, excess=excess), sure=True) for excess in (20.0, 0.0))
    monkeypatch.setattr(listening, "ear", lambda _: None)
    monkeypatch.setattr(listening, "words_aligned", lambda *_: [first])
    listener = Listener(controls=Counted())
    listener._word_recognizer = cast(Recognizer, object())
    read = Prepared((), "af_bella", "en")
    alone = replace(read, voice="af_heart")
    for control, transcript, asked_for, judged in (
        (None, wrong, 0, Outcome.DOUBTFUL),
        (read, right, 0, Outcome.CLEAN),
        (alone, wrong, 1, Outcome.DOUBTFUL),
        (read, wrong, 1, Outcome.INCONCLUSIVE),
    ):
        spoken.clear()
        monkeypatch.setattr(listening, "transcribed", lambda *_, told=transcript: told)
        again = listener._second(Hearing(replace(line, control=control), "en", (), first))
        assert (len(spoken), verdict(again).outcome) == (asked_for, judged)


def test_the_control_is_the_line_in_another_voice_of_the_language() -> None:
    voices = presets()
    for voice, language, control in (
        ("af_bella", "en", "am_michael"),
        ("bm_daniel*0.6+af_sky*0.4", "en", "bf_emma"),
        ("zm_yunxi", "zh", "zf_xiaobei"),
        ("af_heart", "zh", "zm_yunjian"),
    ):
        assert other_voice(voice, language, voices) == control
    one = [preset for preset in voices if preset.name == "jm_kumo"]
    assert other_voice("af_bella", "en", one) == "jm_kumo", (
        "voices of other languages, where there are no others"
    )
    assert other_voice("jm_kumo", "en", one) is None


def test_the_embedded_engine_is_loaded_for_the_first_control(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Prepared] = []

    class Engine:
        def voices(self) -> list[VoicePreset]:
            return presets()

        def speak(self, batch: Sequence[Prepared]) -> Iterator[Take]:
            said.extend(batch)
            yield Take(hum(120), RATE)

    loaded: list[str] = []

    def load(name: str) -> Engine:
        loaded.append(name)
        return Engine()

    monkeypatch.setattr(controls, "load_engine", load)
    speaks = Controls()
    assert not loaded
    read = Prepared((("hɛlO", ""),), "af_bella", "en", speed=1.1)
    assert speaks.speak(read) is not None and speaks.speak(read) is not None
    assert loaded == ["kokoro"] and said == 2 * [replace(read, voice="am_michael")]


def test_only_words_that_may_be_missing_are_asked_for_and_only_what_is_strange_is_written_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = asked("the old keeper sleeps", take=Take(hum(120), RATE))
    limits = thresholds("en")
    wrong = Transcript("the old sleeps", (), Evidence(0.0, 0, 1), sure=True)
    monkeypatch.setattr(listening, "likelier_without", lambda *_: 1.5)
    monkeypatch.setattr(listening, "transcribed", lambda *_: wrong)
    listener = Listener()
    listener._word_recognizer = cast(Recognizer, object())
    few, many = Evidence(0.0, 0, 1), Evidence(limits.alone, 0, 1)
    gone, here = Evidence(limits.missing, 2, 3), Evidence(-5.0, 2, 3)
    for first, missing, without, transcript in (
        (few, gone, 1.5, None),
        (many, here, None, wrong),
        (many, gone, 1.5, wrong),
    ):
        again = listener._second(Hearing(line, "en", (), first, missing=missing))
        assert (again.without, again.transcript) == (without, transcript)


def test_a_longer_take_is_stranger_by_chance() -> None:
    short, long = (asked("the old keeper", seconds=seconds) for seconds in (1.0, 20.0))
    first = Evidence(thresholds("en").suspicious, 0, 1)
    assert suspicious(Hearing(short, "en", (), first)) and not suspicious(Hearing(long, "en", (), first))


def test_a_recognizer_that_is_not_sure_accuses_nobody() -> None:
    line = asked("the old keeper sleeps")
    limits = thresholds("en")
    first = replace(heard(line, "theoldsleeps"), excess=limits.suspicious + 1)
    unsure = Transcript("mm", (), first, sure=False)
    assert verdict(Hearing(line, "en", (), first, transcript=unsure)).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("gain", "excess", "fault"),
    [
        (20.0, 15.0, Fault.READING),
        (20.0, 90.0, Fault.DROPPED),
        (20.0, 0.0, Fault.READING),
        (11.0, 15.0, None),
    ],
)
def test_another_reading_is_named_where_it_explains_what_is_strange(
    gain: float, excess: float, fault: Fault | None
) -> None:
    line = asked("the old keeper sleeps")
    first = replace(heard(line, "theoldsleeps"), excess=excess)
    other = OtherReading(2, "keper", "K EH1 P ER0")
    unsure = Transcript("the old keeper sleeps", (), heard(line, "theoldkeepersleeps"), sure=False)
    found = verdict(Hearing(line, "en", (), first, (other, gain), transcript=unsure)).findings
    assert [each.fault for each in found] == ([fault] if fault else [])


def test_no_other_reading_is_told_of_a_word_that_is_written_by_the_sounds_asked_for() -> None:
    line = asked("the old keeper sleeps")
    first = replace(heard(line, "theoldkeepersleeps"), excess=15.0)
    other = (OtherReading(2, "keper", "K EH1 P ER0"), 20.0)
    there = heard(line, "theoldkeepersleeps")
    for written, outcome in (({2}, Outcome.CLEAN), ({1}, Outcome.DOUBTFUL)):
        said = Transcript("the old keaper sleeps", (), there, sure=True, homophones=frozenset(written))
        assert verdict(Hearing(line, "en", (), first, other, transcript=said)).outcome is outcome


def test_words_that_a_transcription_skips_and_the_ear_hears_are_there() -> None:
    line = asked("a prince with a princess and a prince without one")
    limits = thresholds("zh")
    skipped = Evidence(6 * limits.second, 2, 7, missed=24)
    said = Transcript("a prince without one", (), skipped, sure=True)
    for excess, outcome in ((0.5 * skipped.excess, Outcome.CLEAN), (2 * skipped.excess, Outcome.DOUBTFUL)):
        first = Evidence(excess, 4, 6, missed=8)
        assert limits.beside < excess and (excess < limits.alone or outcome is Outcome.DOUBTFUL)
        assert verdict(Hearing(line, "zh", (), first, transcript=said)).outcome is outcome


def test_a_weak_syllable_is_missed_and_read_otherwise_only_by_far() -> None:
    strong = asked("the old keeper sleeps")
    weak = replace(strong, words=tuple(replace(word, weak=word.symbols == "old") for word in strong.words))
    limits, usual = thresholds("zh"), Evidence(0.0, 0, 1)

    def doubtful(line: Asked, **found: Any) -> bool:
        return verdict(Hearing(line, "zh", (), usual, **found)).outcome is Outcome.DOUBTFUL

    for times, lines in ((1.1, [strong]), (1.1 * WEAK, [strong, weak])):
        gone = Evidence(times * limits.together, 1, 2, missed=3)
        assert [line for line in (strong, weak) if doubtful(line, missing=gone, without=0.0)] == lines
    both = Evidence(1.1 * limits.together, 1, 3, missed=9)
    assert doubtful(weak, missing=both, without=0.0)
    for times, lines in ((1.1, [strong]), (1.1 * BLURRED, [strong, weak])):
        near = (OtherReading(1, "ild", "i"), times * limits.reading)
        assert [line for line in (strong, weak) if doubtful(line, reading=near)] == lines
    assert doubtful(weak, reading=(OtherReading(1, "ilaud", "iau"), 1.1 * limits.reading))


def test_breath_alone_makes_no_other_word_unless_the_second_hearing_has_it_likelier() -> None:
    line = replace(asked("her qhjauqhjau words"), language="zh")
    line = replace(line, words=tuple(replace(w, symbols=w.symbols.replace("h", "ʰ")) for w in line.words))
    limits = thresholds("zh")
    for symbols, likelier, outcome in (
        ("qjauqjau", 0.0, Outcome.CLEAN),
        ("qjauqjau", limits.written, Outcome.DOUBTFUL),
        ("mjaumjau", 0.0, Outcome.DOUBTFUL),
    ):
        so = Reworded(Wording(1, 2, symbols, "焦焦"), limits.alone + 1, likelier, 0.0, 1.0)
        assert verdict(Hearing(line, "zh", (), Evidence(0.0, 0, 1), reworded=so)).outcome is outcome


def test_a_transcription_that_loops_says_nothing_and_one_of_words_said_twice_does() -> None:
    assert not loops(asked=8, heard=16) and not loops(asked=60, heard=120)
    assert loops(asked=8, heard=90)


def test_what_is_too_strange_to_be_a_slip_is_doubtful_unless_the_second_hearing_finds_next_to_nothing() -> (
    None
):
    line = asked("the old keeper sleeps")
    alone = thresholds("en").alone
    first = replace(heard(line, "theoldsleeps"), excess=alone, first=2, end=3)
    nothing = heard(line, "theoldkeepersleeps")
    elsewhere = replace(first, first=0, end=0, excess=thresholds("en").second + 1)
    slip, there = (replace(first, excess=ALSO * thresholds("en").second - less) for less in (1, 0))
    for excess, second, sure, outcome in (
        (alone + 1, elsewhere, True, Outcome.DOUBTFUL),
        (alone - 1, elsewhere, True, Outcome.CLEAN),
        (alone + 1, nothing, True, Outcome.CLEAN),
        (alone + 1, slip, True, Outcome.CLEAN),
        (alone + 1, there, True, Outcome.DOUBTFUL),
        (alone - 1, there, True, Outcome.CLEAN),
        (alone + 1, nothing, False, Outcome.DOUBTFUL),
    ):
        transcript = Transcript("the old keeper sleeps", (), second, sure)
        hearing = Hearing(line, "en", (), replace(first, excess=excess), transcript=transcript)
        assert verdict(hearing).outcome is outcome


def test_of_what_is_found_the_surest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "SURE", SURE)
    line = asked("the old keeper sleeps")
    limits = thresholds("en")
    first = replace(heard(line, "theoldsleeps"), excess=limits.alone)
    gone = Evidence(2 * limits.together, 2, 3, 0.8, 0.8, missed=6)
    elsewhere = replace(first, first=0, end=1, excess=limits.second)
    said = Transcript("old sleeps", (), elsewhere, sure=True)
    hearing = Hearing(line, "en", (), first, transcript=said, missing=gone, without=limits.without - 1)
    (weak,) = verdict(hearing).findings
    assert weak.weight < SURE and verdict(hearing).outcome is Outcome.INCONCLUSIVE
    (told,) = verdict(replace(hearing, without=9.0)).findings
    assert told.weight > SURE and (told.fault, told.said) == (Fault.DROPPED, "keeper")


def test_a_whole_take_is_clean_by_its_sound() -> None:
    assert signal_findings(Take(hum(120), RATE)) == []


def test_a_voice_that_makes_long_pauses_is_allowed_them() -> None:
    sound = hum(120)
    pausing = Take(np.concatenate([sound[:24_000], np.zeros(30_000, np.float32), sound[24_000:]]), RATE)
    assert longest_quiet(pausing) == pytest.approx(30_000 / RATE, abs=0.03)
    assert longest_quiet(Take(sound, RATE)) == 0.0
    usual = [0.2, 0.4, 0.5, 0.3, 2.6]
    assert allowed_gap(usual) == LONGEST_GAP, "one take with a hole says nothing of its voice"
    assert allowed_gap([1.3, 1.4, 1.35, 0.9, 1.5]) == pytest.approx(1.2 * 1.35)
    assert allowed_gap([]) == LONGEST_GAP


def test_a_hole_a_cut_end_and_noise_are_heard_in_the_sound_alone() -> None:
    sound = hum(120)
    hole = np.concatenate([sound[:24_000], np.zeros(48_000, np.float32), sound[24_000:]])
    (silence,) = signal_findings(Take(hole, RATE))
    assert silence.fault is Fault.SILENCE and silence.start == pytest.approx(1.0, abs=0.05)
    assert Fault.CUT in {found.fault for found in signal_findings(Take(sound[:30_000], RATE))}
    short = Take(np.concatenate([sound[:24_000], np.zeros(30_000, np.float32), sound[24_000:]]), RATE)
    assert signal_findings(short) == [], "as long as a speaker pauses at a mark"
    assert [found.fault for found in signal_findings(short, lambda start, end: False)] == [Fault.SILENCE]
    assert signal_findings(short, lambda start, end: False, longest_gap=1.5) == []
    noisy = sound.copy()
    dice = np.random.default_rng(1)
    noisy[12_000:22_000] += (0.8 * sound.std() * dice.standard_normal(10_000)).astype(np.float32)
    (noise,) = signal_findings(Take(noisy, RATE))
    assert noise.fault is Fault.NOISE and noise.start == pytest.approx(0.5, abs=0.05)


def test_clipping_is_heard_and_a_loud_take_is_not_clipped() -> None:
    loud = 8 * hum(120)
    assert signal_findings(Take(loud, RATE)) == []
    flat = loud.clip(-0.5, 0.5)
    assert {found.fault for found in signal_findings(Take(flat, RATE))} == {Fault.CLIPPING}


def test_another_voice_is_further_from_a_voice_than_its_own_takes_are() -> None:
    prints: dict[str, tuple[str, voices.Floats]] = {}
    for number in range(6):
        for voice, pitch, tilt in (("low", 100, 1.0), ("high", 210, 1.5)):
            made = voices.voice_print(hum(pitch + number, tilt=tilt), RATE)
            assert made is not None
            prints[f"{voice} {number}"] = (voice, made)
    prints["wrong"] = ("low", prints["high 3"][1])
    found = voices.compared(prints)
    wrong = found.pop("wrong")
    assert wrong.strange > 3 * max(each.strange for each in found.values())
    assert wrong.nearer == "high" and wrong.by > 0 > max(each.by for each in found.values())
    assert voices.voice_print(hum(100, 0.3), RATE) is None


def test_voices_much_alike_are_told_apart_by_the_little_that_parts_them() -> None:
    chance = np.random.Generator(np.random.PCG64(7))
    between = np.zeros(33)
    between[[3, 9]] = 7.0  # deviations, of two coefficients in 33
    prints = {
        f"{voice} {number}": (voice, chance.standard_normal(33) + middle)
        for voice, middle in (("anna", np.zeros(33)), ("berta", between))
        for number in range(20)
    }
    prints["wrong"] = ("anna", prints.pop("berta 19")[1])
    found = voices.compared(prints)
    wrong = found.pop("wrong")
    assert wrong.strange < 2, "by itself it is nearly as near as others are"
    assert wrong.nearer == "berta" and wrong.by > OTHER_VOICE
    assert max(each.by for each in found.values()) < 0


def test_a_take_is_of_another_voice_where_it_is_much_likelier_that_ones() -> None:
    line = asked("all is well")
    clean = Hearing(line, "en", (), Evidence(0.0, 0, 0))
    told = verdict(replace(clean, other_voice=("berta", OTHER_VOICE)))
    assert [(found.fault, found.heard) for found in told.findings] == [(Fault.VOICE, "berta")]
    assert verdict(replace(clean, other_voice=("berta", OTHER_VOICE - 1))).outcome is Outcome.CLEAN
    told = verdict(replace(clean, strange_voice=STRANGE_VOICE, other_voice=("berta", -3.0)))
    assert [(found.fault, found.heard) for found in told.findings] == [(Fault.VOICE, "")]


def test_the_print_of_a_short_take_counts_for_less() -> None:
    dice = np.random.Generator(np.random.PCG64(3))
    heard = []
    for voice, pitch in (("anna", 0.0), ("berta", 4.0)):
        for number in range(8):
            line = replace(asked("all is well", voice=voice, seconds=6.0), key=f"{voice} {number}")
            heard.append((Hearing(line, "zh", (), Evidence(0.0, 0, 0)), pitch + dice.normal(0.0, 1.0, 33)))
    first, berta = heard[0][0], heard[-1][1]
    nats = []
    for seconds in (6.0, FULL_SECONDS, SHORT_SECONDS, SHORT_SECONDS / 2):
        wrong = replace(first, asked=replace(first.asked, seconds=seconds))
        other = _with_voices([(wrong, berta), *heard[1:]], {})[0].other_voice
        assert other is not None and other[0] == "berta"
        nats.append(other[1])
    assert nats[0] == nats[1] > OTHER_VOICE
    assert [each / nats[0] for each in nats[2:]] == pytest.approx([2 / 3, 1 / 6])


def test_windows_hold_consecutive_takes_of_one_language() -> None:
    lines = [asked(f"line {n}", seconds=9.0) for n in range(4)]
    foreign = replace(lines[0], key="x", language="zh")
    packed = windows([*lines[:3], foreign, lines[3], asked("long", seconds=40.0)])
    assert [[take.key for take in window] for window in packed] == [
        ["line 0", "line 1"],
        ["line 2"],
        ["x"],
        ["line 3"],
        ["long"],
    ]


class ByPlace(Listener):
    """What it thinks of a take follows from its window, and from its voice; the windows it heard are noted."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[list[str]] = []

    def _first(
        self, window: Sequence[Asked], prints: listening.Prints, gaps: object
    ) -> list[tuple[Hearing, voices.Floats | None]]:
        self.heard.append([line.key for line in window])
        return [
            (
                Hearing(line, "words", (), Evidence(1 + place / len(window), 0, 1, 0.0, 0.0)),
                voices.voice_print(line.load().samples, RATE),
            )
            for place, line in enumerate(window)
        ]


def test_a_verdict_is_the_same_whichever_takes_were_heard_before() -> None:
    takes = []
    for number in range(60):
        voice, pitch = ("low", 100) if number % 2 else ("high", 210)
        sound = hum((pitch if number % 9 else 150) + number % 7, tilt=1.0 if number % 2 else 1.4)
        takes.append(asked(f"line {number}", seconds=5.0 + number % 5, voice=voice, take=Take(sound, RATE)))
    whole = {verdict.key: verdict for some in ByPlace().listen(takes) for verdict in some}
    assert set(whole) == {take.key for take in takes}
    assert len({verdict.score for verdict in whole.values()}) > 5, "windows and voices make a difference"
    assert {fault.fault for verdict in whole.values() for fault in verdict.findings} == {Fault.VOICE}
    for known in (takes[:7], takes[:41], takes[1::2], takes[20:]):
        keys = {take.key for take in known}
        listener = ByPlace()
        again = {verdict.key: verdict for some in listener.listen(takes, keys) for verdict in some}
        assert again == {key: verdict for key, verdict in whole.items() if key not in keys}
        assert all(set(window) - keys for window in listener.heard), "no window is heard for nothing"


def test_a_model_is_loaded_once_however_many_threads_ask_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[object] = []

    class Slow:
        def __init__(self, **_: object) -> None:
            time.sleep(0.05)
            loaded.append(self)

    monkeypatch.setattr(listening, "Recognizer", Slow)
    listener = Listener(threads=8)
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: listener._words, range(8)))
    assert len(loaded) == 1 and set(given) == set(loaded)


def test_a_wish_to_stop_ends_the_listening() -> None:
    begun = threading.Event()

    class Slow(Listener):
        def _first(
            self, window: object, prints: object, gaps: object
        ) -> list[tuple[Hearing, voices.Floats | None]]:
            begun.set()
            return []

    def stop() -> None:
        raise KeyboardInterrupt

    take = Take(hum(120), RATE)
    with pytest.raises(KeyboardInterrupt):
        list(Slow().listen([asked("a line", take=take)], look=stop))


def test_a_hair_above_a_limit_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "SURE", SURE)
    line = asked("a prince who wanted to marry")
    said = Transcript(line.text, (), heard(line, "aprincewhowantedtomarry"), sure=True)
    limit = thresholds("en").repeated
    for nats, outcome in ((1.04 * limit, Outcome.INCONCLUSIVE), (1.2 * limit, Outcome.DOUBTFUL)):
        twice = Evidence(nats, 4, 5, added=4, swapped=2, repeats=True)
        found = verdict(Hearing(line, "en", (), twice, transcript=said))
        assert found.outcome is outcome
        assert [finding.fault for finding in found.findings] == [Fault.REPEATED], "told, if not accused of"
