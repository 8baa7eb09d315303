"""One place turns what copper and ears say into what the mind understands."""

import numpy as np
import pytest

from cti_core.call_control.events import (
    AnswerHeard,
    CallerIdHeard,
    DialFinished,
    DigitEnded,
    DigitHeard,
    ExtensionFailed,
    ExtensionRestored,
    FlashHeard,
    HandsetLifted,
    HandsetReplaced,
    Heard,
    LineFailed,
    LineRestored,
    LoopDropped,
    PolarityReversed,
    RingHeard,
    Tone,
    ToneEnded,
    ToneHeard,
    VoiceHeard,
)
from cti_core.call_control.ids import ExtensionId, LineId
from cti_core.call_control.in_talk import PhoneKeyHeard
from cti_core.call_control.privacy import Keys, PhoneNumber
from cti_core.media.listen import Listener
from drivers.base import (
    CallerIdRead,
    DialDone,
    DtmfBy,
    DtmfDown,
    DtmfUp,
    FarEndAnswered,
    FarEndCleared,
    Hook,
    HookChanged,
    HookFlash,
    LineFault,
    LineOk,
    LoopClosed,
    LoopOpen,
    Overrun,
    Polarity,
    RingOff,
    RingOn,
    Signal,
    Tick,
    ToneRead,
)
from dsp.detections import CallerId, DigitOff, DigitOn, Silence, ToneOff, ToneOn, VoiceOn

LINES = (LineId(4), LineId(7))
L4, L7 = LINES
X801 = ExtensionId("801")
SILENCE = np.zeros((2, 160), np.int16)


def hear(listener: Listener, at: int, *signals: Signal) -> list[Heard]:
    return listener.events(Tick(at, SILENCE, signals), [])


def digit(on: str = "5", level: float = -10.0) -> DigitOn:
    return DigitOn(row=1, start=480, digit=on, level_dbm0=level, twist_db=0.5)


@pytest.mark.parametrize(
    ("signal", "meaning"),
    [
        (RingOn(1, 0), [RingHeard(L7)]),
        (RingOff(1, 0), []),
        (LineFault(0, 0, "no battery"), [LineFailed(L4, "no battery")]),
        (LineOk(0, 0), [LineRestored(L4)]),
        (DialDone(1, 0), [DialFinished(L7)]),
        (HookChanged(0, 0, Hook.OFF), []),
        (HookFlash(0, 0, 300), []),
        (Overrun(0, 0, 160), []),
        (DtmfDown(1, 0, "5"), [DigitHeard(line=L7, digit="5")]),
        (DtmfUp(1, 0, "5", 80), [DigitEnded(line=L7, digit="5", length_ms=80)]),
        (ToneRead(0, 0, "busy"), [ToneHeard(L4, Tone.BUSY)]),
        (
            CallerIdRead(port=0, at=0, number="13812345678"),
            [CallerIdHeard(line=L4, number=PhoneNumber("13812345678"))],
        ),
    ],
)
def test_each_signal_has_one_meaning(signal: Signal, meaning: list[Heard]) -> None:
    assert hear(Listener(LINES), 160, signal) == meaning


def test_a_short_break_of_the_loop_means_nothing() -> None:
    assert hear(Listener(LINES), 1600, LoopOpen(0, 0), LoopClosed(0, 1500, 188)) == []


def test_a_break_that_ends_late_enough_is_a_loop_drop() -> None:
    assert hear(Listener(LINES), 2400, LoopOpen(0, 0), LoopClosed(0, 2399, 300)) == [LoopDropped(L4)]


def test_a_loop_that_stays_open_is_reported_when_its_time_has_come_and_once() -> None:
    listener = Listener(LINES)
    assert hear(listener, 160, LoopOpen(1, 100)) == []
    assert [hear(listener, at) for at in (1920, 2080, 2240, 2400)] == [[], [], [LoopDropped(L7)], []]
    assert hear(listener, 4000, LoopClosed(1, 3990, 486)) == []


def test_polarity_that_stays_reversed_is_reported_when_it_is_certain_and_once() -> None:
    listener = Listener(LINES)
    assert hear(listener, 160, Polarity(0, 10, reversed=True)) == []
    assert [hear(listener, at) for at in (320, 640, 800, 960, 1120)] == [[], [], [], [PolarityReversed(L4)], []]
    assert hear(listener, 8000, Polarity(0, 7990, reversed=False)) == []
    assert hear(listener, 8800) == [PolarityReversed(L4)]


def test_polarity_that_swings_back_at_once_is_no_reversal() -> None:
    listener = Listener(LINES)
    assert hear(listener, 160, Polarity(0, 10, reversed=True), Polarity(0, 90, reversed=False)) == []
    assert hear(listener, 320, Polarity(1, 300, reversed=True)) == []
    assert hear(listener, 960, Polarity(1, 900, reversed=False)) == []
    assert hear(listener, 1600) == []


def test_polarity_that_bounces_and_then_stays_counts_from_where_it_stays() -> None:
    listener = Listener(LINES)
    bounce = (Polarity(0, 0, reversed=True), Polarity(0, 40, reversed=False), Polarity(0, 120, reversed=True))
    assert hear(listener, 160, *bounce) == []
    assert [hear(listener, at) for at in (800, 960)] == [[], [PolarityReversed(L4)]]


