"""All machines of the house while an agent calls somebody: events at their seconds, invariants checked after each."""

from typing import TypeVar

import pytest

from cti_core.call_control.actions import Tell
from cti_core.call_control.clock import Instant, after
from cti_core.call_control.csta import Cause, Cleared
from cti_core.call_control.errors import RequestRejected
from cti_core.call_control.events import (
    DialFinished,
    Event,
    LogOn,
    MakeCall,
    Tone,
    ToneHeard,
    VoiceHeard,
)
from cti_core.call_control.ids import AgentId, CallId, LineId
from cti_core.call_control.machines import SwitchPlan
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.switch import Switch
from cti_core.call_control.trace import Hop
from machines.plans import ANNA, BO, CAI, L2, PLAN, SERVICE, X801
from machines.toy import ToyDialogue

NUMBER = PhoneNumber("88001234")
OURS, THEIRS = CallId("t-1"), CallId("t-2")
T = TypeVar("T")


class House:
    """Lives through events at their seconds; deadlines pass by themselves, invariants hold after each."""

    def __init__(self, plan: SwitchPlan = PLAN) -> None:
        self.switch = Switch(plan, ToyDialogue)
        self.hops: list[Hop] = []
        self.now = Instant(0)
        for who in (ANNA, BO, CAI):
            self.at(0.0, LogOn(who, (SERVICE,)))

    def at(self, second: float, *events: Event) -> "House":
        self.wait_until(second)
        for event in events:
            self.hops += self.switch.handle(event, self.now)
            self.switch.check()
        return self

    def wait_until(self, second: float) -> None:
        end = after(Instant(0), second)
        while (due := self.switch.next_deadline()) is not None and due <= end:
            self.now = due
            while hops := self.switch.expire(self.now):
                self.hops += hops
            self.switch.check()
        self.now = end

    def told(self, call: CallId = OURS) -> list[str]:
        """The words of the events about a call."""
        types = [hop.what.report.TYPE for hop in self.hops if hop.call == call and isinstance(hop.what, Tell)]
        return [name.removeprefix("call.") for name in types if name.startswith("call.")]

    def reports(self, kind: type[T]) -> list[T]:
        told = [hop.what.report for hop in self.hops if isinstance(hop.what, Tell)]
        return [report for report in told if isinstance(report, kind)]

    def did(self, kind: type[T]) -> list[T]:
        return [hop.what for hop in self.hops if isinstance(hop.what, kind)]

    def cause(self, call: CallId = OURS) -> Cause:
        (cleared,) = [report for report in self.reports(Cleared) if report.call == call]
        return cleared.cause

    def refusal(self, request: MakeCall) -> str:
        before = self.switch.view(self.now)
        with pytest.raises(RequestRejected) as refused:
            self.switch.handle(request, self.now)
        assert self.switch.view(self.now) == before
        return refused.value.error_id

    def lines(self) -> dict[LineId, str]:
        return {line.line: line.state for line in self.switch.view(self.now).lines}

    def agent(self, who: AgentId) -> tuple[str, str]:
        (found,) = [agent for agent in self.switch.view(self.now).agents if agent.agent == who]
        return found.state.value, found.reason

    def extension(self) -> str:
        return next(phone.state for phone in self.switch.view(self.now).extensions if phone.extension == X801)


def seizing(who: AgentId = ANNA) -> House:
    return House().at(1.0, MakeCall(who, NUMBER))


def dialling(on: LineId = L2) -> House:
    house = seizing().at(2.5, ToneHeard(on, Tone.DIAL))
    house.wait_until(2.8)
    return house


def proceeding() -> House:
    return dialling().at(4.5, DialFinished(L2))


def alerting() -> House:
    return proceeding().at(6.5, ToneHeard(L2, Tone.RINGBACK))


def talking() -> House:
    return alerting().at(12.0, VoiceHeard(L2))
