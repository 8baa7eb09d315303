"""Whatever hands and houses do with telephones, and in whichever order: the port ends up knowing the truth."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.base import Hook, HookChanged, HookFlash, LineFault, LineOk, PulseDigit, Signal
from simulator.extension_model import ExtensionModel
from simulator.extensions import Extensions

MODELS = (ExtensionModel(), ExtensionModel(line_test_ms=100, pulses=False, ring_trip_ms=0, bounce_ms=10.0))
DEEDS = ["lift", "replace", "flash", "1", "unplug", "plug", "ring", "stop", "off", "on"]


def do(extensions: Extensions, deed: str, number: int) -> None:
    telephone = extensions.telephones[number]
    match deed:
        case "ring" | "stop":
            extensions.ring(number, on=deed == "ring")
        case "off" | "on":
            extensions.power(number, on=deed == "on")
        case "flash":
            telephone.flash(250)
        case "1":
            telephone.dial("1")
        case _:
            getattr(telephone, deed)()


def story_holds(facts: list[Signal]) -> None:
    """Of one port without power cuts: off and on hook take turns, a fault is followed by its end, and so on."""
    off, fault = False, False
    for fact in facts:
        match fact:
            case HookChanged(position=position):
                assert off == (position is Hook.ON), facts
                off = position is Hook.OFF
                assert not fault, facts
            case HookFlash() | PulseDigit():
                assert off, facts
            case LineFault():
                assert off, facts
                assert not fault, facts
                off, fault = False, True
            case LineOk():
                assert fault, facts
                fault = False
            case _:
                raise AssertionError(fact)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 1), st.integers(0, 20)), max_size=20), st.integers(0, 99)
)
def test_ports_know_the_truth_when_hands_rest(deeds: list[tuple[str, int, int]], seed: int) -> None:
    extensions = Extensions(MODELS, np.random.default_rng(seed))
    silence = np.zeros((2, 160), np.int16)
    told: list[list[Signal]] = [[], []]
    cut: set[int] = set()
    begun = 0

    def run(ticks: int) -> None:
        nonlocal begun
        for _ in range(ticks):
            _, facts = extensions.step(silence)
            assert all(begun <= fact.at < extensions.now for fact in facts)
            begun = extensions.now
            for fact in facts:
                told[fact.port].append(fact)

    for deed, number, ticks in deeds:
        do(extensions, deed, number)
        cut |= {number} if deed == "off" else set()
        run(ticks)
    for number in range(2):
        if number in cut:
            do(extensions, "on", number)
    run(50 * (2 + len(deeds)))  # a digit of a disc takes most of a second
    for number, telephone in enumerate(extensions.telephones):
        lifted = telephone.plugged and telephone.cradle is Hook.OFF
        assert (extensions.line_state(number).hook is Hook.OFF) == lifted, told[number]
        assert not (telephone.bell and lifted)
        if number not in cut:
            story_holds(told[number])
