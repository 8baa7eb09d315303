"""The doors of the API, opened onto a running house."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import fields
from typing import Final

import structlog

from cti_core.api.house import BoardTold, Figures, Frame, Gain, Leg, LineLevel, PortTold, Wake
from cti_core.api.line_report import LineReport
from cti_core.assemble import House
from cti_core.call_control.actions import Language
from cti_core.call_control.clock import RATE_HZ
from cti_core.call_control.errors import ErrorCategory, RequestRejected
from cti_core.call_control.events import AgentLost, AgentReturned, Request
from cti_core.call_control.ids import AgentId, LineId, PortOwner, QueueId
from cti_core.call_control.view import HouseView
from cti_core.daemon.alarms import Alarms
from cti_core.daemon.line_test import LineTester
from cti_core.daemon.meters import Meters
from cti_core.media.legs import AudioLeg
from cti_core.media.matrix import MatrixFull
from cti_core.settings import AgentSettings
from drivers.base import Board
from drivers.capabilities import can, cannot
from dsp import wav

PATIENCE_S: Final = 2.0  # behind what was asked for: a board that is lost does not tick
NOT_READY_ALARMS: Final = ("boardLost", "diskFull", "recordingFailing")  # calls could not be taken, or not be recorded


log = structlog.get_logger(__name__)


class DeskDoor:
    """The mind, asked and told."""

    def __init__(self, house: House, agents: tuple[AgentSettings, ...]) -> None:
        self._house = house
        self._queues: Final = {agent.plan.agent: agent.queues for agent in agents}

    def view(self) -> HouseView:
        return self._house.switch.view(self._house.pump.now)

    async def request(self, request: Request) -> None:
        await self._house.pump.request(request)

    def post(self, event: AgentLost | AgentReturned) -> None:
        self._house.pump.post(event)

    def usual_queues(self, agent: AgentId) -> tuple[QueueId, ...]:
        return self._queues.get(agent, ())


class SocketLeg(AudioLeg):
    """A leg whose frames a socket takes one by one."""

    def next_frame(self) -> Frame | None:
        return self.out.popleft() if self.out else None


class HeadsetsDoor:
    """Agents' audio legs."""

    def __init__(self, house: House) -> None:
        self._house = house

    def attach(self, agent: AgentId, wake: Wake) -> Leg:
        leg = SocketLeg(agent, wake)
        try:
            self._house.legs.attach(agent, leg)
        except MatrixFull as full:
            raise RequestRejected("noRoom", ErrorCategory.SYSTEM_RESOURCE, why=str(full)) from full
        return leg

    def detach(self, agent: AgentId, leg: Leg) -> None:
        assert isinstance(leg, SocketLeg)
        self._house.legs.detach(agent, leg)


class EngineDoor:
    """The machinery behind the mind, for operators."""

    def __init__(
        self,
        house: House,
        *,
        board: Board,
        owners: Sequence[PortOwner],
        meters: Meters,
        tester: LineTester,
        alarms: Alarms,
        reload: Callable[[str], Awaitable[tuple[str, ...]]],
        journal_backlog: Callable[[], int],
    ) -> None:
        self._house = house
        self._board = board
        self._rows: Final = {owner: row for row, owner in enumerate(owners) if isinstance(owner, int)}
        self._telephones: Final = {row: owner for row, owner in enumerate(owners) if isinstance(owner, str)}
        self._meters = meters
        self._tester = tester
        self._alarms = alarms
        self._reload = reload
        self._journal_backlog = journal_backlog

    def figures(self) -> Figures:
        view = self._house.pump.stats()
        pulse = view.pulse
        return Figures(
            ticks=pulse.ticks,
            ticks_late=pulse.ticks_late,
            ticks_lost=pulse.ticks_lost,
            ticks_slow=pulse.ticks_slow,
            work_ms={0.5: pulse.work_p50_ms, 0.99: pulse.work_p99_ms, 1.0: pulse.work_max_ms},
            board=view.board,
            board_is_lost=view.board_is_lost,
            board_losses=view.board_losses,
            switch_faults=view.switch_faults,
            actions_failed=view.actions_failed,
            recordings=view.recordings,
            recording_blocks_waiting=view.recording_blocks_waiting,
            recording_blocks_dropped=view.recording_blocks_dropped,
            legs=view.legs,
            journal_backlog=self._journal_backlog(),
            lag_max_ms=pulse.lag_max_ms,
            lag_buckets=pulse.lag_buckets,
        )

    def gains(self) -> tuple[Gain, ...]:
        return tuple(Gain(source=e.source, sink=e.sink, gain=e.gain) for e in self._house.matrix.entries())

    def board(self) -> BoardTold:
        health = self._board.health()
        lines = {row: line for line, row in self._rows.items()}
        return BoardTold(
            name=self._board.name,
            ports=tuple(
                PortTold(
                    port=info.port,
                    line=lines.get(info.port),
                    extension=self._telephones.get(info.port),
                    kind=info.kind.value,
                    can=can(info),
                    cannot=cannot(info),
                    remarks=info.remarks,
                )
                for info in self._board.ports
            ),
            alarms=health.alarms,
            counters={each.name: getattr(health, each.name) for each in fields(health) if each.name != "alarms"},
        )

    def levels(self) -> tuple[LineLevel, ...]:
        if self._house.pump.stats().board_is_lost:
            return tuple(LineLevel(line=line, receive_dbm0=None, transmit_dbm0=None) for line in self._rows)
        now = self._meters.levels()
        return tuple(
            LineLevel(
                line=line,
                receive_dbm0=round(float(now.receive_dbm0[row]), 1),
                transmit_dbm0=round(float(now.transmit_dbm0[row]), 1),
                clipped=bool(now.clipped[row]),
            )
            for line, row in self._rows.items()
        )

    async def reload(self, by: str) -> tuple[str, ...]:
        return await self._reload(by)

    async def listen(self, line: LineId, seconds: float, by: str) -> bytes:
        if line not in self._rows:
            raise RequestRejected("unknownLine", ErrorCategory.OPERATION, line=line)
        log.warning("line_listened_to", line=line, seconds=seconds, by=by)
        taken = self._house.pump.taps.open(self._rows[line], round(seconds * RATE_HZ))
        try:
            return wav.encode(await asyncio.wait_for(taken, seconds + PATIENCE_S))
        except TimeoutError:
            raise RequestRejected("lineLost", ErrorCategory.SYSTEM_RESOURCE, line=line) from None

    async def test_line(self, line: LineId, by: str, language: Language) -> LineReport:
        return await self._tester.test(line, by, language)

    def missing(self) -> tuple[str, ...]:
        return tuple(alarm for alarm in NOT_READY_ALARMS if self._alarms.stands(alarm))
