"""A caller who is gone without a sign while our menu speaks: the whole house, on the audio of a simulated line."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calls.story import PLAN, SmallHospital, menu, voice
from cti_core.assemble import Parts, SampleClock, assembled
from cti_core.call_control.actions import GoOnHook
from cti_core.call_control.events import Tone, ToneHeard
from cti_core.call_control.ids import LineId
from cti_core.call_control.line import LinePlan
from cti_core.call_control.trace import Hop
from dsp.ears import Ears
from dsp_hearing import CHINA
from ivr.dialog import MenuDialogue
from simulator.announcement import announcement
from simulator.board import SimulatedBoard
from simulator.event_world import WORLD_BEGAN
from simulator.exchange import Exchange
from simulator.line_model import LineModel, Release
from simulator.pace import VirtualTime

LINE = LineId(1)
SILENCE_S = 5.0
SPOKE_S, GONE_S = 9.0, 11.5
DEAD_LINE = LineModel(release=Release.SILENCE, noise_dbm0=-50.0)


def hops(recordings: Path, model: LineModel, silence_s: float, until_s: float) -> list[Hop]:
    """The caller dials, says two words at SPOKE_S, and is gone at GONE_S."""
    told: list[Hop] = []
    exchange = Exchange([model], np.random.default_rng(3))
    acts: list[tuple[float, Callable[[], object]]] = [
        (0.1, lambda: exchange.dial(0)),
        (SPOKE_S, lambda: exchange.handset(0).say(announcement()[:9600])),
        (GONE_S, lambda: exchange.hang_up(exchange.handset(0))),
    ]

    async def live() -> None:
        over = asyncio.Event()

        async def between() -> None:
            now = house.pump.now / 8000
            while acts and acts[0][0] <= now:
                acts.pop(0)[1]()
            if now >= until_s:
                over.set()
                await asyncio.Event().wait()

        tones = frozenset({Tone.BUSY, Tone.SILENCE} if silence_s else {Tone.BUSY})
        plan = LinePlan(line=LINE, hang_up_tones=tones, silence_clears_s=silence_s)
        parts = Parts(
            board=SimulatedBoard(exchange, VirtualTime(between)),
            owners=(LINE,),
            plan=replace(PLAN, lines=(plan,)),
            dialogues=lambda: MenuDialogue(menu()),
            ears=Ears(1, CHINA),
            tones=CHINA,
            voice=voice(),
            services=SmallHospital(),
            wall=SampleClock(WORLD_BEGAN),
            recordings=recordings,
            on_hops=told.extend,
            publish=lambda _: None,
            real_time=False,
        )
        async with assembled(parts) as house:
            tasks = [asyncio.create_task(house.pump.run()), asyncio.create_task(over.wait())]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    asyncio.run(live())
    return told


@pytest.mark.parametrize("loss_db", [20.0, 8.0])
def test_the_silence_behind_the_callers_last_word_clears_the_call_though_we_speak(
    tmp_path: Path, loss_db: float
) -> None:
    model = replace(DEAD_LINE, echo_return_loss_db=loss_db)
    ((at, _),) = [
        (hop.at / 8000, hop.what) for hop in hops(tmp_path, model, SILENCE_S, 20.0) if isinstance(hop.what, GoOnHook)
    ]
    assert at == pytest.approx(SPOKE_S + 1.1 + SILENCE_S, abs=0.3)


def test_where_it_is_not_set_silence_clears_nothing(tmp_path: Path) -> None:
    told = hops(tmp_path, DEAD_LINE, 0.0, 20.0)
    assert not [hop for hop in told if isinstance(hop.what, GoOnHook | ToneHeard)]
