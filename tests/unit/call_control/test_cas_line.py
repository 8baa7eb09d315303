"""A trunk of China No.1, bit by bit and signal by signal, with nobody else in the house."""

from collections.abc import Iterable

import pytest

from cti_core.call_control import cas, cas_line
from cti_core.call_control.actions import Tell
from cti_core.call_control.cas import Direction
from cti_core.call_control.cas_states import (
    Arrived,
    Blocked,
    CasPlan,
    Connected,
    Doing,
    Proceeding,
    Receiving,
    Releasing,
    Resting,
    Seizing,
    Sending,
    Trunk,
    Yielding,
    deadline,
)
from cti_core.call_control.cas_words import (
    CalledHeard,
    CasHeard,
    ListenToRegister,
    Mfc,
    SendSignal,
    SetCas,
    SignalEnded,
    SignalHeard,
)
from cti_core.call_control.clock import Instant, after
from cti_core.call_control.csta import Cause
from cti_core.call_control.events import (
    AlarmNoticed,
    AlarmOver,
    CallerIdHeard,
    LineFailed,
    LineRestored,
    SetLineService,
)
from cti_core.call_control.ids import CallId, LineId
from cti_core.call_control.line_states import Clearing, Failed, Idle, OutOfService, Reserved
from cti_core.call_control.notes import (
    DeadlinePassed,
    Disregarded,
    LineAlerting,
    LineAnswered,
    LineCleared,
    LineDialled,
    LineLost,
    LineRang,
    LineSeized,
    ReleaseLine,
    ReserveLine,
    SeizeLine,
)
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.register import LengthPlan
from cti_core.call_control.register_reading import IncomingPlan
from cti_core.call_control.trace import Send

L1 = LineId(1)
CALL, FRESH = CallId("t-1"), CallId("t-2")
PLAN = CasPlan(
    line=L1, incoming=IncomingPlan(lengths=LengthPlan((("", 2),)), ask_caller_after=0), number=PhoneNumber("5")
)
SPEED_S = 0.1  # from one beat of a register to the next


class Life:
    """A trunk that lives through events; `said` is what it told the far end, `notes` the house."""

    def __init__(self, doing: Doing | None = None, far: str = "1011") -> None:
        self.trunk = Trunk(doing or Idle(), cas.bits(far))
        self.now = Instant(0)
        self.said: list[str] = []
        self.notes: list[object] = []

    def takes(self, event: cas_line.Event) -> "Life":
        self.trunk, outs = cas_line.step(self.trunk, event, self.now, PLAN, FRESH)
        for out in outs:
            match out:
                case SetCas(_, bits):
                    self.said.append(cas.text_of(bits))
                case SendSignal(_, signal):
                    self.said.append(f"{signal.direction[0]}{signal.reveal()}")
                case ListenToRegister(_, direction):
                    self.said.append(f"listen {direction}")
                case Send(_, note):
                    self.notes.append(note)
                case _:
                    assert not isinstance(out, Disregarded), out
        return self

    def bits(self, text: str) -> "Life":
        return self.takes(CasHeard(L1, cas.bits(text)))

    def signals(self, numbers: Iterable[int], direction: Direction) -> "Life":
        for number in numbers:
            self.passes(SPEED_S)
            self.takes(SignalHeard(L1, Mfc(direction, number)))
            self.passes(SPEED_S)
            self.takes(SignalEnded(L1, direction))
        return self

    def passes(self, seconds: float) -> "Life":
        end = after(self.now, seconds)
        while (due := deadline(self.trunk.doing)) is not None and due <= end:
            self.now = due
            self.takes(DeadlinePassed())
        self.now = end
        return self

    @property
    def doing(self) -> Doing:
        return self.trunk.doing


def seized() -> Life:
    return Life().takes(ReserveLine(CALL)).takes(SeizeLine(PhoneNumber("12")))


def answered_for_us() -> Life:
    return seized().bits("1111").signals([1, 6, 1, 1, 3, 1], Direction.BACKWARD).bits("0111")