def test_what_was_half_heard_of_an_earlier_board_is_forgotten() -> None:
    listener = Listener(LINES)
    hear(listener, 160, Polarity(0, 10, reversed=True), LoopOpen(1, 10))
    listener.new_board()
    assert hear(listener, 8000) == []


def test_each_line_has_its_own_patience() -> None:
    listener = Listener(LINES, {L4: 600})
    heard = hear(listener, 4000, LoopOpen(0, 0), LoopOpen(1, 0))
    assert heard == [LoopDropped(L7)]
    assert hear(listener, 4800) == [LoopDropped(L4)]


def test_detections_become_events_of_their_line_in_their_order() -> None:
    found = [
        digit(),
        ToneOn(row=0, tone="busy", start=0),
        DigitOff(row=1, digit="5", start=320, end=960),
        ToneOff(row=0, tone="busy", start=0, end=960),
    ]
    assert Listener(LINES).events(Tick(960, SILENCE), found) == [
        DigitHeard(line=L7, digit="5", level_dbm0=-10.0, twist_db=0.5),
        ToneHeard(L4, Tone.BUSY),
        DigitEnded(line=L7, digit="5", length_ms=80),
    ]


def test_a_port_that_hears_keys_itself_is_not_listened_to_for_keys() -> None:
    off = DigitOff(row=1, digit="5", start=320, end=960)
    assert Listener(LINES, hw_dtmf=[1]).events(Tick(960, SILENCE), [digit(), off]) == []


def test_a_callers_number_is_masked_from_the_ear_on() -> None:
    known = CallerId(row=0, method="fsk", number="13812345678", start=0, end=900)
    withheld = CallerId(row=1, method="dtmf", number=None, absence="P", start=0, end=900)
    heard = Listener(LINES).events(Tick(960, SILENCE), [known, withheld])
    assert heard == [
        CallerIdHeard(line=L4, number=PhoneNumber("13812345678")),
        CallerIdHeard(line=L7, number=None, absence="P"),
    ]
    assert "13812345678" not in repr(heard)


def test_a_far_end_that_says_goodbye_in_words_is_as_sure_as_a_loop_drop() -> None:
    listener = Listener(LINES)
    assert hear(listener, 160, FarEndAnswered(1, 160)) == [AnswerHeard(L7)]
    assert hear(listener, 320, FarEndCleared(1, 320)) == [LoopDropped(L7)]


def test_the_two_ends_of_a_call_agree_who_hears_its_keys() -> None:
    listener = Listener(LINES, hw_dtmf=[0, 1])
    listener.events(Tick(160, SILENCE, (DtmfBy(1, 160, board=False),)), [])
    assert listener.events(Tick(320, SILENCE), [digit()]) != []
    listener.events(Tick(480, SILENCE, (DtmfBy(1, 480, board=True),)), [])
    assert listener.events(Tick(640, SILENCE), [digit()]) == []


@pytest.mark.parametrize(
    ("signal", "meaning"),
    [
        (HookChanged(1, 0, Hook.OFF), [HandsetLifted(X801)]),
        (HookChanged(1, 0, Hook.ON), [HandsetReplaced(X801)]),
        (HookFlash(1, 0, 300), [FlashHeard(X801)]),
        (LineFault(1, 0, "unplugged"), [ExtensionFailed(X801, "unplugged")]),
        (LineOk(1, 0), [ExtensionRestored(X801)]),
        (RingOn(1, 0), []),
        (DtmfDown(1, 0, "5"), [PhoneKeyHeard(X801, Keys("5"))]),
        (DtmfUp(1, 0, "5", 80), []),
    ],
)
def test_what_a_hand_does_on_a_telephone_of_the_house(signal: Signal, meaning: list[Heard]) -> None:
    assert hear(Listener((L4, X801)), 160, signal) == meaning


def test_what_people_say_into_a_telephone_of_the_house_is_for_people() -> None:
    said = [digit(), ToneOn(row=1, tone="busy", start=0)]
    assert Listener((L4, X801)).events(Tick(960, SILENCE), said) == []


def test_voice_and_tones_that_end_mean_something_while_a_call_of_ours_is_out() -> None:
    listener = Listener(LINES)
    said = [ToneOff(row=1, tone="ringback", start=0, end=8000), VoiceOn(row=1, start=8000)]
    assert listener.events(Tick(960, SILENCE), said) == []
    listener.expect_answer(L7, expected=True)
    assert listener.events(Tick(1120, SILENCE), said) == [ToneEnded(L7, Tone.RINGBACK), VoiceHeard(L7)]
    listener.expect_answer(L7, expected=False)
    assert listener.events(Tick(1280, SILENCE), said) == []


def test_a_silence_that_was_asked_for_is_a_tone_of_its_own() -> None:
    assert Listener(LINES).events(Tick(960, SILENCE), [Silence(row=0, seconds=30.0)]) == [ToneHeard(L4, Tone.SILENCE)]
