"""The pages' fold and the house's own picture say the same, whatever happened and wherever a screen came in."""

import contextlib
import json
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cti_core.bus import Bus
from cti_core.call_control import events
from cti_core.call_control.actions import PlayPrompt, StopRecording, Tell
from cti_core.call_control.clock import RATE_HZ, Instant, after
from cti_core.call_control.dialogue import DialogueAction, DialogueEvent, Entered, Returned
from cti_core.call_control.errors import RequestRejected
from cti_core.call_control.ids import AgentId, CallId
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.queue import QueuePlan
from cti_core.call_control.switch import Switch
from cti_core.call_control.trace import Hop
from cti_core.wire import JsonObject, JsonValue, envelope, view_to_json
from machines.plans import ANNA, BO, CAI, L1, L2, PLAN, SERVICE, X801, X802
from machines.toy import ToyDialogue

CHECK = Path(__file__).parent / "js" / "fold_check.mjs"
BEGAN = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SEEDS = range(5)
ROOMY = (QueuePlan(queue=SERVICE),)  # a full queue sends the caller back in the same instant, and nothing is told
STEPS = 1500
STATES = {
    "offered",
    "dialogue",
    "waiting",
    "delivered",
    "talking",
    "held",
    "interrupted",
    "initiated",
    "calling",
    "alerting",
}
PAUSES_S = (0.02, 0.1, 0.1, 0.1, 0.5, 0.5, 1.0, 3.0, 12.0)  # between two steps

Make = Callable[["House"], events.Event]


class ReturnsToANode(ToyDialogue):
    """A caller who is back from the queue comes to a node, as in a real menu: nothing else tells that the queue was left."""

    def step(self, event: DialogueEvent, now: Instant) -> Sequence[DialogueAction]:
        told = super().step(event, now)
        return [Entered("sorry"), *told] if isinstance(event, Returned) else told