NUMBER = [1, 2, 3, 5, 15, 3]  # called 12, category 3, caller 5 and its end, service 3


def test_a_call_comes_with_both_numbers_is_answered_and_cleared() -> None:
    life = Life().bits("0011")
    assert isinstance(life.doing, Receiving)
    life.signals(NUMBER, Direction.FORWARD)
    assert isinstance(life.doing, Arrived)
    life.passes(0.15)
    assert life.doing == Connected(call=FRESH, ours=False, until=life.doing.until)  # type: ignore[union-attr]
    assert life.said == [
        *("1111", "listen forward"),
        *("b1", "b6", "b1", "b1", "b3", "b1"),
        *("listen None", "0111"),
    ]
    assert life.notes == [
        LineRang(L1),
        CalledHeard(L1, PhoneNumber("12")),
        CallerIdHeard(line=L1, number=PhoneNumber("5")),
        LineAnswered(L1),
    ]
    life.bits("1011")
    assert life.doing == Resting(until=after(life.now, 0.1), then=Idle())
    assert life.said[-1] == "1011"
    assert life.notes[-1] == LineCleared(L1, Cause.NORMAL_CLEARING)
    assert life.passes(0.1).doing == Idle()


@pytest.mark.parametrize(
    ("told", "absence"), [([1, 2, 3, 12, 3], "P"), ([1, 2, 3, 15, 3], "O")], ids=["withheld", "unknown"]
)
def test_a_caller_without_a_number(told: list[int], absence: str) -> None:
    life = Life().bits("0011").signals(told, Direction.FORWARD)
    assert CallerIdHeard(line=L1, number=None, absence=absence) in life.notes


def test_a_caller_who_hangs_up_in_the_middle_of_the_number() -> None:
    """Our answer stops at once; the trunk is free for callers at once, and for us in a moment."""
    life = Life().bits("0011").signals([1], Direction.FORWARD)
    life.takes(SignalHeard(L1, Mfc(Direction.FORWARD, 2))).bits("1011").passes(0.1)
    assert life.doing == Idle()
    assert life.said[-2:] == ["listen None", "1011"]
    assert life.notes == [LineRang(L1), LineCleared(L1, Cause.CALL_CANCELLED)]


def test_a_number_that_stops_in_the_middle_is_refused_then_the_trunk_is_freed_by_force_then_blocked() -> None:
    """15 s without a signal; the far end neither hears the A4 pulse nor obeys the forced release."""
    life = Life().bits("0011").signals([1], Direction.FORWARD)
    life.passes(15.1)
    assert life.said[-1] == "b4"
    life.passes(0.2)
    assert life.doing == Releasing(until=life.doing.until, forced=False)  # type: ignore[union-attr]
    assert life.notes[-1] == LineCleared(L1, Cause.NETWORK_SIGNAL)
    life.passes(3.0)
    assert life.said[-1] == "0011"
    life.passes(3.1)
    assert life.doing == Blocked("the far end signals 0011")
    assert life.said[-1] == "1011"
    life.bits("1011")
    assert life.doing == Idle()


def test_the_house_hangs_up_and_the_far_end_clears() -> None:
    life = Life(Connected(call=CALL, ours=False, until=after(Instant(0), 100)), far="0011")
    life.takes(ReleaseLine(Cause.NORMAL_CLEARING))
    assert life.said == ["1111"]
    assert life.notes == [LineCleared(L1, Cause.NORMAL_CLEARING)]
    life.passes(30).bits("1011").passes(0.1)
    assert life.doing == Idle()
    assert life.said == ["1111", "1011"]


def test_a_far_end_that_does_not_clear_is_forced_to_after_a_minute() -> None:
    life = Life(Connected(call=CALL, ours=False, until=after(Instant(0), 100)), far="0011")
    life.takes(ReleaseLine(Cause.NORMAL_CLEARING)).passes(60.1)
    assert life.said == ["1111", "0011"]
    assert life.bits("1011").passes(0.1).doing == Idle()


