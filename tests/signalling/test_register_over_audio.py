"""Register signalling as sound: our two ends, bad lines between them, and spandsp's R2 transmitter and receiver as far end."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.register import Done, Failed, Failure, LengthPlan, Result
from cti_core.call_control.register_outgoing import OutgoingCall
from cti_core.call_control.register_reading import IncomingPlan
from signalling.line_of_sound import BACKWARD, FORWARD, OurVoice, Wire
from signalling.sound_pair import OurEar, SoundPair
from signalling.spandsp_r2 import SpandspEar, SpandspVoice

CALLED, CALLER = "80654321", "13912345678"
CALL = OutgoingCall(called=PhoneNumber(CALLED), caller=PhoneNumber(CALLER))
PLAN = IncomingPlan(lengths=LengthPlan((("", 8),)), ask_caller_after=0)
FREE = Done(Result.FREE)
SIGNALS = 22  # 8 called digits, KA, 11 of the caller, I-15, KD


def both(**wire: object) -> dict[str, Wire]:
    return {"forward": Wire(**wire), "backward": Wire(**wire)}  # type: ignore[arg-type]


BEATS = 4 * SIGNALS
TICK_S = 0.02
LATE_BEATS = 0.05  # a tone that begins or ends on the edge of two windows is told a tick later: one beat in twenty


@pytest.mark.parametrize(("delay", "ticks_a_beat"), [(0, 1), (40, 1), (80, 2), (160, 2)])
def test_a_call_with_8_called_and_11_caller_digits_is_right_and_fast(delay: int, ticks_a_beat: int) -> None:
    """Delays in samples, up to 20 ms one way: four beats of one or two ticks a signal; 4.4 s is the limit."""
    pair = SoundPair(CALL, PLAN, **both(delay=delay)).run()
    assert pair.numbers() == (CALLED, CALLER)
    assert (pair.outgoing, pair.incoming) == (FREE, FREE)
    assert len(pair.forward) == SIGNALS
    assert pair.took_s <= BEATS * (ticks_a_beat + LATE_BEATS) * TICK_S


LINES = [
    ("weak", {"loss_db": 18.0, "noise_dbm0": -60.0}),
    ("loud", {"loss_db": -6.0}),
    ("noisy", {"loss_db": 10.0, "noise_dbm0": -39.0}),
    ("with our own echo", {"loss_db": 12.0, "echo_db": 8.0}),
    ("by satellite", {"delay": 2160}),
]


@pytest.mark.parametrize("wire", [wire for _, wire in LINES], ids=[name for name, _ in LINES])
def test_lines_within_q455_carry_a_call(wire: dict[str, float]) -> None:
    pair = SoundPair(CALL, PLAN, **both(**wire)).run()
    assert pair.numbers() == (CALLED, CALLER)
    assert pair.outgoing == FREE


@pytest.mark.parametrize("offset_hz", [-10.0, 10.0])
def test_tones_10_hz_off_carry_a_call(offset_hz: float) -> None:
    voices = OurVoice(FORWARD, offset_hz=offset_hz), OurVoice(BACKWARD, offset_hz=-offset_hz)
    assert SoundPair(CALL, PLAN, voices=voices).run().numbers() == (CALLED, CALLER)


def test_a_pulse_is_heard_and_a_number_of_unknown_length_ends() -> None:
    pair = SoundPair(CALL, IncomingPlan(ask_caller_after=3), **both(delay=60)).run()
    assert pair.numbers() == (CALLED, CALLER)
    assert pair.backward[-2:] == [3, 1]


def test_a_far_end_that_is_silent_is_given_up() -> None:
    pair = SoundPair(CALL, PLAN, forward=Wire(holes=((0.5, 100.0),))).run()
    assert isinstance(pair.outgoing, Failed)
    assert pair.incoming == Failed(Failure.NO_FORWARD)
    assert pair.address is None


holes = st.lists(
    st.tuples(st.floats(0.0, 4.0), st.one_of(st.floats(0.003, 0.08), st.floats(0.08, 1.0))).map(
        lambda hole: (hole[0], hole[0] + hole[1])
    ),
    max_size=4,
).map(tuple)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    called=st.text("0123456789", min_size=1, max_size=6) | st.text("12", min_size=1, max_size=6),
    caller=st.text("0123456789", max_size=6) | st.text("1", max_size=6),
    known=st.booleans(),
    delay=st.integers(0, 500),
    loss_db=st.floats(-3.0, 15.0),
    noise_dbm0=st.floats(-70.0, -45.0),
    bad=holes,
    forward_is_bad=st.booleans(),
    seed=st.integers(0, 99),
)
def test_bad_lines_never_give_a_wrong_number(
    *,
    called: str,
    caller: str,
    known: bool,
    delay: int,
    loss_db: float,
    noise_dbm0: float,
    bad: tuple[tuple[float, float], ...],
    forward_is_bad: bool,
    seed: int,
) -> None:
    """Delay, loss, noise, and holes in one direction; never stuck either (`SoundPair` gives up and fails)."""
    good = Wire(delay=delay, loss_db=loss_db, noise_dbm0=noise_dbm0)
    broken = replace(good, holes=bad)
    plan = IncomingPlan(
        lengths=LengthPlan((("", len(called)),)) if known else LengthPlan(),
        ask_caller_after=1,
        loop_s=2 * delay / 8000 + 0.04,
    )
    pair = SoundPair(
        OutgoingCall(called=PhoneNumber(called), caller=PhoneNumber(caller)),
        plan,
        forward=broken if forward_is_bad else good,
        backward=good if forward_is_bad else broken,
        seed=seed,
    ).run()
    assert isinstance(pair.incoming, Failed) or pair.numbers() == (called, caller)


@pytest.mark.parametrize("delay", [0, 40, 160])
def test_we_take_a_number_from_spandsp(delay: int) -> None:
    """Its tones and its receiver at the calling end; ours answers."""
    ears = SpandspEar(BACKWARD), OurEar(FORWARD)
    voices = SpandspVoice(FORWARD), OurVoice(BACKWARD)
    pair = SoundPair(CALL, PLAN, voices=voices, ears=ears, **both(delay=delay)).run()
    assert pair.numbers() == (CALLED, CALLER)
    assert (pair.outgoing, pair.incoming, len(pair.forward)) == (FREE, FREE, SIGNALS)
    assert pair.took_s <= 4.4


@pytest.mark.parametrize("delay", [0, 40, 160])
def test_we_send_a_number_to_spandsp(delay: int) -> None:
    """Its tones and its receiver at the called end, the A3 pulse among them."""
    ears = OurEar(BACKWARD), SpandspEar(FORWARD)
    voices = OurVoice(FORWARD), SpandspVoice(BACKWARD)
    pair = SoundPair(CALL, IncomingPlan(ask_caller_after=3), voices=voices, ears=ears, **both(delay=delay)).run()
    assert pair.numbers() == (CALLED, CALLER)
    assert (pair.outgoing, pair.incoming) == (FREE, FREE)


@pytest.mark.parametrize("direction", [FORWARD, BACKWARD])
def test_every_signal_of_spandsp_is_heard_as_its_number(direction: str) -> None:
    ear, voice = OurEar(direction), SpandspVoice(direction)
    heard: list[int | None] = []
    count = 15 if direction == FORWARD else 6
    for signal in range(1, count + 1):
        for said in (signal, None):
            voice.say(said)
            for _ in range(3):
                heard += ear.hear(voice.pull())
    assert heard == [each for signal in range(1, count + 1) for each in (signal, None)]


@pytest.mark.parametrize("direction", [FORWARD, BACKWARD])
def test_spandsp_hears_every_signal_of_ours_as_its_number(direction: str) -> None:
    ear, voice = SpandspEar(direction), OurVoice(direction)
    heard: list[int | None] = []
    count = 15 if direction == FORWARD else 6
    for signal in range(1, count + 1):
        for said in (signal, None):
            voice.say(said)
            for _ in range(3):
                heard += ear.hear(voice.pull())
    assert heard == [each for signal in range(1, count + 1) for each in (signal, None)]
