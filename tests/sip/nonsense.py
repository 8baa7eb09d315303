"""Damaged SIP and RTP, the same for the same seed."""

import random
import socket
import time

from sip.wire import SDP, rtp

METHODS = ("INVITE", "CANCEL", "BYE", "ACK", "UPDATE", "INFO", "REGISTER", "OPTIONS", "REFER", "PUBLISH")
STATUSES = ("100 Trying", "180 Ringing", "200 OK", "302 Moved", "401 No", "487 Gone", "999 ?")
EACH_S = 0.002


def sip_message(dice: random.Random, own: int) -> bytes:
    """A request or an answer, with one thing wrong, or some."""
    method = dice.choice(METHODS)
    start = (
        f"SIP/2.0 {dice.choice(STATUSES)}" if dice.random() < 0.3 else f"{method} sip:{dice.randrange(300)}@x SIP/2.0"
    )
    lines = [
        start,
        f"Via: SIP/2.0/UDP 127.0.0.1:{own};branch=z9hG4bK{dice.randrange(50)}",
        f"From: <sip:f@127.0.0.1>;tag={dice.randrange(9)}",
        f"To: <sip:t@127.0.0.1>{dice.choice(['', ';tag=x'])}",
        f"Call-ID: fuzz-{dice.randrange(50)}",
        f"CSeq: {dice.randrange(5)} {method}",
        f"Contact: <sip:f@127.0.0.1:{own}>",
        "Content-Type: application/sdp",
        "Session-Expires: 1800;refresher=uac",
    ]
    body = SDP.format(port=dice.randrange(65536))
    for _ in range(dice.randrange(1, 4)):
        lines = _hurt(lines, dice)
    whole = bytearray(("\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]) + body).encode())
    match dice.randrange(5):
        case 0:
            del whole[dice.randrange(len(whole)) :]
        case 1:
            for _ in range(dice.randrange(1, 30)):
                whole[dice.randrange(len(whole))] = dice.randrange(256)
        case 2:
            at = dice.randrange(len(whole))
            whole[at:at] = dice.randbytes(dice.randrange(1, 400))
    return bytes(whole)


def _hurt(lines: list[str], dice: random.Random) -> list[str]:
    at = dice.randrange(len(lines))
    match dice.randrange(6):
        case 0:
            return lines[:at] + lines[at + 1 :]
        case 1:
            return [*lines[: at + 1], *lines[at:]]
        case 2:
            return [*lines[:at], lines[at][: dice.randrange(len(lines[at]) + 1)], *lines[at + 1 :]]
        case 3:
            return [*lines[:at], lines[at] + dice.choice(['"', "<", ";", ",", "\x00", "%0d%0a"]) * 40, *lines[at + 1 :]]
        case 4:
            return [*lines, f"X-{'y' * dice.randrange(3000)}: {'z' * dice.randrange(3000)}"]
        case _:
            return [*lines[:at], f"{lines[at].partition(':')[0]}: {dice.randrange(2**40)}", *lines[at + 1 :]]


def rtp_packet(dice: random.Random) -> bytes:
    """Cut off, of another version, with extensions and padding that lie, with payloads nobody agreed on."""
    whole = rtp(dice.randrange(128), dice.randrange(65536), dice.randrange(2**32), dice.randbytes(dice.randrange(400)))
    match dice.randrange(4):
        case 0:
            return dice.randbytes(dice.randrange(1, 60))
        case 1:
            return whole[: dice.randrange(1, len(whole))]
        case 2:
            return bytes([dice.randrange(256)]) + whole[1:]
        case _:
            return bytes([0x80 | dice.choice([0x10, 0x20, 0x0F, 0x3F])]) + whole[1:]


def pour(sip: tuple[str, int], rtp_ports: range, seed: int, count: int) -> None:
    """As many of both, two of each in a tick's tenth."""
    dice = random.Random(seed)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.bind(("127.0.0.1", 0))
        own = out.getsockname()[1]
        began = time.monotonic()
        for number in range(count):
            out.sendto(sip_message(dice, own), sip)
            out.sendto(rtp_packet(dice), (sip[0], dice.choice(rtp_ports)))
            time.sleep(max(began + number * EACH_S - time.monotonic(), 0))
        _say_goodbye(out, sip)


def _say_goodbye(out: socket.socket, sip: tuple[str, int]) -> None:
    """To what was taken for a call, and answered."""
    out.settimeout(0.5)
    while True:
        try:
            lines = out.recv(8192).decode(errors="replace").split("\r\n")
        except TimeoutError:
            return
        kept = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if lines[0].startswith("SIP/2.0 200") and kept["CSeq"].endswith("INVITE"):
            text = f"BYE sip:t@x SIP/2.0\r\nVia: {kept['Via']}\r\nFrom: {kept['From']}\r\nTo: {kept['To']}\r\n"
            text += f"Call-ID: {kept['Call-ID']}\r\nCSeq: 9999 BYE\r\nContent-Length: 0\r\n\r\n"
            out.sendto(text.encode(), sip)
