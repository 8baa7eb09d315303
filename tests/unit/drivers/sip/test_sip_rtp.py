"""RTP that comes late, twice, out of order, from strangers; keys whose packets are lost and repeated."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.sip.buffer import CAP_FRAMES, JitterBuffer
from drivers.sip.rtp import EVENT_LOST_TICKS, EventReader, KeyDown, KeyUp, Packet, Sender, read
from drivers.sip.sdp import Law, Media
from drivers.sip.stream import RELATCH_TICKS, STRANGERS, Stream
from dsp import g711

FAR = ("127.0.0.2", 30_000)
MEDIA = Media(remote=FAR, law=Law.PCMA, event_payload=101, sending=True, receiving=True)


def stream(media: Media = MEDIA) -> Stream:
    return Stream(media, FAR[0], Sender(1, 2, 3))


def audio(sequence: int, level: int = 1000, *, ssrc: int = 7, size: int = 160) -> Packet:
    codes = g711.alaw_encode(np.full(size, level, np.int16)).tobytes()
    return Packet(8, marker=False, sequence=sequence % 65536, timestamp=sequence * 160, ssrc=ssrc, payload=codes)


def event(timestamp: int, length: int, *, code: int = 5, end: bool = False) -> Packet:
    body = struct.pack("!BBH", code, 0x80 if end else 0, length)
    return Packet(101, marker=False, sequence=0, timestamp=timestamp, ssrc=7, payload=body)


def heard(of: Stream, ticks: int) -> list[int]:
    """The first sample of each tick, to the nearest hundred."""
    return [round(int(of.pull()[0]), -2) for _ in range(ticks)]


# --- packets --------------------------------------------------------------------------------------------------------


def test_what_we_send_is_what_is_read() -> None:
    sender = Sender(0xABCD, 65_534, 2**32 - 160)
    first, second = read(sender.audio(8, b"x" * 160)), read(sender.audio(8, b"y" * 160))
    assert first == Packet(8, True, 65_535, 2**32 - 160, 0xABCD, b"x" * 160)
    assert second == Packet(8, False, 0, 0, 0xABCD, b"y" * 160)


def test_extensions_padding_and_sources_are_no_sound() -> None:
    plain = struct.pack("!BBHII", 0x80, 8, 1, 2, 3)
    assert read(b"\x90" + plain[1:] + b"\xbe\xde\0\x01abcdSOUND") == Packet(8, False, 1, 2, 3, b"SOUND")
    assert read(b"\xa0" + plain[1:] + b"SOUND\0\0\x03") == Packet(8, False, 1, 2, 3, b"SOUND")
    assert read(b"\x81" + plain[1:] + b"csrcSOUND") == Packet(8, False, 1, 2, 3, b"SOUND")


@given(st.binary(max_size=64))
def test_no_datagram_ever_raises(data: bytes) -> None:
    packet = read(data)
    if packet is not None:
        of = stream()
        of.hear([packet])
        of.pull()


# --- audio ----------------------------------------------------------------------------------------------------------


def test_sound_comes_out_in_order_whatever_order_it_came_in() -> None:
    of = stream()
    of.hear([audio(2, 2000), audio(1, 1000), audio(3, 3000)])
    assert heard(of, 3) in ([1000, 2000, 3000], [2000, 3000, 0])  # the first packet may come after its successor
    of.hear([audio(6, 6000), audio(5, 5000), audio(4, 4000)])
    assert heard(of, 3)[-2:] == [5000, 6000]


def test_a_lost_packet_is_made_up_and_a_late_one_is_dropped() -> None:
    of = stream()
    of.hear([audio(1, 1000), audio(2, 2000), audio(4, 4000)])
    of.hear([audio(3, 3000), audio(4, 4000)])
    assert heard(of, 4) == [1000, 2000, 2000, 4000]
    assert of.lost == 1


def test_packets_of_any_length_become_ticks() -> None:
    for size in (80, 160, 240, 480):
        of = stream()
        for number in range(960 // size):
            of.hear([audio(number, 1000, size=size)])
        assert heard(of, 6) == [1000] * 6


def test_another_ssrc_is_believed_when_it_stays() -> None:
    of = stream()
    of.hear([audio(1), audio(2)])
    of.hear([audio(900, 9000, ssrc=666)])
    of.hear([audio(3)])
    for number in range(STRANGERS):
        of.hear([audio(500 + number, 5000, ssrc=8)])
    assert 9000 not in heard(of, 3)
    assert heard(of, 1) == [0] or of.rejected == STRANGERS
    of.hear([audio(503, 5000, ssrc=8), audio(504, 5000, ssrc=8)])
    assert 5000 in [*heard(of, 3)]


def test_sound_is_taken_from_one_source_until_it_falls_silent() -> None:
    of = stream()
    nat, other = ("127.0.0.2", 44_444), ("127.0.0.2", 55_555)
    assert not of.admits(("127.0.0.9", 30_000))
    assert of.admits(nat)
    assert of.remote == nat  # we answer where it comes from
    assert not of.admits(other)
    for _ in range(RELATCH_TICKS):
        of.hear([])
    assert of.admits(other)


def test_the_tail_of_another_call_does_not_keep_out_whom_the_description_names() -> None:
    """Its packets came first; the described source is heard at once, with keys older than those of the tail."""
    of = stream()
    tail, late = ("127.0.0.2", 44_444), event(20_000, 800, end=True)
    assert of.admits(tail)
    assert of.hear([audio(200), late]) == [KeyDown(5), KeyUp(5, 100)]
    assert of.admits(FAR)
    assert of.remote == FAR
    assert not of.admits(tail)
    assert of.hear([event(4_000, 800, code=1, end=True), audio(25, 5000)]) == [KeyDown(1), KeyUp(1, 100)]
    assert of.hear([audio(26, 5000), audio(27, 5000)]) == []
    assert 5000 in [*heard(of, 4)]


def test_a_key_whose_packets_are_late_has_no_hole_that_makes_two_of_it() -> None:
    buffer = JitterBuffer()
    key = np.full(160, 4000, np.int16)
    said = []
    for arrived in (1, 1, 1, 0, 0, 0, 4, 1, 1):
        for _ in range(arrived):
            buffer.push(key)
        said.append(int(buffer.pull()[0]))
    assert said == [0, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000]
    assert buffer.concealed == 2


def test_a_caller_who_falls_silent_fades_away() -> None:
    buffer = JitterBuffer()
    for _ in range(2):
        buffer.push(np.full(160, 4000, np.int16))
    assert [int(buffer.pull()[0]) for _ in range(8)] == [4000, 4000, 4000, 4000, 2000, 1000, 0, 0]


def test_a_burst_after_a_standstill_is_heard_whole() -> None:
    """A second of packets at once, a key in the middle of it."""
    buffer = JitterBuffer()
    for number in range(30):
        buffer.push(np.full(160, 8000 if 12 <= number < 17 else 0, np.int16))
    said = [int(buffer.pull()[0]) for _ in range(30)]
    assert said.count(8000) == 5
    assert buffer.slips > 10  # the delay is taken back where it is quiet


def test_a_buffer_is_never_longer_than_a_second() -> None:
    buffer = JitterBuffer()
    for _ in range(500):
        buffer.push(np.full(160, 8000, np.int16))
    assert len(buffer) == CAP_FRAMES
    assert buffer.dropped == 450


# --- keys -----------------------------------------------------------------------------------------------------------


def test_a_key_is_told_once_with_its_length() -> None:
    reader = EventReader()
    packets = [event(1600, n * 160, end=n == 5) for n in (1, 2, 3, 4, 5, 5, 5)]
    told = [fact for packet in packets for fact in reader.packet(packet)]
    assert told == [KeyDown(5), KeyUp(5, 100)]


def test_a_key_whose_beginning_or_end_was_lost_is_a_key() -> None:
    reader = EventReader()
    assert reader.packet(event(1600, 800, end=True)) == [KeyDown(5), KeyUp(5, 100)]
    assert reader.packet(event(8000, 160, code=6)) == [KeyDown(6)]
    told = [fact for _ in range(EVENT_LOST_TICKS + 1) for fact in reader.tick()]
    assert told == [KeyUp(6, 20)]


def test_the_same_key_twice_is_two_keys_and_late_packets_are_none() -> None:
    reader = EventReader()
    reader.packet(event(1600, 800, end=True))
    assert reader.packet(event(4800, 160)) == [KeyDown(5)]
    assert reader.packet(event(1600, 800, end=True)) == []
    assert reader.packet(event(8000, 160, code=3)) == [KeyUp(5, 20), KeyDown(3)]
    assert reader.packet(event(8000, 160, code=77)) == []


def test_keys_we_press_are_read_by_our_own_reader_and_end_three_times() -> None:
    sender, reader = Sender(1, 1, 1000), EventReader()
    for code in (1, 2):
        sender.press(code, on_ticks=3, rest_ticks=2)
    ticks = []
    while sender.pressing:
        ticks.append([packet for data in sender.event(101) if (packet := read(data))])
    assert [len(packets) for packets in ticks] == [1, 1, 3, 0, 0] * 2
    told = [fact for packets in ticks for packet in packets for fact in reader.packet(packet)]
    assert told == [KeyDown(1), KeyUp(1, 60), KeyDown(2), KeyUp(2, 60)]
    after = read(sender.audio(8, b""))
    assert after is not None
    assert after.timestamp == 1000 + 10 * 160
    assert after.marker


@pytest.mark.parametrize("law", list(Law))
def test_both_laws_are_heard(law: Law) -> None:
    of = stream(Media(remote=FAR, law=law, event_payload=None, sending=True, receiving=True))
    codes = (g711.alaw_encode if law is Law.PCMA else g711.ulaw_encode)(np.full(320, 4000, np.int16)).tobytes()
    of.hear([Packet(law.value, False, n, n * 160, 1, codes[:160]) for n in range(2)])
    assert abs(int(of.pull()[0]) - 4000) < 200
