"""The world without audio. A key is heard a little after it is pressed, a prompt takes as long as its samples."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from cti_core.call_control.actions import (
    AskService,
    Connect,
    DialDigits,
    Disconnect,
    GoOffHook,
    GoOnHook,
    PauseRecording,
    PlayMusic,
    PlayPrompt,
    PlayTone,
    ResumeRecording,
    RingExtension,
    StartRecording,
    StopPlaying,
    StopRecording,
    StopRinging,
    StopTone,
    Tell,
)
from cti_core.call_control.cas_words import ListenToRegister, SendSignal, SetCas, StopSignal
from cti_core.call_control.clock import RATE_HZ, Instant, seconds
from cti_core.call_control.dialogue import DialogueFactory
from cti_core.call_control.errors import RequestRejected
from cti_core.call_control.events import (
    AgentLost,
    AgentReturned,
    DigitEnded,
    DigitHeard,
    Event,
    PromptFinished,
    RecordingClosed,
    Request,
    RingHeard,
    ServiceAnswered,
    ServiceFailed,
    Tone,
    ToneHeard,
)
from cti_core.call_control.ids import ExtensionId, LineId, PlayingId, PortOwner, RecordingId
from cti_core.call_control.in_talk import SendDigits
from cti_core.call_control.line_states import LinePlan
from cti_core.call_control.machines import SwitchPlan
from cti_core.call_control.notes import LineAnswered, LineCleared, LineLost, LineSeized
from cti_core.call_control.switch import Switch
from cti_core.call_control.trace import Hop
from cti_core.ports import ServiceDown, Services, Voice
from simulator.dial_plan import CITY, DialPlan
from simulator.event_calling import EventCalling
from simulator.event_telephones import EventTelephones
from simulator.event_trunks import EventTrunks
from simulator.line_model import LineModel
from simulator.trunk_circuit import TrunkCircuit
from simulator.world import FLASH_S, KEY_S, Act, World, on_tick

RING_EVERY_S = 5.0  # 1 s on, 4 s off (GB/T 3380)
KEY_HEARD_S = 0.04  # measured: dsp.dtmf confirms a key within 40 ms of its tone
BUSY_HEARD_S = 1.08  # measured: dsp.progress reports busy tone with its third half (350 ms each)
SERVICE_S = 0.1  # the fixed virtual delay of a service's answer (media.perform has the same)
CLOSE_S = 0.02  # the fixed virtual delay of the disk
WORLD_BEGAN = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)  # Monday 08:30 in Shanghai: the hospital has just opened


@dataclass(slots=True)
class Telephone:
    """The far end of a line."""

    calling: bool = False  # the exchange rings for it
    talking: bool = False  # the house is off hook
    dialled: int = 0  # which of its calls this is: what was planned for an earlier one is void


class EventWorld(World):
    """Virtual time, by event. Same plan, same callers, same seed: the same hops."""

    def __init__(
        self,
        plan: SwitchPlan,
        dialogues: DialogueFactory,
        voice: Voice,
        services: Services,
        *,
        models: Sequence[LineModel] | None = None,
        dial_plan: DialPlan = CITY,
    ) -> None:
        super().__init__(plan)
        self._switch = Switch(plan, dialogues)
        self._voice = voice
        self._services = services
        lines = [p.line for p in plan.lines if isinstance(p, LinePlan)]
        trunks = [(port, p.line) for port, p in enumerate(plan.lines) if not isinstance(p, LinePlan)]
        self._telephones = {line: Telephone() for line in lines}
        self._desks = EventTelephones(
            [p.extension for p in plan.extensions], lambda: self.now, self._after, self._handle
        )
        self._trunks = EventTrunks(trunks, lambda: self.now, self._after, self._handle, dial_plan)
        wanted = dict(zip(lines, models or [LineModel()] * len(lines), strict=True))
        self._calling = EventCalling(wanted, lambda: self.now, self._after, self._handle, dial_plan)
        self._playing: dict[LineId, PlayingId] = {}
        self._recording: dict[RecordingId, Instant] = {}

    @property
    def switch(self) -> Switch:
        return self._switch

    # --- time -----------------------------------------------------------------------------------------------------

    def run(self, until_s: float) -> None:
        end = seconds_to_tick(until_s)
        while True:
            due = self.switch.next_deadline()
            times = [on_tick(due)] if due is not None else []
            if self._acts:
                times.append(self._acts[0][0])
            if not times or min(times) > end:
                break
            self.now = min(times)
            self._act_until(self.now)
            while hops := self.switch.expire(self.now):
                self._done(hops)
        self.now = end

    # --- telephones -----------------------------------------------------------------------------------------------

    def dial(self, line: LineId) -> None:
        if self.occupied(line):
            return  # the caller hears busy tone
        if line in self._trunks:
            self._trunks.dial(line)
            return
        telephone = self._telephones[line]
        telephone.dialled += 1
        if self._calling.glares(line):  # the house is off hook: that has answered it
            telephone.talking = True
            self._handle(RingHeard(line))
        else:
            telephone.calling = True
            self._ring(line, telephone.dialled)

    def _ring(self, line: LineId, dialled: int) -> None:
        telephone = self._telephones[line]
        if telephone.calling and telephone.dialled == dialled:
            self.later(RING_EVERY_S, lambda: self._ring(line, dialled))
            self._handle(RingHeard(line))

    def press(self, line: LineId, digit: str, length_s: float = KEY_S) -> None:
        if line in self._trunks:
            self._trunks.press(line, digit, length_s)
            return
        telephone = self._telephones[line]
        if not telephone.talking:
            return
        self._while_talking(line, KEY_HEARD_S, DigitHeard(line=line, digit=digit, level_dbm0=-10.0))
        self._while_talking(
            line, length_s + KEY_HEARD_S, DigitEnded(line=line, digit=digit, length_ms=round(length_s * 1000))
        )

    def hang_up(self, line: LineId) -> None:
        if line in self._trunks:
            self._trunks.hang_up(line)
            return
        telephone = self._telephones[line]
        telephone.calling = False
        if telephone.talking:
            self._while_talking(line, BUSY_HEARD_S, ToneHeard(line, Tone.BUSY))

    def occupied(self, line: LineId) -> bool:
        if line in self._trunks:
            return self._trunks.occupied(line)
        telephone = self._telephones[line]
        return telephone.calling or telephone.talking or self._calling.occupied(line)

    def trunk(self, line: LineId, act: Callable[[TrunkCircuit], object]) -> None:
        self._trunks.act(line, act)

    def speak(self, who: PortOwner, samples: NDArray[np.int16]) -> None:
        """Nobody hears it: there is no audio here."""

    # --- telephones that the house calls --------------------------------------------------------------------------

    def answer(self, number: str) -> None:
        self._calling.answer(number)
        self._trunks.answer(number)

    def put_down(self, number: str) -> None:
        self._calling.put_down(number)
        self._trunks.put_down(number)

    def speak_from(self, number: str, samples: NDArray[np.int16]) -> None:
        if samples.any():
            self._calling.speak_from(number)

    # --- telephones of the house ----------------------------------------------------------------------------------

    def lift(self, extension: ExtensionId) -> None:
        self._desks.lift(extension)

    def replace(self, extension: ExtensionId) -> None:
        self._desks.replace(extension)

    def flash(self, extension: ExtensionId, length_s: float = FLASH_S) -> None:
        self._desks.flash(extension, round(length_s * RATE_HZ))

    def unplug(self, extension: ExtensionId) -> None:
        self._desks.unplug(extension)

    def plug(self, extension: ExtensionId) -> None:
        self._desks.plug(extension)

    def rings(self, extension: ExtensionId) -> bool:
        return self._desks.rings(extension)

    def _after(self, samples: int, act: Act) -> None:
        self._plan(Instant(self.now + samples), act)

    # --- callers --------------------------------------------------------------------------------------------------

    def _while_talking(self, line: LineId, delay_s: float, event: Event) -> None:
        telephone = self._telephones[line]
        dialled = telephone.dialled

        def happen() -> None:
            if telephone.talking and telephone.dialled == dialled:
                self._handle(event)

        self.later(delay_s, happen)

    # --- requests -------------------------------------------------------------------------------------------------

    def request(self, request: Request) -> None:
        try:
            self._handle(request)
        except RequestRejected as refusal:
            self.refused.append(refusal)

    def post(self, event: AgentLost | AgentReturned) -> None:
        self._handle(event)

    # --- the house ------------------------------------------------------------------------------------------------

    def _handle(self, event: Event) -> None:
        self._done(self.switch.handle(event, self.now))

    def _done(self, hops: tuple[Hop, ...]) -> None:
        for hop in hops:
            self._perform(hop)
        self._tell(hops)
        self.switch.check()

    def _perform(self, hop: Hop) -> None:
        match hop.what:
            case GoOffHook(line):
                telephone = self._telephones[line]
                telephone.calling, telephone.talking = False, telephone.calling
                if not telephone.talking:
                    self._calling.lift(line)
            case GoOnHook(line):
                self._telephones[line].talking = False
                self._calling.replace(line)
            case DialDigits(line=line, number=number):
                self._calling.dial(line, number.reveal())
            case SendDigits(line, keys) if line in self._telephones:
                self._calling.dial(line, keys.reveal())
            case SendDigits(line, keys):
                self._trunks.send_keys(line, keys.reveal())
            case LineSeized(line) if line in self._telephones:
                self._calling.expect_answer(line, expected=True)
            case LineAnswered(line) | LineCleared(line) | LineLost(line) if line in self._telephones:
                self._calling.expect_answer(line, expected=False)
            case PlayPrompt() as play:
                self._play(play)
            case PlayMusic(line) | StopPlaying(line):
                self._playing.pop(line, None)
                if line in self._telephones:
                    self._calling.hush(line)
            case StartRecording(recording=recording):
                self._recording[recording] = self.now
            case StopRecording(recording):
                length_s = seconds(self.now - self._recording.pop(recording))
                closed = RecordingClosed(recording=recording, seconds=length_s, sha256="")
                self.later(CLOSE_S, lambda: self._handle(closed))
            case RingExtension(extension) | StopRinging(extension):
                self._desks.ring(extension, on=isinstance(hop.what, RingExtension))
            case SetCas() | ListenToRegister() | SendSignal() | StopSignal():
                self._trunks.perform(hop.what)
            case AskService() as ask:
                answer = self._answer(ask)
                self.later(SERVICE_S, lambda: self._handle(answer))
            case Connect() | Disconnect() | PlayTone() | StopTone() | PauseRecording() | ResumeRecording() | Tell():
                pass  # no audio here, and whoever listens is told of every hop
            case _:
                pass  # an event or a note: the outside has nothing to do

    def _play(self, play: PlayPrompt) -> None:
        self._playing[play.line] = play.playing

        def finished() -> None:
            if self._playing.get(play.line) == play.playing:
                del self._playing[play.line]
                self._handle(PromptFinished(play.line, play.playing))

        self.later(seconds(len(self._voice.samples(play.items, play.language))), finished)

    def _answer(self, ask: AskService) -> ServiceAnswered | ServiceFailed:
        wall = WORLD_BEGAN + timedelta(seconds=seconds(self.now))
        with asyncio.Runner() as runner:
            try:
                reply = runner.run(self._services.ask(ask, wall))
            except ServiceDown as down:
                return ServiceFailed(ask.ask, str(down))
        return ServiceAnswered(ask=ask.ask, outcome=reply.outcome, values=reply.values)


def seconds_to_tick(second: float) -> Instant:
    """The last tick that is not later than this second."""
    return Instant(int(second * 50 + 1e-6) * 160)
