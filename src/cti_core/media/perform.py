"""Does what the mind decided: one match over all actions. Nothing here decides or waits."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, assert_never

from cti_core.call_control.actions import (
    Action,
    AskService,
    Connect,
    DialDigits,
    Disconnect,
    GoOffHook,
    GoOnHook,
    PauseRecording,
    PlayMusic,
    PlayPrompt,
    PlayTone,
    ReleaseExtension,
    ResumeRecording,
    RingExtension,
    StartRecording,
    StopPlaying,
    StopRecording,
    StopRinging,
    StopTone,
    Tell,
)
from cti_core.call_control.cas_words import ListenToRegister, SendSignal, SetCas, StopSignal
from cti_core.call_control.ids import LineId, PortOwner, line_port
from cti_core.call_control.in_talk import FlashLine, SendDigits
from cti_core.call_control.trace import Hop
from cti_core.media.asking import Asker
from cti_core.media.matrix import Matrix
from cti_core.media.playout import Playout
from cti_core.media.recorder import Recorder
from drivers.base import Board, Capability, Hook, Unsupported, operations


class Performer:
    """The hands of one node. `owners[port]` is who is on a board's port; `publish` gets every hop that tells something."""

    def __init__(
        self,
        *,
        board: Board,
        owners: Sequence[PortOwner],
        matrix: Matrix,
        playout: Playout,
        recorder: Recorder,
        asker: Asker,
        publish: Callable[[Hop], None],
    ) -> None:
        self._board = board
        self._ports: Final = {owner: port for port, owner in enumerate(owners)}
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
            case DialDigits():
                self._dial(action)
            case RingExtension(extension):
                self._board.ring(self._ports[extension], on=True)
            case StopRinging(extension):
                self._board.ring(self._ports[extension], on=False)
            case ReleaseExtension(extension):
                self._release(self._ports[extension])
            case PlayTone(extension, tone):
                self._playout.tone(extension, tone)
            case PlayPrompt(line=line, playing=playing, items=items, language=language):
                self._playout.play(line, playing, items, language)
            case PlayMusic(line):
                self._playout.music(line)
            case StopPlaying(owner) | StopSignal(owner) | StopTone(owner):
                self._playout.stop(owner)
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
            case SetCas(line, bits):
                operations(self._board).set_cas(self._ports[line], bits)
            case SendSignal(line, signal, length_s):
                self._playout.signal(line, signal, length_s)
            case SendDigits(line, digits):
                self._send(line, digits.reveal())
            case FlashLine(line, length_ms):
                self._board.flash(self._ports[line], length_ms)
            case ListenToRegister():
                pass  # the pump has the ears
            case Tell():
                self._publish(hop)
            case _:
                assert_never(action)

    def _release(self, port: int) -> None:
        if self._board.ports[port].capabilities & Capability.CLEARS_PHONE:
            self._board.hook(port, Hook.ON)

    def _dial(self, action: DialDigits) -> None:
        """What the board sends by itself (a disc's pulses, a number with its seizure) it does; the rest is sound."""
        port, number = self._ports[action.line], action.number.reveal()
        if action.pulse or self._board.ports[port].capabilities & Capability.EN_BLOC:
            operations(self._board).dial(port, number, pulse=action.pulse)
        else:
            self._playout.dial(action.line, number)

    def _send(self, line: LineId, keys: str) -> None:
        """In a call: a board that tells keys beside the sound does, where the far end agreed to it; else they are sound."""
        port = self._ports[line]
        if self._board.ports[port].capabilities & Capability.EN_BLOC:
            with suppress(Unsupported):
                operations(self._board).dial(port, keys)
                return
        self._playout.send(line, keys)
