"""A tone zone for a kernel that has none: without one it neither rings telephones nor dials.

Only the ring cadence is in it; the tones of the house are made by the house. dahdi_cfg loads a better one.
"""

import errno
from typing import Final

from drivers.dahdi import abi, words
from drivers.dahdi.abi import Ioctl
from drivers.dahdi.kernel import Kernel

NUMBER: Final = 33  # libtonezone's number of the Chinese zone
CADENCE_MS: Final = (1000, 4000)  # line-signalling: 1 s on, 4 s off


def load_if_missing(kernel: Kernel) -> str:
    """Empty if the kernel has a zone now, else why not."""
    try:
        control = kernel.open(words.CTL)
    except OSError as why:
        return words.no_device(words.CTL, why)
    try:
        cadence = CADENCE_MS + (0,) * (16 - len(CADENCE_MS))
        raw = bytearray(abi.TONE_HEADER.pack(0, NUMBER, *cadence, b"China (ring only)"))
        kernel.ioctl(control, Ioctl.LOADZONE, raw)
        kernel.ioctl(control, Ioctl.DEFAULTZONE, abi.integer(NUMBER))
    except OSError as why:
        if why.errno not in {errno.EINVAL, errno.EBUSY}:  # it is there already
            return f"the kernel took no tone zone: {why.strerror}"
    finally:
        kernel.close(control)
    return ""
