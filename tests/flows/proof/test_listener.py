"""How takes are heard: sounds and words laid beside each other, asked for again, and each window and model once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from flows.proof import control as controls
from flows.proof import listener as listening
from flows.proof import voices
from flows.proof.control import Controls, other_voice
from flows.proof.ear import Laid
from flows.proof.evidence import Evidence
from flows.proof.heard import Asked, AskedWord, Wording, asked_words
from flows.proof.judging import (
    FIRST_SHARE,
    OTHER_VOICE,
    Hearing,
    thresholds,
    verdict,
)
from flows.proof.listener import FULL_SECONDS, SHORT_SECONDS, Listener, _with_voices, windows
from flows.proof.pairs import Step, worst_stretch
from flows.proof.second import Transcript, loops
from flows.proof.signals import LONGEST_GAP, allowed_gap, longest_quiet, signal_findings
from flows.proof.verdict import Fault, Outcome
from tests.flows.proof.lines import RATE, SAME, asked, heard, hum
from tts_core.encoder import Encoder
from tts_core.engine import Prepared, Take, VoicePreset, Word
from tts_core.kokoro.voice_bank import presets
from tts_core.recognizer import Recognizer


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


def test_a_transcription_that_loops_says_nothing_and_one_of_words_said_twice_does() -> None:
    assert not loops(asked=8, heard=16) and not loops(asked=60, heard=120)
    assert loops(asked=8, heard=90)


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
