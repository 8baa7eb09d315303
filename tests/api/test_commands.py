"""Commands over the CTI socket: refused in stable words, obeyed once, answered in their place."""

import asyncio
from typing import Any

import pytest

from api.conftest import Desktop, Server, until
from api.small_house import SmallHouse
from cti_core.api.auth import Principal
from cti_core.api.once import Once
from cti_core.call_control.errors import RequestRejected
from cti_core.call_control.events import AnswerCall, LogOn, SetReady
from cti_core.call_control.ids import AgentId
from cti_core.settings import Role
from machines.plans import ANNA, BO, SERVICE

ANNAS = Principal("Anna", Role.AGENT, AgentId("1001"))


def refusal(said: dict[str, Any]) -> tuple[int, str]:
    return said["error"]["code"], said["error"]["data"]["errorId"]


async def test_an_agent_logs_on_answers_and_hangs_up(server: Server) -> None:
    """Each answer is the new state of the object."""
    desk = server.house.desk
    async with server.desktop() as anna:
        assert (await anna.ask("agent.logOn"))["result"]["queues"] == ["service"]
        assert (await anna.ask("agent.setState", state="ready"))["result"]["state"] == "ready"
        call = desk.rings()
        answered = (await anna.ask("call.answer", call=call, version=desk.version(call)))["result"]
        assert (answered["state"], answered["agent"], answered["caller"]) == ("talking", "1001", "138****5678")
        data = {"topic": "挂号", "card": "A1"}
        assert (await anna.ask("call.setData", call=call, data=data))["result"]["data"].items() >= data.items()
        assert (await anna.ask("call.hold", call=call))["result"]["state"] == "held"
        assert (await anna.ask("call.retrieve", call=call))["result"]["state"] == "talking"
        cleared = (await anna.ask("call.clear", call=call))["result"]
        assert (cleared["call"], cleared["state"], cleared["connections"]) == (call, "cleared", [])
        assert (await anna.ask("agent.finishWrapUp"))["result"]["state"] == "ready"
        assert (await anna.ask("agent.logOff"))["result"]["state"] == "loggedOff"


@pytest.mark.parametrize(
    ("text", "code", "error_id"),
    [
        ("{", -32700, "parseError"),
        ('"' + "[" * 5000, -32700, "parseError"),
        ("[" * 5000, -32700, "parseError"),
        ("[]", -32600, "batchRefused"),
        ('[{"jsonrpc":"2.0","id":1,"method":"snapshot.get"}]', -32600, "batchRefused"),
        ("17", -32600, "invalidRequest"),
        ('{"id":1,"method":"snapshot.get"}', -32600, "invalidRequest"),
        ('{"jsonrpc":"1.0","id":1,"method":"snapshot.get"}', -32600, "invalidRequest"),
        ('{"jsonrpc":"2.0","method":"agent.logOn"}', -32600, "invalidRequest"),
        ('{"jsonrpc":"2.0","id":{},"method":"agent.logOn"}', -32600, "invalidRequest"),
        ('{"jsonrpc":"2.0","id":1,"method":7}', -32600, "invalidRequest"),
        ('{"jsonrpc":"2.0","id":1,"method":"agent.fly"}', -32601, "unknownMethod"),
        ('{"jsonrpc":"2.0","id":1,"method":"agent.logOff","params":[1]}', -32602, "invalidParams"),
    ],
    ids=lambda value: str(value)[:24],
)
async def test_what_is_no_request_is_told_so_and_the_socket_lives_on(
    server: Server, text: str, code: int, error_id: str
) -> None:
    async with server.desktop() as anna:
        assert refusal(await anna.say(text)) == (code, error_id)
        assert "result" in await anna.ask("queue.list")
    assert server.house.desk.obeyed == []


