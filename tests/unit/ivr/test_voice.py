"""Prompts as samples: what is said, what is cut, what beeps, and that nothing of it is a tone the ears know."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cti_core.call_control.actions import Language, Reader, Spoken
from cti_core.call_control.ids import PromptId
from cti_core.faults import ConfigError
from dsp.ears import Ears
from dsp.levels import RATE_HZ, TICK_SAMPLES, dbm0
from dsp.plan import load_plan
from ivr import sound
from ivr.library import PromptLibrary, humming_library
from ivr.prompts import Catalogue, load_prompts, parse_prompts, speakable
from ivr.speech import hummed

CONFIG = Path(__file__).parents[3] / "config" / "ivr"
TEXTS = "hello: {zh: 您好。, en: Hello there.}\nyou.are: {zh: 您排在第, en: You are number}\n"
HELLO, YOU_ARE = PromptId("hello"), PromptId("you.are")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return parse_prompts(TEXTS, "prompts.yaml")


@pytest.fixture
def library(catalogue: Catalogue) -> PromptLibrary:
    return humming_library(catalogue)


def seconds(wave: NDArray[np.int16]) -> float:
    return wave.size / RATE_HZ


def share_of_energy(wave: NDArray[np.int16], low_hz: float, high_hz: float) -> float:
    """How much of the energy lies in this band, in dB below the whole."""
    power = np.abs(np.fft.rfft(wave.astype(np.float64))) ** 2
    band = np.fft.rfftfreq(wave.size, 1 / RATE_HZ)
    inside = power[(band >= low_hz) & (band < high_hz)].sum()
    return float(10 * np.log10(max(inside, 1e-9) / power.sum()))


# --- the library ----------------------------------------------------------------------------------------------------


def test_items_are_said_one_after_the_other(library: PromptLibrary) -> None:
    number = Spoken(Reader.CARDINAL, "22")
    parts = [library.samples([item], Language.ZH) for item in (YOU_ARE, number)]
    np.testing.assert_array_equal(library.samples([YOU_ARE, number], Language.ZH), np.concatenate(parts))


def test_a_whole_sentence_is_followed_by_a_pause_and_a_part_of_one_is_not(library: PromptLibrary) -> None:
    alone = seconds(library.samples([HELLO], Language.ZH))
    assert seconds(library.samples([HELLO, HELLO], Language.ZH)) == pytest.approx(2 * alone + 0.3)


def test_groups_of_digits_are_parted_by_200_ms(library: PromptLibrary) -> None:
    groups = sum(seconds(library.samples([Spoken(Reader.DIGITS, row)], Language.EN)) for row in ("138", "0013", "8000"))
    whole = seconds(library.samples([Spoken(Reader.DIGITS, "13800138000")], Language.EN))
    assert whole == pytest.approx(groups + 2 * 0.2)


@pytest.mark.parametrize(
    ("item", "counted"),
    [
        (PromptId("unheard.of"), "zh unheard.of"),
        (Spoken(Reader.CLOCK, "25:00"), "zh clock"),
        (Spoken(Reader.CARDINAL, ""), "zh cardinal"),
    ],
)
def test_what_is_missing_beeps_and_is_counted_without_its_value(
    library: PromptLibrary, item: PromptId | Spoken, counted: str
) -> None:
    beep = library.samples([item], Language.ZH)
    assert seconds(beep) == pytest.approx(0.2)
    assert np.abs(beep).max() > 1000
    assert library.missed == {counted: 1}


def test_the_length_of_a_text_is_known_only_if_nothing_is_missing(library: PromptLibrary) -> None:
    assert library.seconds([HELLO], Language.EN) == pytest.approx(seconds(library.samples([HELLO], Language.EN)))
    assert library.seconds([HELLO, PromptId("unheard.of")], Language.EN) is None
    assert not library.missed


def test_nothing_to_say_still_ends(library: PromptLibrary) -> None:
    assert library.samples([], Language.ZH).size > 0


def test_a_library_adopts_the_prompts_of_another(library: PromptLibrary) -> None:
    new = humming_library(parse_prompts("hello: {zh: 大家好，欢迎致电。, en: Hello all.}", "prompts.yaml"))
    library.adopt(new)
    np.testing.assert_array_equal(library.samples([HELLO], Language.ZH), new.samples([HELLO], Language.ZH))


# --- sound ----------------------------------------------------------------------------------------------------------


def tone(length_s: float, level: float, hz: float = 300) -> NDArray[np.int16]:
    return (level * np.sin(2 * np.pi * hz * np.arange(round(length_s * RATE_HZ)) / RATE_HZ)).astype(np.int16)


def silence(length_s: float) -> NDArray[np.int16]:
    return np.zeros(round(length_s * RATE_HZ), np.int16)


def test_silence_is_cut_at_the_ends_and_shortened_inside() -> None:
    """§9: tail silence <= 80 ms."""
    wave = np.concatenate([silence(1), tone(1, 3000), silence(2), tone(1, 3000), silence(1.5)])
    assert seconds(sound.conditioned(wave)) == pytest.approx(0.02 + 1 + 0.4 + 1 + 0.08, abs=0.011)


def test_a_short_pause_stays_as_it_is() -> None:
    wave = np.concatenate([tone(1, 3000), silence(0.3), tone(1, 3000)])
    assert seconds(sound.conditioned(wave)) == pytest.approx(2.3, abs=0.011)


@pytest.mark.parametrize("level", [300, 3000, 30000])
def test_quiet_and_loud_recordings_come_out_alike(level: float) -> None:
    wave = sound.conditioned(tone(2, level))
    assert dbm0(float((wave.astype(np.float64) ** 2).mean())) == pytest.approx(-16, abs=0.2)


def test_peaks_never_come_near_full_scale() -> None:
    clicks = tone(2, 300)
    clicks[::4000] = 32000
    assert np.abs(sound.conditioned(clicks)).max() <= 0.7 * 32768 + 1


@pytest.mark.parametrize("wave", [silence(1), silence(0), np.ones(100, np.int16)])
def test_a_file_of_silence_holds_nothing(wave: NDArray[np.int16]) -> None:
    assert sound.conditioned(wave).size == 0


def test_music_loops_without_a_click_and_touches_no_tone_of_the_plan() -> None:
    """Busy, dial and ring-back tone are 450 Hz, DTMF begins at 697 Hz."""
    music = sound.music()
    assert abs(int(music[0])) < 5
    assert abs(int(music[-1])) < 5
    assert share_of_energy(music, 380, 520) < -40
    assert share_of_energy(music, 680, 4000) < -40
    assert -30 < dbm0(float((music.astype(np.float64) ** 2).mean())) < -20


# --- the hum --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language", "length_s"),
    [
        ("您好", Language.ZH, 0.44),
        ("您好，欢迎。", Language.ZH, 6 * 0.22),
        ("请按1", Language.ZH, 0.66),
        ("Hello", Language.EN, 0.35),
        ("press 1", Language.EN, 8 * 0.07),
        ("", Language.EN, 0.0),
    ],
)
def test_a_hum_lasts_as_long_as_it_takes_to_say_it(text: str, language: Language, length_s: float) -> None:
    assert seconds(hummed(text, language)) == pytest.approx(length_s)


def test_the_same_text_is_the_same_hum_and_another_text_another() -> None:
    first, again, other = (hummed(text, Language.ZH) for text in ("您好", "您好", "再见"))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@settings(max_examples=20, deadline=None)
@given(st.text(alphabet="门诊时间请按井号键人工服务abcdefgh", min_size=5, max_size=40), st.sampled_from(Language))
def test_no_hum_reaches_into_the_tones_of_the_plan(text: str, language: Language) -> None:
    assert share_of_energy(hummed(text, language), 380, 4000) < -40


def test_the_ears_hear_nothing_in_what_worlds_and_music_play() -> None:
    """All prompts of the hospital at once, a line each, and the music: no key, no tone."""
    library = humming_library(load_prompts(CONFIG / "prompts.yaml"))
    waves = [*library.audio.values(), library.music()]
    ticks = -(-max(wave.size for wave in waves) // TICK_SAMPLES)
    heard = np.zeros((len(waves), ticks * TICK_SAMPLES), np.int16)
    for row, wave in zip(heard, waves, strict=True):
        row[: wave.size] = wave
    ears = Ears(len(waves), load_plan(CONFIG.parent / "tones" / "cn.toml"))
    for row in range(len(waves)):
        ears.arm(row, fax=True)
    assert [found for tick in np.split(heard, ticks, axis=1) for found in ears.hear(tick)] == []


# --- the catalogue --------------------------------------------------------------------------------------------------


def test_the_catalogue_that_ships_has_both_languages() -> None:
    """`hours.from` is a word of English only."""
    texts = load_prompts(CONFIG / "prompts.yaml").texts
    ours = [{prompt for prompt in texts[language] if "." in prompt} for language in Language]
    shared = {p for p in ours[0] | ours[1] if not p.startswith(("digit.", "number.", "clock.", "key."))}
    assert {p for p in shared if p not in ours[0] or p not in ours[1]} == {"hours.from"}


def test_fragments_can_be_given_another_text() -> None:
    texts = parse_prompts("digit.yao: {zh: 一}\n", "prompts.yaml")
    assert texts.text(PromptId("digit.yao"), Language.ZH) == "一"


def test_all_faults_of_a_catalogue_are_told_at_once() -> None:
    text = "Hello: {zh: 好, en: Hi}\na: 您好\nb: {fr: Salut}\nc: {zh: ''}\nd: {zh: [x]}\nd: {zh: 好}\n"
    with pytest.raises(ConfigError) as wrong:
        parse_prompts(text, "p.yaml")
    assert [str(fault).split(": ")[0] for fault in wrong.value.faults] == [
        "p.yaml:1:Hello",
        "p.yaml:2:a",
        "p.yaml:3:b",
        "p.yaml:3:b.fr",
        "p.yaml:4:c.zh",
        "p.yaml:5:d.zh",
        "p.yaml:6:d",
    ]


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("请按1，返回", Language.ZH, "请按一，返回"),
        ("拨打120。", Language.ZH, "拨打幺二零。"),
        ("press 1, dial 120.", Language.EN, "press one, dial one two zero."),
    ],
)
def test_an_engine_gets_no_digit_to_guess(text: str, language: Language, words: str) -> None:
    """R-TTS-6, A-TTS-3."""
    assert speakable(text, language) == words


def test_no_text_that_ships_leaves_a_digit_to_an_engine() -> None:
    for language, texts in load_prompts(CONFIG / "prompts.yaml").texts.items():
        assert not any(c.isdecimal() for text in texts.values() for c in speakable(text, language))
