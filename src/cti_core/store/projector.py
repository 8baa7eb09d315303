"""Carries events from the journals into the tables: in order, each exactly once, whenever the database is there.

    journal --batch--> fold --changes--> one transaction that also moves the position

Whatever goes wrong, the next attempt begins with the position and the open rows that the database has. Nothing is kept
in memory for an absent database: the journal on disk is the queue.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import structlog
from asyncpg import exceptions as postgres  # type: ignore[import-untyped]
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

from cti_core.store.database import engine_for, upgrade
from cti_core.store.fold import Books
from cti_core.store.journal_file import Batch, Stream, read_batch, streams
from cti_core.store.ledger import Ledger, OutOfStep

BATCH: Final = 100  # events; measured: 3 ms of the loop, far from a tick
BREATH_S: Final = 0.005  # between full batches: catching up must not crowd out the ticks
LOOK_S: Final = 5.0  # assumed: without a nudge the journals are looked at again after this
RETRY_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # assumed: the last one is repeated
_OUTAGES: Final = (StatementError, postgres.PostgresError, postgres.InterfaceError, OSError, OutOfStep)
_DATA_STATES: Final = ("22", "23")  # SQLSTATE classes: data exception, integrity constraint violation

log = structlog.get_logger(__name__)


class TroubleKind(StrEnum):
    AWAY = "away"  # the database cannot be reached or cannot write; events wait on disk
    BACK = "back"  # everything that waited is stored
    REFUSED = "refused"  # the database took everything but this one event; the journal has it


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectorTrouble:
    kind: TroubleKind
    reason: str


@dataclass(slots=True)
class _Open:
    """A stream that is being carried over."""

    stream: Stream
    books: Books
    position: int


class Projector:
    """One task of the daemon. `live` is the stream that is being written now; None: all journals are complete.

    `on_trouble` is called in the loop, once at each change.
    """

    def __init__(
        self,
        url: str,
        folder: Path,
        *,
        live: str | None = None,
        on_trouble: Callable[[ProjectorTrouble], None] = lambda _: None,
        batch: int = BATCH,
        retry_s: tuple[float, ...] = RETRY_S,
        migrate: bool = True,
    ) -> None:
        self._url = url
        self._folder = folder
        self._live = live
        self._on_trouble = on_trouble
        self._batch = batch
        self._retry_s = retry_s
        self._must_migrate = migrate
        self._engine = engine_for(url)
        self._ledger = Ledger(self._engine)
        self._open: dict[str, _Open] = {}
        self._known: tuple[Stream, ...] = ()
        self._done: set[str] = set()
        self._attempts = 0
        self._events = 0
        self._more = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def events(self) -> int:
        """Number of the newest event of the live stream that is stored; without one, how many were carried over."""
        return self._events

    @property
    def is_away(self) -> bool:
        return self._attempts > 0

    def nudge(self) -> None:
        """The journal has grown. May be called from any thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._more.set)

    async def run(self) -> None:
        """Until cancelled."""
        self._loop = asyncio.get_running_loop()
        try:
            while True:
                self._more.clear()
                if await self.catch_up():
                    await self._nudged(LOOK_S)
                else:
                    await asyncio.sleep(self._retry_s[min(self._attempts, len(self._retry_s)) - 1])
        finally:
            await self.close()

    async def close(self) -> None:
        await self._engine.dispose()

    async def catch_up(self) -> bool:
        """Store everything the journals have now. False: the database is away, or refused once more."""
        try:
            if self._must_migrate:
                await upgrade(self._url)
                self._must_migrate = False
            for stream in await self._streams():
                await self._carry(stream)
        except _OUTAGES as error:
            self._lose(error)
            return False
        if self._attempts:
            self._attempts = 0
            log.info("database_is_back")
            self._on_trouble(ProjectorTrouble(kind=TroubleKind.BACK, reason="all events are stored"))
        return True

    async def _streams(self) -> tuple[Stream, ...]:
        """Those that may have more for us; the folder is read only until the live one is there."""
        if self._live not in {stream.stream for stream in self._known}:
            self._known = await asyncio.to_thread(streams, self._folder)
        return tuple(stream for stream in self._known if stream.stream not in self._done)

    # --- one stream -----------------------------------------------------------------------------------------------

    async def _carry(self, stream: Stream) -> None:
        """Up to the end of its journal as it is now."""
        while True:
            here = self._open.get(stream.stream) or await self._reopen(stream)
            batch = await self._read(here, self._batch)
            if batch.position == here.position:
                break
            try:
                await self._commit(here, batch)
            except StatementError as error:
                if not _is_refusal(error):
                    raise
                await self._sift(stream)
            if len(batch.entries) >= self._batch:
                await asyncio.sleep(BREATH_S)
        if stream.stream != self._live:
            self._open.pop(stream.stream)
            self._done.add(stream.stream)

    async def _sift(self, stream: Stream) -> None:
        """A batch was refused for what is in it: event by event, without the one that is to blame."""
        here = await self._reopen(stream)
        batch = await self._read(here, self._batch)
        for number, entry in enumerate(batch.entries, 1):
            end = batch.position if number == len(batch.entries) else entry.position
            try:
                await self._commit(here, Batch((entry,), end))
            except StatementError as error:
                if not _is_refusal(error):
                    raise
                await self._ledger.skip(stream, before=here.position, after=end)
                self._count(stream, Batch((entry,), end))
                reason = f"event {entry.event} of {stream.stream}: {_reason(error)}"
                log.error("event_refused", reason=reason)  # noqa: TRY400 - a traceback would show values
                self._on_trouble(ProjectorTrouble(kind=TroubleKind.REFUSED, reason=reason))
                here = await self._reopen(stream)

    async def _reopen(self, stream: Stream) -> _Open:
        books, position = await self._ledger.open(stream)
        self._open[stream.stream] = here = _Open(stream, books, position or stream.first)
        if not position:
            await self._ledger.commit(stream, books.changes(), before=0, after=stream.first)
        return here

    async def _read(self, here: _Open, entries_max: int) -> Batch:
        return await asyncio.to_thread(
            read_batch, here.stream.path, here.position, entries_max=entries_max, events_only=True
        )

    async def _commit(self, here: _Open, batch: Batch) -> None:
        for entry in batch.entries:
            here.books.take(entry)
        await self._ledger.commit(here.stream, here.books.changes(), before=here.position, after=batch.position)
        here.position = batch.position
        self._count(here.stream, batch)

    def _count(self, stream: Stream, batch: Batch) -> None:
        if self._live is None:
            self._events += len(batch.entries)
        elif stream.stream == self._live and batch.entries:
            self._events = batch.entries[-1].event

    # --- trouble --------------------------------------------------------------------------------------------------

    def _lose(self, error: Exception) -> None:
        self._attempts += 1
        self._open.clear()
        if self._attempts == 1:
            log.error("database_away", reason=_reason(error))
            self._on_trouble(ProjectorTrouble(kind=TroubleKind.AWAY, reason=_reason(error)))

    async def _nudged(self, limit_s: float) -> None:
        try:
            async with asyncio.timeout(limit_s):
                await self._more.wait()
        except TimeoutError:
            return


def _is_refusal(error: StatementError) -> bool:
    """What we sent is to blame, and not the state of the database."""
    if isinstance(error, IntegrityError | DataError) or not isinstance(error, DBAPIError):
        return True
    state = str(getattr(error.orig, "sqlstate", None) or "")
    unsendable = isinstance(getattr(error.orig, "__cause__", None), postgres.DataError)
    return unsendable or state[:2] in _DATA_STATES


def _reason(error: Exception) -> str:
    """One line, without the statement and its values: they may hold a caller's number."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return f"{type(cause).__name__}: {cause}".splitlines()[0]