def test_the_next_caller_may_come_into_the_release_guard() -> None:
    """Only we wait."""
    life = Life(Connected(call=CALL, ours=False, until=after(Instant(0), 100)), far="0011").bits("1011").passes(0.02)
    assert isinstance(life.bits("0011").doing, Receiving)
    assert life.said == ["1011", "1111", "listen forward"]


def test_a_call_of_ours_goes_out_with_our_number_and_is_answered_for_sure() -> None:
    life = seized()
    assert isinstance(life.doing, Seizing)
    life.bits("1111")
    assert isinstance(life.doing, Sending)
    assert life.said == ["0011", "listen backward", "f1"]
    life.signals([1, 6, 1, 1, 3, 1], Direction.BACKWARD)
    assert life.said[3:] == ["f2", "f1", "f5", "f15", "f3", "listen None"]
    assert isinstance(life.doing, Proceeding)
    assert life.notes[1:] == [LineSeized(L1), LineDialled(L1), LineAlerting(L1)]
    life.passes(7).bits("0111")
    assert isinstance(life.doing, Connected)
    assert life.notes[-1] == LineAnswered(L1)


def test_an_answer_that_overtakes_the_last_signal_counts() -> None:
    life = seized().bits("1111").signals([1, 6, 1, 1, 3], Direction.BACKWARD).passes(SPEED_S)
    life.takes(SignalHeard(L1, Mfc(Direction.BACKWARD, 1))).bits("0111").passes(SPEED_S)
    life.takes(SignalEnded(L1, Direction.BACKWARD))
    assert isinstance(life.doing, Connected)
    assert life.notes[-2:] == [LineAlerting(L1), LineAnswered(L1)]


def test_the_called_party_hangs_up_and_the_trunk_waits_for_its_release_guard() -> None:
    life = answered_for_us().bits("1111")
    assert isinstance(life.doing, Clearing)
    assert life.said[-1] == "1011"
    assert life.notes[-1] == LineCleared(L1, Cause.NORMAL_CLEARING)
    assert life.bits("1011").doing == Idle()


@pytest.mark.parametrize(
    ("answers", "cause"),
    [
        ([1, 6, 1, 1, 3, 2], Cause.BUSY),
        ([1, 6, 1, 1, 3, 5], Cause.NUMBER_UNALLOCATED),
        ([4], Cause.NETWORK_CONGESTION),
        ([5], Cause.NUMBER_UNALLOCATED),
    ],
)
def test_a_number_that_is_refused_says_why(answers: list[int], cause: Cause) -> None:
    life = seized().bits("1111").signals(answers, Direction.BACKWARD)
    assert isinstance(life.doing, Clearing)
    assert life.notes[-1] == LineCleared(L1, cause)


def test_a_far_end_without_registers_loses_the_trunk_and_the_call_hunts_on() -> None:
    life = seized().bits("1111").passes(15.1)
    assert isinstance(life.doing, Clearing)
    assert life.notes[-1] == LineLost(L1, "fault")
    life.passes(3.1)
    assert life.doing == Blocked("blocked by the far end")


def test_a_seizure_that_is_not_acknowledged_is_an_alarm_until_one_is() -> None:
    life = seized().passes(2.1)
    assert life.doing == Idle()
    assert life.said == ["0011", "1011"]
    noticed, lost = life.notes
    assert isinstance(noticed, AlarmNoticed)
    assert lost == LineLost(L1, "fault")
    life.takes(ReserveLine(CALL)).takes(SeizeLine(PhoneNumber("12"))).bits("1111")
    assert life.notes[-1] == AlarmOver(alarm=noticed.alarm, line=L1)


def test_keys_that_no_register_has_are_not_dialled() -> None:
    life = Life().takes(ReserveLine(CALL)).takes(SeizeLine(PhoneNumber("1*")))
    assert life.doing == Idle()
    assert life.said == []
    assert life.notes == [LineLost(L1, "undialable")]


