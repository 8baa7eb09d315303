"""At start: what a node left undone when it died or was stopped. Its calls are closed as cut, its recordings repaired.

What has to be said about them is appended to that stream's own journal, which is then marked settled: each journal is
complete in itself, the projector carries it on in order, and to do it twice changes nothing. Blocks on the disk; run
it before the projector, in a thread.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import structlog

from cti_core.call_control import csta, csta_calling
from cti_core.call_control.actions import Tell
from cti_core.call_control.clock import RATE_HZ, Instant, seconds
from cti_core.call_control.csta import Cause, Cleared, RecordingLost, RecordingReady, Report
from cti_core.call_control.ids import AgentId, CallId, LineId, QueueId, RecordingId, Seq
from cti_core.call_control.trace import API, Hop, call, recorder
from cti_core.store.fold import CUT
from cti_core.store.journal_file import HOP, MARK_AT, SETTLED, Loss, Stream, end_of, read, record_bytes, streams
from cti_core.wire import pack_hop

UNWRITTEN_EVENTS: Final = (
    1000  # assumed: more than a node tells in the 100 ms that a kill costs; a number is never used twice
)

Repair = Callable[[Path], float]
"""Makes a recording playable and returns its seconds; `media.wav.repair` is one. Raises ValueError, OSError."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CutCall:
    """A call that was running. Seconds in each phase up to the end of what is known."""

    call: CallId
    line: LineId
    phase: str
    since: Instant
    ringing_s: float = 0.0
    dialogue_s: float = 0.0
    waiting_s: float = 0.0
    talking_s: float = 0.0
    queue: QueueId | None = None
    agent: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CutRecording:
    """A recording that was open. `sha256` is empty when nothing of it is left; `reason` says why."""

    recording: RecordingId
    call: CallId
    began: Instant
    ended: bool  # its call was over; the file was being closed
    seconds: float = 0.0
    sha256: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """What one stream left undone, and the last that is known of it."""

    stream: Stream
    calls: tuple[CutCall, ...]
    recordings: tuple[CutRecording, ...]
    at: Instant
    hop: Seq
    event: int


def recover(folder: Path, recordings: Path, repair: Repair, *, live: str | None = None) -> tuple[Cut, ...]:
    """Settle every stream that is not settled, but `live`. Returns what was cut, for the log and the operators.

    A stream that cannot be settled (disk full, read-only) is left for the next start and said in the log.
    """
    cuts = []
    for stream in streams(folder):
        if stream.settled or stream.stream == live:
            continue
        cut = look(stream, recordings, repair)
        try:
            _settle(cut)
        except OSError:
            log.exception("stream_not_settled", stream=stream.stream)
        if cut.calls or cut.recordings or not stream.closed:
            log.warning("stream_was_cut", stream=stream.stream, calls=len(cut.calls), recordings=len(cut.recordings))
            cuts.append(cut)
    return tuple(cuts)


def look(stream: Stream, recordings: Path, repair: Repair) -> Cut:
    """Read a journal to its end and repair the recordings that were open. Writes nothing but those."""
    calls: dict[CallId, CutCall] = {}
    opened: dict[RecordingId, CutRecording] = {}
    at, last, event, position = Instant(0), Seq(0), 0, 0
    for entry in read(stream.path, events_only=True):
        event, position = max(event, entry.event), entry.position
        if isinstance(entry.what, Hop) and isinstance(entry.what.what, Tell):
            _follow_call(calls, entry.what.what.report, entry.what.at)
            _follow_recording(opened, entry.what.what.report, entry.what.at)
            at, last = entry.what.at, entry.what.seq
    for entry in read(stream.path, position):  # what came after the last event
        if isinstance(entry.what, Hop):
            at, last = entry.what.at, entry.what.seq
        elif isinstance(entry.what, Loss):
            last = entry.what.last
    mended = [_mended(replace(r, ended=r.call not in calls), recordings, repair) for r in opened.values()]
    heard = [Instant(r.began + round(r.seconds * RATE_HZ)) for r in mended if not r.ended]
    return Cut(
        stream=stream,
        calls=tuple(calls.values()),
        recordings=tuple(mended),
        at=max([at, *heard]),
        hop=last,
        event=event,
    )


