"""The kernel's echo cancellers."""

from typing import Final

from drivers.dahdi import abi, words
from drivers.dahdi.abi import Ioctl
from drivers.dahdi.kernel import Kernel

TAPS: Final = (32, 64, 128, 256, 512, 1024)  # others make the kernel's module take its default


def taps(tail_ms: int) -> int:
    """The shortest that covers the tail; 8 taps are 1 ms."""
    return next((number for number in TAPS if number >= tail_ms * 8), TAPS[-1])


def attach(kernel: Kernel, canceller: str, channels: list[int]) -> tuple[str, ...]:
    """Attach one to each channel; sentences about what failed."""
    try:
        control = kernel.open(words.CTL)
    except OSError as why:
        return (words.no_device(words.CTL, why),)
    complaints = []
    try:
        for channel in channels:
            raw = bytearray(abi.ATTACH_ECHO_CANCELLER.pack(channel, canceller.encode("ascii")))
            try:
                kernel.ioctl(control, Ioctl.ATTACH_ECHOCAN, raw)
            except OSError as why:
                complaints.append(
                    f"channel {channel} got no echo canceller {canceller} ({why.strerror}): is the kernel module"
                    f" dahdi_echocan_{canceller.lower()} loaded?"
                )
    finally:
        kernel.close(control)
    return tuple(complaints)
