"""A line whose voltage says that a telephone beside it is lifted is nobody's to seize, and comes back by itself."""

from dataclasses import dataclass, field
from typing import cast

import numpy as np
import pytest

from cti_core.call_control.clock import Instant
from cti_core.call_control.events import AlarmNoticed, AlarmOver, LineFailed, LineRestored
from cti_core.call_control.ids import LineId
from cti_core.call_control.view import HouseView, LineView
from cti_core.daemon.alarms import Alarms
from cti_core.daemon.beside import ALL_LOOKS, IN_USE, LOOKS, Beside
from drivers.base import Board, Hook, LineState, Operations, Unsupported
from simulator.board import SimulatedBoard
from simulator.exchange import Exchange
from simulator.line_model import LineModel

L1 = LineId(1)


@dataclass
class Bench:
    """One line of a board; `state` and `reason` are what the switch says of it."""

    board: object
    limit_v: float = 15.0
    state: str = "idle"
    reason: str = ""
    told: list[AlarmNoticed | AlarmOver] = field(default_factory=list)
    views: int = 0

    def __post_init__(self) -> None:
        alarms = Alarms(self.told.append)
        self.beside = Beside(cast("Board", self.board), (L1,), {L1: self.limit_v}, alarms)

    def view(self) -> HouseView:
        self.views += 1
        line = LineView(line=L1, state=self.state, reason=self.reason)
        return HouseView(at=Instant(0), lines=(line,), calls=(), agents=(), queues=())

    def looks(self, count: int = LOOKS) -> list[LineFailed | LineRestored]:
        """So many looks; the switch does what it is told."""
        events = []
        for _ in range(count):
            for event in self.beside.look(self.view):
                failed = isinstance(event, LineFailed)
                self.state, self.reason = ("outOfService", IN_USE) if failed else ("idle", "")
                events.append(event)
        return events


def simulated(volts: float = -48.0, **model: object) -> SimulatedBoard:
    models = [LineModel(battery_v=volts, **model)]  # type: ignore[arg-type]
    return SimulatedBoard(Exchange(models, np.random.default_rng(1)))


class Meter(Operations):
    """Shows what it is told."""

    def __init__(self, volts: float | None = -48.0) -> None:
        self.ports = simulated().ports
        self.volts = volts
        self.ringing = False
        self.looked = 0
        self.refuses = False

    def line_state(self, port: int) -> LineState:
        self.looked += 1
        if self.refuses:
            raise Unsupported("closed")
        return LineState(port=port, hook=Hook.ON, ringing=self.ringing, battery=True, volts=self.volts)


@pytest.mark.parametrize("volts", [-48.0, -24.0])
def test_a_telephone_beside_takes_the_line_out_and_gives_it_back(volts: float) -> None:
    """Off an exchange and off an ONU."""
    board = simulated(volts)
    bench = Bench(board)
    assert bench.looks(10) == []
    board.exchange.parallel(0, Hook.OFF)
    assert bench.looks(10) == [LineFailed(L1, IN_USE)]
    assert bench.told == [AlarmNoticed(alarm="lineInUse", detail=f"{IN_USE}: 9 V", line=L1)]
    board.exchange.parallel(0, Hook.ON)
    assert bench.looks(10) == [LineRestored(L1)]
    assert bench.told[1:] == [AlarmOver(alarm="lineInUse", line=L1)]


def test_one_look_is_none() -> None:
    meter = Meter()
    bench = Bench(meter)
    bench.looks()
    for _ in range(5):
        meter.volts = -9.0
        assert bench.looks(LOOKS - 1) == []
        meter.volts = -48.0
        assert bench.looks(1) == []


def test_a_line_in_a_call_is_low_by_our_own_loop() -> None:
    """And one that another part of the house has is left alone, however low it is."""
    meter = Meter()
    bench = Bench(meter)
    bench.looks()
    bench.state, meter.volts = "connected", -7.0
    assert bench.looks(10) == []
    bench.state = "idle"
    assert bench.looks(LOOKS - 1) == []


def test_a_cut_line_is_the_board_s_to_tell() -> None:
    meter = Meter()
    bench = Bench(meter)
    bench.looks()
    meter.volts = 0.0
    assert bench.looks(10) == []
    bench.state, bench.reason = "outOfService", "no battery"
    meter.volts = -9.0
    assert bench.looks(10) == []


def test_a_meter_that_never_showed_a_battery_is_not_believed() -> None:
    """Some cards answer with nonsense: they may not take all lines out of service."""
    assert Bench(Meter(-7.0)).looks(20) == []


def test_a_line_that_rings_is_in_nobody_s_use() -> None:
    """The meter was wrong: the line is back for the next burst, and its meter is not believed until it shows a battery."""
    meter = Meter()
    bench = Bench(meter)
    bench.looks()
    meter.volts = -9.0
    assert bench.looks() == [LineFailed(L1, IN_USE)]
    meter.ringing = True
    assert bench.looks(1) == [LineRestored(L1)]
    meter.ringing = False
    assert bench.looks(20) == []


def test_a_line_without_a_voltage_is_hardly_looked_at() -> None:
    """And found when its board has come."""
    meter = Meter(None)
    bench = Bench(meter)
    bench.looks(ALL_LOOKS)
    assert meter.looked == 2
    meter.volts = -48.0
    bench.looks(ALL_LOOKS + LOOKS)
    meter.volts = -9.0
    assert bench.looks() == [LineFailed(L1, IN_USE)]


def test_a_board_that_is_away_or_a_limit_of_zero_says_nothing() -> None:
    meter = Meter()
    bench = Bench(meter)
    bench.looks()
    meter.refuses = True
    assert bench.looks(10) == []
    quiet = Bench(Meter(-48.0), limit_v=0.0)
    assert quiet.looks(10) == []
    assert quiet.views == 0
