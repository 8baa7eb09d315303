"""The whole daemon on a time slot of crossed spans; at the other end the simulated exchange with its registers, by DAHDI too."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import numpy as np
from aiohttp import ClientSession
from numpy.typing import NDArray

from cti_core.call_control.csta import (
    CallerIdReceived,
    Cleared,
    DataChanged,
    Delivered,
    Established,
    FlowStep,
    LineStateChanged,
    Offered,
)
from cti_core.daemon.start import running
from cti_core.furnish import read_texts
from cti_core.settings import Settings
from cti_core.settings_reader import load
from dahdi.guest import local
from dahdi.guest.exchange import KERNEL, FarEnd
from dahdi.guest.house import AGENT, PROMPT_S, ROOT, Story, agent_is_ready
from drivers.base import RATE_HZ, CasBits
from drivers.dahdi import abi
from drivers.dahdi.abi import Ioctl
from drivers.dahdi.kernel import LinuxKernel
from dsp import wav
from dsp.tones import Segment, render
from ivr.rendering import entries
from simulator.line_model import LineModel
from simulator.telephone import Handset
from simulator.time_slots import TimeSlots

HERE = Path("/mnt/china1")
CALLER, OURS = "13912345678", "62265000"
SETTINGS = """
node = "guest"
data_dir = "{here}/data"
hospital = "{root}/config/hospital.toml"
[log]
level = "warning"
[api]
port = 0
[[api.tokens]]
token = "token-{agent}"
role = "agent"
agent = "{agent}"
[board]
name = "dahdi"
lines = 1
[board.settings]
time_slots = "{slot}"
[china1]
lines = "1"
number = "{ours}"
[desk]
wrap_up_s = 0
[ivr]
folder = "{root}/config/ivr"
prompts = "{here}/prompts"
[[queues]]
name = "service"
[[agents]]
agent = "{agent}"
"""


class Exchange:
    """One trunk circuit at the far end of the span, paced by the frames that it hears."""

    def __init__(self, channel: int) -> None:
        self.end = FarEnd(channel)
        self.end.ear = self._tick
        self.slots = TimeSlots(1)
        self.end.cas(0b1011)
        self._kernel = LinuxKernel()
        self._kernel.watch(self.end.fd)

    async def run(self) -> None:
        while True:
            await self._kernel.ready()
            self.end.step()

    def settle(self) -> None:
        """What piled up while the daemon started would be a delay for ever."""
        KERNEL.ioctl(self.end.fd, Ioctl.FLUSH, abi.integer(abi.Flush.ALL))

    def close(self) -> None:
        self._kernel.forget(self.end.fd)
        self.end.close()

    def _tick(self, frame: NDArray[np.int16]) -> None:
        self.slots.set_cas(0, self.end.params().rxbits)
        said, facts = self.slots.step(frame[None])
        self.end.say(said[0])
        for fact in facts:
            if isinstance(fact, CasBits):
                self.end.cas(fact.bits)


def settings_of(slot: int) -> Settings:
    HERE.mkdir(parents=True, exist_ok=True)
    text = SETTINGS.format(here=HERE, root=ROOT, agent=AGENT, slot=slot, ours=OURS)
    (HERE / "cti.toml").write_text(text, encoding="utf-8")
    (HERE / "prompts").mkdir(exist_ok=True)
    settings = load(HERE / "cti.toml")
    for language, prompt, _ in entries(read_texts(settings).catalogue):
        folder = HERE / "prompts" / language
        folder.mkdir(exist_ok=True)
        hum = render([Segment(round(PROMPT_S * RATE_HZ), ((520.0, -12.0), (1840.0, -15.0)))])
        (folder / f"{prompt}.wav").write_bytes(wav.encode(hum))
    return settings


@asynccontextmanager
async def trunk() -> AsyncIterator[tuple[Story, Exchange]]:
    settings = settings_of(local.house_channels(1, local.SLOT)[0])
    exchange = Exchange(local.far_channels(1, local.SLOT)[0])
    moving = asyncio.create_task(exchange.run())
    try:
        async with running(settings) as node, ClientSession() as http:
            await asyncio.sleep(0.5)
            exchange.settle()
            yield Story(node, http), exchange
    finally:
        moving.cancel()
        with suppress(asyncio.CancelledError):
            await moving
        exchange.close()


async def a_call_comes_and_one_goes_over_a_trunk() -> str:
    """Numbers in real tones both ways; answer, clear forward and clear back by bits; blocked and unblocked."""
    caller = Handset(LineModel(), CALLER)
    async with trunk() as (story, exchange):
        await agent_is_ready(story)
        assert exchange.slots.dial(0, caller)
        offered_s, offered = await story.first(Offered)
        answered_s, _ = await story.first(Established, call=offered.call, device="ivr")
        (_, known) = await story.first(CallerIdReceived, call=offered.call)
        assert known.caller is not None
        assert known.caller.reveal() == CALLER
        (_, data) = await story.first(DataChanged, call=offered.call)
        assert dict(data.data)["called"] == OURS
        await story.first(FlowStep, node="main_menu")
        caller.press("0")
        await story.first(Delivered, agent=AGENT)
        await story.ask("call.answer", call=offered.call)
        await story.first(Established, call=offered.call, agent=AGENT)
        since = story.now
        exchange.slots.hang_up(0, caller)
        _, cleared = await story.first(Cleared, call=offered.call)
        assert cleared.cause == "normalClearing"
        await story.first(LineStateChanged, since, state="idle")

        since = story.now
        made = await story.ask("call.make", number="80012345")
        asked_s, _ = await story.first(LineStateChanged, since, state="seizing")
        free_s, _ = await story.first(LineStateChanged, since, state="proceeding")
        (_, established) = await story.first(Established, since, agent=AGENT)
        assert not established.estimated
        assert exchange.slots.called(0).number == "80012345"
        exchange.slots.put_down(exchange.slots.called(0))
        _, cleared = await story.first(Cleared, since)
        assert (cleared.call, cleared.cause) == (made["call"], "normalClearing")
        await story.first(LineStateChanged, since, state="idle")

        since = story.now
        exchange.slots.block(0, on=True)
        _, blocked = await story.first(LineStateChanged, since, state="outOfService")
        assert blocked.reason == "blocked by the far end"
        exchange.slots.block(0, on=False)
        await story.first(LineStateChanged, since, state="idle")
        health = story.node.board.health()
    return (
        f"seizure to answer {answered_s - offered_s:.2f} s (8 and 11 digits), to free {free_s - asked_s:.2f} s (8 and 8);"
        f" {health.overruns} overruns, {health.clock_slips} slips"
    )


def tests() -> list[tuple[str, Callable[[], Awaitable[object]]]]:
    return [(a_call_comes_and_one_goes_over_a_trunk.__name__, a_call_comes_and_one_goes_over_a_trunk)]
