"""What a desktop may ask of an agent who has a telephone: nothing that a hand would have to do."""

import pytest

from cti_core.call_control import events
from cti_core.call_control.actions import Language, PlayTone, ReleaseExtension
from cti_core.call_control.clock import Instant, after
from cti_core.call_control.errors import RequestRejected
from cti_core.call_control.ids import CallId
from cti_core.call_control.in_talk import PhoneKeyHeard, SendDigits
from cti_core.call_control.ladder_words import words
from cti_core.call_control.privacy import Keys
from cti_core.call_control.switch import Switch
from machines.plans import CAI, L1, SERVICE, X801, new_switch

NOW = Instant(0)


def at_work() -> Switch:
    """The agent is ready; the telephone lies on its hook."""
    switch = new_switch()
    for event in (events.LogOn(CAI, (SERVICE,)), events.SetReady(CAI)):
        switch.handle(event, NOW)
    return switch


def waiting_caller(switch: Switch) -> CallId:
    """A caller who asked for a person: the telephone rings."""
    for event in (events.RingHeard(L1), events.RingHeard(L1), events.DigitHeard(line=L1, digit="0")):
        switch.handle(event, NOW)
    (call,) = switch.view(NOW).calls
    return call.call


def state_of(switch: Switch) -> str:
    return switch.view(NOW).calls[0].state


def refusal(switch: Switch, request: events.Request) -> str:
    with pytest.raises(RequestRejected) as told:
        switch.handle(request, NOW)
    return str(told.value)


def test_nobody_answers_from_a_desktop_while_the_telephone_rings_on_its_hook() -> None:
    switch = at_work()
    call = waiting_caller(switch)
    assert refusal(switch, events.AnswerCall(CAI, call)) == "telephoneOnHook (extension=801, agent=1003)"
    switch.handle(events.HandsetLifted(X801), NOW)
    assert state_of(switch) == "talking"


def test_with_the_handset_off_the_desktop_answers() -> None:
    switch = at_work()
    switch.handle(events.HandsetLifted(X801), NOW)
    call = waiting_caller(switch)
    switch.handle(events.AnswerCall(CAI, call), NOW)
    assert state_of(switch) == "talking"


def test_a_held_caller_is_not_taken_back_by_the_desktop_while_the_handset_lies_on_the_hook() -> None:
    switch = at_work()
    call = waiting_caller(switch)
    for event in (events.HandsetLifted(X801), events.HoldCall(CAI, call), events.HandsetReplaced(X801)):
        switch.handle(event, NOW)
    assert refusal(switch, events.RetrieveCall(CAI, call)).startswith("telephoneOnHook")
    switch.handle(events.HandsetLifted(X801), NOW)  # it rings again: somebody is on hold
    assert state_of(switch) == "talking"


def test_a_held_caller_whose_agent_does_not_come_back_is_queued_again() -> None:
    switch = at_work()
    call = waiting_caller(switch)
    for event in (events.HandsetLifted(X801), events.HoldCall(CAI, call), events.HandsetReplaced(X801)):
        switch.handle(event, NOW)
    switch.expire(after(NOW, 31.0))
    assert state_of(switch) == "waiting"
    switch.check()


def test_nobody_is_ready_with_a_telephone_that_is_out_of_service() -> None:
    switch = new_switch()
    for event in (events.LogOn(CAI, (SERVICE,)), events.ExtensionFailed(X801, "unplugged")):
        switch.handle(event, NOW)
    assert refusal(switch, events.SetReady(CAI)) == "telephoneOut (extension=801, reason=unplugged, agent=1003)"


def test_keys_that_a_telephone_tells_beside_the_sound_go_out_on_the_line_and_stand_nowhere() -> None:
    switch = at_work()
    waiting_caller(switch)
    switch.handle(events.HandsetLifted(X801), NOW)
    hops = switch.handle(PhoneKeyHeard(X801, Keys("7")), NOW)
    assert [hop.what.digits.reveal() for hop in hops if isinstance(hop.what, SendDigits)] == ["7"]
    assert "7" not in "".join(words(hop.what, Language.EN, evidence=True) for hop in hops)


def test_a_telephone_whose_caller_has_gone_is_put_down_where_it_can_be_and_hears_busy_tone_elsewhere() -> None:
    switch = at_work()
    waiting_caller(switch)
    switch.handle(events.HandsetLifted(X801), NOW)
    hops = switch.handle(events.ToneHeard(L1, events.Tone.BUSY), NOW)
    ordered = [hop.what for hop in hops if isinstance(hop.what, PlayTone | ReleaseExtension)]
    assert ordered == [PlayTone(X801, events.Tone.BUSY), ReleaseExtension(X801)]
    assert switch.view(NOW).extensions[0].state == "offHook"
    switch.handle(events.HandsetReplaced(X801), NOW)
    assert switch.view(NOW).extensions[0].state == "onHook"


def test_the_state_is_as_old_as_what_is_shown_of_it() -> None:
    """A wish for after the call is told to nobody, and is no new state."""
    switch = at_work()
    waiting_caller(switch)
    switch.handle(events.HandsetLifted(X801), NOW)
    before = next(a for a in switch.view(NOW).agents if a.agent == CAI)
    switch.handle(events.SetNotReady(CAI, "lunch"), after(NOW, 5.0))
    assert next(a for a in switch.view(NOW).agents if a.agent == CAI).since == before.since
