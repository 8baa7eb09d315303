"""Telephones on FXS ports: hands on one side, the house on the other."""

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.base import TICK_SAMPLES, Hook, HookChanged, HookFlash, LineFault, LineOk, PulseDigit, Signal
from dsp.detections import DigitOn
from dsp.dtmf import BINS_HZ, DtmfLimits, DtmfReceiver
from dsp.goertzel import Bank
from dsp.levels import dbm0
from simulator.extension_model import ExtensionModel, extension_model_from
from simulator.extension_telephone import ExtensionTelephone
from simulator.extensions import Extensions

CLEAN = ExtensionModel(noise_dbm0=-90.0, echo_return_loss_db=90.0)
TONE = (8000 * np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000)).astype(np.int16)


class Desk:
    """Two telephones, and the house's hand on their ports."""

    def __init__(self, model: ExtensionModel = CLEAN, seed: int = 3) -> None:
        self.extensions = Extensions([model] * 2, np.random.default_rng(seed), first=8)
        self.spoken = np.zeros((2, TICK_SAMPLES), np.int16)
        self.facts: list[Signal] = []

    @property
    def telephone(self) -> ExtensionTelephone:
        return self.extensions.telephones[0]

    def run(self, seconds: float) -> NDArray[np.int16]:
        """(2, n) heard by the house."""
        heard = []
        for _ in range(round(seconds * 50)):
            frame, facts = self.extensions.step(self.spoken)
            heard.append(frame)
            self.facts += facts
        return np.concatenate(heard, axis=1)

    def told(self) -> list[Signal]:
        facts = list(self.facts)
        self.facts.clear()
        return facts


def level(samples: NDArray[np.int16]) -> float:
    return dbm0(float(np.mean(samples.astype(float) ** 2)))


# --- hook ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_a_handset_is_lifted_once_however_its_contacts_chatter(seed: int) -> None:
    desk = Desk(seed=seed)
    desk.telephone.lift()
    desk.run(0.2)
    (lifted,) = desk.told()
    assert isinstance(lifted, HookChanged)
    assert (lifted.port, lifted.position) == (8, Hook.OFF)
    assert 0.012 <= lifted.at / 8000 <= 0.019  # debounce, and up to 6 ms of chatter


@pytest.mark.parametrize("length_ms", [100, 300, 580])
@pytest.mark.parametrize("seed", range(5))
def test_a_flash_is_told_with_its_length(length_ms: int, seed: int) -> None:
    desk = Desk(seed=seed)
    desk.telephone.lift()
    desk.run(0.2)
    desk.telephone.flash(length_ms)
    desk.run(1.0)
    flash = desk.told()[-1]
    assert isinstance(flash, HookFlash)
    assert flash.length_ms == pytest.approx(length_ms, abs=7)


def test_a_replaced_handset_is_told_when_it_can_be_no_flash_any_more() -> None:
    desk = Desk()
    desk.telephone.lift()
    desk.run(0.2)
    desk.telephone.replace()
    desk.run(1.0)
    (replaced,) = desk.told()[1:]
    assert replaced == HookChanged(8, replaced.at, Hook.ON)
    assert replaced.at / 8000 == pytest.approx(0.2 + 0.6 + 0.012, abs=0.007)


@pytest.mark.parametrize("make", [0.33, 0.4])
@pytest.mark.parametrize("seed", range(3))
def test_a_disc_dials_and_is_read(make: float, seed: int) -> None:
    desk = Desk(ExtensionModel(disc_make=make), seed)
    desk.telephone.lift()
    desk.telephone.dial("8019")
    desk.run(8.0)
    assert [fact.digit for fact in desk.told()[1:] if isinstance(fact, PulseDigit)] == list("8019")


def test_hands_do_one_thing_after_the_other() -> None:
    desk = Desk()
    desk.telephone.lift()
    desk.telephone.flash()
    desk.telephone.dial("2")
    desk.telephone.replace()
    desk.run(3.0)
    assert [type(fact) for fact in desk.told()] == [HookChanged, HookFlash, PulseDigit, HookChanged]


