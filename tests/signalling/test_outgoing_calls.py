"""The house calls: what it hears of a simulated exchange and when, on a good line and at -30 dBm0 with 18 dB SNR."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from drivers.base import Hook
from dsp.detections import ToneOn
from signalling.outgoing_bench import BAD, GOOD, HIGH, LOW, OutgoingBench
from simulator.announcement import announcement
from simulator.exchange import Exchange
from simulator.line_model import DialTone, LineModel, Release
from simulator.outgoing import Outcome, Script
from simulator.telephone import CallerState

SUBSCRIBER = "80012345"
LINES = pytest.mark.parametrize("line", [GOOD, BAD], ids=["good", "bad"])
TALKING = Script(number=SUBSCRIBER, voice_answers=True, talk_s=30.0)


def says_hello(exchange: Exchange) -> None:
    exchange.called(0).say(announcement()[:9600])  # 1.2 s


def hangs_up(exchange: Exchange) -> None:
    exchange.hang_up(exchange.called(0))


REFUSALS = {
    "6001": """
        0.02  seized
        1.52  dial
        2.10  dialled
        3.56  busy
        3.56  on hook: busy
    """,
    "6002": """
        0.02  seized
        1.52  dial
        2.10  dialled
        4.60  congestion
        4.60  on hook: congestion
    """,
    "6003": """
        0.02  seized
        1.52  dial
        2.10  dialled
        3.50  vacant
        3.50  on hook: vacant
    """,
    "6004": """
        0.02  seized
        1.52  dial
        2.10  dialled
        2.52  voice
        3.70  voice ended
        3.88  voice
        5.30  voice ended
        5.48  voice
        6.42  voice ended
        7.56  busy
        7.56  on hook: busy
    """,
}


@LINES
@pytest.mark.parametrize("number", REFUSALS)
def test_a_number_that_is_refused_says_why(number: str, line: LineModel) -> None:
    OutgoingBench(line).call(Script(number=number)).run().expect(REFUSALS[number])


@pytest.mark.parametrize("line", [LOW, HIGH], ids=["low and fast", "high and slow"])
@pytest.mark.parametrize("number", REFUSALS)
def test_an_exchange_at_the_edge_of_the_standard_is_understood(number: str, line: LineModel) -> None:
    """450 ± 25 Hz, durations ± 10 %, at -30 dBm0 with 18 dB SNR; tones are certain some tenths earlier or later."""
    OutgoingBench(line).call(Script(number=number)).run().expect(REFUSALS[number], within_s=0.4)


@LINES
def test_nobody_answers(line: LineModel) -> None:
    OutgoingBench(line).call(Script(number="6005", answer_wait_s=12.0)).run().expect("""
        0.02  seized
        1.52  dial
        2.10  dialled
        3.98  ringback
       14.10  on hook: no answer
    """)


@LINES
def test_an_answer_is_certain_where_polarity_is_reversed_and_so_is_the_release(line: LineModel) -> None:
    bench = OutgoingBench(replace(line, polarity_reversal=True, dial_tone_delay_s=2.0))
    bench.call(Script(number=SUBSCRIBER, talk_s=30.0)).at(12.0, says_hello).at(15.0, hangs_up).run().expect("""
        0.02  seized
        3.22  dial
        4.36  dialled
        6.24  ringback
       11.26  answered
       12.06  voice
       13.20  voice ended
       15.02  released
       15.02  on hook: far end cleared
    """)


@LINES
def test_without_reversal_a_voice_is_all_that_tells_the_answer_and_busy_tone_the_end(line: LineModel) -> None:
    bench = OutgoingBench(line)
    bench.call(TALKING).at(12.0, says_hello).at(15.0, hangs_up).run().expect("""
        0.02  seized
        1.52  dial
        2.66  dialled
        4.54  ringback
       12.06  voice
       13.20  voice ended
       16.08  busy
       16.08  on hook: far end cleared
    """)


@LINES
@pytest.mark.parametrize(
    ("change", "end"),
    [
        ({"loop_drop_ms": 400}, "15.02  loop open"),
        ({"release": Release.DIAL}, "16.20  dial"),
        ({"busy_cut_ms": 200}, "16.22  busy"),
    ],
    ids=["loop drop", "dial tone", "busy tone from the middle of a burst"],
)
def test_the_far_end_clears_in_the_manner_of_the_line(line: LineModel, change: dict[str, object], end: str) -> None:
    bench = OutgoingBench(replace(line, **change))  # type: ignore[arg-type]
    bench.call(TALKING).at(12.0, says_hello).at(15.0, hangs_up).run().expect(f"""
        0.02  seized
        1.52  dial
        2.66  dialled
        4.54  ringback
       12.06  voice
       13.20  voice ended
       {end}
       {end.split(maxsplit=1)[0]}  on hook: far end cleared
    """)


@LINES
def test_a_far_end_that_clears_in_silence_is_found_by_the_silence(line: LineModel) -> None:
    script = replace(TALKING, silence_s=4.0)
    bench = OutgoingBench(replace(line, release=Release.SILENCE))
    bench.call(script).at(12.0, says_hello).at(14.0, hangs_up).run().expect("""
        0.02  seized
        1.52  dial
        2.66  dialled
        4.54  ringback
       12.06  voice
       13.20  voice ended
       17.20  on hook: far end cleared
    """)


@LINES
def test_special_dial_tone_invites_to_dial_too(line: LineModel) -> None:
    bench = OutgoingBench(replace(line, dial_tone=DialTone.SPECIAL)).call(Script(number="6001")).run()
    bench.expect("""
        0.02  seized
        1.18  special_dial
        1.76  dialled
        3.22  busy
        3.22  on hook: busy
    """)


def test_a_disc_dials_where_the_exchange_serves_it() -> None:
    bench = OutgoingBench(replace(BAD, rotary=True)).call(Script(number="6001", pulse=True)).run()
    bench.expect("""
        0.02  seized
        1.52  dial
        6.60  dialled
        7.86  busy
        7.86  on hook: busy
    """)


def test_where_it_does_not_a_disc_hangs_up() -> None:
    bench = OutgoingBench(BAD).call(Script(number="6001", pulse=True, answer_wait_s=2.0)).run()
    assert bench.outcome() in {Outcome.NO_ANSWER, Outcome.NOT_TAKEN}


def test_without_dial_tone_nothing_is_dialled() -> None:
    OutgoingBench(replace(BAD, dial_tone=DialTone.NONE)).call(Script(number="6001")).run().expect("""
        0.02  seized
        5.02  on hook: no dial tone
    """)


def test_a_call_that_comes_while_we_seize_is_glare_and_is_ours() -> None:
    """The exchange notices after 200 ms that we lifted; the caller who dialled before hears us."""
    bench = OutgoingBench(replace(BAD, seize_ms=200))
    bench.call(Script(number="6001")).at(0.1, lambda exchange: exchange.dial(0)).run(2.0).expect("""
        0.02  seized
        0.12  ring
    """)
    assert bench.outcome() is Outcome.GLARE


def test_a_glared_call_is_connected_when_the_ring_current_trips() -> None:
    """And the call on the other line goes its way."""
    bench = OutgoingBench(replace(GOOD, seize_ms=200), GOOD)
    states: list[CallerState] = []

    def look(exchange: Exchange) -> None:
        states.append(exchange.caller(exchange.handset(0))[0])

    bench.call(Script(number="6001")).call(Script(number="6001"), port=1)
    bench.at(0.1, lambda exchange: exchange.dial(0)).at(0.14, look).at(0.3, look).run()
    assert states == [CallerState.CALLING, CallerState.TALKING]
    assert bench.outcome(1) is Outcome.BUSY


def test_digits_that_do_not_come_end_in_busy_tone_then_howler_then_silence() -> None:
    """The first burst of the busy tone passes for dial tone that ends late."""
    line = replace(BAD, dial_tone_s=5.0, busy_s=6.0, howler_s=4.0)
    bench = OutgoingBench(line)
    bench.exchange.hook(0, Hook.OFF)
    heard = [(d.tone, round(d.start / 8000, 1)) for d in tones_of(bench, 20.0)]
    assert heard == [("dial", 0.3), ("busy", 6.0), ("howler", 11.3)]


def tones_of(bench: OutgoingBench, seconds: float) -> Iterator[ToneOn]:
    silence = np.zeros((1, 160), np.int16)
    for _ in range(round(seconds * 50)):
        for found in bench.desk.ears.hear(bench.exchange.step(silence)[0]):
            if isinstance(found, ToneOn):
                yield found
