"""What is judged of both hearings of a line: which faults they tell, and what the control has, too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flows.proof import judging
from flows.proof.evidence import Evidence
from flows.proof.heard import Asked, Wording
from flows.proof.judging import (
    ALSO,
    BLURRED,
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
from flows.proof.readings import OtherReading
from flows.proof.second import Transcript
from flows.proof.verdict import Fault, Finding, Outcome
from tests.flows.proof.lines import asked, heard


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


def test_a_take_is_of_another_voice_where_it_is_much_likelier_that_ones() -> None:
    line = asked("all is well")
    clean = Hearing(line, "en", (), Evidence(0.0, 0, 0))
    told = verdict(replace(clean, other_voice=("berta", OTHER_VOICE)))
    assert [(found.fault, found.heard) for found in told.findings] == [(Fault.VOICE, "berta")]
    assert verdict(replace(clean, other_voice=("berta", OTHER_VOICE - 1))).outcome is Outcome.CLEAN
    told = verdict(replace(clean, strange_voice=STRANGE_VOICE, other_voice=("berta", -3.0)))
    assert [(found.fault, found.heard) for found in told.findings] == [(Fault.VOICE, "")]


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
