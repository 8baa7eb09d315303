"""Two registers and a line between them, by event: delay, the receivers' operate and release times, ticks, holes in tones.

Whatever is recognised in a tick is acted on at its end, and heard on the line from there on (a slower board is more delay).
A hole is a stretch in which nothing arrives in one direction. The receivers know tones only, as real ones do: a tone
shorter than `operate_s` or a gap shorter than `release_s` does not exist, and what is on at the end of a hole is heard anew.
"""

import heapq
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from cti_core.call_control import register as words
from cti_core.call_control import register_incoming as incoming
from cti_core.call_control import register_outgoing as outgoing
from cti_core.call_control.clock import RATE_HZ, TICK_SAMPLES, Instant, seconds
from cti_core.call_control.notes import DeadlinePassed, Disregarded
from cti_core.call_control.register import Ended, Result
from cti_core.call_control.register_outgoing import OutgoingCall
from cti_core.call_control.register_reading import IncomingPlan

FORWARD, BACKWARD = "forward", "backward"
Hole = tuple[float, float]  # s at the receiver: from, to
GIVE_UP_S = 300.0  # no sum of timers is longer


def samples(s: float) -> int:
    return round(s * RATE_HZ)


@dataclass(frozen=True, kw_only=True)
class Path:
    """One direction of the line, and the receiver at its end."""

    delay_s: float = 0.020
    operate_s: float = 0.020
    release_s: float = 0.020
    holes: tuple[Hole, ...] = ()
    longest_s: float = math.inf  # of any tone: the rest of it does not arrive
    doubled: bool = False  # the receiver says everything twice

    def is_open(self, at: int) -> bool:
        return not any(samples(start) <= at < samples(end) for start, end in self.holes)


@dataclass
class Receiver:
    path: Path
    last: int = 0  # arrival of the newest change
    since: int = 0  # arrival of what arrives now
    arriving: int | None = None  # what the far end's tone would be without holes
    raw: int | None = None  # what the line carries
    token: int = 0
    told: int | None = None


@dataclass
class Story:
    """What came of it."""

    outgoing: Ended | None = None
    incoming: Ended | None = None
    address: words.Address | None = None
    forward: list[int] = field(default_factory=list)  # signals sent
    backward: list[int] = field(default_factory=list)
    actions: list[tuple[float, str, words.Action]] = field(default_factory=list)
    disregarded: list[Disregarded] = field(default_factory=list)
    took_s: float = 0.0  # until both had ended


