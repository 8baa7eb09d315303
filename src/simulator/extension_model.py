"""What a telephone on an FXS port is like, and how the port reads its hook.

The defaults are an ordinary telephone on a short wire. Oddities are fields here and arrows in `extension_line`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from simulator.line_model import LineModel
from simulator.model_settings import check_ranges, read, types_of

_RANGES: Final[dict[str, tuple[float, float]]] = {
    "bounce_ms": (0.0, 30.0),
    "disc_pps": (7.0, 22.0),
    "disc_make": (0.2, 0.6),
    "disc_bounce_ms": (0.0, 5.0),
    "debounce_ms": (1.0, 50.0),
    "flash_min_ms": (50, 1000),
    "flash_max_ms": (100, 2000),
    "pulse_pause_ms": (60, 500),
    "ring_on_s": (0.1, 10.0),
    "ring_off_s": (0.1, 20.0),
    "ring_trip_ms": (0, 500),
    "line_test_ms": (0, 2000),
    "receive_db": (-30.0, 6.0),
    "transmit_db": (-30.0, 6.0),
    "noise_dbm0": (-90.0, -20.0),
    "hum_dbm0": (-90.0, -20.0),
    "echo_return_loss_db": (0.0, 90.0),
    "echo_delay_ms": (0.0, 8.0),
    "dtmf_low_dbm0": (-40.0, 0.0),
    "dtmf_twist_db": (-12.0, 12.0),
    "dtmf_offset": (-0.05, 0.05),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionModel:
    """Raises ValueError naming the field that is out of its range, or the window that is none."""

    # the telephone
    bounce_ms: float = 6.0  # assumed: contacts of the cradle chatter at most so long
    disc_pps: float = 10.0  # GB/T 15279: 10 ± 1 pulses a second
    disc_make: float = 0.4  # share of a pulse in which the loop is closed: 33/66 is 0.33, 40/60 is 0.4
    disc_bounce_ms: float = 1.0  # assumed: a disc's contacts are made for it
    dtmf_low_dbm0: float = -9.0  # GB/T 15279: low −9 ± 3, high 2 ± 1 dB above it
    dtmf_twist_db: float = 2.0
    dtmf_offset: float = 0.0
    # the wire
    receive_db: float = -3.0  # assumed: telephone to us, on a short wire
    transmit_db: float = -3.0  # assumed: us to the telephone
    noise_dbm0: float = -65.0
    hum_dbm0: float = -90.0  # -90: none
    echo_return_loss_db: float = 14.0  # boards.md §3.3: hybrid 8–20 dB
    echo_delay_ms: float = 0.5  # assumed: converters of the port; the wire adds nothing
    # the port
    debounce_ms: float = 12.0  # assumed: a loop that is steady so long has changed; more than contacts chatter
    flash_min_ms: int = 90  # boards.md §3.3: a flash is 90–600 ms; a disc breaks for 66 ms at most
    flash_max_ms: int = 600  # longer: the handset was replaced
    pulses: bool = True  # breaks shorter than a flash are a disc's (boards.md R16)
    pulse_pause_ms: int = 150  # assumed: a longer pause ends the digit; a disc pauses for 40 ms within one
    ring_on_s: float = 1.0  # GB/T 3380: 1 s on, 4 s off
    ring_off_s: float = 4.0
    ring_trip_ms: int = 100  # assumed: a telephone lifted in a burst is noticed a little later
    line_test_ms: int = 0  # it measures the wire when the loop has opened and tells that nothing is there; 0: it cannot

    def __post_init__(self) -> None:
        check_ranges(self, _RANGES)
        if self.flash_max_ms <= self.flash_min_ms:
            raise ValueError(f"flash_max_ms: {self.flash_max_ms} ms is not above flash_min_ms, {self.flash_min_ms} ms")

    def wire(self) -> LineModel:
        """The copper, as `simulator.copper` wants it. A port's own converters do not compand."""
        return LineModel(
            receive_db=self.receive_db,
            transmit_db=self.transmit_db,
            noise_dbm0=self.noise_dbm0,
            hum_dbm0=self.hum_dbm0,
            echo_return_loss_db=self.echo_return_loss_db,
            echo_delay_ms=self.echo_delay_ms,
            dtmf_low_dbm0=self.dtmf_low_dbm0,
            dtmf_twist_db=self.dtmf_twist_db,
            dtmf_offset=self.dtmf_offset,
            companded=False,
        )


_TYPES: Final = types_of(ExtensionModel)


def extension_model_from(settings: Mapping[str, object]) -> ExtensionModel:
    """Read a model from settings. Raises ValueError with every fault, each naming its key."""
    return ExtensionModel(**read(settings, _TYPES, _RANGES, "an extension"))  # type: ignore[arg-type]  # checked by its types
