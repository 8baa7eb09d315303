"""One port of the board: a session on its link, tick by tick."""

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from drivers.base import TICK_SAMPLES, Hook, LineFault, LineOk, Signal
from drivers.modem.link import Link, LinkLost
from drivers.modem.plan import ModemPlan
from drivers.modem.session import Session


class Sound(Protocol):
    """The audio of a modem whose samples go another way than its serial port."""

    def hear(self) -> NDArray[np.int16]:
        """(160,): the next tick."""
        ...

    def speak(self, frame: NDArray[np.int16]) -> None:
        """(160,), once a tick."""
        ...

    @property
    def trouble(self) -> str:
        """Why it is silent; empty: it is not."""
        ...

    def open(self) -> None: ...

    def close(self) -> None: ...


class ModemLine:
    """`link` is the modem's serial port; `sound` its jacks, where they are used."""

    def __init__(self, plan: ModemPlan, port: int, link: Link, sound: Sound | None = None) -> None:
        self.session = Session(plan, port)
        self.sound: Final = sound
        self._port: Final = port
        self._link: Final = link
        self._is_open = False  # as far as the session knows
        self._is_mute = False  # it was told that the sound card is away

    def open(self) -> None:
        """Time and counters begin anew."""
        self.session = Session(self.session.plan, self._port)
        self._is_open = self._is_mute = False
        if self.sound is not None:
            self.sound.open()

    def tick(self, at: int) -> tuple[NDArray[np.int16], list[Signal]]:
        """What was heard, (160,), and the facts of this tick."""
        self._exchange(at)
        return self._hear(), [*self.session.facts(), *self._sound_facts(at)]

    def speak(self, frame: NDArray[np.int16]) -> None:
        if self.sound is not None:
            self.sound.speak(frame if self.session.off_hook else np.zeros(TICK_SAMPLES, np.int16))
        self.session.speak(frame)

    def hook(self, position: Hook) -> None:
        self.session.hook(position)

    @property
    def remarks(self) -> tuple[str, ...]:
        trouble = self.sound.trouble if self.sound is not None else ""
        return (*self.session.remarks, *((trouble,) if trouble else ()))

    def close(self) -> None:
        """Blocks shortly at most."""
        self._link.close()
        if self.sound is not None:
            self.sound.close()

    def _sound_facts(self, at: int) -> list[Signal]:
        """A line without audio is out of service, whatever its modem says."""
        trouble = self.sound.trouble if self.sound is not None else ""
        if bool(trouble) == self._is_mute:
            return []
        self._is_mute = bool(trouble)
        return [LineFault(self._port, at, trouble) if trouble else LineOk(self._port, at)]

    def _exchange(self, at: int) -> None:
        try:
            data = self._link.poll()
        except LinkLost as lost:
            self.session.lost(str(lost), at)
            self._is_open = False
            return
        if data is None:
            self.session.unplugged(at)
            self._is_open = False
            return
        if not self._is_open:
            self._is_open = True
            self.session.plugged(at)
        self.session.received(data, at)
        self.session.tick(at, room=self._link.room)
        self._link.send(self.session.outgoing())

    def _hear(self) -> NDArray[np.int16]:
        if self.sound is not None:
            heard = self.sound.hear()
            return heard if self.session.off_hook else np.zeros(TICK_SAMPLES, np.int16)
        return self.session.hear()