def test_a_telephone_on_its_hook_neither_flashes_nor_dials() -> None:
    desk = Desk()
    desk.telephone.flash()
    desk.telephone.dial("5")
    desk.telephone.press("5")
    assert level(desk.run(2.0)) < -80
    assert desk.told() == []


# --- bell ---------------------------------------------------------------------------------------------------------


def rhythm(desk: Desk, seconds: int) -> str:
    """A letter a second."""
    letters = ""
    for _ in range(seconds):
        desk.run(0.5)
        letters += "R" if desk.telephone.bell else "."
        desk.run(0.5)
    return letters


def test_the_bell_rings_as_in_china_until_the_house_stops_it() -> None:
    desk = Desk()
    desk.extensions.ring(0, on=True)
    assert rhythm(desk, 7) == "R....R."
    desk.extensions.ring(0, on=True)  # it rings already
    assert rhythm(desk, 4) == "...R"
    desk.extensions.ring(0, on=False)
    assert not desk.telephone.bell
    assert rhythm(desk, 6) == "......"
    assert desk.told() == []


def test_the_other_telephone_does_not_ring() -> None:
    desk = Desk()
    desk.extensions.ring(0, on=True)
    desk.run(0.5)
    assert [telephone.bell for telephone in desk.extensions.telephones] == [True, False]


def test_lifting_ends_the_ringing_and_a_lifted_telephone_does_not_ring() -> None:
    desk = Desk()
    desk.extensions.ring(0, on=True)
    desk.run(0.5)
    desk.telephone.lift()
    desk.run(0.2)
    assert not desk.telephone.bell
    desk.extensions.ring(0, on=True)
    assert rhythm(desk, 6) == "......"
    assert len(desk.told()) == 1


# --- audio --------------------------------------------------------------------------------------------------------


def test_voice_passes_both_ways_while_the_handset_is_lifted() -> None:
    desk = Desk()
    desk.spoken[0] = TONE[:TICK_SAMPLES]
    desk.telephone.say(TONE)
    assert level(desk.run(0.2)) < -80
    assert not desk.telephone.heard.any()
    desk.telephone.lift()
    desk.telephone.say(TONE)
    desk.run(0.1)
    assert level(desk.run(0.2)[0]) == pytest.approx(level(TONE) - 3, abs=0.2)
    assert level(desk.telephone.heard) == pytest.approx(level(TONE) - 3, abs=0.2)
    desk.telephone.replace()
    desk.run(0.1)
    assert level(desk.run(0.2)[0]) < -80
    assert not desk.telephone.heard.any()


def test_what_the_house_says_comes_back_by_the_hybrid_of_a_lifted_telephone_only() -> None:
    desk = Desk(ExtensionModel(noise_dbm0=-90.0, echo_return_loss_db=14.0))
    desk.spoken[:] = TONE[:TICK_SAMPLES]
    desk.telephone.lift()
    desk.run(0.1)
    heard = desk.run(0.2)
    assert level(heard[0]) == pytest.approx(level(TONE) - 14, abs=0.2)
    assert level(heard[1]) < -80


def test_keys_are_real_dtmf() -> None:
    desk = Desk(ExtensionModel())
    desk.telephone.lift()
    desk.run(0.2)
    for key in "80*D":
        desk.telephone.press(key)
    bank, receiver = Bank(2, (0.0, 450.0, *BINS_HZ)), DtmfReceiver(2, DtmfLimits(), 2, (0, 1))
    found = []
    for _ in range(60):
        bank.hear(desk.run(0.02))
        found += [digit.digit for digit in receiver.hear(bank) if isinstance(digit, DigitOn)]
    assert found == list("80*D")


def test_nothing_passes_while_the_loop_is_open_for_a_flash() -> None:
    desk = Desk()
    desk.spoken[0] = TONE[:TICK_SAMPLES]
    desk.telephone.lift()
    desk.run(0.2)
    desk.telephone.flash(400)
    desk.telephone.say(TONE)
    desk.run(0.1)
    assert level(desk.run(0.2)[0]) < -80
    assert not desk.telephone.heard.any()


