"""Keys and flashes in a talk over REST: obeyed once, for the agent who talks, and refused in stable words."""

import pytest

from api.conftest import Server
from cti_core.call_control.events import AnswerCall, LogOn, SetReady
from cti_core.call_control.ids import CallId
from cti_core.call_control.in_talk import FlashCall, GenerateDigits
from cti_core.call_control.privacy import Keys
from machines.plans import ANNA, SERVICE

NO_HOOK, BEHIND_A_PBX = 1, 2  # lines of the plan


def in_talk(server: Server, line: int) -> tuple[CallId, int]:
    """Anna's call on this line, and its version."""
    desk = server.house.desk
    desk.tell(LogOn(ANNA, (SERVICE,)), SetReady(ANNA))
    call = desk.rings(line)
    desk.tell(AnswerCall(ANNA, call))
    return call, desk.version(call)


async def test_keys_go_out_once_for_one_idempotency_key(server: Server) -> None:
    call, version = in_talk(server, NO_HOOK)
    headers = {"If-Match": f'"{version}"', "Idempotency-Key": "k"}
    for _ in range(2):
        status, told = await server.call(
            "POST", f"/api/v1/calls/{call}:sendDigits", "token-anna", headers=headers, json={"digits": "12,#"}
        )
        assert (status, told["call"], told["state"]) == (200, call, "talking")
    assert server.house.desk.obeyed == [GenerateDigits(agent=ANNA, call=call, digits=Keys("12,#"), version=version)]


async def test_an_operator_flashes_for_the_agent_who_is_named(server: Server) -> None:
    call, _ = in_talk(server, BEHIND_A_PBX)
    path = f"/api/v1/calls/{call}:flash"
    status, told = await server.call("POST", path)
    assert (status, told["error"]["detail"]["path"]) == (400, "agent")
    status, told = await server.call("POST", path, json={"agent": ANNA})
    assert (status, told["state"]) == (200, "talking")
    assert server.house.desk.obeyed == [FlashCall(ANNA, call)]


@pytest.mark.parametrize(
    ("what", "body", "status", "error_id"),
    [
        ("sendDigits", {}, 400, "invalidParams"),
        ("sendDigits", {"digits": ""}, 400, "invalidParams"),
        ("sendDigits", {"digits": "12a"}, 400, "invalidParams"),
        ("sendDigits", {"digits": "1" * 33}, 400, "invalidParams"),
        ("sendDigits", {"digits": ",,"}, 400, "undialable"),
        ("sendDigits", {"digits": "1", "version": 1}, 409, "staleVersion"),
        ("flash", {"digits": "1"}, 400, "invalidParams"),
        ("flash", {}, 400, "cannotFlash"),
    ],
)
async def test_what_cannot_go_out_is_refused(
    server: Server, what: str, body: dict[str, object], status: int, error_id: str
) -> None:
    call, _ = in_talk(server, NO_HOOK)
    answered, told = await server.call("POST", f"/api/v1/calls/{call}:{what}", "token-anna", json=body)
    assert (answered, told["error"]["errorId"]) == (status, error_id)
    assert server.house.desk.obeyed == []
