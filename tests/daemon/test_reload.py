"""A reload is applied whole or not at all, and no call that runs hears of it."""

import asyncio
import multiprocessing
from pathlib import Path

from daemon.node import MENU, change, house


async def test_a_broken_menu_changes_nothing_and_the_call_goes_on(file: Path) -> None:
    """All faults with file, line and key, unknown queues too; new calls still hear what was published before."""
    async with house(file) as here, here.client() as op:
        before = here.node.furniture.menus.published
        here.dial(1)
        call = (await op.until("call.flowStep", node="welcome"))["callId"]
        change(file.parent / "ivr" / "main.yaml", ("next: welcome", "next: nowhere"), ("queue: service", "queue: x"))

        status, told = await here.call("POST", "/api/v1/reload")

        assert (status, told["error"]["errorId"]) == (422, "configInvalid")
        menu = file.parent / "ivr" / "main.yaml"
        lines = {name: MENU.splitlines().index(line) + 1 for line in MENU.splitlines() for name in [line.split(":")[0]]}
        assert told["error"]["detail"]["faults"] == [
            f'{menu}:{lines["  again"]}:nodes.again.next: there is no node "nowhere"',
            f'{menu}:{lines["  to_agent"]}:nodes.to_agent.queue: there is no queue "x"',
        ]
        assert here.node.furniture.menus.published is before
        here.press(1, "2")
        assert (await op.until("call.flowStep", callId=call, node="again"))["data"]["script"] == before.ident
        here.dial(2)
        assert (await op.until("call.flowStep", node="welcome"))["data"]["script"] == before.ident
        assert "system.configApplied" not in op.types()


async def test_a_good_menu_is_for_new_calls_and_the_running_one_keeps_its_version(file: Path) -> None:
    """The event says what changed and who asked."""
    async with house(file) as here, here.client() as op:
        old = here.node.furniture.menus.published.ident
        here.dial(1)
        first = (await op.until("call.flowStep", node="welcome"))["callId"]
        change(file.parent / "ivr" / "main.yaml", ("2: again", "3: again"))

        status, told = await here.call("POST", "/api/v1/reload")

        assert status == 200
        applied = await op.until("system.configApplied")
        assert applied["data"] == {"changed": told["changed"], "by": "Op"}
        assert told["changed"] == ["node welcome: key 2 is gone, key 3 leads to again"]
        here.dial(2)
        second = await op.until("call.flowStep", node="welcome")
        assert second["callId"] != first
        assert second["data"]["script"] != old
        here.press(1, "2")
        here.press(2, "3")
        assert (await op.until("call.flowStep", callId=first, node="again"))["data"]["script"] == old
        step = await op.until("call.flowStep", callId=second["callId"], node="again")
        assert step["data"]["script"] == second["data"]["script"]


async def test_a_process_that_dies_while_it_checks_menus_is_said_and_replaced(file: Path) -> None:
    """Whatever a menu does to a parser, the daemon goes on and the next reload works."""
    async with house(file) as here:
        assert (await here.call("POST", "/api/v1/reload"))[0] == 200
        (child,) = multiprocessing.active_children()
        child.kill()
        await asyncio.to_thread(child.join)
        status, told = await here.call("POST", "/api/v1/reload")
        assert status == 422
        assert "the process that checks menus died" in told["error"]["message"]
        assert (await here.call("POST", "/api/v1/reload"))[0] == 200
