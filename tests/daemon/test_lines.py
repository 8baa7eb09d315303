"""Meters of lines, and lines that are tested: a good one, bad ones, and callers who come first."""

import asyncio
import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from cti_core.cli import app
from daemon.node import Client, House, change, house, until

BAD_LINES = """
[board.settings.line_3]
dial_tone = "none"
[board.settings.line_4]
noise_dbm0 = -36
hum_dbm0 = -40
[board.settings.line_6]
echo_return_loss_db = 4
tone_offset_hz = 40
[board.settings.line_5]
seize_ms = 2000
[supervision]
"""


async def report_of(here: House, line: int) -> dict[str, Any]:
    status, report = await here.call("POST", f"/api/v1/lines/{line}:test?lang=en")
    assert status == 200, report
    return dict(report)


def figures(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {found["name"]: found for found in report["findings"]}


def bad(report: dict[str, Any]) -> set[str]:
    return {found["name"] for found in report["findings"] if found["verdict"] == "bad"}


async def expect_a_call(here: House, op: Client, line: int) -> None:
    """The line is as good as ever: a caller is answered and hears the menu."""
    await until(lambda: not here.exchange.condition(line - 1).occupied)
    await until(lambda: not here.is_off_hook(line))
    here.dial(line)
    call = (await op.until("call.established", line=line))["callId"]
    await op.until("call.flowStep", callId=call, node="welcome")
    await until(lambda: not here.exchange.condition(line - 1).ringing)  # the exchange has seen the answer
    here.hang_up(line)
    await op.until("call.cleared", callId=call)


async def test_a_good_line_passes_a_bad_one_says_what_is_wrong_and_both_serve_callers_afterwards(file: Path) -> None:
    """What is measured is what the simulated line was made of. Four lines are tested at once."""
    change(file, ("[supervision]\n", BAD_LINES))
    async with house(file) as here, here.client() as op:
        good, dead, noisy, echoing = await asyncio.gather(*(report_of(here, line) for line in (1, 3, 4, 6)))

        assert (good["verdict"], good["outcome"], good["said"]) == ("good", "done", "The line is good.")
        found = figures(good)
        assert abs(found["noise"]["value"] - -61.1) < 1
        assert abs(found["dialToneDelay"]["value"] - 0.3) < 0.03
        assert abs(found["dialToneHz"]["value"] - 450) < 0.5
        assert abs(found["dialToneLevel"]["value"] - -13) < 0.5
        assert abs(found["returnLoss"]["value"] - 14) < 0.5
        assert abs(found["echoDelay"]["value"] - 2) < 0.2
        assert found["digitRead"]["text"] == "8"

        assert (dead["verdict"], bad(dead)) == ("bad", {"dialToneDelay"})
        advice = figures(dead)["dialToneDelay"]["advice"]
        assert advice == "no dial tone: the cable, or the exchange wants more than 5.0 s."
        assert figures(dead)["returnLoss"]["verdict"] == "good"

        assert bad(noisy) == {"noiseOnHook", "hum50", "noise"}
        assert bad(echoing) == {"dialToneHz", "returnLoss", "toneBroken"}  # its own tone deafens it to our digit
        wrong = [found for report in (noisy, echoing) for found in report["findings"] if found["verdict"] == "bad"]
        assert all(found["advice"] and found["source"] for found in wrong)

        for line in (1, 3, 4, 6):
            assert "testing" in [e["data"]["state"] for e in op.events if e["line"] == line] or await op.until(
                "line.stateChanged", line=line, state="testing"
            )
            await expect_a_call(here, op, line)


async def test_a_line_s_gains_are_what_its_meters_show(file: Path) -> None:
    """Set per line; its neighbour hears the exchange as loud as it is."""
    change(file, ("[desk]\n", "[[lines]]\nline = 2\nrx_db = -6\ntx_db = 3\n[desk]\n"))
    async with house(file) as here:
        usual, soft = [figures(report) for report in await asyncio.gather(report_of(here, 1), report_of(here, 2))]
        assert abs(usual["dialToneLevel"]["value"] - soft["dialToneLevel"]["value"] - 6) < 0.5
        assert abs(usual["returnLoss"]["value"] - soft["returnLoss"]["value"] + 3) < 0.5  # 3 louder out, 6 softer in


async def test_a_caller_who_rings_when_a_test_begins_comes_first(file: Path) -> None:
    """Still on hook: the ring is answered as ever, and the report says how far it came."""
    async with house(file) as here, here.client() as op:
        testing = asyncio.create_task(report_of(here, 2))
        await asyncio.sleep(0.2)
        here.dial(2)
        call = (await op.until("call.established", line=2))["callId"]
        report = await testing
        assert (report["outcome"], report["verdict"]) == ("callerCame", "unknown")
        assert "testing" not in [event["data"]["state"] for event in op.events if event["type"] == "line.stateChanged"]
        await op.until("call.flowStep", callId=call, node="welcome")
        here.hang_up(2)
        await op.until("call.cleared", callId=call)


async def test_a_caller_who_meets_the_test_off_hook_is_served(file: Path) -> None:
    """Glare: the exchange rings before it noticed that we had lifted. Nobody hears our digits."""
    change(file, ("[supervision]\n", BAD_LINES))
    async with house(file) as here, here.client() as op:
        testing = asyncio.create_task(report_of(here, 5))
        await op.until("line.stateChanged", line=5, state="testing")
        here.dial(5)
        call = (await op.until("call.established", line=5))["callId"]
        assert (await testing)["outcome"] == "callerCame"
        await op.until("call.flowStep", callId=call, node="welcome")
        here.press(5, "2")
        await op.until("call.flowStep", callId=call, node="again")
        here.hang_up(5)
        await op.until("call.cleared", callId=call)
        assert not any(gain["source"] == "T5" for gain in (await here.get("/api/v1/matrix"))["gains"])


async def test_a_line_in_a_call_and_a_line_under_test_are_not_tested(file: Path) -> None:
    """Two operators, one line: the first has it, on hook already."""
    async with house(file) as here, here.client() as op:
        here.dial(1)
        await op.until("call.established", line=1)
        testing = asyncio.create_task(report_of(here, 2))
        await asyncio.sleep(0.2)
        for line in (1, 2):
            status, told = await here.call("POST", f"/api/v1/lines/{line}:test")
            assert (status, told["error"]["errorId"]) == (409, "wrongState")
        assert (await testing)["verdict"] == "good"


async def test_a_client_that_goes_away_costs_the_house_no_line(file: Path) -> None:
    async with house(file) as here, here.client() as op:
        testing = asyncio.create_task(report_of(here, 6))
        await op.until("line.stateChanged", line=6, state="testing")
        testing.cancel()
        await op.until("line.stateChanged", line=6, state="idle")
        await expect_a_call(here, op, 6)


async def test_a_board_that_is_lost_ends_the_test(file: Path) -> None:
    async with house(file) as here, here.client() as op:
        testing = asyncio.create_task(report_of(here, 7))
        await op.until("line.stateChanged", line=7, state="testing")
        here.board.lose("somebody pulled the cable")
        assert (await testing)["outcome"] == "lineLost"
        assert {each["receiveDbm0"] for each in (await here.get("/api/v1/lines/levels"))["levels"]} == {None}
        here.board.restore()
        await op.until("line.stateChanged", line=7, state="idle")
        await expect_a_call(here, op, 7)


async def test_a_line_that_is_out_of_service_can_be_tested_and_stays_out(file: Path) -> None:
    """An operator takes a line away, tests it, and decides."""
    async with house(file) as here, here.client() as op:
        await op.ask("line.setService", line=8, inService=False)
        assert (await report_of(here, 8))["verdict"] == "good"
        await op.until("line.stateChanged", line=8, state="testing")
        await op.until("line.stateChanged", line=8, state="outOfService")


async def test_meters_show_our_prompt_and_the_callers_key(file: Path) -> None:
    async with house(file) as here, here.client() as op:
        here.dial(1)
        call = (await op.until("call.established", line=1))["callId"]
        await op.until("call.flowStep", callId=call, node="welcome")
        loudest = {"receiveDbm0": -99.0, "transmitDbm0": -99.0}
        here.press(1, "5")
        for _ in range(20):
            one = (await here.get("/api/v1/lines/levels"))["levels"][0]
            loudest = {name: max(loudest[name], one[name]) for name in loudest}
            await asyncio.sleep(0.05)
        assert one["state"] == "connected"
        assert one["call"] == call
        assert -25 < loudest["transmitDbm0"] < -8
        assert -20 < loudest["receiveDbm0"] < -8
        quiet = (await here.get("/api/v1/lines/levels"))["levels"][1]
        assert quiet["receiveDbm0"] < -55
        assert quiet["transmitDbm0"] == -99


async def test_the_command_line_shows_meters_and_a_report(file: Path) -> None:
    async with house(file) as here:
        there = ["--server", here.node.address, "--token", "token-op"]

        async def cti(*words: str) -> str:
            done = await asyncio.to_thread(CliRunner().invoke, app, [*words, *there])
            assert done.exit_code == 0, done.output
            return done.output

        levels = json.loads(await cti("lines", "levels", "--json", "--once"))["levels"]
        assert [level["line"] for level in levels] == [line.plan.line for line in here.settings.lines]
        assert "receive" in await cti("lines", "levels")
        told = await cti("lines", "test", "2")
        assert "≥ 6 dB" in told
        assert "The line is good." in told
