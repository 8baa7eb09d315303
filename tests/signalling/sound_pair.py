"""Two registers with ears and voices on a trunk: the machines of `register_*`, real tones, real receivers."""

from collections.abc import Iterable
from typing import Protocol

from cti_core.call_control import register as words
from cti_core.call_control import register_incoming as incoming
from cti_core.call_control import register_outgoing as outgoing
from cti_core.call_control.clock import RATE_HZ, TICK_SAMPLES, Instant, seconds
from cti_core.call_control.notes import DeadlinePassed, Disregarded
from cti_core.call_control.register import Ended, Result
from cti_core.call_control.register_outgoing import OutgoingCall
from cti_core.call_control.register_reading import IncomingPlan
from dsp.detections import MfcOff, MfcOn
from dsp.ears import Ears
from dsp_hearing import CHINA
from signalling.line_of_sound import BACKWARD, FORWARD, Carrier, Frame, OurVoice, Voice, Wire

GIVE_UP_S = 90.0  # two timers, one after the other


class Ear(Protocol):
    """Hears register signals of one direction: a signal, or None when it is gone."""

    def hear(self, frame: Frame) -> Iterable[int | None]: ...


class OurEar:
    def __init__(self, direction: str) -> None:
        self._ears = Ears(1, CHINA)
        self._ears.arm(0, dtmf=False, progress=False, mfc=direction)

    def hear(self, frame: Frame) -> Iterable[int | None]:
        for found in self._ears.hear(frame.reshape(1, -1)):
            if isinstance(found, MfcOn):
                yield found.signal
            elif isinstance(found, MfcOff):
                yield None


class SoundPair:
    """Runs one call tick by tick, to the end of both registers."""

    def __init__(
        self,
        call: OutgoingCall,
        plan: IncomingPlan,
        *,
        forward: Wire | None = None,
        backward: Wire | None = None,
        voices: tuple[Voice, Voice] | None = None,
        ears: tuple[Ear, Ear] | None = None,
        result: Result = Result.FREE,
        seed: int = 1,
    ) -> None:
        self._call, self._plan, self._result = call, plan, result
        self._carriers = Carrier(forward or Wire(), seed), Carrier(backward or Wire(), seed + 1)
        self._voices = voices or (OurVoice(FORWARD), OurVoice(BACKWARD))
        self._ears = ears or (OurEar(BACKWARD), OurEar(FORWARD))
        self.address: words.Address | None = None
        self.forward: list[int] = []
        self.backward: list[int] = []
        self.took_s = 0.0
        self._decide: list[words.Decide] = []
        self.incoming: incoming.State = incoming.begin(Instant(0))
        self.outgoing: outgoing.State
        self.outgoing, outs = outgoing.begin(call, Instant(0))
        self._perform(outs)

    def run(self) -> "SoundPair":
        now = 0
        while not (isinstance(self.outgoing, Ended) and isinstance(self.incoming, Ended)):
            now += TICK_SAMPLES
            assert seconds(now) < GIVE_UP_S, f"stuck in {self.outgoing} and {self.incoming}"
            sent, answered = self._voices[0].pull(), self._voices[1].pull()
            at_incoming = self._carriers[0].carry(sent, answered)
            at_outgoing = self._carriers[1].carry(answered, sent)
            for signal in self._ears[1].hear(at_incoming):
                self._step_in(words.ForwardOff() if signal is None else words.ForwardOn(words.Forward(signal)), now)
            for signal in self._ears[0].hear(at_outgoing):
                self._step_out(words.BackwardOff() if signal is None else words.BackwardOn(words.Backward(signal)), now)
            while (limit := outgoing.deadline(self.outgoing)) is not None and limit <= now:
                self._step_out(DeadlinePassed(), now)
            while (limit := incoming.deadline(self.incoming)) is not None and limit <= now:
                self._step_in(DeadlinePassed(), now)
            self.took_s = seconds(now)
        return self

    def numbers(self) -> tuple[str, str | None]:
        assert self.address is not None, f"{self.outgoing} and {self.incoming}"
        caller = self.address.caller
        return self.address.called.reveal(), None if caller is None else caller.reveal()

    def _step_out(self, event: outgoing.Event, now: int) -> None:
        self.outgoing, outs = outgoing.step(self.outgoing, event, Instant(now), self._call)
        self._perform(outs)

    def _step_in(self, event: incoming.Event, now: int) -> None:
        self.incoming, outs = incoming.step(self.incoming, event, Instant(now), self._plan)
        self._perform(outs)
        while self._decide:
            self._step_in(self._decide.pop(), now)

    def _perform(self, outs: list[words.Out]) -> None:
        out_voice, in_voice = self._voices
        for out in outs:
            match out:
                case words.SendForward(signal):
                    self.forward.append(signal)
                    out_voice.say(signal)
                case words.StopForward():
                    out_voice.say(None)
                case words.SendBackward(signal):
                    self.backward.append(signal)
                    in_voice.say(signal)
                case words.StopBackward():
                    in_voice.say(None)
                case words.PulseBackward(signal, length_s):
                    self.backward.append(signal)
                    in_voice.say(signal, round(length_s * RATE_HZ))
                case words.AddressComplete(address):
                    self.address = address
                    self._decide.append(words.Decide(self._result))
                case words.RegisterDone() | words.RegisterFailed() | Disregarded():
                    pass