class House:
    """The machines of the switch, driven at random; every step gives the picture and the events that led to it."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.switch = Switch(replace(PLAN, queues=ROOMY), ReturnsToANode)
        self.bus = Bus(node="n1", stream="s1")
        self.now = Instant(0)
        self.playing: list[PlayPrompt] = []
        self.closing: list[StopRecording] = []

    def walk(self, steps: int) -> Iterator[dict[str, Any]]:
        yield {"picture": self._picture(), "events": []}
        for _ in range(steps):
            yield {"events": list(self._step()), "picture": self._picture()}

    def pick(self, *among: object) -> object:
        return self.dice.choice(among)

    @property
    def call(self) -> tuple[AgentId, CallId]:
        """A running call with its agent, mostly; else something that will be refused."""
        held = [(c.agent, c.call) for c in self.switch.view(self.now).calls if c.agent is not None]
        return self.dice.choice(held) if held else (ANNA, CallId("t-0"))

    def _step(self) -> Iterator[JsonObject]:
        self.now = after(self.now, self.dice.choice(PAUSES_S))
        said: tuple[Hop, ...] = ()
        while hops := self.switch.expire(self.now):
            said += hops
        with contextlib.suppress(RequestRejected):
            said += self.switch.handle(self.dice.choice(MOVES)(self), self.now)
        for hop in said:
            match hop.what:
                case PlayPrompt():
                    self.playing.append(hop.what)
                case StopRecording():
                    self.closing.append(hop.what)
                case Tell(report):
                    call = getattr(report, "call", None)
                    version = None if call is None else self.switch.version_of(call)
                    told = self.bus.publish(report, hop.at, hop.seq, version)
                    yield envelope(
                        report,
                        seq=told.seq,
                        stream="s1",
                        node="n1",
                        time=_wall(hop.at),
                        caused_by=hop.seq,
                        version=version,
                    )
                case _:
                    pass

    def _picture(self) -> JsonObject:
        shown = view_to_json(self.switch.view(self.now), _wall)
        return {"node": "n1", "stream": "s1", "seq": self.bus.seq, **shown, "alarms": []}


def _wall(at: Instant) -> datetime:
    return BEGAN + timedelta(seconds=at / RATE_HZ)


def _line(h: House) -> object:
    return h.pick(L1, L2)


def _seizing(h: House) -> object:
    """Where dial tone is waited for; elsewhere it means that the far end has hung up."""
    return next((one.line for one in h.switch.view(h.now).lines if one.state in {"seizing", "idle"}), L1)


def _agent(h: House) -> object:
    return h.pick(ANNA, BO, CAI)


def _phone(h: House) -> object:
    return h.pick(X801, X801, X802)


def _said(h: House) -> events.Event:
    if not h.playing:
        return events.RingHeard(L1)
    last = h.playing[-1]
    return events.PromptFinished(last.line, last.playing)


def _closed(h: House) -> events.Event:
    if not h.closing:
        return events.RingHeard(L2)
    return events.RecordingClosed(recording=h.closing.pop().recording, seconds=1.0, sha256="ab")


MOVES: list[Make] = [
    # callers
    *6 * [lambda h: events.RingHeard(_line(h))],
    lambda h: events.CallerIdHeard(line=_line(h), number=PhoneNumber("13900001234")),
    *8 * [lambda h: events.DigitHeard(line=_line(h), digit="0")],
    lambda h: events.DigitHeard(line=_line(h), digit=h.pick("1", "*", "#")),
    *4 * [_said],
    *2 * [_closed],
    lambda h: events.ToneHeard(_line(h), h.pick(*events.Tone)),
    lambda h: events.LoopDropped(_line(h)),
    # calls of ours
    *8 * [lambda h: events.MakeCall(_agent(h), PhoneNumber("02062345678"))],
    *12 * [lambda h: events.ToneHeard(_seizing(h), events.Tone.DIAL)],
    *12 * [lambda h: events.DialFinished(_line(h))],
    *6 * [lambda h: events.ToneHeard(_line(h), events.Tone.RINGBACK)],
    *4 * [lambda h: events.ToneEnded(_line(h), events.Tone.RINGBACK)],
    *6 * [lambda h: h.pick(events.VoiceHeard, events.AnswerHeard)(_line(h))],
    # agents
    *4 * [lambda h: events.LogOn(_agent(h), (SERVICE,))],
    *8 * [lambda h: events.SetReady(_agent(h))],
    lambda h: events.SetNotReady(_agent(h), "meal"),
    lambda h: h.pick(events.FinishWrapUp, events.LogOff)(_agent(h)),
    *8 * [lambda h: events.AnswerCall(*h.call)],
    lambda h: events.RejectCall(*h.call),
    *12 * [lambda h: events.HoldCall(*h.call)],
    *4 * [lambda h: events.RetrieveCall(*h.call)],
    lambda h: events.ClearConnection(*h.call),
    lambda h: events.SetCallData(h.call[1], (("card", "1"),)),
    *8 * [lambda h: events.AgentLost(h.call[0])],
    *4 * [lambda h: events.AgentReturned(_agent(h))],
    # telephones
    *8 * [lambda h: events.HandsetLifted(_phone(h))],
    *4 * [lambda h: h.pick(events.HandsetReplaced, events.FlashHeard)(_phone(h))],
    lambda h: events.ExtensionFailed(_phone(h), "unplugged"),
    *4 * [lambda h: events.ExtensionRestored(_phone(h))],
    # lines
    lambda h: events.LineFailed(_line(h), "cut"),
    *8 * [lambda h: events.LineRestored(_line(h))],
    lambda h: events.SetLineService(_line(h), in_service=False),
    *4 * [lambda h: events.SetLineService(_line(h), in_service=True)],
    lambda h: h.pick(events.TestLine, events.EndLineTest)(_line(h)),
]


def test_a_screen_shows_what_the_house_would_show() -> None:
    """Callers, calls of ours, telephones, lost desktops and lines, at random; every event is folded, every state compared."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed (apt install nodejs)")
    states: set[JsonValue] = set()
    for seed in SEEDS:
        steps = list(House(seed).walk(STEPS))
        states |= {call["state"] for step in steps for call in step["picture"]["calls"]}
        done = subprocess.run(
            [node, str(CHECK)], input=json.dumps(steps), capture_output=True, text=True, check=True, timeout=60
        )
        assert not done.stdout, f"seed {seed}: {done.stdout}"
    assert states == STATES
