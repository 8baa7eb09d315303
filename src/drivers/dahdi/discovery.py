"""What DAHDI has on this machine: for people who set it up, and for the words when something is missing."""

from dataclasses import dataclass
from typing import Final

from drivers.dahdi import abi, words
from drivers.dahdi.abi import Ioctl, Params, SpanInfo
from drivers.dahdi.kernel import Kernel
from drivers.dahdi.words import ChannelFault

SPANS_MAX: Final = 128  # assumed: the kernel's own limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    version: str
    spans: tuple[SpanInfo, ...]
    channels: tuple[Params, ...]


def survey(kernel: Kernel) -> Survey:
    """Reads only. Raises ChannelFault when there is no DAHDI at all, or not for this user."""
    try:
        control = kernel.open(words.CTL)
    except OSError as why:
        raise ChannelFault(words.no_device(words.CTL, why)) from why
    try:
        raw = bytearray(abi.VERSION.size)
        kernel.ioctl(control, Ioctl.GETVERSION, raw)
        version = abi.text(abi.VERSION.unpack(raw)[0])
        spans = _spans(kernel, control)
        total = sum(span.channels for span in spans)
        channels = tuple(found for number in range(1, total + 1) if (found := _channel(kernel, control, number)))
    except OSError as why:
        raise ChannelFault(f"{words.CTL} does not answer: {why.strerror}") from why
    finally:
        kernel.close(control)
    return Survey(version=version, spans=spans, channels=channels)


def irq_misses(kernel: Kernel) -> int:
    """Of all cards. Raises ChannelFault."""
    try:
        control = kernel.open(words.CTL)
    except OSError as why:
        raise ChannelFault(words.no_device(words.CTL, why)) from why
    try:
        return sum({span.location: span.irq_misses for span in _spans(kernel, control)}.values())
    finally:
        kernel.close(control)


def _spans(kernel: Kernel, control: int) -> tuple[SpanInfo, ...]:
    found: list[SpanInfo] = []
    wanted = 1
    for number in range(1, SPANS_MAX + 1):
        if len(found) == wanted:
            break
        raw = bytearray(abi.SPANINFO_SIZE)
        raw[:4] = abi.integer(number)
        try:
            kernel.ioctl(control, Ioctl.SPANSTAT, raw)
        except OSError:
            continue  # numbers may have gaps
        span = abi.span_from(raw)
        wanted = span.spans
        found.append(span)
    return tuple(found)


def _channel(kernel: Kernel, control: int, number: int) -> Params | None:
    raw = bytearray(abi.PARAMS.size)
    raw[:4] = abi.integer(number)
    try:
        kernel.ioctl(control, Ioctl.GET_PARAMS, raw)
    except OSError:
        return None
    return abi.params_from(raw)
