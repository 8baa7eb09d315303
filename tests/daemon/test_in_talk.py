"""Keys and flashes of an agent, with the whole daemon: what the far end hears of them, and what it does not."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daemon.node import Client, House, house, until
from dsp.decode import listen
from dsp.detections import DigitOn
from dsp.ears import Ears


async def in_talk(here: House, op: Client, agent: Client, line: int) -> str:
    await agent.ask("agent.logOn")
    await agent.ask("agent.setState", state="ready")
    here.dial(line)
    await op.until("call.flowStep", node="welcome")
    here.press(line, "0")
    call: str = (await agent.until("call.delivered", line=line))["callId"]
    await agent.ask("call.answer", call=call)
    await op.until("call.established", callId=call, agent="1001")
    return call


def speaks(matrix: Any) -> bool:
    """The agent's microphone is on line 1."""
    return any((gain["source"], gain["sink"]) == ("A1001", "L1") for gain in matrix["gains"])


def overheard(here: House, line: int) -> list[NDArray[np.int16]]:
    """What the telephone at the far end hears from now on, tick by tick."""
    frames: list[NDArray[np.int16]] = []
    telephone = here.exchange.handset(line - 1)
    here.exchange.watch(lambda _: frames.append(telephone.heard.copy()))
    return frames


async def test_the_far_end_hears_an_agent_s_keys_and_nobody_reads_them(file: Path, logs: list[Any]) -> None:
    """While they go out the agent's microphone is not on the line; then it is again."""
    async with house(file) as here, here.client() as op, here.client("token-1001") as agent:
        call = await in_talk(here, op, agent, 1)
        frames = overheard(here, 1)
        assert speaks(await here.get("/api/v1/matrix"))
        for key in ("9", "4", "1", "*", "#,7"):
            await agent.ask("call.sendDigits", call=call, digits=key)
        told = [await op.until("call.digitsGenerated", callId=call) for _ in range(5)]
        assert {(event["data"]["digits"], event["line"], event["agent"]) for event in told} == {
            ("•", 1, "1001"),
            ("•••", 1, "1001"),
        }
        assert not speaks(await here.get("/api/v1/matrix"))
        await here.row("/api/v1/matrix", speaks)
        heard = listen(Ears(1, here.node.furniture.tones), np.concatenate(frames))
        assert [found.digit for found in heard if isinstance(found, DigitOn)] == list("941*#7")
        assert [event["data"]["digits"] for event in op.events if event["type"] == "call.digits"] == ["0"]
        here.hang_up(1)
        await op.until("call.cleared", callId=call)
    assert "941" not in repr(logs)


async def test_what_cannot_be_done_is_refused_in_words(file: Path) -> None:
    """No flash on a board without a hook to flash, no keys that are none, none for another's call."""
    async with house(file) as here, here.client() as op, here.client("token-1001") as agent:
        call = await in_talk(here, op, agent, 1)
        error, words = await agent.refused("call.flash", call=call)
        assert (error, words.partition(":")[0]) == ("cannotFlash", "Line 1 cannot be flashed")
        assert (await agent.refused("call.sendDigits", call=call, digits=",,"))[0] == "undialable"
        assert (await agent.refused("call.sendDigits", call=call, digits="abc"))[0] == "invalidParams"
        async with here.client("token-1002") as other:
            assert (await other.refused("call.sendDigits", call=call, digits="1"))[0] == "notYourCall"
        await agent.ask("call.hold", call=call)
        assert (await agent.refused("call.sendDigits", call=call, digits="1"))[0] == "wrongState"
        here.hang_up(1)
        await op.until("call.cleared", callId=call)
        await until(lambda: not here.is_off_hook(1))
