"""The same world with real audio: tones on simulated copper, heard by the real detectors, through the real pump.

The clock is virtual: a tick lasts as long as its work. Callers and agents act between two ticks.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cti_core.assemble import House, Parts, SampleClock, assembled
from cti_core.call_control.clock import Instant
from cti_core.call_control.dialogue import DialogueFactory
from cti_core.call_control.errors import RequestRejected
from cti_core.call_control.events import AgentLost, AgentReturned, Event, Request
from cti_core.call_control.ids import ExtensionId, LineId, PortOwner
from cti_core.call_control.line_states import LinePlan
from cti_core.call_control.machines import SwitchPlan
from cti_core.call_control.switch import Switch
from cti_core.call_control.trace import Hop
from cti_core.ports import Services, Voice
from drivers.base import Hook
from dsp.ears import Ears
from simulator.board import SimulatedBoard
from simulator.caller_id import number_of
from simulator.dial_plan import CITY, DialPlan
from simulator.event_telephones import TELEPHONE
from simulator.event_world import WORLD_BEGAN, seconds_to_tick
from simulator.exchange import Exchange
from simulator.extension_model import ExtensionModel
from simulator.extension_telephone import ExtensionTelephone
from simulator.line_model import LineModel
from simulator.pace import VirtualTime
from simulator.telephone import CallerState, Handset
from simulator.trunk_circuit import Phase, TrunkCircuit
from simulator.world import FLASH_S, KEY_S, World


class PoliteHandset(Handset):
    """Its person hangs up when the house did."""

    def __init__(self, model: LineModel, number: str, hang_up: Callable[[], None]) -> None:
        super().__init__(model, number)
        self._hang_up = hang_up

    def on_line_state(self, state: CallerState, at: int) -> None:
        super().on_line_state(state, at)
        if state in {CallerState.FAR_END_CLEARED, CallerState.BUSY}:
            self._hang_up()


class AudioWorld(World):
    """Virtual time, by audio. Same plan, same callers, same seed: the same hops. Telephones are behind the lines."""

    def __init__(
        self,
        plan: SwitchPlan,
        dialogues: DialogueFactory,
        voice: Voice,
        services: Services,
        *,
        ears: Ears,
        recordings: Path,
        models: Sequence[LineModel] | None = None,
        telephones: Sequence[ExtensionModel] | None = None,
        dial_plan: DialPlan = CITY,
        seed: int = 0,
    ) -> None:
        super().__init__(plan)
        self.lines = tuple(p.line for p in plan.lines)
        copper = sum(isinstance(p, LinePlan) for p in plan.lines)
        self.exchange = Exchange(models or [LineModel()] * copper, np.random.default_rng(seed), dial_plan=dial_plan)
        extensions = tuple(p.extension for p in plan.extensions)
        self.board = SimulatedBoard(
            self.exchange,
            VirtualTime(self._between_ticks),
            time_slots=len(self.lines) - copper,
            extensions=telephones if telephones is not None else [TELEPHONE] * len(extensions),
            seed=seed,
        )
        self._telephones = dict(zip(extensions, self.board.extensions.telephones, strict=True))
        self._ports = {line: port for port, line in enumerate(self.lines[:copper])}
        self._slots = {line: slot for slot, line in enumerate(self.lines[copper:])}
        self._handsets = {line: self._handset(line) for line in self.lines}
        self._house: House | None = None
        self._end = Instant(0)
        self._over = asyncio.Event()
        self._parts = Parts(
            board=self.board,
            owners=(*self.lines, *extensions),
            plan=plan,
            dialogues=dialogues,
            ears=ears,
            tones=ears.plan,
            voice=voice,
            services=services,
            wall=SampleClock(WORLD_BEGAN),
            recordings=recordings,
            on_hops=self._tell,
            publish=_told_already,
            real_time=False,
        )

    # --- time -----------------------------------------------------------------------------------------------------

    def run(self, until_s: float) -> None:
        self._end = seconds_to_tick(until_s)
        asyncio.run(self._run())

    async def _run(self) -> None:
        async with assembled(self._parts) as house:
            self._house = house
            pump = asyncio.create_task(house.pump.run(), name="pump")
            over = asyncio.create_task(self._over.wait(), name="end of the world")
            await asyncio.wait({pump, over}, return_when=asyncio.FIRST_COMPLETED)
            for task in (pump, over):
                task.cancel()
            await asyncio.gather(over, return_exceptions=True)
            with contextlib.suppress(asyncio.CancelledError):
                await pump

    async def _between_ticks(self) -> None:
        self.now = self.house.pump.now
        self.switch.check()
        if self.now >= self._end:
            self._over.set()
            await asyncio.Event().wait()  # the clock stands still for good
        self._act_until(self.now)

    @property
    def house(self) -> House:
        assert self._house is not None, "the world does not run yet"
        return self._house

    @property
    def switch(self) -> Switch:
        return self.house.switch

    # --- telephones -----------------------------------------------------------------------------------------------

    def _handset(self, line: LineId) -> PoliteHandset:
        port = self.lines.index(line)
        model = self.exchange.models[port] if line in self._ports else LineModel()
        return PoliteHandset(model, number_of(port), lambda: self.later(0.02, lambda: self.hang_up(line)))

    def dial(self, line: LineId) -> None:
        if line in self._slots:
            self.board.time_slots.dial(self._slots[line], self._handsets[line])
            return
        self.exchange.dial(self._ports[line], self._handsets[line])

    def press(self, line: LineId, digit: str, length_s: float = KEY_S) -> None:
        handset = self._handsets[line]
        if handset.state is CallerState.TALKING:
            handset.press(digit, round(length_s * 1000))

    def speak(self, who: PortOwner, samples: NDArray[np.int16]) -> None:
        if isinstance(who, int):
            self._handsets[who].say(samples)
        else:
            self._telephones[who].say(samples)

    def hang_up(self, line: LineId) -> None:
        if line in self._slots:
            self.board.time_slots.hang_up(self._slots[line], self._handsets[line])
            return
        self.exchange.hang_up(self._handsets[line])

    def occupied(self, line: LineId) -> bool:
        if line in self._slots:
            return self.board.time_slots.circuits[self._slots[line]].phase is not Phase.IDLE
        return self.exchange.condition(self._ports[line]).occupied or self._handsets[line].state is not CallerState.IDLE

    def trunk(self, line: LineId, act: Callable[[TrunkCircuit], object]) -> None:
        act(self.board.time_slots.circuits[self._slots[line]])

    # --- telephones that the house calls --------------------------------------------------------------------------

    def answer(self, number: str) -> None:
        if (telephone := self.called(number)) is not None:
            self.exchange.lift(telephone)
            self.board.time_slots.lift(telephone)

    def put_down(self, number: str) -> None:
        if (telephone := self.called(number)) is not None:
            self.exchange.hang_up(telephone)
            self.board.time_slots.put_down(telephone)

    def speak_from(self, number: str, samples: NDArray[np.int16]) -> None:
        if (telephone := self.called(number)) is not None:
            telephone.say(samples)

    def called(self, number: str) -> Handset | None:
        """The telephone that the house calls at this number, to listen at its ear; None: it does not ring."""
        telephones = [self.exchange.called(port) for port in self._ports.values()]
        telephones += [self.board.time_slots.called(slot) for slot in self._slots.values()]
        in_use = (t for t in telephones if t.number == number and t.state is not CallerState.IDLE)
        return next(in_use, None)

    # --- telephones of the house ----------------------------------------------------------------------------------

    def lift(self, extension: ExtensionId) -> None:
        self._telephones[extension].lift()

    def replace(self, extension: ExtensionId) -> None:
        self._telephones[extension].replace()

    def flash(self, extension: ExtensionId, length_s: float = FLASH_S) -> None:
        self._telephones[extension].flash(round(length_s * 1000))

    def unplug(self, extension: ExtensionId) -> None:
        self._telephones[extension].unplug()

    def plug(self, extension: ExtensionId) -> None:
        self._telephones[extension].plug()

    def rings(self, extension: ExtensionId) -> bool:
        telephone = self._telephones[extension]
        called = self.board.extensions.called(self.board.extensions.telephones.index(telephone))
        return called and telephone.plugged and telephone.cradle is Hook.ON

    def telephone(self, extension: ExtensionId) -> ExtensionTelephone:
        """To listen at its ear."""
        return self._telephones[extension]

    def handset(self, line: LineId) -> Handset:
        """Of the caller on a line, to listen at its ear."""
        return self._handsets[line]

    # --- requests -------------------------------------------------------------------------------------------------

    def request(self, request: Request) -> None:
        self._asked(request)

    def post(self, event: AgentLost | AgentReturned) -> None:
        self._asked(event)

    def _asked(self, event: Event) -> None:
        def answered(answer: "asyncio.Future[tuple[Hop, ...]]") -> None:
            fault = answer.exception()
            if isinstance(fault, RequestRejected):
                self.refused.append(fault)
            elif fault is not None:
                raise fault

        answer = self.house.pump.request(event)
        if answer.done():
            answered(answer)
        else:
            answer.add_done_callback(answered)


def _told_already(_hop: Hop) -> None:
    """`on_hops` has every hop."""
