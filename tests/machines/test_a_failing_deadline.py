"""A machine that fails at its own deadline is named and passed over; the others are heard."""

import pytest

from cti_core.call_control.clock import Instant, after
from cti_core.call_control.dialogue import DialogueAction, DialogueEvent, Expired
from cti_core.call_control.errors import DeadlineFault
from cti_core.call_control.events import PromptFinished, RingHeard
from cti_core.call_control.ids import PlayingId
from cti_core.call_control.switch import Switch
from cti_core.call_control.trace import PartyKind
from machines.plans import L1, L2, PLAN
from machines.toy import ToyDialogue


class BrokenAtNight(ToyDialogue):
    def step(self, event: DialogueEvent, now: Instant) -> list[DialogueAction]:
        if isinstance(event, Expired):
            raise ZeroDivisionError("a fault of ours")
        return list(super().step(event, now))


def test_the_fault_names_its_machine_and_the_next_one_is_heard() -> None:
    switch = Switch(PLAN, BrokenAtNight)
    switch.handle(RingHeard(L1), Instant(0))
    switch.handle(RingHeard(L1), after(Instant(0), 5.0))
    switch.handle(PromptFinished(L1, PlayingId(1)), after(Instant(0), 7.0))
    switch.handle(RingHeard(L2), after(Instant(0), 8.0))
    late = after(Instant(0), 20.0)
    with pytest.raises(DeadlineFault) as caught:
        switch.expire(late)
    assert caught.value.party.kind is PartyKind.DIALOGUE
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    hops = switch.expire(late)
    assert hops[0].target.id == str(L2)
    assert switch.expire(late) == ()
