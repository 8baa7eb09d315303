"""The user ABI of DAHDI 2.11 and newer (`include/dahdi/user.h`): numbers and structures, nothing else.

Integers are native C `int`. x86-64 and arm64 agree. Not to be confused: an FXO *port* (towards the exchange) has FXS
*signalling* and the other way round.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final

_MAGIC: Final = 0xDA
_WRITE: Final = 1  # from us to the kernel
_READ: Final = 2


def _number(direction: int, number: int, size: int) -> int:
    """`_IOC` of asm-generic/ioctl.h."""
    return direction << 30 | size << 16 | _MAGIC << 8 | number


_INT: Final = 4
PARAMS: Final = struct.Struct("=12i40s11iI")
SPANINFO: Final = struct.Struct("=i20s40si")  # spanno, name, desc, alarms: how 314 packed bytes begin
SPANINFO_SIZE: Final = 314
SPANINFO_COUNTS: Final = struct.Struct("=5i")  # irqmisses, syncsrc, numchans, totalchans, totalspans
SPANINFO_COUNTS_AT: Final = 112
SPANINFO_LOCATION_AT: Final = 180
BUFFERINFO: Final = struct.Struct("=6i")  # txbufpolicy, rxbufpolicy, numbufs, bufsize, readbufs, writebufs
GAINS: Final = struct.Struct("=i256s256s")  # chan, rx, tx
DIAL_OPERATION: Final = struct.Struct("=i256s")
TONE_HEADER: Final = struct.Struct("=2i16i40s")  # count, zone, ringcadence, name
ATTACH_ECHO_CANCELLER: Final = struct.Struct("=i16s")
LINE_CONFIG: Final = struct.Struct("=i20s3i")  # span, name, lbo, lineconfig, sync
CHANNEL_CONFIG: Final = struct.Struct("=i40s4i16s")  # chan, name, sigtype, deflaw, master, idlebits, netdev
DYNAMIC_SPAN: Final = struct.Struct("=20s40s3i")  # driver, address, numchans, timing, spanno
VERSION: Final = struct.Struct("=80s80s")
CARD_VOLTAGES: Final = struct.Struct("=3i")  # tip, ring, battery; mV


class Ioctl(IntEnum):
    FLUSH = _number(_WRITE, 0x03, _INT)
    GET_PARAMS = _number(_READ | _WRITE, 0x05, PARAMS.size)
    SET_PARAMS = _number(_WRITE, 0x05, PARAMS.size)
    HOOK = _number(_WRITE, 0x07, _INT)
    GETEVENT = _number(_READ, 0x08, _INT)
    SPANSTAT = _number(_READ | _WRITE, 0x0A, SPANINFO_SIZE)
    GETGAINS = _number(_READ | _WRITE, 0x10, GAINS.size)
    SETGAINS = _number(_WRITE, 0x10, GAINS.size)
    SPANCONFIG = _number(_WRITE, 0x12, LINE_CONFIG.size)
    CHANCONFIG = _number(_WRITE, 0x13, CHANNEL_CONFIG.size)
    GETTONEZONE = _number(_READ, 0x16, _INT)
    SETTONEZONE = _number(_WRITE, 0x16, _INT)
    DEFAULTZONE = _number(_WRITE, 0x18, _INT)
    LOADZONE = _number(_WRITE, 0x19, TONE_HEADER.size)
    GET_BUFINFO = _number(_READ, 0x1B, BUFFERINFO.size)
    SET_BUFINFO = _number(_WRITE, 0x1B, BUFFERINFO.size)
    DIAL = _number(_WRITE, 0x1F, DIAL_OPERATION.size)
    ECHOCANCEL = _number(_WRITE, 0x21, _INT)
    CHANNO = _number(_READ, 0x22, _INT)
    SPECIFY = _number(_WRITE, 0x26, _INT)
    SETLAW = _number(_WRITE, 0x27, _INT)
    SETLINEAR = _number(_WRITE, 0x28, _INT)
    GETRXBITS = _number(_READ, 0x2B, _INT)
    SETTXBITS = _number(_WRITE, 0x2B, _INT)
    ECHOTRAIN = _number(_WRITE, 0x32, _INT)
    ONHOOKTRANSFER = _number(_WRITE, 0x33, _INT)
    GETVERSION = _number(_READ, 0x39, VERSION.size)
    ATTACH_ECHOCAN = _number(_WRITE, 0x3B, ATTACH_ECHO_CANCELLER.size)
    WCTDM_GET_STATS = _number(_READ, 0x3C, CARD_VOLTAGES.size)
    DYNAMIC_CREATE = _number(_READ | _WRITE, 0x50, DYNAMIC_SPAN.size)
    DYNAMIC_DESTROY = _number(_WRITE, 0x51, DYNAMIC_SPAN.size)
    SETPOLARITY = _number(_WRITE, 0x5C, _INT)
    STARTUP = _number(_WRITE, 0x63, _INT)
    SHUTDOWN = _number(_WRITE, 0x64, _INT)
    BUFFER_EVENTS = _number(_WRITE, 0x69, _INT)


class HookOperation(IntEnum):
    ONHOOK = 0
    OFFHOOK = 1
    FLASH = 3
    START = 4
    RING = 5
    RINGOFF = 6


class KernelEvent(IntEnum):
    """What GETEVENT gives; `PULSE_DIGIT` and above carry a character in the low byte."""

    NONE = 0
    ONHOOK = 1
    RINGOFFHOOK = 2
    WINKFLASH = 3
    ALARM = 4
    NOALARM = 5
    DIALCOMPLETE = 9
    RINGERON = 10
    RINGEROFF = 11
    HOOKCOMPLETE = 12
    BITSCHANGED = 13
    PULSE_START = 14
    POLARITY = 17
    RINGBEGIN = 18
    EC_DISABLED = 19
    REMOVED = 20
    READ_OVERRUN = 29
    WRITE_UNDERRUN = 30
    PULSE_DIGIT = 0x10000


class Signalling(IntEnum):
    NONE = 0
    CLEAR = 0x80
    FXOLS = 0x1008
    FXOGS = 0x1010
    FXOKS = 0x1020
    FXSLS = 0x2001
    FXSGS = 0x2002
    FXSKS = 0x2004
    CAS = 0x8000


FXO_SIGNALLING: Final = 0x1000  # bit of every signalling towards a telephone
FXS_SIGNALLING: Final = 0x2000  # bit of every signalling towards an exchange


class Law(IntEnum):
    DEFAULT = 0
    MU = 1
    A = 2


class Flush(IntFlag):
    READ = 1
    WRITE = 2
    EVENT = 4
    ALL = 7


class LineConfig(IntFlag):
    ESF = 1 << 5
    B8ZS = 1 << 7
    HDB3 = 1 << 9
    CRC4 = 1 << 10


class RxHook(IntEnum):
    """`Params.rxhooksig`. On an FXO port OFFHOOK means battery and no ring, ONHOOK no battery."""

    ONHOOK = 0
    OFFHOOK = 1
    START = 2
    RING = 3
    INITIAL = 4


RED_ALARM: Final = 8  # on an analogue FXO port: no battery
ELAST: Final = 500  # errno of read and write while an event waits (`include/dahdi/user.h`)
POLICY_IMMEDIATE: Final = 0
DIAL_REPLACE: Final = 2
DIAL_CANCEL: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """`struct dahdi_params`, the fields we read."""

    channo: int
    spanno: int
    sigtype: int
    sigcap: int
    rxisoffhook: bool
    rxbits: int
    txhooksig: int
    rxhooksig: int
    curlaw: int
    name: str
    alarms: int


def params_from(raw: bytes | bytearray) -> Params:
    """136 bytes as GET_PARAMS filled them in."""
    f = PARAMS.unpack(raw)
    return Params(
        channo=f[0],
        spanno=f[1],
        sigtype=f[3] & 0xFFFFFFFF,
        sigcap=f[4] & 0xFFFFFFFF,
        rxisoffhook=f[5] != 0,
        rxbits=f[6],
        txhooksig=f[8],
        rxhooksig=f[9],
        curlaw=f[10],
        name=text(f[12]),
        alarms=f[24],
    )


PARAMS_FLASHTIME_AT: Final = 100  # bytes; the break of a flash, ms


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanInfo:
    """`struct dahdi_spaninfo`, the fields we read."""

    spanno: int
    name: str
    alarms: int
    irq_misses: int
    channels: int
    location: str
    """Of the card; spans of one card share it."""
    spans: int
    """How many spans the kernel has in all."""


def span_from(raw: bytes | bytearray) -> SpanInfo:
    """314 bytes as SPANSTAT filled them in."""
    head = SPANINFO.unpack_from(raw)
    location = text(bytes(raw[SPANINFO_LOCATION_AT : SPANINFO_LOCATION_AT + 40]))
    misses, _, channels, _, spans = SPANINFO_COUNTS.unpack_from(raw, SPANINFO_COUNTS_AT)
    return SpanInfo(
        spanno=head[0],
        name=text(head[1]),
        alarms=head[3],
        irq_misses=misses,
        channels=channels,
        location=location,
        spans=spans,
    )


def text(raw: bytes) -> str:
    """Up to the first NUL."""
    return raw.split(b"\0", 1)[0].decode("ascii", "replace")


def integer(value: int = 0) -> bytearray:
    """A C `int` that an ioctl may fill in."""
    return bytearray(struct.pack("=i", value))


def value_of(raw: bytes | bytearray) -> int:
    """What an ioctl filled in."""
    (value,) = struct.unpack_from("=i", raw)
    return int(value)
