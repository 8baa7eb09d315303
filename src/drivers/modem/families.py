"""What differs from one family of voice modems to the next, as data (the vendors' AT manuals; V.253 where none says more)."""

import re
from dataclasses import dataclass, field
from typing import Final

from drivers.modem.codings import Coding


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Commands are given without `AT`. Those in `extras` may answer ERROR."""

    name: str
    ident: str  # pattern for what ATI0 and ATI3 say
    enter_voice: str = "+FCLASS=8"
    leave_voice: str = "+FCLASS=0"
    list_codings: str = "+VSM=?"
    select: tuple[str, ...] = ("+VSM={id},{rate}", "+VSM={id},{rate},0,0")  # the second when the first says ERROR
    codings: tuple[tuple[int, Coding], ...] = ()  # what to use when the list is not understood; the best first
    rate_hz: int = 8000
    off_hook: str = "+VLS=1"
    on_hook: str = "+VLS=0"
    speaker_jacks: str = "+VLS=5"  # line and the modem's audio jacks, off hook (sound card variant)
    receive: str = "+VRX"
    transmit: str = "+VTX"
    stop_receive: bytes = b"\x10!"
    silence: str = "+VSD={sensitivity},{tenths}"
    caller_id: tuple[str, ...] = ("+VCID=1",)
    country: str = "+GCI={country}"
    extras: tuple[str, ...] = ("+VGR=128", "+VGT=128", "+IFC=2,2", "+VIT=0", "+VDR=0")
    voice_results: frozenset[str] = field(default=frozenset({"OK", "VCON"}))  # a voice command that is done


_UNSIGNED: Final = Coding.UNSIGNED_8
_ULAW: Final = Coding.ULAW
_ALAW: Final = Coding.ALAW

V253: Final = Family(name="v253", ident="", codings=((1, _UNSIGNED),))

FAMILIES: Final = (
    Family(
        name="conexant",
        ident=r"^56000|CX93|CX9|Conexant|HSF|ACF",
        codings=((132, _ALAW), (131, _ULAW), (1, _UNSIGNED)),
        caller_id=("-SCID=1;+VCID=1", "+VCID=1"),
    ),
    Family(
        name="usrobotics",
        ident=r"^5601|U\.?S\.? ?Robotics|USR",
        codings=((132, _ALAW), (131, _ULAW), (128, _UNSIGNED)),
    ),
    Family(
        name="silabs",
        ident=r"Si24|Skyworks",
        codings=((5, _ALAW), (4, _ULAW), (1, _UNSIGNED)),
        caller_id=("+VCDT=6", "+VCID=1"),  # 6: DTMF always, as Chinese lines send it
        speaker_jacks="+VLS=13",
    ),
    Family(
        name="agere",
        ident=r"Agere|Lucent|LT V\.9|ELSA",
        codings=((132, _ALAW), (131, _ULAW), (128, _UNSIGNED)),
    ),
    Family(
        name="multitech",
        ident=r"MT5634|MultiModem|Multi-?Tech",
        codings=((132, _ALAW), (131, _ULAW), (128, _UNSIGNED)),
        off_hook="+VLS=2",  # the numbers of the IS-101 draft
    ),
    Family(name="zyxel", ident=r"ZyXEL|1496|2864|Omni", codings=((1, _UNSIGNED),), off_hook="+VLS=2"),
    Family(
        name="intel",
        ident=r"Intel|Ambient|MD566",
        codings=((140, _ALAW), (128, Coding.SIGNED_8)),
    ),
    Family(
        name="rockwell",
        ident=r"Rockwell|RC\d+|RCV\d+|RCVDL",
        enter_voice="#CLS=8",
        leave_voice="#CLS=0",
        list_codings="#VBS=?",
        select=("#VBS=8",),
        codings=((8, _UNSIGNED),),
        rate_hz=7200,
        off_hook="#VLS=4",
        on_hook="H",
        speaker_jacks="#VLS=4",
        receive="#VRX",
        transmit="#VTX",
        stop_receive=b"!",
        silence="#VSS=2;#VSP={tenths}",
        caller_id=("#CID=1",),
        extras=("#VTD=3F,3F,3F", "#BDR=16", "\\Q3"),
    ),
    V253,
)
"""In the order in which they are tried; the last one fits all."""

NAMES: Final = tuple(family.name for family in FAMILIES)


def family_of(ident: str) -> Family:
    """The family of a modem that introduced itself with these lines."""
    return next(
        family for family in FAMILIES if re.search(family.ident, ident, re.IGNORECASE | re.MULTILINE) is not None
    )


def named(name: str) -> Family:
    """Raises StopIteration for a stranger: settings are checked against `NAMES`."""
    return next(family for family in FAMILIES if family.name == name)
