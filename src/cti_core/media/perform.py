"""Does what the mind decided: one match over all actions. Nothing here decides or waits."""

from collections.abc import Callable, Sequence
from typing import Final, assert_never

from cti_core.call_control.actions import (
    Action,
    AskService,
    Connect,
    Disconnect,
    GoOffHook,
    GoOnHook,
    PauseRecording,
    PlayMusic,
    PlayPrompt,
    ResumeRecording,
    StartRecording,
    StopPlaying,
    StopRecording,
    Tell,
)
from cti_core.call_control.ids import LineId, line_port
from cti_core.call_control.trace import Hop
from cti_core.media.asking import Asker
from cti_core.media.matrix import Matrix
from cti_core.media.playout import Playout
from cti_core.media.recorder import Recorder
from drivers.base import Board, Hook


class Performer:
    """The hands of one node. `lines[port]` is the line on a board's port; `publish` gets every hop that tells something."""

    def __init__(
        self,
        *,
        board: Board,
        lines: Sequence[LineId],
        matrix: Matrix,
        playout: Playout,
        recorder: Recorder,
        asker: Asker,
        publish: Callable[[Hop], None],
    ) -> None:
        self._board = board
        self._ports: Final = {line: port for port, line in enumerate(lines)}
        self._matrix = matrix
        self._playout = playout
        self._recorder = recorder
        self._asker = asker
        self._publish = publish

    def perform(self, hop: Hop) -> None:
        """A hop that is no action was said inside the house: nothing to do."""
        if isinstance(hop.what, Action):
            self._perform(hop.what, hop)

    def silence(self, line: LineId) -> None:
        """The line has no mind any more: hung up, unplugged, nothing played."""
        self._playout.stop(line)
        self._matrix.clear(line_port(line))
        self._board.hook(self._ports[line], Hook.ON)

    def _perform(self, action: Action, hop: Hop) -> None:
        match action:
            case GoOffHook(line):
                self._board.hook(self._ports[line], Hook.OFF)
            case GoOnHook(line):
                self._board.hook(self._ports[line], Hook.ON)
            case PlayPrompt(line=line, playing=playing, items=items, language=language):
                self._playout.play(line, playing, items, language)
            case PlayMusic(line):
                self._playout.music(line)
            case StopPlaying(line):
                self._playout.stop(line)
            case Connect(source, sink):
                self._matrix.set(source, sink)
            case Disconnect(source, sink):
                self._matrix.set(source, sink, 0)
            case StartRecording(recording=recording, line=line):
                self._recorder.start(recording, line)
            case PauseRecording(recording):
                self._recorder.pause(recording)
            case ResumeRecording(recording):
                self._recorder.resume(recording)
            case StopRecording(recording):
                self._recorder.stop(recording)
            case AskService():
                self._asker.ask(action, hop.at)
            case Tell():
                self._publish(hop)
            case _:
                assert_never(action)
