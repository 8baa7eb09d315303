"""Whatever a modem sends, whatever the house wants: the session neither raises nor grows."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.base import Hook, LineFault, LineOk
from drivers.modem.plan import ModemPlan
from drivers.modem.session import Session, State

WORDS = (
    b"\r\nOK\r\n", b"\r\nERROR\r\n", b"\r\nCONNECT\r\n", b"\r\nVCON\r\n", b"\r\nRING\r\n", b"\r\nNO CARRIER\r\n",
    b"\r\nBUSY\r\n", b"\r\nNMBR=13800138000\r\n", b"\x10\x03", b"\x10\x10", b"\x10b", b"\x10/", b"\x105", b"\x10~",
    b"\x10R", b"\x10l", b"\x10L", b"\x10q", b"\x10u", b"\x10X", b"\x10.", b"\x10", b"\x80" * 160,
)  # fmt: skip
STEPS = st.one_of(
    st.sampled_from(WORDS),
    st.binary(max_size=200),
    st.sampled_from(["off", "on", "loud", "lost", "plugged", "wait", "dial"]),
)


@settings(max_examples=150, deadline=None)
@given(story=st.lists(STEPS, max_size=60), soundcard=st.booleans())
def test_no_story_breaks_a_session(story: list[bytes | str], *, soundcard: bool) -> None:
    session = Session(ModemPlan(name="m", soundcard=soundcard), 0)
    at, faults = 0, 0
    session.plugged(at)
    for step in story:
        match step:
            case bytes():
                session.received(step, at)
            case "off":
                session.hook(Hook.OFF)
            case "on":
                session.hook(Hook.ON)
            case "loud":
                session.speak(np.full(160, 9000, np.int16))
            case "lost":
                session.lost("gone", at)
            case "plugged":
                session.plugged(at)
            case "dial":
                session.dial("114", pulse=False)
            case "wait":
                for _ in range(100):
                    at += 160
                    session.tick(at)
        at += 160
        session.tick(at)
        assert session.hear().shape == (160,)
        for fact in session.facts():
            faults += isinstance(fact, LineFault)
            faults -= isinstance(fact, LineOk)
            assert 0 <= fact.at <= at
            assert faults in {0, 1}  # told once, taken back once
        assert len(session.outgoing()) < 20_000
        assert session.state in State
    assert bool(session.fault) == bool(faults)


def test_what_the_caller_dialled_stands_in_no_sentence() -> None:
    session = Session(ModemPlan(name="m"), 0)
    session.hook(Hook.OFF)
    session.dial("13800138000", pulse=False)
    assert session._to_dial is not None
    assert "138" not in session._to_dial.words
