"""Something holds up the loop: counted, alarmed, and no key or call is lost by it."""

import time
from pathlib import Path

from cti_core.bus import Gap
from daemon.node import House, change, house, until


def hold_up(seconds: float) -> None:
    """What nobody may do in the loop."""
    time.sleep(seconds)


async def figures(here: House) -> dict[str, int]:
    told: dict[str, int] = await here.get("/api/v1/status")
    return told


async def test_a_loop_held_up_for_60_ms_is_counted_and_no_key_is_lost(file: Path) -> None:
    """In the middle of a key, between two ticks: the board has the samples, we are late with ours."""
    async with house(file) as here, here.client() as op:
        here.dial(1)
        call = (await op.until("call.flowStep", node="welcome"))["callId"]
        before = await figures(here)
        here.press(1, "2")
        pressed = here.exchange.now
        await until(lambda: here.exchange.now >= pressed + 2 * 160)
        hold_up(0.06)
        await op.until("call.flowStep", callId=call, node="again")
        after = await figures(here)
        assert after["ticksLate"] > before["ticksLate"]
        assert after["ticksLost"] == before["ticksLost"] == 0
        await op.until("call.flowStep", callId=call, node="welcome")
        assert "call.cleared" not in op.types()
        assert [event["data"]["digits"] for event in op.events if event["type"] == "call.digits"] == ["2"]


async def test_a_tick_that_takes_60_ms_raises_an_alarm(file: Path) -> None:
    """Work inside the tick, here of somebody who listens to events; said once, and the call goes on."""
    async with house(file) as here, here.client() as op:
        here.dial(1)
        call = (await op.until("call.flowStep", node="welcome"))["callId"]
        listening = here.node.bus.subscribe(lambda: hold_up(0.06), topics=frozenset({"call"}))
        assert not isinstance(listening, Gap)
        here.press(1, "2")
        alarm = await op.until("system.alarmRaised", alarm="slowTick")
        assert "a tick took" in alarm["data"]["detail"]
        listening.close()
        assert (await figures(here))["ticksSlow"] >= 1
        assert await here.alarms() >= {"slowTick"}
        await op.until("call.flowStep", callId=call, node="again")
        here.hang_up(1)
        assert (await op.until("call.cleared", callId=call))["cause"] == "normalClearing"
        assert op.types(alarm="slowTick") == ["system.alarmRaised"]


async def test_ticks_that_are_lost_in_the_middle_of_a_key_make_no_second_key_of_it(file: Path) -> None:
    """A quarter of a second is more than any board keeps for us; the recording holds silence of that length, marked."""
    async with house(file) as here, here.client() as op:
        here.dial(1)
        call = (await op.until("call.flowStep", node="welcome"))["callId"]
        telephone = here.exchange.handset(0)
        telephone.key_down("2")
        await op.until("call.digits", callId=call)
        hold_up(0.25)
        await op.until("call.flowStep", callId=call, node="again")
        here_at = here.exchange.now
        await until(lambda: here.exchange.now >= here_at + 10 * 160)
        telephone.key_up("2")
        assert (await figures(here))["ticksLost"] > 0
        await op.until("call.flowStep", callId=call, node="welcome")
        assert op.types(digits="2") == ["call.digits"]
        here.hang_up(1)
        ready = (await op.until("recording.ready", callId=call))["data"]
        assert 0.1 <= ready["lostS"] <= 0.5


async def test_a_board_whose_counters_rise_is_told_with_figures_and_advice(file: Path) -> None:
    """Ticks were lost, and more of them than the settings bear in a minute."""
    change(file, ("[desk]\n", "[monitor]\nlate_ticks = 3\n[desk]\n"))
    async with house(file) as here, here.client() as op:
        here.dial(1)
        await op.until("call.flowStep", node="welcome")
        hold_up(0.25)
        told = (await op.until("system.alarmRaised", alarm="boardTroubled"))["data"]["detail"]
        assert int(told.split()[0]) > 3
        assert "late or lost ticks in a minute: take load off the machine" in told
        here.hang_up(1)