def test_mouth_and_ear_are_off_while_the_disc_runs() -> None:
    desk = Desk()
    desk.spoken[0] = TONE[:TICK_SAMPLES]
    desk.telephone.lift()
    desk.run(0.2)
    desk.telephone.say(TONE)
    desk.telephone.dial("9")
    desk.run(0.1)
    assert level(desk.run(0.7)[0]) < -80
    assert not desk.telephone.heard.any()


# --- unplugged ----------------------------------------------------------------------------------------------------


def test_an_unplugged_telephone_rings_for_nobody() -> None:
    desk = Desk()
    desk.telephone.unplug()
    desk.extensions.ring(0, on=True)
    assert rhythm(desk, 6) == "......"
    desk.telephone.lift()
    desk.run(0.5)
    assert desk.told() == []


def test_to_most_ports_a_telephone_unplugged_in_a_call_was_replaced() -> None:
    desk = Desk()
    desk.telephone.lift()
    desk.run(0.2)
    desk.telephone.unplug()
    desk.run(1.0)
    assert desk.told()[1:] == [HookChanged(8, 8000 // 5 + 4800 + 96, Hook.ON)]


def test_a_port_that_tests_its_wire_tells_the_difference() -> None:
    desk = Desk(ExtensionModel(line_test_ms=200))
    desk.telephone.lift()
    desk.run(0.2)
    desk.telephone.unplug()
    desk.run(3.0)
    (fault,) = desk.told()[1:]
    assert isinstance(fault, LineFault)
    assert "unplugged" in desk.extensions.line_state(0).fault
    desk.telephone.replace()
    desk.telephone.plug()
    desk.run(1.5)
    assert [type(fact) for fact in desk.told()] == [LineOk]
    desk.telephone.lift()
    desk.run(0.2)
    assert [type(fact) for fact in desk.told()] == [HookChanged]


def test_a_telephone_plugged_in_with_its_handset_beside_it_is_lifted() -> None:
    desk = Desk()
    desk.telephone.unplug()
    desk.telephone.lift()
    desk.run(0.2)
    desk.telephone.plug()
    desk.run(0.2)
    assert [type(fact) for fact in desk.told()] == [HookChanged]


# --- the same again -----------------------------------------------------------------------------------------------


def test_the_same_seed_and_hands_give_the_same_facts_and_samples() -> None:
    def live(seed: int) -> tuple[list[Signal], NDArray[np.int16]]:
        desk = Desk(ExtensionModel(), seed)
        desk.extensions.ring(0, on=True)
        desk.run(0.3)
        desk.telephone.lift()
        desk.telephone.flash()
        desk.telephone.dial("31")
        return desk.facts, desk.run(3.0)

    (facts, heard), (facts_again, heard_again) = live(5), live(5)
    assert facts == facts_again
    np.testing.assert_array_equal(heard, heard_again)
    assert live(6)[0] != facts


def test_a_port_without_power_is_dead_and_tells_a_lifted_handset_when_it_is_fed_again() -> None:
    desk = Desk()
    desk.extensions.power(0, on=False)
    desk.telephone.lift()
    desk.spoken[0] = TONE[:TICK_SAMPLES]
    assert not desk.run(0.5)[0].any()
    assert not desk.telephone.heard.any()
    assert desk.told() == []
    assert desk.extensions.line_state(0).volts == 0.0
    desk.extensions.power(0, on=True)
    desk.run(0.1)
    assert [type(fact) for fact in desk.told()] == [HookChanged]
    assert desk.extensions.line_state(0).hook is Hook.OFF


def test_a_model_is_read_from_settings_with_every_fault_by_its_key() -> None:
    assert extension_model_from({"flash_max_ms": 800, "pulses": False}) == ExtensionModel(
        flash_max_ms=800, pulses=False
    )
    with pytest.raises(ValueError) as refusal:
        extension_model_from({"flash": 1, "bounce_ms": 90, "pulses": 1})
    assert [line.split(":")[0] for line in str(refusal.value).splitlines()] == ["flash", "bounce_ms", "pulses"]
