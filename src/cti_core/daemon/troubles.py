"""What goes wrong beside the tick, as alarms: disks, database, a board that is silent, prompts nobody can hear."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cti_core.assemble import House
from cti_core.daemon.alarms import Alarms
from cti_core.store.journal import JournalTrouble
from cti_core.store.journal import TroubleKind as JournalKind
from cti_core.store.projector import ProjectorTrouble
from cti_core.store.projector import TroubleKind as ProjectorKind

LOOK_S: Final = 1.0
CALM_S: Final = 60.0  # assumed: a slow tick is news for a minute
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


async def watch(house: House, alarms: Alarms, recordings: Path) -> None:
    """Ends alarms that are over and looks at the disk. Until cancelled."""
    slow, calm_s = 0, 0.0
    while True:
        await asyncio.sleep(LOOK_S)
        stats = house.pump.stats()
        if not stats.board_is_lost:
            alarms.end("boardLost")
        calm_s = 0.0 if stats.pulse.ticks_slow != slow else calm_s + LOOK_S
        slow = stats.pulse.ticks_slow
        if calm_s >= CALM_S:
            alarms.end("slowTick")
        free = await asyncio.to_thread(_free_bytes, recordings)
        if free < FREE_BYTES_MIN:
            alarms.begin("diskFull", f"{free >> 20} MB are left for recordings")
        else:
            alarms.end("diskFull")


def _free_bytes(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0
