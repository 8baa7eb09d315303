"""One voice modem from its first AT to its last. Sans I/O: bytes and ticks in; bytes, facts and audio out.

    Waking --set up--> OnHook --hook off--> OffHook --CONNECT--> Listening <--turns--> Speaking
      ^                  ^---- hook on, from anywhere ----'
      '---- back off ---- Away <---- no answer, ERROR where it must not be, NO CARRIER, link lost: from anywhere

At most one order is under way. When none is, `_next` takes one step from the state that is towards the state that is
wanted, so commands of the house may come at any time and in any order. Turns between listening and speaking follow
`Mouth`: half a duplex is all that these modems have.
"""
# Over 400 lines: one machine, one file; its orders, its audio, its mouth and what it tells have files of their own.

import re
from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.base import RATE_HZ, TICK_SAMPLES, DialDone, Hook, LineFault, LineOk, Signal
from drivers.modem import dle
from drivers.modem.audio import Audio
from drivers.modem.families import V253, Family, family_of, named
from drivers.modem.mouth import TICK_MS, Mouth
from drivers.modem.orders import GAP_SAMPLES, Aim, Order, audio_command, command, dialling, stop
from drivers.modem.plan import ModemPlan
from drivers.modem.replies import Result, result_of
from drivers.modem.setting_up import best_coding, reset_orders, voice_orders
from drivers.modem.telling import Teller

WAKE_TRIES: Final = 5
WAKE_SAMPLES: Final = RATE_HZ  # a modem that hears us says OK at once
BACK_OFF_SAMPLES: Final = 2 * RATE_HZ  # assumed: a modem that was reset needs a second
CHECK_SAMPLES: Final = 30 * RATE_HZ  # assumed: an idle modem is asked whether it lives
NEWS_SAMPLES: Final = 60 * RATE_HZ
STARVED_SAMPLES: Final = RATE_HZ  # a second without audio while it records: it does not
NOISE_BYTES_MAX: Final = 2000  # assumed: at the wrong speed each reply is garbage


class State(Enum):
    WAKING = "waking"
    ON_HOOK = "on hook"
    OFF_HOOK = "off hook"
    LISTENING = "listening"
    SPEAKING = "speaking"
    AWAY = "away"


@dataclass(slots=True)
class Counters:
    garbage_lines: int = 0
    faults: int = 0
    turns: int = 0
    overruns: int = 0  # DLE o: the modem lost samples of the line
    underruns: int = 0  # DLE u: we were too slow