@pytest.mark.parametrize(
    ("method", "params", "path"),
    [
        ("call.answer", {}, "call"),
        ("call.answer", {"call": 7}, "call"),
        ("call.answer", {"call": ""}, "call"),
        ("call.answer", {"call": "c", "version": "1"}, "version"),
        ("call.answer", {"call": "c", "version": True}, "version"),
        ("call.answer", {"call": "c", "verion": 1}, "verion"),
        ("agent.setState", {"state": "asleep"}, "state"),
        ("agent.setState", {"state": "notReady", "reason": "x" * 65}, "reason"),
        ("agent.logOn", {"queues": "service"}, "queues"),
        ("agent.logOn", {"idempotencyKey": ""}, "idempotencyKey"),
        ("call.setData", {"call": "c", "data": {"a": 1}}, "data[...]"),
        ("call.setData", {"call": "c", "data": {"a": "x" * 1001}}, "data[...]"),
        ("call.setData", {"call": "c", "data": {"": "x"}}, "data"),
        ("snapshot.get", {"what": "all"}, "what"),
    ],
    ids=str,
)
async def test_a_wrong_parameter_is_named(server: Server, method: str, params: dict[str, Any], path: str) -> None:
    async with server.desktop() as anna:
        said = await anna.ask(method, **params)
    assert refusal(said) == (-32602, "invalidParams")
    assert said["error"]["data"]["detail"]["path"] == path
    assert server.house.desk.obeyed == []


async def test_the_house_refuses_in_csta_words_and_nothing_changes(server: Server) -> None:
    desk = server.house.desk
    call = desk.delivered()
    before = desk.view(), server.house.bus.seq
    async with server.desktop("token-bo") as bo:
        stale = await bo.ask("call.answer", call=call, version=desk.version(call) - 1)
        assert refusal(stale) == (-32000, "staleVersion")
        assert stale["error"]["data"]["category"] == "stateIncompatibility"
        assert stale["error"]["data"]["detail"] == {
            "call": call,
            "version": desk.version(call),
            "given": desk.version(call) - 1,
        }
        assert refusal(await bo.ask("call.answer", call=call)) == (-32000, "notYourCall")
        assert refusal(await bo.ask("call.answer", call="nobody")) == (-32000, "unknownCall")
        assert refusal(await bo.ask("call.setData", call=call, data={"a": "b"})) == (-32000, "notYourCall")
        assert refusal(await bo.ask("agent.logOn", queues=["nowhere"])) == (-32000, "unknownQueue")
        assert refusal(await bo.ask("agent.finishWrapUp")) == (-32000, "wrongState")
        assert (desk.view(), server.house.bus.seq) == before


@pytest.mark.parametrize(
    ("token", "method", "params"),
    [
        ("token-anna", "line.setService", {"line": 1, "inService": False}),
        ("token-anna", "agent.logOff", {"agent": "1002"}),
        ("token-his", "call.clear", {"call": "c"}),
        ("token-op", "audio.open", {}),
    ],
)
async def test_nobody_does_more_than_the_role_allows(
    server: Server, token: str, method: str, params: dict[str, Any]
) -> None:
    async with server.desktop(token) as client:
        assert refusal(await client.ask(method, **params)) == (-32000, "forbidden")
    assert server.house.desk.obeyed == []


async def test_an_operator_acts_for_an_agent_ends_a_call_and_takes_a_line_out(server: Server) -> None:
    desk = server.house.desk
    async with server.desktop("token-op") as op:
        assert refusal(await op.ask("agent.logOn")) == (-32602, "invalidParams")
        assert (await op.ask("agent.logOn", agent="1001"))["result"]["agent"] == "1001"
        assert refusal(await op.ask("agent.logOn", agent="nobody")) == (-32000, "unknownAgent")
        call = desk.rings()
        assert (await op.ask("call.clear", call=call))["result"]["state"] == "cleared"
        taken = await op.ask("line.setService", line=2, inService=False)
        assert taken["result"]["state"] == "outOfService"
        assert refusal(await op.ask("line.setService", line=9, inService=False)) == (-32000, "unknownLine")


async def test_sentences_come_in_the_language_of_the_browser(server: Server) -> None:
    url = f"{server.address}/api/v1/ws?token=token-anna"
    async with server.http.ws_connect(url, headers={"Accept-Language": "zh-CN,zh;q=0.9"}) as ws:
        said = await Desktop(ws).ask("call.answer", call="nobody")
    assert said["error"]["message"] == "没有通话 nobody，或已结束。"


async def test_an_answer_stands_behind_what_was_before_it_and_before_what_it_caused(server: Server) -> None:
    """No event can precede the acceptance of its command."""
    desk = server.house.desk
    async with server.desktop() as anna:
        await anna.until("snapshot")
        desk.tell(LogOn(BO, (SERVICE,)), SetReady(BO))
        told_before = server.house.bus.seq
        await anna.ask("agent.logOn")
        await anna.events(2)
    order = [said["params"]["seq"] if "params" in said else "answer" for said in anna.heard[2:]]
    assert order == [*range(1, told_before + 1), "answer", told_before + 1, told_before + 2]