class Pair:
    """Runs one call to its end."""

    def __init__(
        self,
        call: OutgoingCall,
        plan: IncomingPlan,
        *,
        forward: Path | None = None,
        backward: Path | None = None,
        tick: int = TICK_SAMPLES,
        result: Result | None = Result.FREE,
        decide_s: float = 0.0,
        released_s: float | None = None,
        refused: tuple[float, Result] | None = None,
        late_s: tuple[float, ...] = (0.0,),  # how late the hosts do what they decided, in turn
    ) -> None:
        self._late_s = itertools.cycle(late_s)
        self._call, self._plan, self._tick = call, plan, tick
        self._result, self._decide_s = result, decide_s
        self._receivers = {FORWARD: Receiver(forward or Path()), BACKWARD: Receiver(backward or Path())}
        self._heap: list[tuple[int, int, str, object]] = []
        self._order = itertools.count()
        self.story = Story()
        for direction, receiver in self._receivers.items():
            for edge in itertools.chain.from_iterable(receiver.path.holes):
                self._push(samples(edge), "line", direction)
        if released_s is not None:
            self._push(self._ceil(samples(released_s)), "released", None)
        if refused is not None:
            self._push(self._ceil(samples(refused[0])), "house", refused[1])
        self._in: incoming.State = incoming.begin(Instant(0))
        self._out, outs = outgoing.begin(call, Instant(0))
        self._perform(0, FORWARD, outs)
        self._plan_deadlines(0)

    def run(self) -> Story:
        while self._heap and not (self.story.outgoing and self.story.incoming):
            at, _, what, data = heapq.heappop(self._heap)
            assert at < samples(GIVE_UP_S), f"stuck in {self._out} and {self._in}"
            for side, event in self._events(at, what, data):
                self._step(at, side, event)
            self._plan_deadlines(at)
        assert self.story.outgoing, f"stuck in {self._out}"
        assert self.story.incoming, f"stuck in {self._in}"
        return self.story

    def _events(self, at: int, what: str, data: object) -> Iterator[tuple[str, object]]:
        match what, data:
            case "arrives", (str(direction), signal, arrival):
                self._receivers[direction].arriving = signal
                self._receivers[direction].since = arrival
                self._look(at, direction)
            case "fades", (str(direction), arrival) if self._receivers[direction].since == arrival:
                self._receivers[direction].arriving = None
                self._look(at, direction)
            case "line", str(direction):
                self._look(at, direction)
            case "recognise", (str(direction), token):
                yield from self._recognise(direction, token)
            case "deadline", str(side):
                limit = self._deadline(side)
                if limit is not None and limit <= at:
                    yield side, DeadlinePassed()
            case "house", Result() as result:
                yield BACKWARD, words.Decide(result)
            case "released", _:
                yield FORWARD, words.LineReleased()
                yield BACKWARD, words.LineReleased()

    def _look(self, at: int, direction: str) -> None:
        receiver = self._receivers[direction]
        raw = receiver.arriving if receiver.path.is_open(at) else None
        if raw != receiver.raw:
            receiver.raw = raw
            receiver.token += 1
            needs = receiver.path.release_s if raw is None else receiver.path.operate_s
            self._push(self._ceil(at + samples(needs)), "recognise", (direction, receiver.token))

    def _recognise(self, direction: str, token: int) -> Iterator[tuple[str, object]]:
        receiver = self._receivers[direction]
        if token != receiver.token or receiver.raw == receiver.told:
            return
        receiver.told = receiver.raw
        for _ in range(2 if receiver.path.doubled else 1):
            if direction == FORWARD:
                on, off = words.ForwardOn, words.ForwardOff
                yield BACKWARD, off() if receiver.raw is None else on(words.Forward(receiver.raw))
            else:
                yield (
                    FORWARD,
                    (words.BackwardOff() if receiver.raw is None else words.BackwardOn(words.Backward(receiver.raw))),
                )

    def _step(self, at: int, side: str, event: object) -> None:
        if side == FORWARD:
            self._out, outs = outgoing.step(self._out, event, Instant(at), self._call)
        else:
            self._in, outs = incoming.step(self._in, event, Instant(at), self._plan)
        self._perform(at, side, outs)

    def _perform(self, at: int, side: str, outs: list[words.Out]) -> None:
        for out in outs:
            if isinstance(out, Disregarded):
                self.story.disregarded.append(out)
                continue
            self.story.actions.append((seconds(at), side, out))
            speaks = at + samples(next(self._late_s))
            match out:
                case words.SendForward(signal):
                    self.story.forward.append(signal)
                    self._send(FORWARD, speaks, signal)
                case words.StopForward():
                    self._send(FORWARD, speaks, None)
                case words.SendBackward(signal):
                    self.story.backward.append(signal)
                    self._send(BACKWARD, speaks, signal)
                case words.StopBackward():
                    self._send(BACKWARD, speaks, None)
                case words.PulseBackward(signal, length_s):
                    self.story.backward.append(signal)
                    self._send(BACKWARD, speaks, signal)
                    self._send(BACKWARD, speaks + samples(length_s), None)
                case words.AddressComplete(address):
                    self.story.address = address
                    if self._result is not None:
                        self._push(self._ceil(at + samples(self._decide_s)), "house", self._result)
                case words.RegisterDone() | words.RegisterFailed():
                    self._ended(at, side)

    def _ended(self, at: int, side: str) -> None:
        self.story.took_s = seconds(at)
        if side == FORWARD:
            assert isinstance(self._out, Ended)
            self.story.outgoing = self._out
        else:
            assert isinstance(self._in, Ended)
            self.story.incoming = self._in

    def _send(self, direction: str, at: int, signal: int | None) -> None:
        receiver = self._receivers[direction]
        arrival = max(at + samples(receiver.path.delay_s), receiver.last)  # what is sent later is heard later
        receiver.last = arrival
        self._push(arrival, "arrives", (direction, signal, arrival))
        if signal is not None and receiver.path.longest_s < math.inf:
            self._push(arrival + samples(receiver.path.longest_s), "fades", (direction, arrival))

    def _deadline(self, side: str) -> Instant | None:
        return outgoing.deadline(self._out) if side == FORWARD else incoming.deadline(self._in)

    def _plan_deadlines(self, at: int) -> None:
        for side in (FORWARD, BACKWARD):
            limit = self._deadline(side)
            if limit is not None:
                self._push(self._ceil(max(limit, at)), "deadline", side)

    def _ceil(self, at: int) -> int:
        return -(-at // self._tick) * self._tick

    def _push(self, at: int, what: str, data: object) -> None:
        heapq.heappush(self._heap, (at, next(self._order), what, data))
