"""What an operator may write, and every fault in words."""

from pathlib import Path

import pytest

from drivers.base import BoardLost, Capability, PortKind
from drivers.sip.board import SipBoard
from drivers.sip.sdp import Law
from drivers.sip.settings import plan_from


def test_little_is_needed() -> None:
    plan = plan_from({"lines": 2})
    assert (plan.host, plan.sip_port, plan.laws) == ("127.0.0.1", 5060, (Law.PCMA, Law.PCMU))
    assert plan.peers == ()


def test_gateways_registrations_and_telephones(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    board = SipBoard.from_settings(
        {
            "lines": 3,
            "peers": ["192.168.1.0/24"],
            "dtmf": "inband",
            "line_1": {"gateway": "192.168.1.20"},
            "line_2": {
                "user": "900",
                "registrar": "192.168.1.1:5062",
                "password_file": str(secret),
                "auth_user": "x900",
            },
            "line_3": {"kind": "phone", "user": "801", "password": "p"},
        }
    )
    first, second, third = board.plan.ports
    assert first.gateway == ("192.168.1.20", 5060)
    assert second.registrar == ("192.168.1.1", 5062)
    assert second.account is not None
    assert (second.account.user, second.account.password) == ("x900", "s3cret")
    assert third.phone
    assert [info.kind for info in board.ports] == [PortKind.FXO, PortKind.FXO, PortKind.FXS]
    assert board.ports[2].capabilities & Capability.RING_GEN
    assert not board.ports[0].capabilities & Capability.HW_DTMF


def test_every_fault_is_told_with_its_key() -> None:
    with pytest.raises(ValueError, match="lines") as raised:
        plan_from(
            {
                "lines": 0,
                "host": "localhost",
                "advertise": "0.0.0.0",
                "port": 70_000,
                "rtp_first": 4001,
                "peers": ["192.168.1.1/24"],
                "codecs": ["G729"],
                "dtmf": "pulse",
                "session_s": 10,
                "rtp_timeout_s": -1,
                "prot": 5060,
                "line_9": {},
                "line_1": 7,
            }
        )
    told = {line.partition(":")[0] for line in str(raised.value).splitlines()}
    assert told == {
        *("lines", "host", "advertise", "port", "rtp_first", "peers", "codecs", "dtmf", "session_s", "rtp_timeout_s"),
        *("prot", "line_9", "line_1"),
    }


def test_faults_of_one_line_name_it() -> None:
    with pytest.raises(ValueError, match="line_1") as raised:
        plan_from(
            {
                "lines": 3,
                "line_1": {"kind": "fax", "registrar": "gateway.example", "expires_s": 1, "usr": "1"},
                "line_2": {"kind": "phone", "user": "a b"},
                "line_3": {"password_file": "/nowhere", "password": "x", "registrar": "10.0.0.1"},
            }
        )
    told = {line.partition(":")[0] for line in str(raised.value).splitlines()}
    assert told >= {
        "line_1.kind",
        "line_1.registrar",
        "line_1.expires_s",
        "line_1.usr",
        "line_2.user",
        "line_2.password",
    }
    assert told >= {"line_3.password_file", "line_3.user"}


def test_two_lines_of_one_user_are_a_fault() -> None:
    with pytest.raises(ValueError, match=r"line_2.user: 900 is line 1 already"):
        plan_from({"lines": 2, "line_1": {"user": "900"}, "line_2": {"user": "900"}})


async def test_an_address_that_is_taken_is_said_in_words() -> None:
    board = SipBoard.from_settings({"lines": 1, "port": 0})
    async with board.open():
        other = SipBoard.from_settings({"lines": 1, "port": board.address[1]})
        with pytest.raises(BoardLost, match=r"for SIP: .+\. Another program"):
            async with other.open():
                pass