class Session:
    """`at` is the board's count of samples. See the module."""

    def __init__(self, plan: ModemPlan, port: int) -> None:
        self.plan: Final = plan
        self.state = State.WAKING
        self.family: Family = named(plan.family) if plan.family else V253
        self.counters: Final = Counters()
        self.mouth: Final = Mouth(plan.turns)
        self.audio: Final = Audio()
        self.fault = ""
        """Why the port is out of service; empty: it is not."""
        self._port: Final = port
        self._teller: Final = Teller(port)
        self._reader: Final = dle.Reader()
        self._out = bytearray()
        self._wanted = Hook.ON
        self._script: deque[Order] = deque()
        self._order: Order | None = None
        self._answered: list[str] = []  # lines that belong to the order under way
        self._due = 0  # when the order under way is given up; when the next may be sent
        self._tries = 0
        self._until = 0  # AWAY: when to try again; ON_HOOK: the next check
        self._ident: list[str] = []
        self._spare_selects: deque[str] = deque()
        self._to_dial: Order | None = None
        self._drops = self._drops_until = 0
        self._drops_told = False
        self._listen_until = 0

    # --- from the house -------------------------------------------------------------------------------------------

    def hook(self, position: Hook) -> None:
        self._wanted = position
        if position is Hook.ON:
            self.mouth.clear()
            self._to_dial = None

    def speak(self, frame: NDArray[np.int16]) -> None:
        """(160,), once a tick; counts only while the house is off hook."""
        if self._wanted is Hook.OFF and not self.plan.soundcard:
            self.mouth.push(frame)

    def dial(self, digits: str, *, pulse: bool) -> None:
        """As soon as the modem is off hook; `DialDone` follows."""
        if self._wanted is Hook.OFF:
            self._to_dial = dialling(digits, pulse=pulse)

    # --- from the modem -------------------------------------------------------------------------------------------

    def received(self, data: bytes, at: int) -> None:
        for piece in self._reader.feed(data):
            match piece:
                case dle.Line(text):
                    self._line(text, at)
                case dle.Audio(audio):
                    self.audio.came(audio, at)
                case dle.Code(char):
                    self._code(char, at)
                case dle.Report(text):
                    for part in re.split(r"[\r\n;]+", text):
                        self._teller.line(part, at)
                case dle.AudioEnd():
                    self.audio.came_at = at

    def lost(self, reason: str, at: int) -> None:
        """The link broke, or could not be opened."""
        self._fail(reason, at)

    def unplugged(self, at: int) -> None:
        """A tick without a link: only what was under way ends."""
        self._teller.expire(at)
        self._out.clear()

    def plugged(self, at: int) -> None:
        """The link is there, for the first time or again."""
        self._wake(at)

    # --- time -----------------------------------------------------------------------------------------------------

    def tick(self, at: int, *, room: bool = True) -> None:
        """20 ms went by; behind `received`. `room`: the link takes more audio."""
        self._teller.expire(at)
        self._note_drops(at)
        if self._order is not None:
            if at >= self._due:
                self._give_up(at)
        elif at >= self._due:
            self._next(at)
        if self.state is State.SPEAKING and room and (self._order is None):
            self._send_audio(self.mouth.next())
        starved = at - self.audio.came_at > STARVED_SAMPLES
        if self.state is State.LISTENING and self._order is None and starved:
            said = self.audio.said()
            mute = "sends no audio although it records: is the cable plugged in?"
            self._fail(f"{self.plan.name} {f'said {said} in the call' if said else mute}", at)

    def _note_drops(self, at: int) -> None:
        """News for a minute; afterwards a figure."""
        if self.mouth.frames_dropped != self._drops:
            self._drops, self._drops_until = self.mouth.frames_dropped, at + NEWS_SAMPLES
        self._drops_told = at < self._drops_until

    # --- to the house and to the modem ----------------------------------------------------------------------------

    @property
    def off_hook(self) -> bool:
        return self.state in {State.OFF_HOOK, State.LISTENING, State.SPEAKING}

    def hear(self) -> NDArray[np.int16]:
        """(160,): the next tick of what the modem records; silence while it does not."""
        if self.state is not State.LISTENING:
            return np.zeros(TICK_SAMPLES, np.int16)
        return self.audio.hear(ending=self._order is not None)

    def facts(self) -> list[Signal]:
        return self._teller.drain()

    def outgoing(self) -> bytes:
        out = bytes(self._out)
        self._out.clear()
        return out

    @property
    def ringing(self) -> bool:
        return self._teller.ringing

    @property
    def at_rest(self) -> bool:
        """On hook and told so, or not there at all."""
        seizing = self._order is not None and self._order.aim is Aim.OFF_HOOK
        return self.state in {State.ON_HOOK, State.AWAY, State.WAKING} and not seizing

    @property
    def remarks(self) -> tuple[str, ...]:
        """What an operator should know now."""
        told = [self.fault] if self.fault else []
        if self._teller.extension_in_use:
            told.append(f"{self.plan.name}: a telephone on the same line is off hook")
        if self._drops_told:
            lost_ms = self.mouth.frames_dropped * TICK_MS
            told.append(f"{self.plan.name}: {lost_ms} ms of speech were dropped while it recorded (half duplex)")
        return tuple(told)

    # --- lines and codes ------------------------------------------------------------------------------------------

    def _line(self, text: str, at: int) -> None:
        result = result_of(text)
        if result is Result.RING:
            self._teller.ring(at)
        elif result is Result.RINGING:
            self._teller.tone("ringback", at)
        elif self._teller.line(text, at):
            pass
        elif self._order is not None and result is not None:
            self._result(self._order, result, at)
        elif result is not None:
            self._unasked(result, at)
        elif self._order is not None and text != self._order.words:
            self._answered.append(text)
            del self._answered[:-100]
        elif self._order is None and text not in {"AT", "DRON", "DROF"} and not text.startswith(("DRON=", "DROF=")):
            self.counters.garbage_lines += 1

    def _code(self, char: str, at: int) -> None:
        if char == "o":
            self.counters.overruns += 1
        elif char == "u":
            self.counters.underruns += 1
        if self.state is State.SPEAKING and char in "0123456789*#ABCD":
            self.mouth.key_heard()
        self._teller.code(char, at)

    def _unasked(self, result: Result, at: int) -> None:
        """A result code that ends no order."""
        if self.state in {State.WAKING, State.AWAY, State.ON_HOOK}:
            return
        if result is Result.BUSY:
            self._teller.tone("busy", at)
        elif result in {Result.NO_CARRIER, Result.NO_DIALTONE, Result.NO_ANSWER, Result.ERROR}:
            self._fail(f"{self.plan.name} said {result.value} in the call", at)

    # --- orders ---------------------------------------------------------------------------------------------------

    def _give(self, order: Order, at: int) -> None:
        self._order = order
        self._answered.clear()
        self._out += order.data
        self._reader.expect_audio = order.audio
        self._due = at + order.patience

    def _result(self, order: Order, result: Result, at: int) -> None:
        if result in order.done or (result is Result.ERROR and order.may_fail):
            self._order = None
            self._due = at + (0 if Result.CONNECT in order.done else GAP_SAMPLES)
            if order.aim is Aim.WAKE:  # a slow one still owes an OK for each try
                self._due += (self._tries - 1) * WAKE_SAMPLES
            self._done(order.aim, at)
        elif order.aim is Aim.SELECT and result is Result.ERROR and self._spare_selects:
            self._order = None
            self._due = at + GAP_SAMPLES
            self._script.appendleft(command(Aim.SELECT, self._spare_selects.popleft()))
        elif order.aim is Aim.ENTER_VOICE and result is Result.ERROR:
            self._fail(f"{self.plan.name} knows no voice: it says ERROR to {order.words}; use another modem", at)
        elif order.aim is Aim.DIAL and result is Result.BUSY:
            self._order = None
            self._due = at + GAP_SAMPLES
            self._teller.tone("busy", at)
            self._done(order.aim, at)
        elif order.aim is not Aim.WAKE:
            self._fail(f"{self.plan.name} said {result.value} to {order.words}", at)

    def _give_up(self, at: int) -> None:
        order, self._order = self._order, None
        assert order is not None
        if order.may_fail:
            self._due = at
            self._done(order.aim, at)
        elif order.aim is Aim.WAKE and self._tries < WAKE_TRIES:
            self._due = at
            self._script.appendleft(self._waking())
        elif self._reader.noise_bytes or self._answered:
            self._fail(f"{self.plan.name} answers {order.words} with garbage: wrong speed, or no modem?", at)
        else:
            self._fail(
                f"{self.plan.name} does not answer {order.words}: is it switched on, is the cable plugged in?", at
            )

    def _done(self, aim: Aim, at: int) -> None:
        """What the end of an order means."""
        match aim:
            case Aim.WAKE:
                self._script.extend(reset_orders())
            case Aim.IDENTIFY:
                self._ident += self._answered
                if not any(order.aim is Aim.IDENTIFY for order in self._script):
                    if not self.plan.family:
                        self.family = family_of("\n".join(self._ident))
                    self._script.extend(voice_orders(self.family, self.plan))
            case Aim.LIST_CODINGS:
                self._choose_coding()
            case Aim.OFF_HOOK:
                self.state = State.OFF_HOOK
                self._teller.answered(at)
            case Aim.RECEIVE:
                self.state = State.LISTENING
                self.audio.begin(at)
            case Aim.TRANSMIT:
                self.state = State.SPEAKING
                self.counters.turns += 1
                self._send_audio(self.mouth.begin())
            case Aim.STOP_RECEIVE | Aim.STOP_TRANSMIT:
                self.state = State.OFF_HOOK
                self.audio.heard.clear()
                if aim is Aim.STOP_TRANSMIT:
                    pause_ms = self.plan.turns.listen_ms if self.mouth.must_pause else 0
                    self._listen_until = at + pause_ms * RATE_HZ // 1000
                    self.mouth.end()
            case Aim.ON_HOOK:
                self.state = State.ON_HOOK
                self._teller.idle()
                self._script.append(command(Aim.ENTER_VOICE, self.family.enter_voice))  # hanging up may end it
            case Aim.DIAL:
                self._teller.tell(DialDone(self._port, at))
            case Aim.ENTER_VOICE | Aim.SET_UP | Aim.SELECT | Aim.CHECK:
                pass

    # --- the next step --------------------------------------------------------------------------------------------

    def _next(self, at: int) -> None:
        if self._script:
            self._give(self._script.popleft(), at)
            self._until = at + CHECK_SAMPLES
            return
        match self.state, self._wanted:
            case State.WAKING, _:
                self.state = State.ON_HOOK
                self._until = at + CHECK_SAMPLES
                self._reader.noise_bytes = 0  # what it was still recording for a daemon that died
                if self.fault:
                    self.fault = ""
                    self._teller.tell(LineOk(self._port, at))
            case State.AWAY, _:
                if at >= self._until:
                    self._wake(at)
            case State.ON_HOOK, Hook.ON:
                if self._reader.noise_bytes > NOISE_BYTES_MAX:
                    self._fail(f"{self.plan.name} sends garbage: wrong speed, or no modem?", at)
                elif at >= self._until:
                    self._check(at)
            case State.ON_HOOK, Hook.OFF:
                off = self.family.speaker_jacks if self.plan.soundcard else self.family.off_hook
                self._give(command(Aim.OFF_HOOK, off), at)
            case State.OFF_HOOK, Hook.ON:
                self._give(command(Aim.ON_HOOK, self.family.on_hook), at)
            case State.OFF_HOOK, Hook.OFF:
                if self._to_dial is not None:
                    dial, self._to_dial = self._to_dial, None
                    self._give(dial, at)
                elif not self.plan.soundcard:
                    self._take_turn(at)
                elif at >= self._until:
                    self._check(at)
            case State.LISTENING, _:
                speaks = self.mouth.waits and at >= self._listen_until
                if self._wanted is Hook.ON or self._to_dial is not None or speaks:
                    self._give(stop(Aim.STOP_RECEIVE, self.family.stop_receive, "the end of recording"), at)
            case State.SPEAKING, _:
                self._perhaps_stop_speaking(at)

    def _check(self, at: int) -> None:
        self._until = at + CHECK_SAMPLES
        self._give(command(Aim.CHECK, ""), at)

    def _take_turn(self, at: int) -> None:
        if self.mouth.waits and at >= self._listen_until:
            self._give(audio_command(Aim.TRANSMIT, self.family.transmit, receives=False), at)
        else:
            self._give(audio_command(Aim.RECEIVE, self.family.receive, receives=True), at)

    def _perhaps_stop_speaking(self, at: int) -> None:
        cut = self._wanted is Hook.ON or self._to_dial is not None or self.mouth.was_cut
        if cut:
            end = dle.CANCEL_TRANSMIT + dle.END_TRANSMIT
            self._give(stop(Aim.STOP_TRANSMIT, end, "the end of playing"), at)
        elif self.mouth.has_finished or self.mouth.must_pause:
            self._give(stop(Aim.STOP_TRANSMIT, dle.END_TRANSMIT, "the end of playing"), at)

    # --- scripts --------------------------------------------------------------------------------------------------

    def _wake(self, at: int) -> None:
        """From nothing: out of whatever voice state it is in, then AT until it answers."""
        self.state = State.WAKING
        self._reader.reset()
        self._reader.noise_bytes = 0
        self._ident.clear()
        self._order = None
        self._tries = 0
        self._due = at
        self._out += dle.END_TRANSMIT + dle.ABORT_RECEIVE + b"\r"
        self._script = deque([self._waking()])

    def _waking(self) -> Order:
        self._tries += 1
        return Order(aim=Aim.WAKE, data=b"AT\r", words="AT", patience=WAKE_SAMPLES)

    def _choose_coding(self) -> None:
        ident, coding = best_coding(self.family, self._answered)
        self.audio.use(coding, self.family.rate_hz)
        forms = deque(form.format(id=ident, rate=self.family.rate_hz) for form in self.family.select)
        self._script.appendleft(command(Aim.SELECT, forms.popleft()))
        self._spare_selects = forms

    # --- trouble --------------------------------------------------------------------------------------------------

    def _fail(self, reason: str, at: int) -> None:
        """Out of service, told once; tried again after a while."""
        if not self.fault:
            self._teller.answered(at)
            self._teller.tell(LineFault(self._port, at, reason))
            self.counters.faults += 1
        self.fault = reason
        self.state = State.AWAY
        self._until = self._due = at + BACK_OFF_SAMPLES
        self._order = None
        self._script.clear()
        self._out.clear()
        self._reader.reset()
        self.audio.heard.clear()
        self.mouth.clear()
        self._teller.idle()
        self._to_dial = None
        self._wanted = Hook.ON  # the call is over; what rings later is another

    def _send_audio(self, samples: NDArray[np.int16]) -> None:
        self._out += self.audio.coded(samples)
