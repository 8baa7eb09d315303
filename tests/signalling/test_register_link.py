"""Two registers on two lines of the simulated exchange: one line dials the other, then called and caller's number go over."""

from dataclasses import replace

import numpy as np
import pytest

from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.register import Done, Failed, Failure, LengthPlan, Result
from cti_core.call_control.register_outgoing import OutgoingCall
from cti_core.call_control.register_reading import IncomingPlan
from drivers.base import Hook, RingOn, Signal
from dsp.ears import Ears
from dsp.tones import Generator, keys
from dsp_hearing import CHINA
from simulator.dial_plan import DialPlan, Fate, Route
from simulator.exchange import Exchange
from simulator.line_model import LineModel
from simulator.register_link import IncomingEnd, OutgoingEnd, RegisterLink, Said, draw

A, B = 0, 1  # ports: the one that calls, the one that is called
PLAN = DialPlan((("802", Route(fate=Fate.LINE, line=2)),))
CALLED, CALLER = "80654321", "13912345678"
GOOD = LineModel()
BAD = replace(GOOD, noise_dbm0=-50.0, echo_return_loss_db=10.0, echo_delay_ms=6.0, hum_dbm0=-50.0)


class Trunk:
    """A tie between two ports, by way of the exchange."""

    def __init__(self, line: LineModel, ends: int = 2) -> None:
        self.exchange = Exchange([line] * ends, np.random.default_rng(3), dial_plan=PLAN)
        self.ears = Ears(ends, CHINA)
        self.facts: list[Signal] = []

    def step(self, spoken: np.ndarray) -> np.ndarray:
        heard, facts = self.exchange.step(spoken)
        self.facts += facts
        return heard

    def connect(self) -> None:
        """A lifts, dials 802 after its dial tone; B lifts when it rings."""
        silence = np.zeros((2, 160), np.int16)
        self.exchange.hook(A, Hook.OFF)
        dialled = Generator(keys("802"))
        for tick in range(150):
            spoken = silence.copy()
            if tick >= 25:
                spoken[A] = dialled.pull()
            self.ears.hear(self.step(spoken), spoken)
            if any(isinstance(fact, RingOn) and fact.port == B for fact in self.facts):
                self.exchange.hook(B, Hook.OFF)
                self.step(silence)
                self.ears.reset([A, B])
                return
        pytest.fail("line 2 does not ring")

    def run(self, link: RegisterLink, seconds: float = 20.0) -> None:
        link.begin(self.exchange.now)
        spoken = link.speak()
        for _ in range(round(seconds * 50)):
            link.hear(self.step(spoken), self.exchange.now)
            spoken = link.speak()
            if link.ended:
                return


def linked(
    line: LineModel, called: str, caller: str, *, result: Result = Result.FREE
) -> tuple[Trunk, OutgoingEnd, IncomingEnd, list[Said]]:
    trunk, ladder = Trunk(line), []
    trunk.connect()
    out = OutgoingEnd(A, trunk.ears, OutgoingCall(called=PhoneNumber(called), caller=PhoneNumber(caller)), ladder)
    into = IncomingEnd(
        B,
        trunk.ears,
        IncomingPlan(lengths=LengthPlan((("", len(called)),)), ask_caller_after=0),
        result,
        ladder=ladder,
    )
    trunk.run(RegisterLink(2, trunk.ears, [out, into]))
    return trunk, out, into, ladder


@pytest.mark.parametrize("line", [GOOD, BAD], ids=["good", "bad"])
def test_called_and_caller_number_go_over_the_copper(line: LineModel) -> None:
    _, out, into, _ = linked(line, CALLED, CALLER)
    assert out.ended == into.ended == Done(Result.FREE)
    assert into.address is not None
    assert into.address.called.reveal() == CALLED
    assert into.address.caller is not None
    assert into.address.caller.reveal() == CALLER


LADDER = """\
  0.00  I-1  -->
  0.02        <-- A1
  0.08  I-2  -->
  0.10        <-- A6
  0.16  I-1  -->
  0.18        <-- A1
  0.24  I-5  -->
  0.26        <-- A1
  0.32  I-15 -->
  0.34        <-- A3
  0.40  I-3  -->
  0.42        <-- B2
  0.46        done: busy
  0.48  done: busy"""


def test_the_ladder_of_a_short_call() -> None:
    """Called 12, asked for the caller 5, then told that the called party is busy."""
    *_, ladder = linked(BAD, "12", "5", result=Result.BUSY)
    assert [row.split(None, 1)[1] for row in draw(ladder).splitlines()] == [
        row.split(None, 1)[1] for row in LADDER.splitlines()
    ]
    assert ladder[-1].at - ladder[0].at == pytest.approx(0.48 * 8000, abs=0.1 * 8000)


def test_ears_hear_register_signals_in_the_register_phase_only() -> None:
    trunk, *_ = linked(GOOD, "12", "5")
    assert not trunk.ears.mfc.armed.any()
    assert trunk.ears.dtmf.armed.all()


def test_a_trunk_that_is_released_ends_both_registers_and_disarms_the_ears() -> None:
    trunk = Trunk(GOOD)
    trunk.connect()
    out = OutgoingEnd(A, trunk.ears, OutgoingCall(called=PhoneNumber(CALLED), caller=PhoneNumber(CALLER)))
    into = IncomingEnd(B, trunk.ears, IncomingPlan())
    link = RegisterLink(2, trunk.ears, [out, into])
    trunk.run(link, seconds=0.5)
    assert trunk.ears.mfc.armed.any()
    assert not link.ended
    for end in link.ends:
        end.release(trunk.exchange.now)
    assert out.ended == into.ended == Failed(Failure.RELEASED)
    assert not trunk.ears.mfc.armed.any()
    assert not link.speak().any()


@pytest.mark.parametrize("result", [Result.BUSY, Result.VACANT, Result.CONGESTION])
def test_what_the_incoming_side_says_of_the_called_party_reaches_the_calling_side(result: Result) -> None:
    _, out, *_ = linked(BAD, "1", "2", result=result)
    assert out.ended == Done(result)
