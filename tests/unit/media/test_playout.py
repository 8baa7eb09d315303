"""What a line is played: to the sample, without clicks."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from cti_core.call_control.actions import Item, Language
from cti_core.call_control.events import DialFinished, PromptFinished, Tone
from cti_core.call_control.ids import ExtensionId, LineId, PlayingId, PromptId
from cti_core.media.matrix import Matrix
from cti_core.media.playout import Playout
from cti_core.media.tones import digits

LINE, OTHER = LineId(1), LineId(2)
PHONE = ExtensionId("801")
BUSY = np.concatenate([np.full(240, 1000, np.int16), np.zeros(240, np.int16)])
LONG = np.full(1000, 8000, np.int16)


class Voices:
    """Each prompt is a ramp of its own length: `p400` has the samples 1 to 400."""

    def __init__(self) -> None:
        self.loop = np.arange(1, 501, dtype=np.int16)

    def samples(self, items: Sequence[Item], language: Language) -> NDArray[np.int16]:
        if items == (PromptId("loud"),):
            return LONG
        return np.concatenate([np.arange(1, int(str(item)[1:]) + 1, dtype=np.int16) for item in items])

    def music(self) -> NDArray[np.int16]:
        return self.loop


def booth() -> tuple[Matrix, Playout]:
    matrix = Matrix([LINE, OTHER, PHONE], legs=0)
    return matrix, Playout(matrix, Voices(), {Tone.BUSY: BUSY})


def play(playout: Playout, *prompts: str, line: LineId = LINE, playing: int = 1) -> None:
    playout.play(line, PlayingId(playing), tuple(PromptId(prompt) for prompt in prompts), Language.ZH)


def hear(matrix: Matrix, playout: Playout, ticks: int) -> NDArray[np.int16]:
    """(ticks * 160,) what line 1 is sent."""
    frames = []
    for _ in range(ticks):
        playout.fill()
        frames.append(matrix.mix()[0].copy())
    return np.concatenate(frames)


def test_a_prompt_is_played_sample_for_sample_and_then_there_is_silence() -> None:
    matrix, playout = booth()
    play(playout, "p400")
    sound = hear(matrix, playout, 4)
    assert np.array_equal(sound[:400], np.arange(1, 401))
    assert not sound[400:].any()


def test_a_prompt_is_finished_in_the_tick_of_its_last_sample_and_only_then() -> None:
    _, playout = booth()
    play(playout, "p200", "p120", playing=7)
    assert [playout.fill() for _ in range(3)] == [(), (PromptFinished(LINE, PlayingId(7)),), ()]


def test_the_line_is_connected_to_its_playout_only_while_something_plays() -> None:
    matrix, playout = booth()
    play(playout, "p100")
    assert len(matrix.entries()) == 1
    playout.fill()
    playout.fill()
    assert matrix.entries() == ()


def test_stopping_fades_out_within_five_milliseconds() -> None:
    matrix, playout = booth()
    play(playout, "loud")
    hear(matrix, playout, 1)
    playout.stop(LINE)
    sound = hear(matrix, playout, 2)
    assert 7000 < sound[0] <= 8000
    assert np.abs(np.diff(sound[:41])).max() <= 250
    assert not sound[40:].any()


def test_a_stopped_prompt_is_never_reported_as_finished() -> None:
    _, playout = booth()
    play(playout, "p100")
    playout.stop(LINE)
    assert [playout.fill() for _ in range(3)] == [(), (), ()]


def test_a_new_prompt_replaces_the_old_one_and_begins_at_once() -> None:
    matrix, playout = booth()
    play(playout, "loud", playing=1)
    hear(matrix, playout, 1)
    play(playout, "p300", playing=2)
    sound = hear(matrix, playout, 1)
    assert np.array_equal(sound[40:], np.arange(41, 161))
    assert sound[0] == 8001
    assert playout.playing(LINE) == 2


def test_replacing_twice_before_a_tick_still_fades_what_was_heard() -> None:
    matrix, playout = booth()
    play(playout, "loud")
    hear(matrix, playout, 1)
    play(playout, "p300")
    play(playout, "p300")
    assert hear(matrix, playout, 1)[0] == 8001


def test_music_is_one_loop_for_the_house_joined_where_it_is() -> None:
    matrix, playout = booth()
    playout.music(OTHER)
    for _ in range(3):
        playout.fill()
    playout.music(LINE)
    sound = hear(matrix, playout, 1)
    assert sound[0] == 0
    assert np.array_equal(sound[40:], np.arange(521, 641) % 500)
    assert np.array_equal(matrix.mix()[1][40:], sound[40:])


def test_two_lines_play_different_prompts_at_once() -> None:
    _, playout = booth()
    play(playout, "p160", line=LINE, playing=1)
    play(playout, "p160", line=OTHER, playing=2)
    assert playout.fill() == (PromptFinished(LINE, PlayingId(1)), PromptFinished(OTHER, PlayingId(2)))


def test_a_number_is_dialled_in_tones_and_told_when_the_last_digit_has_left() -> None:
    matrix, playout = booth()
    playout.dial(LINE, "1,2")
    told, sound = [], []
    while not told:
        told += playout.fill()
        sound.append(matrix.mix()[0].copy())
    assert told == [DialFinished(LINE)]
    assert np.array_equal(np.concatenate(sound), digits("1,2"))
    assert len(digits("1,2")) == 8000 * 1.4  # a digit is 100 ms and 100 ms, a comma waits a second


def test_what_is_no_key_is_not_dialled() -> None:
    _, playout = booth()
    with pytest.raises(ValueError, match="no key"):
        playout.dial(LINE, "12x")


def test_a_telephone_left_off_hook_hears_a_tone_in_its_cadence_until_it_is_stopped() -> None:
    matrix, playout = booth()
    playout.tone(PHONE, Tone.BUSY)
    sound = []
    for _ in range(6):
        assert playout.fill() == ()
        sound.append(matrix.mix()[2].copy())
    assert np.array_equal(np.concatenate(sound), np.concatenate([BUSY, BUSY]))
    playout.stop(PHONE)
    playout.fill()
    playout.fill()
    assert not matrix.mix()[2].any()


def test_keys_that_are_pressed_while_others_go_out_follow_them() -> None:
    """An agent presses faster than a key is long; it is finished once, behind the last."""
    matrix, playout = booth()
    playout.send(LINE, "1")
    begun = hear(matrix, playout, 3)
    playout.send(LINE, "23")
    finished: list[object] = []
    rest = []
    for _ in range(40):
        finished += playout.fill()
        rest.append(matrix.mix()[0].copy())
    sound = np.concatenate([begun, *rest])
    wanted = np.concatenate([digits("1"), digits("23")])
    assert np.array_equal(sound[: wanted.size], wanted)
    assert not sound[wanted.size :].any()
    assert finished == [DialFinished(LINE)]


def test_keys_replace_what_is_no_keys() -> None:
    matrix, playout = booth()
    play(playout, "p4000")
    hear(matrix, playout, 1)
    playout.send(LINE, "5")
    assert playout.playing(LINE) is None
