"""Many boards, one beat; who is lost takes only its own ports along."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import numpy as np
import pytest

from drivers.base import BoardLost, Capability, Hook, LineFault, LineOk, Overrun, RingOn, Signal, Tick, Unsupported
from drivers.rack import Rack
from rack.rack_bench import RackBench, Yielding
from simulator.board import SimulatedBoard
from simulator.exchange import Exchange
from simulator.line_model import LineModel

LOUD = 200.0


async def take(ticks: AsyncIterator[Tick], count: int, bench: RackBench | None = None) -> list[Tick]:
    taken = []
    for _ in range(count):
        taken.append(await anext(ticks))
        if bench is not None:
            bench.board.speak(np.full((3, 160), 1000, np.int16))
    return taken


def facts(ticks: list[Tick]) -> list[Signal]:
    return [signal for tick in ticks for signal in tick.signals]


async def real(ticks: AsyncIterator[Tick], until: type[Signal], within: int = 2_000) -> list[Signal]:  # type: ignore[valid-type]
    """Ticks with the loop let go between them, so that back-off and watch get their time."""
    seen: list[Signal] = []
    for number in range(within):
        seen += (await anext(ticks)).signals
        if any(isinstance(fact, until) for fact in seen):
            return seen
        if number % 10 == 0:
            await asyncio.sleep(0.005)
    pytest.fail(f"no {until.__name__}")


def test_ports_are_numbered_through_and_only_one_clock_is_common() -> None:
    ports = RackBench().board.ports
    assert [info.port for info in ports] == [0, 1, 2]
    assert [bool(info.capabilities & Capability.COMMON_CLOCK) for info in ports] == [True, False, False]
    assert "clock" in ports[1].remarks[-1]


def test_the_clock_is_the_one_that_is_named() -> None:
    bench = RackBench()
    other = Rack([("a", bench.first), ("b", bench.second)], clock="b")
    assert [bool(info.capabilities & Capability.COMMON_CLOCK) for info in other.ports] == [False, True, True]


async def test_a_lost_board_takes_only_its_ports_out_and_comes_back_by_itself() -> None:
    bench = RackBench()
    async with bench.board.open() as ticks:
        await take(ticks, 5)
        bench.dial(0)
        await real(ticks, RingOn)
        bench.board.hook(0, Hook.OFF)
        bench.second.lose("the card was pulled out")
        faults = [fact for fact in await real(ticks, LineFault) if isinstance(fact, LineFault)]
        assert [fact.port for fact in faults] == [1, 2]
        assert "modems" in faults[0].reason
        assert "pulled out" in faults[0].reason
        assert any("pulled out" in alarm for alarm in bench.board.health().alarms)
        bench.say(0, np.full(16000, 8000, np.int16))
        assert max(np.abs(tick.heard[0]).max() for tick in await take(ticks, 50)) > LOUD  # the others talk on
        bench.second.restore()
        back = [fact.port for fact in await real(ticks, LineOk) if isinstance(fact, LineOk)]
        assert back == [1, 2]
        assert not bench.board.health().alarms
        bench.dial(2)
        rings = await real(ticks, RingOn)
        assert [fact.port for fact in rings if isinstance(fact, RingOn)] == [2]


async def test_when_the_beat_is_lost_another_board_gives_it() -> None:
    bench = RackBench()
    bench.second.pace = bench.first.pace  # it has to live on its own
    async with bench.board.open() as ticks:
        before = (await take(ticks, 20))[-1]
        bench.first.lose("the card was pulled out")
        seen = await real(ticks, LineFault)
        assert [fact.port for fact in seen if isinstance(fact, LineFault)] == [0]
        after = await take(ticks, 20)
        assert after[-1].at > before.at
        assert all(later.at > earlier.at for earlier, later in pairwise(after))
        bench.first.restore()
        await real(ticks, LineOk)


async def test_a_rack_without_any_board_left_is_lost_with_every_reason() -> None:
    bench = RackBench()
    bench.second.pace = bench.first.pace
    async with bench.board.open() as ticks:
        await take(ticks, 20)
        bench.second.lose("the modem was pulled out")
        bench.first.lose("the card was pulled out")
        with pytest.raises(BoardLost, match=r"card was pulled out.*modem was pulled out"):
            await take(ticks, 500)


async def test_a_rack_whose_boards_all_cannot_be_opened_says_so() -> None:
    bench = RackBench()
    bench.first.lose("no card")
    bench.second.lose("no modem")
    with pytest.raises(BoardLost, match=r"no card.*no modem"):
        async with bench.board.open() as ticks:
            await anext(ticks)


async def test_a_board_that_falls_silent_is_lost_too() -> None:
    bench = RackBench()
    async with bench.board.open() as ticks:
        await take(ticks, 20)
        bench.second.fall_silent()
        seen = await real(ticks, LineFault, within=20_000)
        assert "silent" in next(fact.reason for fact in seen if isinstance(fact, LineFault))
        bench.second.restore()
        await real(ticks, LineOk, within=20_000)


@pytest.mark.parametrize("per", [0.98, 1.02])
async def test_another_clock_is_matched_within_bounds_and_its_slips_are_counted(per: float) -> None:
    """Two per cent, two hundred times what crystals differ by."""
    bench = RackBench(per)
    async with bench.board.open() as ticks:
        taken = await take(ticks, 2000, bench)
        health = bench.board.health()
    assert [tick.at for tick in taken] == list(range(160, 160 * 2001, 160))
    member = bench.rack.members[1]
    told = [fact for fact in facts(taken) if isinstance(fact, Overrun)]
    assert {fact.port for fact in told} <= {1, 2}
    lost = member._heard.dropped + member._heard.missed
    assert sum(fact.samples for fact in told if fact.port == 1) == pytest.approx(lost, abs=160)
    assert len(member._heard) <= 6 * 160
    assert len(member._spoken) <= 6 * 160
    assert 10 <= health.clock_slips <= 300  # the rest was trimmed where it was quiet


async def test_a_matched_clock_does_not_slip() -> None:
    bench = RackBench()
    async with bench.board.open() as ticks:
        await take(ticks, 500, bench)
        assert bench.board.health().clock_slips == 0


ECHOING = LineModel(noise_dbm0=-90.0, echo_return_loss_db=6.0, echo_delay_ms=0.0)


async def echo_of_a_click(ticks: AsyncIterator[Tick], bench: RackBench, port: int) -> int:
    """Samples from the tick it was spoken with to the first that is heard of it."""
    await take(ticks, 5, bench)
    bench.board.hook(port, Hook.OFF)
    await take(ticks, 20, bench)
    click, quiet = np.zeros((3, 160), np.int16), np.zeros((3, 160), np.int16)
    click[port, 0] = 20000
    for _ in range(20):  # what was said before is over
        await anext(ticks)
        bench.board.speak(quiet)
    heard = []
    for number in range(16):
        heard.append((await anext(ticks)).heard[port])
        bench.board.speak(quiet if number else click)
    return int(np.argmax(np.abs(np.concatenate(heard[1:]))))


@pytest.mark.parametrize("queue_ticks", [(0, 0), (1, 2), (2, 0)])
async def test_each_port_tells_its_own_way_to_the_copper_and_back(queue_ticks: tuple[int, int]) -> None:
    """The second board's is longer by what waits for the other's beat; an echo canceller has to know it."""
    bench = RackBench(line=ECHOING, queue_ticks=queue_ticks)
    assert bench.board.transmit_delay_samples == min(queue_ticks) * 160
    async with bench.board.open() as ticks:
        for info in bench.board.ports:
            bench.dial(info.port)
            told = info.transmit_delay_samples
            assert told == queue_ticks[info.port > 0] * 160 + (3 * 160 if info.port else 0)
            assert await echo_of_a_click(ticks, bench, info.port) == told


async def test_a_board_that_stands_in_for_the_rack_s_clock_keeps_its_delay() -> None:
    bench = RackBench(line=ECHOING, queue_ticks=(0, 1))
    bench.second.pace = bench.first.pace  # it has to live on its own
    async with bench.board.open() as ticks:
        await take(ticks, 20, bench)
        bench.first.lose("the card was pulled out")
        await real(ticks, LineFault)
        bench.dial(2)
        assert await echo_of_a_click(ticks, bench, 2) == bench.board.ports[2].transmit_delay_samples == 4 * 160


@pytest.mark.parametrize("per", [0.98, 1.02])
async def test_a_clock_that_runs_away_keeps_the_delay_within_the_canceller_s_reach(per: float) -> None:
    """80 ms from the told delay on, of which the line's own echo needs some."""
    bench = RackBench(per, line=ECHOING)
    async with bench.board.open() as ticks:
        bench.dial(1)
        told = bench.board.ports[1].transmit_delay_samples
        assert told is not None
        found = [await echo_of_a_click(ticks, bench, 1) - told for _ in range(12)]
    assert min(found) >= -8, found
    assert max(found) <= 2 * 160 + 4 * 8, found  # some trims on the way


