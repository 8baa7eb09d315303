"""A voice modem by ITU-T V.253, for tests: bytes in, bytes out, time by samples; `pty_modem` puts it on a pseudo terminal.

Written from the fact sheet of AT voice commands, not from our driver; Debian's `vm` and `vgetty` complete their sessions
with it (`test_mgetty_accepts_the_emulator.py`), so it is no mirror of our own misunderstandings. The far end of its line
is in the test's hands: `ring`, `say`, `busy`, `heard`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

RATE = 8000
DLE = 0x10
PLAYS_BYTES = 4000  # what it buffers of a transmission


def _unsigned(samples: np.ndarray) -> bytes:
    return np.clip(samples // 256 + 128, 0, 255).astype(np.uint8).tobytes()


def _from_unsigned(data: bytes) -> np.ndarray:
    return ((np.frombuffer(data, np.uint8).astype(np.int32) - 128) * 256).astype(np.int16)


def _signed(samples: np.ndarray) -> bytes:
    return np.clip(samples // 256, -128, 127).astype(np.int8).tobytes()


def _from_signed(data: bytes) -> np.ndarray:
    return (np.frombuffer(data, np.int8).astype(np.int32) * 256).astype(np.int16)


def _wide(samples: np.ndarray) -> bytes:
    return samples.astype("<i2").tobytes()


def _from_wide(data: bytes) -> np.ndarray:
    return np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.int16)


ROCKWELL = {"#CLS=8": "+FCLASS=8", "#CLS=0": "+FCLASS=0", "#VLS=4": "+VLS=1", "#VRX": "+VRX", "#VTX": "+VTX"}

CODINGS: dict[int, tuple[Callable[[np.ndarray], bytes], Callable[[bytes], np.ndarray], int]] = {
    0: (_signed, _from_signed, 1),
    1: (_unsigned, _from_unsigned, 1),
    133: (_wide, _from_wide, 2),
}


@dataclass(frozen=True)
class Make:
    """What kind of modem it is."""

    ident: tuple[str, ...] = ("33600bps Voice Modem For Italy",)
    vsm: tuple[str, ...] = (
        '0,"SIGNED PCM",8,0,(8000),(0),(0)',
        '1,"UNSIGNED PCM",8,0,(8000),(0),(0)',
    )
    off_hook: tuple[str, ...] = ("1", "5")  # of +VLS
    voice: bool = True
    short_vsm: bool = True  # +VSM=1,8000; else the long form only
    marks_keys: bool = True  # DLE / and DLE ~ around a key
    rings_as_dle: bool = True  # in class 8; else the line RING
    reply_samples: int = 160  # how long it thinks
    rockwell: bool = False  # commands of the older set, `#V…`, and a bare `!` ends a recording
    rate: int = RATE  # of its samples; 7200 in the older set


class Modem:
    """Everything between the serial port and the copper. `advance` is time; nothing happens without it."""

    def __init__(self, make: Make | None = None) -> None:
        self.make = make or Make()
        self.commands: list[str] = []  # every command line, without AT
        self.off_hook = False
        self.mute = False  # answers nothing
        self.noise: Callable[[int], bytes] | None = None  # sends this instead of anything sensible
        self.deaf_to_stop = False
        self.heard = np.zeros(160, np.int16)  # the last 20 ms of what the far end heard
        self.all_heard: list[np.ndarray] = []
        self.underruns = 0
        self._now = 0
        self._out = bytearray()
        self._later: list[tuple[int, bytes]] = []  # (when, bytes): replies under way
        self._line = bytearray()
        self._echo = True
        self._class = 0
        self._caller_id = False
        self._mode = "command"  # receive, transmit
        self._shielded = False
        self._coding = 1
        self._play = bytearray()
        self._play_ends = False
        self._say = np.zeros(0, np.int16)
        self._rings_at: int | None = None  # the next burst
        self._number: str | None = None
        self._bursts = 0
        self._last_command = ""

    # --- the far end of the line ----------------------------------------------------------------------------------

    def ring(self, number: str | None = None) -> None:
        """A caller calls: bursts each 5 s until we answer or `stop_ringing`; the number between the first two."""
        self._rings_at, self._number, self._bursts = self._now, number, 0

    def stop_ringing(self) -> None:
        self._rings_at = None

    def say(self, samples: np.ndarray) -> None:
        self._say = samples.astype(np.int16)

    def busy(self) -> None:
        """The exchange sends busy tone, and the modem knows it."""
        self._say = np.zeros(0, np.int16)
        self.code("b")

    def code(self, char: str) -> None:
        """An event, shielded; off hook or in voice mode only."""
        self._out += bytes([DLE, ord(char)])

    def key(self, digit: str) -> None:
        """A caller holds a key for 140 ms."""
        marked = self.make.marks_keys
        for after, chars in (
            (0, "/" + digit if marked else digit),
            (560, digit),
            (1120, digit + "~" if marked else digit),
        ):
            self._later.append((self._now + after, b"".join(bytes([DLE, ord(char)]) for char in chars)))

    def line_says(self, text: str) -> None:
        """A result code out of the blue; audio ends first."""
        if self._mode == "receive":
            self._out += bytes([DLE, 3])
        self._mode = "command"
        self._out += f"\r\n{text}\r\n".encode()

    def power_cycle(self) -> None:
        """As it was bought."""
        self._mode, self._class, self.off_hook = "command", 0, False
        self._echo, self._coding = True, 1
        self._line.clear()
        self._play.clear()
        self._later.clear()

    # --- the serial port ------------------------------------------------------------------------------------------

    def take(self) -> bytes:
        """What goes to the host."""
        out = bytes(self._out)
        self._out.clear()
        return b"" if self.mute else out

    def receive(self, data: bytes) -> None:
        for byte in data:
            self._byte(byte)

    def room(self) -> int:
        """Bytes it takes before it drops CTS."""
        return PLAYS_BYTES - len(self._play) if self._mode == "transmit" else 1000

    def _byte(self, byte: int) -> None:
        if self._shielded:
            self._shielded = False
            self._pair(byte)
        elif byte == DLE:
            self._shielded = True
        elif self._mode == "transmit":
            self._play.append(byte)
        elif self._mode == "receive":
            if self.make.rockwell and byte == ord("!"):
                self._stop_recording()
        elif byte == 0x0D:
            line, self._line = self._line.decode("latin-1"), bytearray()
            if self._echo:
                self._out += line.encode("latin-1") + b"\r"
            if not self.mute:
                self._command(line.strip())
        elif byte != 0x0A:
            self._line.append(byte)

    def _pair(self, byte: int) -> None:
        if self._mode == "transmit":
            if byte == DLE:
                self._play.append(DLE)
            elif byte == 3:
                self._play_ends = True
            elif byte == 0x18:
                self._play.clear()
        elif self._mode == "receive" and byte in b"!\x1b" and not self.deaf_to_stop:
            self._stop_recording()

    def _stop_recording(self) -> None:
        self._mode = "command"
        self._out += bytes([DLE, 3])
        self._reply("OK")

    # --- commands -------------------------------------------------------------------------------------------------

    def _command(self, line: str) -> None:
        if line.upper() == "A/":
            line = "AT" + self._last_command
        begin = line.upper().find("AT")
        if begin < 0:
            return
        body = line[begin + 2 :].strip()
        self._last_command = body
        self.commands.append(body)
        for part in body.split(";"):
            answer = self._one(part.strip())
            if answer is None:
                self._reply("ERROR")
                return
            for text in answer[:-1]:
                self._reply(text)
            if part is body.split(";")[-1] or answer[-1] != "OK":
                self._reply(answer[-1])
                return

    def _one(self, command: str) -> list[str] | None:
        """The lines of an answer, the result code last; None: ERROR."""
        upper = command.upper()
        if upper.startswith(("+", "#")):
            return self._extended(upper)
        return self._basic(upper)

    def _basic(self, command: str) -> list[str] | None:
        if command.startswith("D"):
            self.off_hook = True
            return ["VCON" if self._class == 8 else "NO CARRIER"]
        if command == "A":
            return self._set_hook(off=True) if self._class == 8 else ["NO CARRIER"]
        lines: list[str] = []
        for letter, digits in re.findall(r"(&?\\?[A-Z])(=?\??\d*(?:=\d*)?)", command):
            if letter == "E":
                self._echo = digits == "1"
            elif letter in {"Z", "&F"}:
                self._class, self._coding, self._caller_id = 0, 1, False
                self._set_hook(off=False)
            elif letter == "H":
                self._set_hook(off=digits == "1")
            elif letter == "I":
                lines += self.make.ident[:1] if digits in {"", "0"} else self.make.ident
        return [*lines, "OK"]

    def _extended(self, command: str) -> list[str] | None:
        if command.startswith("#"):
            if not self.make.rockwell:
                return None
            command = ROCKWELL.get(command, command)
            if command in {"#VBS=?", "#VTD=3F,3F,3F", "#BDR=16", "#CID=1", "#VBS=8"} or command.startswith("#VS"):
                return ["OK"]
        elif self.make.rockwell and command.startswith(("+V", "+FCLASS=8")):
            return None
        name, _, value = command.partition("=")
        if not self.make.voice and name.startswith("+V"):
            return None
        match name, value:
            case "+FCLASS?", _:
                return [str(self._class), "OK"]
            case "+FCLASS", "?":
                return ["0,1,8" if self.make.voice else "0,1", "OK"]
            case "+FCLASS", "8":
                if not self.make.voice:
                    return None
                self._class = 8
                return ["OK"]
            case "+FCLASS", ("0" | "1" | "2" | "2.0"):
                self._class = 0
                self.off_hook = False
                return ["OK"]
            case (("+GCI" | "+IFC" | "+FLO" | "+GMM" | "+GMI" | "+FMI?" | "+FMM?" | "+FCR" | "+FLI" | "+FAA"), _):
                return ["OK"]
            case _:
                return self._voice(name, value) if self._class == 8 else None

    def _voice(self, name: str, value: str) -> list[str] | None:
        match name, value:
            case "+VSM", "?":
                return [*self.make.vsm, "OK"]
            case "+VSM", _:
                return self._select(value.split(","))
            case "+VLS", "?":
                return [",".join(["0", *self.make.off_hook]), "OK"]
            case "+VLS", _:
                return self._set_hook(off=value in self.make.off_hook) if value in {"0", *self.make.off_hook} else None
            case "+VRX", "":
                self._start("receive")
                return ["CONNECT"]
            case "+VTX", "":
                self._start("transmit")
                return ["CONNECT"]
            case "+VCID", _:
                self._caller_id = value == "1"
                return ["OK"]
            case (
                ("+VTS" | "+VGR" | "+VGT" | "+VSD" | "+VIT" | "+VNH" | "+VRA" | "+VRN" | "+VDR" | "+VTD" | "+VPR"),
                _,
            ):
                return ["OK"]
            case _:
                return None

    def _select(self, values: list[str]) -> list[str] | None:
        if len(values) == 2 and not self.make.short_vsm:
            return None
        if not values[0].isdigit() or int(values[0]) not in CODINGS or values[1:2] not in (["8000"], []):
            return None
        self._coding = int(values[0])
        return ["OK"]

    def _set_hook(self, *, off: bool) -> list[str]:
        self.off_hook = off
        if off:
            self.stop_ringing()
        return ["OK"]

    def _start(self, mode: str) -> None:
        self._starts = (self._now + self.make.reply_samples, mode)
        self._later.append((self._starts[0], b""))
        self._play.clear()
        self._play_ends = False
        self._mode = "command" if mode == "receive" else "transmit"

    _starts: tuple[int, str] | None = None

    def _reply(self, text: str) -> None:
        self._later.append((self._now + self.make.reply_samples, f"\r\n{text}\r\n".encode()))

    # --- time -----------------------------------------------------------------------------------------------------

    def advance(self, samples: int) -> None:
        """`samples` of the line go by, at most 160 at once."""
        self._now += samples
        coded = samples * self.make.rate // RATE
        if self.noise is not None:
            self._later.clear()
            self._out += self.noise(samples)
        due = [data for when, data in self._later if when <= self._now]
        self._later = [(when, data) for when, data in self._later if when > self._now]
        for data in due:
            self._out += data
        if self._starts is not None and self._starts[0] <= self._now:
            self._mode, self._starts = self._starts[1], None
        elif self._mode == "receive":
            self._record(coded)
        self._heard_now(self._played(coded))
        self._perhaps_ring()

    def _record(self, samples: int) -> None:
        said, self._say = self._say[:samples], self._say[samples:]
        wave = np.zeros(samples, np.int16)
        if self.off_hook:
            wave[: len(said)] = said
        self._out += CODINGS[self._coding][0](wave).replace(b"\x10", b"\x10\x10")

    def _played(self, samples: int) -> np.ndarray:
        if self._mode != "transmit" or self._starts is not None:
            return np.zeros(samples, np.int16)
        _, decode, width = CODINGS[self._coding]
        data = bytes(self._play[: samples * width])
        del self._play[: samples * width]
        wave = np.zeros(samples, np.int16)
        played = decode(data)
        wave[: len(played)] = played
        if len(played) < samples and not self._play_ends and self.all_heard_any:
            self.underruns += 1
        if self._play_ends and not self._play:
            self._mode, self._play_ends = "command", False
            self.all_heard_any = False
            self._reply("OK")
        elif len(played):
            self.all_heard_any = True
        return wave

    all_heard_any = False

    def _heard_now(self, wave: np.ndarray) -> None:
        self.heard = wave if self.off_hook else np.zeros(len(wave), np.int16)
        if wave.any() and self.off_hook:
            self.all_heard.append(wave)

    def _perhaps_ring(self) -> None:
        if self._rings_at is None or self._now < self._rings_at:
            return
        self._bursts += 1
        self._rings_at += 5 * RATE
        if self._class == 8 and self.make.rings_as_dle:
            self._out += bytes([DLE, ord("R")])
        else:
            self._out += b"\r\nRING\r\n"
        if self._bursts == 1 and self._caller_id and self._number is not None:
            lines = f"\r\nDATE=1124\r\nTIME=0915\r\nNMBR={self._number}\r\n"
            self._later.append((self._now + 2 * RATE, lines.encode()))
