"""Finds the board that the settings name, and sees that its ports are what the settings say hangs on them."""

from collections.abc import Iterable, Sequence
from importlib.metadata import entry_points
from typing import Final

from cti_core.call_control.cas_states import CasPlan
from cti_core.call_control.ids import LineId, PortOwner
from cti_core.faults import ConfigError, Fault
from cti_core.settings import Settings
from cti_core.settings_reader import faults_of
from drivers.base import TICK_SAMPLES, Board, BoardLost, Capability, PortKind

BOARDS: Final = "hospital_cti.boards"  # entry points: third parties add theirs
SIMULATED: Final = "simulated"


def board_of(settings: Settings) -> Board:
    """Raises ConfigError: no such board, its own settings are wrong, its ports do not fit the lines and telephones."""
    found = {point.name: point for point in entry_points(group=BOARDS)}
    name = settings.board.name
    if name not in found:
        raise ConfigError(
            [_fault(settings, "board.name", f'no board "{name}" is installed; there are {sorted(found)}')]
        )
    try:
        board: Board = found[name].load().from_settings({**settings.board.settings, **_size(settings)})
    except ValueError as why:
        raise ConfigError(faults_of(settings.file, ("board", "settings"), str(why))) from why
    except BoardLost as why:
        raise ConfigError([_fault(settings, "board", str(why))]) from why
    if faults := [_fault(settings, key, message) for key, message in _misfits(board, settings)]:
        raise ConfigError(faults)
    return board


def _size(settings: Settings) -> dict[str, object]:
    """`lines` are all ports of a board; the simulated one builds the telephones that are asked for behind its lines."""
    if settings.board.name == SIMULATED:
        return {"lines": settings.board.lines, "extensions": len(settings.extensions)}
    return {"lines": len(settings.owners)}


def _misfits(board: Board, settings: Settings) -> Iterable[tuple[str, str]]:
    owners = settings.owners
    trunks = {line.plan.line for line in settings.lines if isinstance(line.plan, CasPlan)}
    if len(board.ports) != len(owners):
        lines = sum(isinstance(owner, int) for owner in owners)
        wanted = f"{lines} lines and {len(owners) - lines} [[extensions]]"
        yield "board.lines", f"the board has {len(board.ports)} ports, the settings {wanted}"
        return
    for info, owner in zip(board.ports, owners, strict=True):
        port = info.port + 1
        if isinstance(owner, int) and info.kind is PortKind.FXS:
            yield "lines", f"line {owner} is on port {port}, which is for telephones: name it in [[extensions]]"
        elif isinstance(owner, str) and info.kind is not PortKind.FXS:
            yield "extensions", f'"{owner}" is on port {port}, which goes to the exchange: give it a telephone\'s port'
        elif isinstance(owner, int) and (owner in trunks) != (info.kind is PortKind.E1_CAS):
            yield "lines", _wrong_kind(owner, port, slot=info.kind is PortKind.E1_CAS)


def _wrong_kind(line: LineId, port: int, *, slot: bool) -> str:
    if slot:
        return f'line {line} is on port {port}, a time slot: signalling = "china1", or china1.lines'
    return f'line {line} is on port {port}, which is no time slot: signalling = "loop"'


def _fault(settings: Settings, key: str, message: str) -> Fault:
    return Fault(file=str(settings.file), line=0, key=key, message=message)


def en_bloc_lines(board: Board, owners: Sequence[PortOwner]) -> tuple[LineId, ...]:
    """Lines whose board sends the whole number with the seizure."""
    return _lines_with(Capability.EN_BLOC, board, owners)


def flashing_lines(board: Board, owners: Sequence[PortOwner]) -> tuple[LineId, ...]:
    """Lines whose board can flash them."""
    return _lines_with(Capability.HOOK_FLASH, board, owners)


def _lines_with(capability: Capability, board: Board, owners: Sequence[PortOwner]) -> tuple[LineId, ...]:
    return tuple(
        owner
        for info, owner in zip(board.ports, owners, strict=True)
        if isinstance(owner, int) and info.capabilities & capability
    )


def echo_delay_ticks(board: Board) -> tuple[int, ...]:
    """Of each port: what it tells itself, else the board's."""
    own = (info.transmit_delay_samples for info in board.ports)
    return tuple((board.transmit_delay_samples if each is None else each) // TICK_SAMPLES for each in own)
