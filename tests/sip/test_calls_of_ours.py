"""Calls that the house makes through a SIP trunk: to a gateway that sipp plays, asked for by an agent at the desk."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sip.desk import desk
from sip.programs import daemon, free_port, media_port, running
from sip.wire import Listener, by_events, write_pcap

NUMBER = "13900001111"
GATEWAY = """
[board.settings.line_1]
user = "line1"
gateway = "127.0.0.1:{port}"
"""
BRIEF = ("answer_on_ring = 1", "answer_on_ring = 1\nringback_max_s = 5")
ANSWER = """
<send><![CDATA[
SIP/2.0 {status} {reason}
[last_Via:]
[last_From:]
[last_To:];tag=[pid]u[call_number]
[last_Call-ID:]
{cseq}
Contact: <sip:called@[local_ip]:[local_port]>
{body}
]]></send>
"""
SDP = """Content-Type: application/sdp
Content-Length: [len]

v=0
o=called 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
"""
NOTHING = "Content-Length: 0\n"
ACK = '<recv request="ACK"/>'

pytestmark = pytest.mark.usefixtures("programs")


def says(status: int, body: str = NOTHING, cseq: str = "[last_CSeq:]") -> str:
    return ANSWER.format(status=status, reason="x", body=body, cseq=cseq)


def answers(pcap: Path) -> str:
    """After half a second; keys, and then it hangs up."""
    play = f'<nop><action><exec play_pcap_audio="{pcap}"/></action></nop><pause milliseconds="4000"/>'
    bye = """<send><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:called@[local_ip]:[local_port]>;tag=[pid]u[call_number]
To:[$caller]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send><recv response="200"/>"""
    return f'{says(180)}<pause milliseconds="500"/>{says(200, SDP)}{ACK}{play}{bye}'


@contextmanager
def gateway(folder: Path, name: str, port: int, then: str) -> Iterator[None]:
    """It takes one call, which ends as it should."""
    scenario = folder / f"{name}.xml"
    text = (Path(__file__).parent / "called.xml").read_text(encoding="utf-8").replace("@THEN@", then)
    scenario.write_text(text, encoding="utf-8")
    where = ("-i", "127.0.0.1", "-mi", "127.0.0.1", "-p", str(port), "-mp", str(media_port()))
    errors = folder / f"{name}.err"
    limits = ("-m", "1", "-timeout", "30s", "-timeout_error", "-nostdin", "-watchdog_interval", "0")
    command = ["sipp", "-sf", str(scenario), *where, *limits, "-trace_err", "-error_file", str(errors)]
    log = folder / f"{name}.log"
    with running(command, log, folder) as process:
        yield  # an INVITE that comes before sipp listens comes again
        said = errors.read_text() if errors.exists() else ""
        assert process.wait(30) == 0, log.read_text()[-2000:] + said


async def test_calls_through_a_trunk_are_answered_for_certain_or_fail_with_their_reason(
    tmp_path: Path, prompts: Path
) -> None:
    port = free_port()
    tables = GATEWAY.format(port=port)
    keys = write_pcap(tmp_path / "keys.pcap", by_events("159", lead_s=0.5, every_s=0.5))
    refusals = {"busy": 486, "numberUnallocated": 404, "networkCongestion": 503}
    with daemon(tmp_path, prompts, lines=1, board="options_s = 0", tables=tables, change=BRIEF) as node:
        async with desk(node, "sip-test-agent-1001") as desktop:
            await desktop.ask("agent.logOn")

            with gateway(tmp_path, "answered", port, answers(keys)):
                made = await desktop.ask("call.make", number=NUMBER)
                call = made["call"]
                await desktop.until("call.networkReached", callId=call)
                await desktop.until("call.farEndAlerting", callId=call)
                talking = await desktop.until("call.established", callId=call)
                assert talking["data"].get("estimated", False) is False
                cleared = await desktop.until("call.cleared", callId=call)
                assert cleared["data"]["talkingS"] > 3
            assert node.keys()[call] == "159"

            for cause, status in refusals.items():
                with gateway(tmp_path, cause, port, says(status) + ACK):
                    made = await desktop.ask("call.make", number=NUMBER)
                    cleared = await desktop.until("call.cleared", callId=made["call"])
                    assert cleared["cause"] == cause

            cancelled = f'{says(180)}<recv request="CANCEL"/>{says(200)}{says(487, cseq="CSeq: 1 INVITE")}{ACK}'
            with gateway(tmp_path, "rings", port, cancelled):
                made = await desktop.ask("call.make", number=NUMBER)
                cleared = await desktop.until("call.cleared", callId=made["call"])
                assert cleared["cause"] == "noAnswer"

            with gateway(tmp_path, "given-up", port, cancelled):
                made = await desktop.ask("call.make", number=NUMBER)
                await desktop.until("call.farEndAlerting", callId=made["call"])
                await desktop.ask("call.clear", call=made["call"])
                cleared = await desktop.until("call.cleared", callId=made["call"])
                assert cleared["cause"] == "callCancelled"

            with gateway(tmp_path, "glare", port, cancelled), Listener(node.sip, "line1") as caller:
                made = await desktop.ask("call.make", number=NUMBER)
                await desktop.until("call.farEndAlerting", callId=made["call"])
                await asyncio.to_thread(caller.call)  # answered, and not after five seconds
                cleared = await desktop.until("call.cleared", callId=made["call"])
                assert cleared["cause"] == "networkCongestion"
                await asyncio.to_thread(caller.hang_up)

            assert (node.status()["switchFaults"], node.status()["actionsFailed"]) == (0, 0)
