"""What is read off the wire, and what is refused."""

import pytest

from drivers.sip.dialog import caller
from drivers.sip.message import Malformed, Request, Response, name_addr, read, split_list, uri, via
from unit.drivers.sip.sip_wire import INVITE


def wire(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def request(text: str) -> Request:
    message = read(wire(text))
    assert isinstance(message, Request)
    return message


def test_a_message_that_was_written_reads_the_same() -> None:
    once = read(wire(INVITE))
    again = read(once.to_bytes())
    assert again.to_bytes() == once.to_bytes()
    assert again.body == once.body


def test_short_names_folded_lines_and_lists_are_understood() -> None:
    text = INVITE.replace("Call-ID:", "i:").replace("From:", "f:").replace("CSeq: 1", "CSeq:\n   1")
    message = request(
        text.replace("Max-Forwards: 70", "Max-Forwards: 70\nk: timer, 100rel\nRoute: <sip:a;lr>, <sip:b>")
    )
    assert message.call_id == "one@127.0.0.2"
    assert message.from_tag == "t1"
    assert message.cseq == (1, "INVITE")
    assert message.all("supported") == ("timer", "100rel")
    assert message.all("route") == ("<sip:a;lr>", "<sip:b>")


def test_a_body_that_is_longer_than_announced_is_cut() -> None:
    message = read(wire(INVITE.replace("Content-Type:", "Content-Length: 5\nContent-Type:")))
    assert message.body == b"v=0\r\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        INVITE.replace("SIP/2.0\n", "SIP/3.0\n", 1),
        INVITE.replace("Call-ID: one@127.0.0.2\n", ""),
        INVITE.replace("CSeq: 1 INVITE", "CSeq: 1 BYE"),
        INVITE.replace("CSeq: 1 INVITE", "CSeq: 99999999999 INVITE"),
        INVITE.replace("SIP/2.0/UDP", "SIP/2.0/TCP"),
        INVITE.replace("Content-Type:", "Content-Length: 5000\nContent-Type:"),
        INVITE.replace("Content-Type:", "Content-Length: -5\nContent-Type:"),
        INVITE.replace("From:", "From\x00:"),
        INVITE.replace(";tag=t1", ";tag=t1\x07"),
        INVITE.replace("<sip:13900001111@127.0.0.2>", "<sip:13900001111@127.0.0.2"),
        INVITE.replace("Max-Forwards: 70", "X: y\n" * 200),
        INVITE + "x" * 9000,
    ],
)
def test_what_cannot_be_answered_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        read(wire(text))


def test_quotes_and_brackets_hide_separators() -> None:
    assert split_list('"a, b" <sip:x,y>;p=1, <sip:z>') == ['"a, b" <sip:x,y>;p=1', "<sip:z>"]
    found = name_addr(r'"Dr. \"A\"; B" <sip:1;x=y@h:70>;tag=t')
    assert (found.display, found.uri, found.tag) == ('Dr. "A"; B', "sip:1;x=y@h:70", "t")


def test_addresses_come_apart() -> None:
    found = uri("sip:100:pw@192.168.1.2:5070;transport=udp?x=y")
    assert (found.user, found.host, found.port, found.param("transport")) == ("100", "192.168.1.2", 5070, "udp")
    assert uri("tel:+8613900001111").user == "+8613900001111"
    assert uri("sip:host").user == ""
    assert via("SIP/2.0/UDP 10.0.0.1;branch=b;rport").port == 5060


def test_responses_too() -> None:
    head, _, _ = INVITE.partition("\n")
    found = read(wire(INVITE.replace(head, "SIP/2.0 486 Busy Here")))
    assert isinstance(found, Response)
    assert (found.status, found.reason) == (486, "Busy Here")


@pytest.mark.parametrize(
    ("headers", "number", "absence"),
    [
        ("", "13900001111", ""),
        ("P-Asserted-Identity: <tel:+861088886666>\n", "+861088886666", ""),
        ("Privacy: id\n", "", "P"),
        ("P-Asserted-Identity: <sip:anonymous@anonymous.invalid>\n", "", "P"),
        ("P-Asserted-Identity: <sip:unknown@10.0.0.1>\n", "", "O"),
        ("P-Asserted-Identity: <mailto:x>\n", "", "O"),
    ],
)
def test_who_calls_is_in_the_asserted_identity_or_else_in_from(headers: str, number: str, absence: str) -> None:
    found = caller(request(INVITE.replace("Max-Forwards", headers + "Max-Forwards")))
    assert (found[0], found[2]) == (number, absence)


def test_the_caller_s_name_is_what_stands_in_quotes() -> None:
    assert caller(request(INVITE))[1] == "张三"
