"""What goes wrong beside the tick, as alarms: disks, database, a board that is silent, prompts nobody can hear."""

import asyncio
import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cti_core.assemble import House
from cti_core.daemon.alarms import Alarms
from cti_core.daemon.board_watch import BoardWatch, counted
from cti_core.settings import MonitorSettings
from cti_core.store.journal import JournalTrouble
from cti_core.store.journal import TroubleKind as JournalKind
from cti_core.store.projector import ProjectorTrouble
from cti_core.store.projector import TroubleKind as ProjectorKind
from drivers.base import Board

LOOK_S: Final = 1.0
CALM_S: Final = 60.0  # assumed: a slow tick is news for a minute
NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
PROBE_BYTES: Final = 4096
FREE_BYTES_MIN: Final = 500 << 20  # assumed: eight lines fill it in nine hours (57.6 MB an hour and line)


def when_journal(alarms: Alarms) -> Callable[[JournalTrouble], None]:
    """Called in the writer's thread."""

    def trouble(what: JournalTrouble) -> None:
        if what.kind is JournalKind.RECOVERED:
            alarms.end("journalFailing")
            alarms.end("journalLosing")
        else:
            name = "journalLosing" if what.kind is JournalKind.LOSING else "journalFailing"
            alarms.begin(name, what.reason)

    return trouble


def when_projector(alarms: Alarms) -> Callable[[ProjectorTrouble], None]:
    def trouble(what: ProjectorTrouble) -> None:
        match what.kind:
            case ProjectorKind.AWAY:
                alarms.begin("databaseAway", what.reason)
            case ProjectorKind.BACK:
                alarms.end("databaseAway")
            case ProjectorKind.REFUSED:
                alarms.begin("databaseRefused", what.reason)

    return trouble


async def watch(house: House, board: Board, alarms: Alarms, recordings: Path, limits: MonitorSettings) -> None:
    """Ends alarms that are over, asks the board how it is, and looks at the disk. Until cancelled."""
    slow, calm_s = 0, 0.0
    counters, loop = BoardWatch(limits), asyncio.get_running_loop()
    counters.look(counted(board.health(), house.pump.stats().pulse), loop.time())
    faults: tuple[str, ...] = ()
    while True:
        await asyncio.sleep(LOOK_S)
        stats = house.pump.stats()
        if not stats.board_is_lost:
            alarms.end("boardLost")
        health = board.health()
        faults = _say_faults(alarms, faults, () if stats.board_is_lost else health.alarms)
        if troubled := counters.look(counted(health, stats.pulse), loop.time()):
            alarms.begin("boardTroubled", troubled)
        else:
            alarms.end("boardTroubled")
        calm_s = 0.0 if stats.pulse.ticks_slow != slow else calm_s + LOOK_S
        slow = stats.pulse.ticks_slow
        if calm_s >= CALM_S:
            alarms.end("slowTick")
        trouble = house.recorder.trouble
        if trouble and not house.recorder.running:  # nobody writes: see whether one could
            trouble = await asyncio.to_thread(_probe, recordings)
        try:
            free = (await asyncio.to_thread(shutil.disk_usage, recordings)).free
        except OSError as error:
            trouble, free = trouble or error, FREE_BYTES_MIN
        _say(alarms, trouble, free)


def _say_faults(alarms: Alarms, told: tuple[str, ...], now: tuple[str, ...]) -> tuple[str, ...]:
    """One alarm with all that the board complains of, told anew when that changes."""
    if now != told:
        alarms.end("boardFault")
        if now:
            alarms.begin("boardFault", "; ".join(now))
    return now


def _say(alarms: Alarms, trouble: OSError | None, free: int) -> None:
    """Two alarms: no room, or hardly any; and a disk that does not write for another reason."""
    if trouble and trouble.errno in NO_ROOM:
        alarms.begin("diskFull", f"recordings are being lost: {trouble.strerror}")
    elif free < FREE_BYTES_MIN:
        alarms.begin("diskFull", f"{free >> 20} MB are left for recordings")
    else:
        alarms.end("diskFull")
    if trouble and trouble.errno not in NO_ROOM:
        alarms.begin("recordingFailing", trouble.strerror or str(trouble))
    else:
        alarms.end("recordingFailing")


def _probe(folder: Path) -> OSError | None:
    """Write and remove a block of a file system."""
    probe = folder / f".probe.{os.getpid()}"
    try:
        probe.write_bytes(bytes(PROBE_BYTES))
        probe.unlink()
    except OSError as error:
        return error
    return None
