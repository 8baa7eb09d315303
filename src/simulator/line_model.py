"""What one subscriber line is like: the copper, the exchange behind it and the telephone at its far end.

The defaults are an ordinary Chinese line off an ONU or a city exchange (boards.md §3): hang-up by busy tone alone, no
reversal, no loop drop. Oddities are fields here and arrows in `subscriber_line` and `originating`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from simulator.model_settings import check_ranges, read, types_of

_RANGES: Final[dict[str, tuple[float, float]]] = {
    "battery_v": (-60.0, -15.0),
    "ring_on_s": (0.02, 10.0),
    "ring_off_s": (0.02, 20.0),
    "ring_first_s": (0.0, 10.0),
    "seize_ms": (0, 2000),
    "dial_tone_delay_s": (0.0, 10.0),
    "dial_tone_s": (0.1, 600.0),
    "digit_gap_s": (0.1, 60.0),
    "routing_s": (0.0, 30.0),
    "ringback_s": (0.1, 600.0),
    "announcement_s": (0.1, 60.0),
    "howler_s": (0.0, 3600.0),
    "busy_s": (0.0, 3600.0),
    "busy_cut_ms": (0, 699),
    "loop_drop_ms": (0, 2000),
    "receive_db": (-30.0, 6.0),
    "transmit_db": (-30.0, 6.0),
    "tone_db": (-30.0, 6.0),
    "tone_offset_hz": (-50, 50),
    "tone_cadence": (0.5, 2.0),
    "noise_dbm0": (-90.0, -20.0),
    "hum_dbm0": (-90.0, -20.0),
    "echo_return_loss_db": (0.0, 90.0),
    "echo_delay_ms": (0.0, 8.0),
    "dtmf_low_dbm0": (-40.0, 0.0),
    "dtmf_twist_db": (-12.0, 12.0),
    "dtmf_offset": (-0.05, 0.05),
    "caller_id_dbm0": (-40.0, 0.0),
}


class CallerIdSystem(StrEnum):
    """How the exchange tells who calls."""

    NONE = "none"
    FSK = "fsk"  # between the first and the second ring: the common one
    DTMF = "dtmf"  # before the first ring


class CallerIdFault(StrEnum):
    """What goes wrong with it; where it is missing, the system is NONE."""

    NONE = "none"
    CORRUPT = "corrupt"  # FSK: a bit is wrong, so is the checksum; DTMF: no stop code
    CUT = "cut"  # it ends half way


class DialTone(StrEnum):
    """What a house hears that lifts."""

    DIAL = "dial"
    SPECIAL = "special"  # a service is active: forwarding, do not disturb
    NONE = "none"  # no register is free: nothing comes, digits are lost


class Release(StrEnum):
    """What a house hears when the far party has hung up; reversal and loop drop come on top."""

    BUSY = "busy"
    SILENCE = "silence"
    DIAL = "dial"  # a new dial tone


@dataclass(frozen=True, slots=True, kw_only=True)
class LineModel:
    """Levels in dBm0; losses as negative gain in dB. Raises ValueError naming the field that is out of its range."""

    battery_v: float = -48.0  # on hook; an ONU feeds 24 V
    ring_on_s: float = 1.0  # GB/T 3380: 25 Hz, 1 s on, 4 s off
    ring_off_s: float = 4.0
    ring_first_s: float = 0.0  # the first burst, where it is cut short; 0: as the others
    seize_ms: int = 0  # until the exchange notices that we lift; a call that comes meanwhile is glare
    dial_tone: DialTone = DialTone.DIAL
    dial_tone_delay_s: float = 0.3  # boards.md §3.3: 0.2–3 s
    dial_tone_s: float = 20.0  # assumed: then busy tone, then howler
    rotary: bool = False  # the exchange takes breaks of the loop for digits, beside DTMF
    digit_gap_s: float = 10.0  # assumed: between digits; then busy tone
    routing_s: float = 0.5  # assumed: from the last digit to ringback or refusal
    ringback_s: float = 60.0  # assumed: nobody answers so long, then busy tone
    announcement_s: float = 4.0  # assumed
    howler_s: float = 60.0  # assumed
    release: Release = Release.BUSY  # line-signalling §5
    busy_s: float = 60.0  # line-signalling §5.1: busy tone lasts 40–60 s, then silence
    busy_cut_ms: int = 0  # busy tone that follows a hang-up begins so far into its cycle
    loop_drop_ms: int = 0  # 0: the loop stays; where an exchange drops it, 250–900 ms (§5.3)
    polarity_reversal: bool = False  # on answer and back on release; only where ordered (§5.2)
    receive_db: float = -6.0  # assumed: far telephone to us
    transmit_db: float = -6.0  # assumed: us to the far telephone
    tone_db: float = -3.0  # assumed: loss of the loop, on the exchange's own tones
    tone_offset_hz: int = 0  # GB/T 3380: ± 25 Hz, and ± 10 % of the durations
    tone_cadence: float = 1.0
    noise_dbm0: float = -60.0  # boards.md §3.3: −65…−40
    hum_dbm0: float = -90.0  # 50 Hz, and 150 Hz 6 dB below; -90: none
    echo_return_loss_db: float = 14.0  # boards.md §3.3: hybrid 8–20 dB
    echo_delay_ms: float = 2.0  # boards.md §3.3: 1–8 ms
    dtmf_low_dbm0: float = -9.0  # GB/T 15279: low −9 ± 3, high 2 ± 1 dB above it
    dtmf_twist_db: float = 2.0  # high minus low
    dtmf_offset: float = 0.0  # both frequencies, as a share: 0.015 is +1.5 %
    caller_id: CallerIdSystem = CallerIdSystem.NONE  # the exchange chooses (line-signalling §4)
    caller_id_fault: CallerIdFault = CallerIdFault.NONE
    caller_id_dbm0: float = -13.5  # GR-30; Chinese receivers are asked for about -36
    companded: bool = True  # the exchange is digital: what comes from it has been A-law

    def __post_init__(self) -> None:
        check_ranges(self, _RANGES)


_TYPES: Final = types_of(LineModel)


def model_keys() -> frozenset[str]:
    """The keys that `model_from` knows."""
    return frozenset(_TYPES)


def model_from(settings: Mapping[str, object]) -> LineModel:
    """Read a model from settings. Raises ValueError with every fault, each naming its key."""
    return LineModel(**read(settings, _TYPES, _RANGES, "a line"))  # type: ignore[arg-type]  # checked by its types
