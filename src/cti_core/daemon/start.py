"""`cti serve`: one node from its settings to its last goodbye.

    settings --> menus, prompts, tones, services --> what the last run left --> journal, bus --> house --> API --> ticks

What prevents a start is a ConfigError with everything that is wrong; what breaks later is an alarm, and calls go on.
"""

import asyncio
import gc
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from fcntl import LOCK_EX, LOCK_NB, flock

import structlog
from aiohttp import web

from cti_core.api.app import make_app
from cti_core.api.binding import check_binding, serving
from cti_core.api.house import House as Doors
from cti_core.assemble import House, Parts, SampleClock, assembled
from cti_core.bus import Bus
from cti_core.call_control.line_states import LinePlan
from cti_core.call_control.trace import Hop
from cti_core.daemon.alarms import Alarms
from cti_core.daemon.beside import Beside, watch_lines
from cti_core.daemon.boards import board_of, echo_delay_ticks, en_bloc_lines, flashing_lines
from cti_core.daemon.doors import DeskDoor, EngineDoor, HeadsetsDoor
from cti_core.daemon.line_test import LineTester
from cti_core.daemon.meters import Meters
from cti_core.daemon.onhook import OnHookEvidence, rows_that_hear
from cti_core.daemon.records import RecordsDoor
from cti_core.daemon.reload import Reloader
from cti_core.daemon.stream import Record, name_of
from cti_core.daemon.troubles import watch, when_journal, when_projector
from cti_core.faults import ConfigError, Fault
from cti_core.furnish import Furniture, read_texts, spoken
from cti_core.media import wav
from cti_core.media.gains import LineGain
from cti_core.places import address_file, web_folder
from cti_core.settings import Settings
from cti_core.store.database import engine_for
from cti_core.store.journal import Journal
from cti_core.store.journal_file import streams
from cti_core.store.projector import Projector
from cti_core.store.recovery import recover
from cti_core.store.repository import Repository
from drivers.base import Board
from simulator.board import SimulatedBoard
from simulator.phone import add_phone_routes

