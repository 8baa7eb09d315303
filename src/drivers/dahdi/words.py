"""What is wrong with a DAHDI installation, in sentences that say what to do. Nothing here touches a device."""

import errno
from collections.abc import Sequence
from typing import Final

from drivers.base import PortKind
from drivers.dahdi import abi
from drivers.dahdi.abi import Signalling

CTL: Final = "/dev/dahdi/ctl"
CHANNEL: Final = "/dev/dahdi/channel"


class ChannelFault(Exception):
    """A channel that cannot be used; the message says why and what to do."""


def together(faults: Sequence[str]) -> str:
    """The first of them, and how many more."""
    others = len(set(faults)) - 1
    return faults[0] + (f"; and {others} more like it" if others else "")


def no_device(path: str, why: OSError) -> str:
    """Why a device node could not be opened."""
    match why.errno:
        case errno.ENOENT:
            return f"there is no {path}: the kernel module dahdi is not loaded (modprobe dahdi, then dahdi_cfg)"
        case errno.EACCES | errno.EPERM:
            return (
                f"{path} may not be opened by this user: let it join the group that owns the device (ls -l {path};"
                " usermod -aG GROUP USER) and start again"
            )
        case errno.ENXIO | errno.ENODEV:
            return f"behind {path} is no driver: the kernel module dahdi is not loaded (modprobe dahdi)"
        case _:
            return f"{path} could not be opened: {why.strerror}"


def not_bound(channel: int, kind: PortKind, why: OSError) -> str:
    """Why SPECIFY refused."""
    match why.errno:
        case errno.ENXIO:
            return _no_signalling(channel, kind)
        case errno.EINVAL | errno.ENODEV:
            return (
                f"channel {channel} does not exist: is the card's driver loaded, and are its spans assigned"
                " (lsdahdi; auto_assign_spans=1 of the module dahdi)?"
            )
        case errno.EBUSY:
            return f"channel {channel} is in use by another program (Asterisk?): stop it, one program has a channel"
        case _:
            return f"channel {channel} could not be taken: {why.strerror}"


_WANTED: Final = {PortKind.FXO: "fxsks", PortKind.FXS: "fxoks", PortKind.E1_CAS: "cas"}


def wrong_signalling(channel: int, kind: PortKind, sigtype: int) -> str | None:
    """Why the channel cannot be a port of that kind; None if it can."""
    wanted = f"{_WANTED[kind]}={channel}"
    if sigtype == Signalling.NONE:
        return _no_signalling(channel, kind)
    is_ours = {
        PortKind.FXO: bool(sigtype & abi.FXS_SIGNALLING),
        PortKind.FXS: bool(sigtype & abi.FXO_SIGNALLING),
        PortKind.E1_CAS: sigtype == Signalling.CAS,
    }[kind]
    if is_ours:
        return None
    if kind is PortKind.FXO and sigtype & abi.FXO_SIGNALLING:
        return (
            f"channel {channel} is set up for a telephone ({_name(sigtype)}), not for a line: a line's port (FXO) has FXS"
            f" signalling. If the module there is FXO, write {wanted} into /etc/dahdi/system.conf and run dahdi_cfg; if it"
            " is FXS, do not plug the exchange's line in there"
        )
    if kind is PortKind.FXS and sigtype & abi.FXS_SIGNALLING:
        return (
            f"channel {channel} is set up for a line ({_name(sigtype)}), not for a telephone: a telephone's port (FXS) has"
            f" FXO signalling. If the module there is FXS, write {wanted} into /etc/dahdi/system.conf and run dahdi_cfg"
        )
    return (
        f"channel {channel} has signalling {_name(sigtype)}: write {wanted} into /etc/dahdi/system.conf, run dahdi_cfg"
    )


def _no_signalling(channel: int, kind: PortKind) -> str:
    wanted = f"{_WANTED[kind]}={channel}"
    return f"channel {channel} has no signalling yet: write {wanted} into /etc/dahdi/system.conf and run dahdi_cfg"


def wrong_law(channel: int, law: int, wanted: int) -> str | None:
    """A remark, no fault: calls go on, a little noisier; on E1 they would be distorted."""
    if law in {wanted, abi.Law.DEFAULT}:
        return None
    names = {abi.Law.MU: "µ-law", abi.Law.A: "A-law"}
    return (
        f"channel {channel} works in {names.get(abi.Law(law), law)} where {names[abi.Law(wanted)]} is wanted:"
        " load the card's driver with alawoverride=1 (or companding=alaw), in China all lines are A-law"
    )


def _name(sigtype: int) -> str:
    try:
        return Signalling(sigtype).name
    except ValueError:
        return f"{sigtype:#x}"
