"""Whatever people and houses do, and in whichever order: the exchange keeps its books."""

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from drivers.base import Hook
from dsp.tones import Generator, keys
from simulator import subscriber_line
from simulator.dial_plan import DialPlan, Fate, Route
from simulator.exchange import Exchange
from simulator.line_model import CallerIdSystem, LineModel, Release
from simulator.line_states import Alerting, Ringing, Talking, Tripping
from simulator.line_tones import LineTone
from simulator.telephone import CallerState

PLAN = DialPlan(
    (
        ("1", Route(fate=Fate.ANSWER, rings=0)),
        ("2", Route(fate=Fate.ANSWER, rings=0, talk_s=0.3)),
        ("3", Route(fate=Fate.NO_ANSWER)),
        ("4", Route(fate=Fate.ANNOUNCEMENT)),
        ("81", Route(fate=Fate.LINE, line=1)),
        ("82", Route(fate=Fate.LINE, line=2)),
        ("83", Route(fate=Fate.LINE, line=3)),
    )
)
MODELS = (
    LineModel(dial_tone_delay_s=0.0, routing_s=0.0, loop_drop_ms=100, busy_s=0.3, announcement_s=0.3),
    LineModel(dial_tone_delay_s=0.0, routing_s=0.0, seize_ms=100, polarity_reversal=True, release=Release.SILENCE),
    LineModel(dial_tone_delay_s=0.0, routing_s=0.0, caller_id=CallerIdSystem.DTMF, release=Release.DIAL, rotary=True),
)
DEEDS = [
    *("dial", "dial other", "hang up", "hang up called", "lift", "off hook", "on hook"),
    *("cut", "restore", "splash", "parallel off", "parallel on", "1", "2", "3", "4", "81", "82", "83"),
]


def do(exchange: Exchange, deed: str, port: int) -> None:
    match deed:
        case "dial":
            exchange.dial(port)
        case "dial other":
            exchange.dial(port, exchange.called((port + 1) % 3))
        case "hang up":
            exchange.hang_up(exchange.handset(port))
        case "hang up called":
            exchange.hang_up(exchange.called(port))
        case "lift":
            exchange.lift(exchange.called(port))
        case "off hook" | "on hook":
            exchange.hook(port, Hook.OFF if deed == "off hook" else Hook.ON)
        case "cut":
            exchange.cut(port)
        case "restore":
            exchange.restore(port)
        case "splash":
            exchange.splash(port, 200)
        case "parallel off" | "parallel on":
            exchange.parallel(port, Hook.OFF if deed == "parallel off" else Hook.ON)


def books_are_right(exchange: Exchange) -> None:
    calls = exchange._calls
    assert len({id(call.telephone) for call in calls}) == len(calls)  # a telephone is in one call
    for port, state in enumerate(exchange._states):
        here = [call.state for call in calls if call.port == port]
        talking, ringing = here.count(CallerState.TALKING), here.count(CallerState.RINGING)
        assert talking == isinstance(state, Talking), (port, state, here)
        assert here.count(CallerState.CALLING) == isinstance(state, Ringing | Tripping), (port, state, here)
        assert ringing == isinstance(state, Alerting), (port, state, here)
        assert (port in exchange._receivers.ports) == subscriber_line.listens(state)
        assert isinstance(exchange.tone(port), LineTone)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@example(
    [("dial", 2, 0), ("dial", 2, 0), ("on hook", 0, 12), ("on hook", 0, 12), ("on hook", 0, 12), ("on hook", 0, 90)]
)
@example([("dial", 2, 0), ("splash", 2, 12), ("on hook", 0, 90)])
@example([("dial", 2, 0), ("off hook", 2, 0), ("1", 2, 0)])
@given(st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 2), st.integers(0, 12)), max_size=25))
def test_lines_and_telephones_agree_after_whatever_was_done(deeds: list[tuple[str, int, int]]) -> None:
    exchange = Exchange(MODELS, np.random.default_rng(1), dial_plan=PLAN)
    spoken = np.zeros((3, 160), np.int16)
    for deed, port, ticks in deeds:
        do(exchange, deed, port)
        keyed = list(keys(deed)) if deed.isdecimal() else []
        generator = Generator(keyed)
        for _ in range(ticks + sum(part.length for part in keyed) // 160):
            spoken[port] = generator.pull()
            exchange.step(spoken)
            books_are_right(exchange)
        spoken[:] = 0