LOCK = ".lock"  # in the folder of journals

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A daemon that runs. `address` is where its API listens."""

    address: str
    stream: str
    board: Board
    house: House
    bus: Bus
    furniture: Furniture
    pump: "asyncio.Task[None]"


async def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Until SIGTERM or SIGINT. Raises ConfigError when it cannot start."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(settings) as node:
        for line in _greeting(node, settings):
            announce(line)
        waiting = asyncio.create_task(stop.wait(), name="stop")
        await asyncio.wait({waiting, node.pump}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if node.pump.done():
            await node.pump  # it ended by itself: say why
    log.info("stopped")


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Node]:
    """The whole node; leaving it puts lines on hook, closes recordings and journal. Raises ConfigError."""
    check_binding(settings)
    await asyncio.to_thread(_make_folders, settings)
    furniture = await spoken(settings, await asyncio.to_thread(read_texts, settings))
    board = board_of(settings)
    async with AsyncExitStack() as stack:
        stack.enter_context(_alone(settings))
        await asyncio.to_thread(recover, settings.store.journal_dir, settings.recordings_dir, wav.repair)
        yield await _started(stack, settings, furniture, board)


async def _started(stack: AsyncExitStack, settings: Settings, furniture: Furniture, board: Board) -> Node:
    began = _now()
    stream = name_of(began, (s.stream for s in streams(settings.store.journal_dir)))
    house: House | None = None
    alarms = Alarms(lambda event: house.pump.post(event) if house else None)
    bus = Bus(node=settings.node, stream=stream)
    projector = Projector(
        settings.store.url, settings.store.journal_dir, live=stream, on_trouble=when_projector(alarms)
    )
    journal = Journal(
        settings.store.journal_dir,
        node=settings.node,
        stream=stream,
        began=began,
        on_trouble=when_journal(alarms),
        on_written=projector.nudge,
    )
    stack.push_async_callback(asyncio.to_thread, journal.close)
    record = Record(journal, bus, lambda call: house.switch.version_of(call) if house else None)
    wall = SampleClock(began)
    ears = Meters(len(settings.owners), furniture.tones, echo_delay_ticks=echo_delay_ticks(board))
    note = _with_evidence(stack, settings, board, ears, record.note)
    parts = Parts(
        board=board,
        owners=settings.owners,
        plan=settings.switch_plan(
            stream, en_bloc_lines(board, settings.owners), flashing_lines(board, settings.owners)
        ),
        dialogues=furniture.menus.factory,
        ears=ears,
        tones=furniture.tones,
        voice=furniture.voice,
        services=furniture.services,
        wall=wall,
        recordings=settings.recordings_dir,
        on_hops=note,
        publish=record.publish,
        on_alarm=alarms.from_pump,
        loop_drop_ms={line.plan.line: line.loop_drop_ms for line in settings.lines},
        gains={line.plan.line: LineGain(rx_db=line.rx_db, tx_db=line.tx_db) for line in settings.lines},
    )
    house = await stack.enter_async_context(assembled(parts))
    engine = engine_for(settings.store.url)
    stack.push_async_callback(engine.dispose)
    reloader = Reloader(settings, furniture, house.pump.post)
    stack.callback(reloader.close)
    tester = LineTester(
        house,
        board=board,
        owners=settings.owners,
        meters=ears,
        tones=furniture.tones,
        plans={line.plan.line: line.plan for line in settings.lines if isinstance(line.plan, LinePlan)},
    )
    doors = Doors(
        desk=DeskDoor(house, settings.agents),
        headsets=HeadsetsDoor(house),
        records=RecordsDoor(Repository(engine, settings.store.journal_dir), settings.recordings_dir, settings.timezone),
        engine=EngineDoor(
            house,
            board=board,
            owners=settings.owners,
            meters=ears,
            tester=tester,
            alarms=alarms,
            reload=reloader.reload,
            journal_backlog=lambda: journal.view().events - projector.events,
        ),
        wall=wall,
    )
    app = make_app(doors, bus, settings.api, web_folder=web_folder(), phone=_phone(board, settings))
    address = await stack.enter_async_context(serving(app, settings))
    beside = Beside(board, settings.owners, {line.plan.line: line.in_use_v for line in settings.lines}, alarms)
    tasks = [
        asyncio.create_task(projector.run(), name="projector"),
        asyncio.create_task(watch(house, board, alarms, settings.recordings_dir, settings.monitor), name="watch"),
        asyncio.create_task(watch_lines(house, beside), name="beside"),
    ]
    gc.collect()
    gc.freeze()  # what is here stays: no full collection may stop a tick for it
    pump = asyncio.create_task(house.pump.run(), name="pump")
    stack.push_async_callback(_ended, [*tasks, pump])
    _say_where(settings, address)
    stack.callback(_forget_where, settings)
    for missing in furniture.missing:
        log.warning("prompt_missing", prompt=str(missing))
    for fault in furniture.refused:
        log.warning("prompt_refused", fault=str(fault))
    return Node(address=address, stream=stream, board=board, house=house, bus=bus, furniture=furniture, pump=pump)


def _with_evidence(
    stack: AsyncExitStack, settings: Settings, board: Board, ears: Meters, note: Callable[[tuple[Hop, ...]], None]
) -> Callable[[tuple[Hop, ...]], None]:
    """The journal first, as ever."""
    if not settings.onhook_evidence:
        return note
    evidence = OnHookEvidence(rows_that_hear(board, settings.owners), settings.recordings_dir)
    ears.follow(evidence)
    stack.push_async_callback(evidence.close)

    def both(hops: tuple[Hop, ...]) -> None:
        note(hops)
        evidence.note(hops)

    return both


async def _ended(tasks: list["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError, Exception):
            await task


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  the one place where a node looks at the wall


# --- parts ----------------------------------------------------------------------------------------------------------


def _phone(board: Board, settings: Settings) -> Callable[[web.Application], None] | None:
    """The browser phone is the far end of simulated lines, and a simulated telephone of the house."""
    if not isinstance(board, SimulatedBoard):
        return None
    return lambda app: add_phone_routes(
        app,
        board.exchange,
        extensions=board.extensions,
        numbers=[owner for owner in settings.owners if isinstance(owner, str)],
        allowed_origins=settings.api.allowed_origins,
    )


def _make_folders(settings: Settings) -> None:
    faults = []
    folders = {
        "data_dir": settings.data_dir,
        "recordings_dir": settings.recordings_dir,
        "store.journal_dir": settings.store.journal_dir,
    }
    for key, folder in folders.items():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / f".probe.{os.getpid()}"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as why:
            faults.append(_fault(settings, key, f"{folder} cannot be written to: {why.strerror}"))
    if faults:
        raise ConfigError(faults)


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Two nodes on one journal would destroy it. The system forgets the lock when the process dies, however it dies."""
    folder = settings.store.journal_dir
    with (folder / LOCK).open("w") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except OSError as why:
            message = f"another daemon runs here: {folder}"
            raise ConfigError([_fault(settings, "store.journal_dir", message)]) from why
        yield


def _fault(settings: Settings, key: str, message: str) -> Fault:
    return Fault(file=str(settings.file), line=0, key=key, message=message)


# --- where it is ----------------------------------------------------------------------------------------------------


def _say_where(settings: Settings, address: str) -> None:
    address_file(settings.data_dir).write_text(json.dumps({"url": address, "pid": os.getpid()}), encoding="utf-8")


def _forget_where(settings: Settings) -> None:
    address_file(settings.data_dir).unlink(missing_ok=True)


def _greeting(node: Node, settings: Settings) -> list[str]:
    lines = [f"node:  {settings.node}, {len(settings.lines)} lines on the board {node.board.name}"]
    if isinstance(node.board, SimulatedBoard):
        lines.append(f"phone: {node.address}/phone")
        lines += [
            f"extension {plan.extension}: {node.address}/phone?extension={plan.extension}"
            for plan in settings.extensions
        ]
    return [*lines, f"agent: {node.address}/agent", f"api:   {node.address}/api/v1/snapshot"]