def test_a_caller_comes_before_a_call_of_ours_that_waits_for_its_agent() -> None:
    life = Life().takes(ReserveLine(CALL)).bits("0011")
    assert isinstance(life.doing, Receiving)
    assert life.notes == [LineRang(L1), LineLost(L1, "glare")]


def test_both_seize_and_both_yield() -> None:
    """Each has seen the other's seizure for 100 ms."""
    life = seized().bits("0011")
    assert isinstance(life.doing, Yielding)
    assert life.notes == [LineLost(L1, "glare")]
    life.passes(0.05)
    assert life.said == ["0011"]
    life.passes(0.06)
    assert life.said == ["0011", "1011"]
    assert life.bits("1011").doing == Idle()


def test_both_seize_and_who_insists_has_the_trunk() -> None:
    life = seized().bits("0011").passes(0.35)
    assert isinstance(life.doing, Receiving)
    assert life.said == ["0011", "1011", "1111", "listen forward"]


def test_a_blocked_trunk_carries_nothing_until_it_is_unblocked() -> None:
    life = Life().bits("1111")
    assert life.doing == Blocked("blocked by the far end")
    assert life.bits("1011").doing == Idle()


def test_a_far_end_of_another_plan_says_so_in_the_reason() -> None:
    assert Life().bits("1001").doing == Blocked("the far end signals 1001")


def test_an_operator_blocks_the_trunk_and_gives_it_back() -> None:
    life = Life().takes(SetLineService(L1, in_service=False))
    assert (life.doing, life.said) == (OutOfService("operator"), ["1111"])
    life.takes(SetLineService(L1, in_service=True))
    assert (life.doing, life.said) == (Idle(), ["1111", "1011"])


def test_a_block_during_a_call_comes_behind_its_release_guard() -> None:
    """100 ms later: idle bits that nobody could see would not be there."""
    life = Life(Connected(call=CALL, ours=False, until=after(Instant(0), 100)), far="0011")
    life.takes(SetLineService(L1, in_service=False)).bits("1011")
    assert life.said == ["1011"]
    life.passes(0.1)
    assert (life.doing, life.said) == (OutOfService("operator"), ["1011", "1111"])


@pytest.mark.parametrize(
    ("life", "note"),
    [
        (Life().bits("0011"), LineCleared(L1, Cause.LINE_LOST)),
        (answered_for_us(), LineCleared(L1, Cause.LINE_LOST)),
        (seized(), LineLost(L1, "fault")),
        (Life(Reserved(call=CALL, until=after(Instant(0), 100))), LineLost(L1, "fault")),
    ],
    ids=["number comes in", "in a call of ours", "seizing", "reserved"],
)
def test_a_fault_ends_whatever_is_on_the_trunk(life: Life, note: object) -> None:
    """An old seizure that still stands when the trunk is back is no call: the far end clears it first."""
    life.takes(LineFailed(L1, "red alarm"))
    assert life.doing == Failed("red alarm")
    assert life.notes[-1] == note
    stands = life.trunk.far
    life.takes(LineRestored(L1))
    assert isinstance(life.doing, Idle if cas.text_of(stands) == "1011" else Blocked)
    assert life.bits("1011").doing == Idle()


def test_digits_of_people_are_in_no_text() -> None:
    assert str(Mfc(Direction.FORWARD, 7)) == "forward •"
    assert str(Mfc(Direction.FORWARD, 15)) == "forward 15"
    assert str(Mfc(Direction.BACKWARD, 6)) == "backward 6"
    life = Life().bits("0011").signals([1, 2, 1, 9], Direction.FORWARD)
    shown = repr(life.trunk)
    assert "9" not in shown.replace(str(deadline(life.doing)), "")
    assert "7" not in repr(SignalHeard(L1, Mfc(Direction.FORWARD, 7)))


def test_each_new_word_is_told_to_the_screens() -> None:
    _, outs = cas_line.step(Trunk(), CasHeard(L1, cas.bits("0011")), Instant(0), PLAN, FRESH)
    assert [out.report.state for out in outs if isinstance(out, Tell)] == ["ringing"]  # type: ignore[union-attr]