def closing_hops(cut: Cut) -> tuple[Hop, ...]:
    """What is to be said about it: first the calls, then the recordings."""
    said: list[tuple[CallId, Report]] = [(c.call, _cleared(c, cut.at)) for c in cut.calls]
    for r in cut.recordings:
        said.append((r.call, RecordingLost(call=r.call, recording=r.recording, reason=r.reason or CUT)))
        said.append((r.call, _ready(r, cut.at)))
    return tuple(
        Hop(
            seq=Seq(cut.hop + number),
            at=cut.at,
            because=None,
            source=recorder(of) if isinstance(report, RecordingLost | RecordingReady) else call(of),
            target=API,
            what=Tell(report),
            call=of,
        )
        for number, (of, report) in enumerate(said, 1)
    )


# --- what was going on ----------------------------------------------------------------------------------------------


def _follow_call(calls: dict[CallId, CutCall], report: Report, at: Instant) -> None:
    if isinstance(report, csta.Offered | csta_calling.ServiceInitiated):
        agent = report.agent if isinstance(report, csta_calling.ServiceInitiated) else None
        calls[report.call] = CutCall(call=report.call, line=report.line, phase="ringing_s", since=at, agent=agent)
        return
    ident = getattr(report, "call", None)
    known = calls.get(ident) if ident else None
    if known is None:
        return
    match report:
        case csta_calling.LineHunted(line=line):
            calls[known.call] = replace(known, line=line)
        case csta.Established(agent=None) | csta.FlowStep():
            calls[known.call] = _phase(known, "dialogue_s", at)
        case csta.Established(agent=agent):
            calls[known.call] = replace(_phase(known, "talking_s", at), agent=agent)
        case csta.Queued(queue=queue):
            calls[known.call] = replace(_phase(known, "waiting_s", at), queue=queue)
        case csta.Cleared():
            del calls[known.call]
        case _:
            pass


def _phase(c: CutCall, phase: str, at: Instant) -> CutCall:
    spent = {c.phase: getattr(c, c.phase) + seconds(at - c.since)}
    return replace(c, phase=phase, since=at, **spent)


def _follow_recording(opened: dict[RecordingId, CutRecording], report: Report, at: Instant) -> None:
    match report:
        case csta.RecordingStarted(recording=recording, call=ident):
            opened[recording] = CutRecording(recording=recording, call=ident, began=at, ended=False)
        case csta.RecordingReady(recording=recording):
            opened.pop(recording, None)
        case _:
            pass


# --- what is left ---------------------------------------------------------------------------------------------------


def _mended(cut: CutRecording, folder: Path, repair: Repair) -> CutRecording:
    path = folder / f"{cut.recording}.wav"
    try:
        length_s = repair(path)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return replace(cut, reason="the file is missing")
    except (ValueError, OSError) as error:
        return replace(cut, reason=str(error))
    return replace(cut, seconds=length_s, sha256=digest)


def _cleared(c: CutCall, at: Instant) -> Cleared:
    over = _phase(c, c.phase, at)
    return Cleared(
        call=c.call,
        line=c.line,
        cause=Cause.SYSTEM_FAILURE,
        ringing_s=over.ringing_s,
        dialogue_s=over.dialogue_s,
        waiting_s=over.waiting_s,
        talking_s=over.talking_s,
        queue=c.queue,
        agent=c.agent,
    )


def _ready(r: CutRecording, at: Instant) -> RecordingReady:
    """What is missing up to the end of what is known is lost, at least; of a call that was over it is not known."""
    lost_s = 0.0 if r.ended and r.seconds else max(seconds(at - r.began) - r.seconds, 0.0)
    return RecordingReady(call=r.call, recording=r.recording, seconds=r.seconds, sha256=r.sha256, lost_s=lost_s)


def _settle(cut: Cut) -> None:
    """Append behind the last whole record; the torn tail is kept beside the journal. Raises OSError."""
    path, end = cut.stream.path, end_of(cut.stream.path)
    said: Sequence[Hop] = closing_hops(cut)
    first = cut.event + UNWRITTEN_EVENTS
    records = b"".join(record_bytes(HOP, first + n, pack_hop(hop)) for n, hop in enumerate(said))
    with path.open("r+b") as file:
        file.seek(end)
        if torn := file.read():
            path.with_suffix(".torn").write_bytes(torn)
            file.truncate(end)
        file.seek(end)
        file.write(records)
        file.flush()
        os.fdatasync(file.fileno())
        file.seek(MARK_AT)
        file.write(bytes([SETTLED]))
        file.flush()
        os.fdatasync(file.fileno())
