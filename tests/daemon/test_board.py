"""The board fails in the middle of calls: said at once, calls end as what they are, lines come back by themselves."""

from pathlib import Path

from daemon.node import Client, House, house, until
from drivers.base import Hook


async def states(here: House) -> dict[int, str]:
    return {line["line"]: line["state"] for line in (await here.get("/api/v1/lines"))["lines"]}


async def expect_a_call(here: House, op: Client, line: int) -> None:
    """The line answers, plays, and is idle again when the caller has hung up."""
    await until(lambda: not here.exchange.condition(line - 1).occupied)
    here.dial(line)
    call = (await op.until("call.established", line=line))["callId"]
    await op.until("call.flowStep", callId=call, node="welcome")
    here.hang_up(line)
    assert (await op.until("call.cleared", callId=call))["cause"] == "normalClearing"


async def test_a_board_that_is_lost_ends_its_calls_and_comes_back(file: Path) -> None:
    """Alarm, not ready, every line out of service; after the return the next call works."""
    async with house(file) as here, here.client() as op:
        here.dial(1, 2)
        calls = {(await op.until("call.established", line=line))["callId"] for line in (1, 2)}
        here.board.lose("somebody pulled the cable")
        alarm = await op.until("system.alarmRaised", alarm="boardLost")
        assert alarm["data"]["detail"] == "somebody pulled the cable"
        assert {(await op.until("call.cleared", callId=call))["cause"] for call in calls} == {"lineLost"}
        for _ in here.settings.lines:
            await op.until("line.stateChanged", state="outOfService")
        assert set((await states(here)).values()) == {"outOfService"}
        assert (await here.call("GET", "/readyz"))[0] == 503
        here.hang_up(1, 2)

        here.board.restore()

        for _ in here.settings.lines:
            await op.until("line.stateChanged", state="idle")
        await op.until("system.alarmCleared", alarm="boardLost")
        assert (await here.call("GET", "/readyz"))[0] == 200
        await expect_a_call(here, op, 1)
        recordings = [await op.until("recording.ready", callId=call) for call in calls]
        assert all(ready["data"]["seconds"] > 0 for ready in recordings)


async def test_a_board_that_falls_silent_is_lost_too(file: Path) -> None:
    """No word from it for half a second; agents and the API go on meanwhile."""
    async with house(file) as here, here.client() as op, here.client("token-1001") as agent:
        here.dial(3)
        call = (await op.until("call.established", line=3))["callId"]
        here.board.fall_silent()
        alarm = await op.until("system.alarmRaised", alarm="boardLost")
        assert "silent" in alarm["data"]["detail"]
        assert (await op.until("call.cleared", callId=call))["cause"] == "lineLost"
        assert (await agent.ask("agent.logOn"))["state"] == "notReady"
        assert (await agent.ask("agent.setState", state="ready"))["state"] == "ready"
        here.hang_up(3)
        here.board.restore()
        await op.until("system.alarmCleared", alarm="boardLost")
        await expect_a_call(here, op, 3)


async def test_a_port_that_is_removed_takes_only_its_line(file: Path) -> None:
    """The call next to it goes on."""
    async with house(file) as here, here.client() as op:
        here.dial(1, 2)
        lost, kept = [(await op.until("call.established", line=line))["callId"] for line in (1, 2)]
        here.board.remove_port(0)
        assert (await op.until("call.cleared", callId=lost))["cause"] == "lineLost"
        await op.until("line.stateChanged", line=1, state="outOfService")
        assert await states(here) == {1: "outOfService", 2: "connected"} | dict.fromkeys(range(3, 9), "idle")
        here.press(2, "2")
        await op.until("call.flowStep", callId=kept, node="again")
        here.hang_up(1)
        here.board.return_port(0)
        await op.until("line.stateChanged", line=1, state="idle")
        await expect_a_call(here, op, 1)
        assert "system.alarmRaised" not in op.types(alarm="boardLost")


async def test_a_telephone_lifted_beside_keeps_our_calls_off_the_line(file: Path) -> None:
    """The voltage says so before anybody hears us; the line is told, others are taken, and it is back by itself."""
    async with house(file) as here, here.client() as op, here.client("token-1001") as agent:
        await until(lambda: here.exchange.now > 8000)
        here.exchange.parallel(7, Hook.OFF)
        taken = await op.until("line.stateChanged", line=8, state="outOfService")
        assert taken["data"]["reason"] == "a telephone beside it is in use"
        assert "9 V" in (await op.until("system.alarmRaised", alarm="lineInUse"))["data"]["detail"]
        await agent.ask("agent.logOn")
        call = await agent.ask("call.make", number="6001")
        assert (await op.until("call.serviceInitiated", callId=call["call"]))["line"] == 7
        await agent.ask("call.clear", call=call["call"])
        here.exchange.parallel(7, Hook.ON)
        await op.until("line.stateChanged", line=8, state="idle")
        await op.until("system.alarmCleared", alarm="lineInUse")
        await expect_a_call(here, op, 8)