async def test_a_refusal_names_the_port_of_the_rack_and_its_board() -> None:
    bench = RackBench()
    async with bench.board.open() as ticks:
        await anext(ticks)
        with pytest.raises(Unsupported, match=r"port 2 of the rack, on board modems"):
            bench.rack.flash(2, 300)
        with pytest.raises(Unsupported, match=r"port 0 of the rack, on board trunks"):
            bench.rack.set_cas(0, 5)


def test_a_rack_is_made_from_settings() -> None:
    rack = Rack.from_settings(
        {
            "lines": 5,
            "clock": "second",
            "boards": [
                {"name": "simulated", "called": "first", "lines": 2},
                {"name": "simulated", "called": "second", "lines": 3, "settings": {"seed": 4}},
            ],
        }
    )
    assert len(rack.ports) == 5
    assert [member.name for member in rack.members] == ["first", "second"]


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({}, "boards"),
        ({"boards": [{"name": "simulated", "lines": 2}], "lines": 3}, "lines: the boards of the rack have 2"),
        ({"boards": [{"name": "rack", "lines": 2}]}, r"boards\[0\].name"),
        ({"boards": [{"name": "abacus", "lines": 2}]}, "abacus"),
        ({"boards": [{"name": "simulated", "lines": 0}]}, r"boards\[0\].lines"),
        ({"boards": [{"name": "simulated", "lines": 1, "settings": {"sed": 1}}]}, r"boards\[0\].settings.sed"),
        ({"boards": [{"name": "simulated", "lines": 1}], "clock": "x"}, "clock"),
        ({"boards": [{"name": "simulated", "lines": 1}] * 2}, "two are called"),
        ({"boards": [{"name": "simulated", "lines": 1}], "speed": 1}, "speed: unknown"),
    ],
)
def test_wrong_settings_are_told_with_their_key(settings: dict[str, object], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        Rack.from_settings(settings)


async def test_leaving_closes_every_board() -> None:
    bench = RackBench()
    async with bench.board.open() as ticks:
        await take(ticks, 5)
    assert len(asyncio.all_tasks()) == 1
    async with bench.first.open(), bench.second.open():
        pass


async def test_a_driver_with_a_fault_of_its_own_does_not_cost_the_others_calls() -> None:
    bench = RackBench()

    class Broken(SimulatedBoard):
        def _tick(self) -> Tick:
            raise ZeroDivisionError("somewhere in a driver")

    broken = Broken(Exchange([LineModel()], np.random.default_rng(1)), bench.first.pace)
    rack = Rack([("good", bench.first), ("bad", broken)])
    async with rack.open() as ticks:
        seen = await real(ticks, LineFault)
        assert "ZeroDivisionError" in next(fact.reason for fact in seen if isinstance(fact, LineFault))
        await take(ticks, 10)


class Noting(SimulatedBoard):
    """Says which gains it was given."""

    def gain(self, port: int, *, rx_db: float, tx_db: float) -> None:
        super().gain(port, rx_db=rx_db, tx_db=tx_db)
        self.given = [*getattr(self, "given", []), (port, rx_db, tx_db)]


async def test_a_board_that_comes_late_or_again_is_given_its_gains_anew() -> None:
    """A card forgets them when it is closed, and cannot take them before it is open."""
    board = Noting(Exchange([LineModel()] * 2, np.random.default_rng(7)), Yielding())
    rack = Rack([("trunks", RackBench().first), ("late", board)])
    async with rack.open() as ticks:
        rack.gain(2, rx_db=3, tx_db=-3)
        await take(ticks, 20)
        board.lose("the card was pulled out")
        await real(ticks, LineFault)
        board.restore()
        await real(ticks, LineOk)
    assert board.given == [(1, 3, -3)] * 3
