"""The emulated modem on a pseudo terminal, in real time."""

import os
import pty
import select
import threading
import time
import tty
from typing import Self

from modem.emulator import Make, Modem


class PtyModem:
    """The modem on a pseudo terminal, in real time, in a thread of its own."""

    def __init__(self, make: Make | None = None, speed: int = 1) -> None:
        self.modem = Modem(make)
        self.lock = threading.Lock()
        self._speed = speed
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._master = self._slave = -1
        self.path = ""

    def __enter__(self) -> Self:
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        self._thread = threading.Thread(target=self._run, name="modem", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    def unplug(self) -> None:
        """The other side sees a hang-up."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            os.close(self._slave)
            os.close(self._master)

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stop.is_set():
            due += 0.01
            time.sleep(max(due - time.monotonic(), 0))
            with self.lock:
                self._beat()

    def _beat(self) -> None:
        while (room := self.modem.room()) > 0 and select.select([self._master], [], [], 0)[0]:
            self.modem.receive(os.read(self._master, min(room, 1024)))
        for _ in range(self._speed):
            self.modem.advance(80)
        out = self.modem.take()
        try:
            while out:
                out = out[os.write(self._master, out) :]
        except BlockingIOError:
            pass  # nobody reads: a serial line loses it too