async def test_events_of_a_command_wait_for_its_answer_others_do_not_wait_for_the_command(server: Server) -> None:
    """A house that answers late: what the command caused is held back until the answer is there."""
    desk = server.house.desk
    desk.gate = asyncio.Event()
    async with server.desktop() as anna, server.desktop("token-bo") as bo:
        await anna.until("snapshot")
        await bo.until("snapshot")
        asking = asyncio.create_task(anna.ask("agent.logOn"))
        assert [event["type"] for event in await bo.events(2)] == ["agent.loggedOn", "agent.notReady"]
        assert all(said.get("method") != "event" for said in anna.heard)
        desk.gate.set()
        assert "result" in await asking
        assert [event["type"] for event in await anna.events(2)] == ["agent.loggedOn", "agent.notReady"]


async def test_a_repeat_is_obeyed_once_and_gets_the_first_answer(server: Server) -> None:
    """Also over another socket, after the first one broke."""
    desk = server.house.desk
    call = desk.delivered()
    async with server.desktop() as anna:
        first = await anna.ask("call.answer", call=call, idempotencyKey="k1")
    async with server.desktop() as anna:
        again = await anna.ask("call.answer", call=call, idempotencyKey="k1")
    assert again["result"] == first["result"]
    assert desk.obeyed == [AnswerCall(ANNA, call)]


async def test_a_repeat_of_a_refused_command_is_refused_again(server: Server) -> None:
    """The first answer stays the answer, even when the command would be possible by now."""
    async with server.desktop() as anna:
        assert refusal(await anna.ask("agent.finishWrapUp", idempotencyKey="k")) == (-32000, "wrongState")
        await anna.ask("agent.logOn")
        assert refusal(await anna.ask("agent.finishWrapUp", idempotencyKey="k")) == (-32000, "wrongState")


async def test_a_key_is_not_taken_for_another_command(server: Server) -> None:
    async with server.desktop() as anna, server.desktop("token-bo") as bo:
        await anna.ask("agent.logOn", idempotencyKey="k")
        for method, params in [("agent.logOn", {"queues": []}), ("agent.logOff", {})]:
            said = await anna.ask(method, idempotencyKey="k", **params)
            assert refusal(said) == (-32000, "idempotencyKeyReused")
        assert (await bo.ask("agent.logOn", idempotencyKey="k"))["result"]["agent"] == "1002"


async def test_a_command_outlives_the_socket_that_asked(server: Server) -> None:
    desk = server.house.desk
    desk.gate = asyncio.Event()
    async with server.desktop() as anna:
        asking = asyncio.create_task(anna.ask("agent.logOn", idempotencyKey="k"))
        await until(lambda: desk.obeyed)
        asking.cancel()
    desk.gate.set()
    async with server.desktop() as anna:
        assert (await anna.ask("agent.logOn", idempotencyKey="k"))["result"]["state"] == "notReady"
    assert desk.obeyed == [LogOn(ANNA, (SERVICE,))]


async def test_a_house_that_does_not_answer_is_told_so_and_the_key_finds_out_later() -> None:
    once, answer, runs = Once(answer_s=0.01), asyncio.Event(), []

    async def run() -> str:
        runs.append(1)
        await answer.wait()
        return "done"

    with pytest.raises(RequestRejected, match="noReply"):
        await once.do(ANNAS, "k", b"x", run)
    answer.set()
    assert await once.do(ANNAS, "k", b"x", run) == "done"
    assert runs == [1]


async def test_only_the_newest_answers_are_kept() -> None:
    once, runs = Once(kept_max=2), []

    async def run() -> int:
        runs.append(1)
        return len(runs)

    for key in ("a", "b", "c", "a"):
        await once.do(ANNAS, key, key.encode(), run)
    assert await once.do(ANNAS, "c", b"c", run) == 3
    assert len(runs) == 4


async def test_a_fault_of_ours_is_told_without_its_words(server: Server, house: SmallHouse) -> None:
    house.desk.fault = ZeroDivisionError("secret")
    async with server.desktop() as anna:
        said = await anna.ask("agent.logOn")
        assert refusal(said) == (-32603, "internal")
        assert "secret" not in str(said)
        assert "result" in await anna.ask("snapshot.get")


async def test_a_command_that_is_too_long_closes_the_socket(server: Server) -> None:
    async with server.desktop() as anna:
        await anna.until("snapshot")
        await anna.ws.send_str(" " * 70_000)
        assert await anna.closed() == 1009
