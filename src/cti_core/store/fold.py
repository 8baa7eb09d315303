"""Events in, rows out: how the tables follow from the event log. Pure; the same events give the same rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from cti_core.call_control import csta, csta_calling
from cti_core.call_control.actions import Tell
from cti_core.call_control.clock import Instant
from cti_core.call_control.csta import Report
from cti_core.call_control.ids import AgentId, CallId, RecordingId, agent_port, line_port
from cti_core.call_control.trace import Hop
from cti_core.store.journal_file import Entry, Stream
from cti_core.store.rows import CallRow, ConnectionRow, RecordingRow, RecordingState
from cti_core.wire import JsonObject, envelope

CUT: Final = "the node stopped in the middle"  # the reason `store.recovery` gives
IVR: Final = "ivr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a batch of events changed: whole rows, to be written over their predecessors."""

    events: tuple[JsonObject, ...]  # envelopes
    calls: tuple[CallRow, ...]
    connections: tuple[ConnectionRow, ...]
    recordings: tuple[RecordingRow, ...]


@dataclass(slots=True)
class Books:
    """The open rows of one stream. Calls and recordings that are over leave with the next `changes`."""

    stream: Stream
    calls: dict[CallId, CallRow] = field(default_factory=dict)
    connections: dict[CallId, list[ConnectionRow]] = field(default_factory=dict)
    recordings: dict[RecordingId, RecordingRow] = field(default_factory=dict)
    _events: list[JsonObject] = field(default_factory=list)
    _changed_calls: set[CallId] = field(default_factory=set)
    _changed_connections: set[tuple[CallId, int]] = field(default_factory=set)
    _changed_recordings: set[RecordingId] = field(default_factory=set)
    _instant: Instant | None = None  # of the newest event
    _before: int = 0  # position behind the last event of an earlier instant; 0: not known, so from the beginning
    _position: int = 0  # behind the newest event

    def take(self, entry: Entry) -> None:
        """One event of the journal. Entries that are none are passed over."""
        hop = entry.what
        if not isinstance(hop, Hop) or not isinstance(hop.what, Tell):
            return
        if self._instant is not None and hop.at != self._instant:
            self._before = self._position
        self._instant = hop.at
        self._position = entry.position
        report, at = hop.what.report, self.stream.time(hop.at)
        self._events.append(
            envelope(
                report,
                seq=entry.event,
                stream=self.stream.stream,
                node=self.stream.node,
                time=at,
                caused_by=hop.seq,  # as the bus does: the hop that told it leads to all its causes
            )
        )
        self._enter(report, at)

    def changes(self) -> Changes:
        """What changed since the last time; forgets it, and what is over."""
        by_call = {(row.call, row.number): row for rows in self.connections.values() for row in rows}
        told = Changes(
            events=tuple(self._events),
            calls=tuple(self.calls[key] for key in sorted(self._changed_calls)),
            connections=tuple(by_call[key] for key in sorted(self._changed_connections)),
            recordings=tuple(self.recordings[key] for key in sorted(self._changed_recordings)),
        )
        self._events.clear()
        for changed in (self._changed_calls, self._changed_connections, self._changed_recordings):
            changed.clear()
        for row in told.calls:
            if row.ended:
                del self.calls[row.call]
                self.connections.pop(row.call, None)
        for recording in told.recordings:
            if recording.ended:
                del self.recordings[recording.recording]
        return told

    # --- one arm for each report that changes a row ---------------------------------------------------------------

    def _enter(self, report: Report, at: datetime) -> None:
        match report:
            case csta.Offered(call=call, line=line):
                self._put(replace(self._call(call, at), line=line, began=at))
                self._joined(call, line_port(line), at, connected=at)
                self._joined(call, IVR, at)
            case csta_calling.ServiceInitiated(call=call, line=line, device=device, agent=agent):
                self._put(replace(self._call(call, at), line=line, began=at, called=report.called, agent=agent))
                self._joined(call, device, at, agent=agent)
            case csta_calling.LineHunted(call=call, line=line):
                self._put(replace(self._call(call, at), line=line))
            case csta_calling.Originated(call=call, line=line, device=device):
                self._put(replace(self._call(call, at), line=line))
                self._joined(call, device, at, connected=at)
            case csta_calling.NetworkReached(call=call, line=line, device=device):
                self._put(replace(self._call(call, at), line=line))
                self._joined(call, device, at)
            case csta.CallerIdReceived(call=call):
                self._put(replace(self._call(call, at), caller=report.caller, absence=report.absence))
            case csta.Established(call=call, device=device):
                row = self._call(call, at)
                guessed = row.estimated or report.estimated
                self._put(replace(row, answered=row.answered or at, agent=report.agent or row.agent, estimated=guessed))
                self._joined(call, device, at, connected=at, agent=report.agent)
            case csta.FlowStep(call=call):
                self._put(replace(self._call(call, at), node=report.node, script=report.script))
                self._left(call, at, but=(IVR,))
                self._joined(call, IVR, at, connected=at)
            case csta.Queued(call=call, queue=queue):
                self._put(replace(self._call(call, at), queue=queue))
                self._left(call, at, but=(f"Q{queue}",))
                self._joined(call, f"Q{queue}", at, connected=at)
            case csta.Delivered(call=call, agent=agent):
                self._left(call, at)
                self._joined(call, report.device or agent_port(agent), at, agent=agent)
            case csta.Diverted(call=call, agent=agent, cause=cause):
                self._left(call, at, only=report.device or agent_port(agent), cause=cause)
            case csta.ConnectionCleared(call=call, device=device, cause=cause):
                self._left(call, at, only=device, cause=cause)
            case csta.DataChanged(call=call, data=data):
                self._put(replace(self._call(call, at), data=data))
            case csta.Cleared(call=call):
                self._over(report, at)
            case (
                csta.RecordingStarted()
                | csta.RecordingPaused()
                | csta.RecordingResumed()
                | csta.RecordingReady()
                | csta.RecordingLost()
            ):
                self._record(report, at)
            case _:
                pass  # the event itself is all there is to keep

    def _over(self, report: csta.Cleared, at: datetime) -> None:
        row = self._call(report.call, at)
        self._left(report.call, at, cause=report.cause, caller_too=True)
        self._put(
            replace(
                row,
                line=report.line,
                ended=at,
                cause=report.cause.value,
                ringing_s=report.ringing_s,
                dialogue_s=report.dialogue_s,
                waiting_s=report.waiting_s,
                talking_s=report.talking_s,
                queue=report.queue or row.queue,
                agent=report.agent or row.agent,
            )
        )

    def _record(
        self,
        report: csta.RecordingStarted
        | csta.RecordingPaused
        | csta.RecordingResumed
        | csta.RecordingReady
        | csta.RecordingLost,
        at: datetime,
    ) -> None:
        row = self.recordings.get(report.recording) or RecordingRow(
            recording=report.recording,
            call=report.call,
            state=RecordingState.RECORDING,
            began=at,
            path=f"{report.recording}.wav",
        )
        match report:
            case csta.RecordingStarted():
                self._call(report.call, at)
                row = replace(row, line=report.line)
            case csta.RecordingLost():
                row = replace(row, state=RecordingState.LOST, reason=report.reason)
            case csta.RecordingReady():
                whole = RecordingState.CLOSED if report.seconds else RecordingState.LOST
                row = replace(
                    row,
                    state=RecordingState.CUT if row.reason == CUT else whole,
                    ended=at,
                    seconds=report.seconds,
                    lost_s=report.lost_s,
                    sha256=report.sha256,
                )
            case _:
                pass
        self.recordings[row.recording] = row
        self._changed_recordings.add(row.recording)

    # --- rows -----------------------------------------------------------------------------------------------------

    def _call(self, call: CallId, at: datetime) -> CallRow:
        """A call whose beginning was lost begins with the first that is heard of it."""
        if call not in self.calls:
            self._put(CallRow(call=call, stream=self.stream.stream, position=self._before, began=at))
        return self.calls[call]

    def _put(self, row: CallRow) -> None:
        self.calls[row.call] = row
        self._changed_calls.add(row.call)

    def _joined(
        self,
        call: CallId,
        device: str,
        at: datetime,
        *,
        connected: datetime | None = None,
        agent: AgentId | None = None,
    ) -> None:
        """The device is in the call from now on, or connected now if it was in it already."""
        rows = self.connections.setdefault(call, [])
        for place, row in enumerate(rows):
            if row.device == device and row.ended is None:
                rows[place] = replace(row, connected=row.connected or connected)
                self._changed_connections.add((call, row.number))
                return
        self._call(call, at)
        number = len(rows) + 1
        rows.append(ConnectionRow(call=call, number=number, device=device, began=at, agent=agent, connected=connected))
        self._changed_connections.add((call, number))

    def _left(
        self,
        call: CallId,
        at: datetime,
        *,
        only: str = "",
        but: Iterable[str] = (),
        cause: csta.Cause | None = None,
        caller_too: bool = False,
    ) -> None:
        """Devices that leave the call; number 1, the caller or in a call of ours the agent, stays to the end."""
        rows = self.connections.get(call, [])
        for place, row in enumerate(rows):
            stays = (only and row.device != only) or row.device in but
            if row.ended or stays or (row.number == 1 and not (caller_too or only)):
                continue
            rows[place] = replace(row, ended=at, cause=cause.value if cause else None)
            self._changed_connections.add((call, row.number))
