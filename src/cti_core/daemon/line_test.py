"""`cti lines test N`: is the line good? On hook, off hook, dial tone, two digits of ours, and back.

    on hook: battery, noise, hum --TestLine--> off hook: dial tone --digit--> noise --digit--> its echo --EndLineTest-->

A caller comes first at any moment: the switch gives the line away, and the test says so. Whatever happens to the client,
the board or this procedure, the line goes back; and if all of us failed, the line machine ends the test by itself.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray

from cti_core.api.line_report import LineReport, Outcome, Verdict
from cti_core.assemble import House
from cti_core.call_control.actions import Language
from cti_core.call_control.clock import RATE_HZ, TICK_SAMPLES
from cti_core.call_control.errors import ErrorCategory, RequestRejected
from cti_core.call_control.events import EndLineTest, TestLine
from cti_core.call_control.ids import LineId, PortId, PortOwner, line_port
from cti_core.call_control.line_states import LinePlan
from cti_core.daemon.line_findings import Findings
from cti_core.daemon.line_test_words import SAID, in_language
from cti_core.daemon.meters import Follower, Meters
from cti_core.media.matrix import Matrix, MatrixFull
from drivers.base import Board, Capability, Hook, LineState, PortInfo, Unsupported, operations
from dsp.echo import EchoLimits
from dsp.levels import samples
from dsp.line_test import (
    ECHO_REACH,
    MAINS_HZ,
    QUIET_SAMPLES,
    Echo,
    SteadyTone,
    digits_in,
    echo_of,
    quiet,
    steady_tone,
    tone_is_on,
)
from dsp.plan import TonePlan, ToneSpec
from dsp.tones import FREQUENCIES_HZ, keys, render

PATIENCE_S: Final = 2.0  # behind what is waited for: a board that is lost does not tick
LOOK: Final = samples(100)  # how often we look whether the line is still ours
TONE_SAMPLES: Final = samples(1200)  # three cycles of special dial tone, two of busy tone
DIGIT: Final = "8"  # subscribers' numbers begin with it, no operator and no emergency; two of them are no whole number
DIGIT_MS: Final = 100
SETTLE: Final = samples(600)  # assumed: the digit, its way to the exchange, and the exchange's way to be silent
BREAK_MAX: Final = samples(1500)  # assumed: an exchange that takes a digit stops its dial tone within a second

VOLTS_MIN: Final = 15.0  # boards.md §3.3: an ONU feeds 24 V; a telephone that is lifted beside leaves about 9 V
NOISE_MAX_DBM0: Final = -40.0  # Q.24's weakest key, -25, less 10 dB that the ears need, less 5 dB to spare
HUM_MAX_DBM0: Final = -45.0  # assumed: 20 dB below the weakest key
LOSS_MIN_DB: Final = 6.0  # ITU-T G.168: echo return loss of at least 6 dB is assumed
TONE_LOSS_MAX_DB: Final = 15.0  # GB/T 3380's tolerance of 3 dB, and a loop of 12 dB
TONE_GAIN_MAX_DB: Final = 6.0  # the tolerance, and 3 dB of receive gain
ON_PERCENT_MIN: Final = 85.0  # special dial tone has 91, busy tone 50
HZ_SHARE: Final = 0.015  # ITU-T Q.23: ± 1.5 %
TWIST_MAX_DB: Final = 6.0  # GB/T 3378
READABLE_DBM0: Final = -35.0  # assumed: what comes back above this must be read; the ears' own floor is -43
SPOKEN_DBM0: Final = -35.0  # assumed: no dial tone, but something that loud: somebody may speak there
DIAL: Final = ToneSpec(
    name="dial", title="", frequencies_hz=(450.0,), cadence_ms=(), level_dbm0=-10.0, tolerance_hz=25.0,
    cadence_tolerance=0.1, bursts_min=0, listen=True,
)  # GB/T 3380; for a plan that names none  # fmt: skip

log = structlog.get_logger(__name__)


_FREE: Final = frozenset({"idle", "outOfService"})


class Interrupted(Exception):
    """The line is ours no more."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.value)
        self.outcome: Final = outcome


class Mouth:
    """Says samples to one line, as one more source of the matrix."""

    def __init__(self, matrix: Matrix, line: LineId) -> None:
        self._matrix = matrix
        self._port: Final = PortId(f"T{line}")
        self._sink: Final = line_port(line)
        self._row: Final = matrix.open(self._port)
        self._left: NDArray[np.int16] = np.zeros(0, np.int16)
        matrix.set(self._port, self._sink)

    def say(self, wave: NDArray[np.int16]) -> None:
        """(n,) int16, 8 kHz, from the next frame on."""
        self._left = wave

    def fill(self) -> None:
        """Once a tick, before the matrix is mixed."""
        frame, self._left = self._left[:TICK_SAMPLES], self._left[TICK_SAMPLES:]
        source = self._matrix.sources[self._row]
        source[: frame.size] = frame
        source[frame.size :] = 0

    def close(self) -> None:
        self._matrix.set(self._port, self._sink, 0)
        self._matrix.close(self._port)


class LineTester:
    """Tests one line at a time or several; each is one procedure of its own."""

    def __init__(
        self,
        house: House,
        *,
        board: Board,
        owners: Sequence[PortOwner],
        meters: Meters,
        tones: TonePlan,
        plans: Mapping[LineId, LinePlan],
    ) -> None:
        """`owners[port]` is who is on the board's port."""
        self._house = house
        self._board = board
        self._meters = meters
        self._plans = plans
        self._rows: Final = {owner: row for row, owner in enumerate(owners) if isinstance(owner, int)}
        self._tested: Final[set[LineId]] = set()
        self._dial: Final = next((spec for spec in tones.tones if spec.name == "dial"), DIAL)

    async def test(self, line: LineId, by: str, language: Language) -> LineReport:
        """Some ten seconds. Raises RequestRejected: `unknownLine`, `noLoopToTest` (a trunk), `wrongState`, `noRoom`; else there is a report."""
        if line not in self._rows:
            raise RequestRejected("unknownLine", ErrorCategory.OPERATION, line=line)
        if line in self._tested:
            raise RequestRejected("wrongState", ErrorCategory.STATE_INCOMPATIBILITY, state="testing")
        if line not in self._plans:
            raise RequestRejected("noLoopToTest", ErrorCategory.OPERATION, line=line)
        trial = _Trial(
            house=self._house,
            board=self._board,
            line=line,
            row=self._rows[line],
            plan=self._plans[line],
            dial=self._dial,
            by=by,
        )
        if trial.state() not in _FREE:
            raise RequestRejected("wrongState", ErrorCategory.STATE_INCOMPATIBILITY, state=trial.state())
        findings = Findings(language)
        outcome = Outcome.DONE
        with self._meters.following(self._rows[line]) as follower:
            self._tested.add(line)
            try:
                await trial.run(follower, findings)
            except Interrupted as why:
                outcome = why.outcome
            finally:
                self._tested.discard(line)
        report = _report(line, outcome, findings, len(follower) / RATE_HZ, language)
        log.info("line_tested", line=line, by=by, outcome=outcome.value, verdict=report.verdict.value)
        return report


@dataclass(slots=True, kw_only=True)
class _Trial:
    """One line under test."""

    house: House
    board: Board
    line: LineId
    row: int
    plan: LinePlan
    dial: ToneSpec
    by: str
    expected: frozenset[str] = _FREE  # states in which the line is as we need it

    @property
    def info(self) -> PortInfo:
        return self.board.ports[self.row]

    def state(self) -> str:
        view = self.house.switch.view(self.house.pump.now)
        return next(one.state for one in view.lines if one.line == self.line)

    async def run(self, follower: Follower, findings: Findings) -> None:
        """Raises Interrupted; what was found until then stands in `findings`."""
        await self._on_hook(follower, findings)
        if self.info.capabilities & Capability.EN_BLOC:
            findings.unknown("dialToneDelay")
            return
        try:
            mouth = Mouth(self.house.matrix, self.line)
        except MatrixFull as full:
            raise RequestRejected("noRoom", ErrorCategory.SYSTEM_RESOURCE, why=str(full)) from full
        follower.each_tick = mouth.fill
        try:
            async with self._seized():
                await self._off_hook(follower, findings, mouth)
        finally:
            mouth.close()

    async def _on_hook(self, follower: Follower, findings: Findings) -> None:
        looks = self._looks()
        if looks is None:
            findings.unknown("battery")
        elif looks.volts is None:
            findings.fact("battery", holds=looks.battery)
        else:
            findings.figure("battery", abs(looks.volts) if looks.battery else 0.0, low=VOLTS_MIN, digits=0)
        if not self.info.capabilities & Capability.ONHOOK_AUDIO:
            findings.unknown("noiseOnHook", *_HUMS)
            return
        began = len(follower)
        await self._hold(follower, began + QUIET_SAMPLES)
        found = quiet(follower.heard(began))
        findings.figure("noiseOnHook", found.noise_dbm0, high=NOISE_MAX_DBM0)
        for name, level in zip(_HUMS, found.hum_dbm0, strict=True):
            findings.figure(name, level, high=HUM_MAX_DBM0)

    async def _off_hook(self, follower: Follower, findings: Findings, mouth: Mouth) -> None:
        began = len(follower)
        tone = await self._dial_tone(follower, findings, began)
        looks = self._looks()
        if looks is None:
            findings.unknown("offHook")
        else:
            findings.fact("offHook", holds=looks.hook is Hook.OFF)
        if tone is None:
            findings.unknown("toneBroken")
        elif not await self._break_tone(follower, findings, mouth):
            findings.unknown("noise")
            await self._loop_back(follower, findings, mouth, under_tone=True)
            return
        if await self._quiet(follower, findings):
            await self._loop_back(follower, findings, mouth)
        else:
            findings.unknown("returnLoss")

    async def _quiet(self, follower: Follower, findings: Findings) -> bool:
        """Noise off hook; False when somebody may speak there, who shall not have our digit in the ear."""
        began = len(follower)
        await self._hold(follower, began + QUIET_SAMPLES)
        wave = follower.heard(began)
        if any(tone_is_on(wave[:upto]) for upto in range(2 * LOOK, wave.size + 1, LOOK)):
            findings.unknown("noise")  # the exchange says that no number begins so
            return True
        noise = quiet(wave).noise_dbm0
        findings.figure("noise", noise, high=NOISE_MAX_DBM0)
        return noise <= SPOKEN_DBM0

    async def _dial_tone(self, follower: Follower, findings: Findings, began: int) -> SteadyTone | None:
        wait_s = self.plan.dial_tone_wait_s
        while not tone_is_on(follower.heard(max(began, len(follower) - 2 * LOOK))):
            if len(follower) - began > samples(wait_s * 1000) + 2 * LOOK:  # a tone is seen when it has been on so long
                findings.missing("dialToneDelay", high=wait_s)
                return None
            await self._hold(follower, len(follower) + LOOK)
        found = steady_tone(follower.heard(began))
        begins = len(follower) if found is None else began + found.onset
        await self._hold(follower, begins + TONE_SAMPLES)
        while (tone := steady_tone(follower.heard(began))) is None:
            if len(follower) > begins + 2 * TONE_SAMPLES:
                findings.missing("dialToneDelay", high=wait_s)  # it was something else
                return None
            await self._hold(follower, len(follower) + LOOK)
        self._judge_tone(tone, findings, wait_s)
        return tone

    def _judge_tone(self, tone: SteadyTone, findings: Findings, wait_s: float) -> None:
        dial = self.dial
        hz = dial.frequencies_hz[0]
        findings.figure("dialToneDelay", tone.onset / RATE_HZ, high=wait_s, digits=2)
        findings.figure("dialToneHz", tone.hz, low=hz - dial.tolerance_hz, high=hz + dial.tolerance_hz)
        low, high = dial.level_dbm0 - TONE_LOSS_MAX_DB, dial.level_dbm0 + TONE_GAIN_MAX_DB
        findings.figure("dialToneLevel", tone.level_dbm0, low=low, high=high)
        findings.figure("dialToneOn", 100 * tone.on_share, low=ON_PERCENT_MIN, digits=0)

    async def _break_tone(self, follower: Follower, findings: Findings, mouth: Mouth) -> bool:
        """The first digit; True when the dial tone has stopped by it."""
        said_at = len(follower)
        mouth.say(_DIGIT)
        await self._hold(follower, said_at + SETTLE)
        while tone_is_on(follower.heard(len(follower) - 2 * LOOK)):
            if len(follower) > said_at + BREAK_MAX:
                findings.fact("toneBroken", holds=False)
                return False
            await self._hold(follower, len(follower) + LOOK)
        findings.fact("toneBroken", holds=True)
        return True

    async def _loop_back(
        self, follower: Follower, findings: Findings, mouth: Mouth, *, under_tone: bool = False
    ) -> None:
        said_at = len(follower)
        mouth.say(_DIGIT)
        await self._hold(follower, said_at + _DIGIT.size + ECHO_REACH + LOOK)
        heard = follower.heard(said_at)
        hz = self.dial.frequencies_hz[0]
        echo = echo_of(follower.sent(said_at), heard, DIGIT, dial_hz=hz)
        if echo is None:
            findings.unknown("returnLoss")
            return
        self._judge_echo(echo, findings)
        if under_tone or min(echo.heard_dbm0) < READABLE_DBM0:
            findings.unknown("digitRead")
            return
        ends = echo.delay + _DIGIT.size + 4 * TICK_SAMPLES  # it is sent a tick or two after it was said
        read = digits_in(heard[:ends], dial_hz=hz)
        findings.fact("digitRead", holds=read == DIGIT, text=read or "—")

    def _judge_echo(self, echo: Echo, findings: Findings) -> None:
        delay = self.info.transmit_delay_samples
        ticks = (self.board.transmit_delay_samples if delay is None else delay) // TICK_SAMPLES
        reach_ms = 20.0 * (ticks + EchoLimits().partitions - 1)
        findings.figure("returnLoss", echo.loss_db, low=LOSS_MIN_DB)
        findings.figure("echoDelay", 1000 * echo.delay / RATE_HZ, high=reach_ms)
        for name, found, due in zip(("echoLowHz", "echoHighHz"), echo.hz, FREQUENCIES_HZ[DIGIT], strict=True):
            findings.figure(name, found, low=round(due * (1 - HZ_SHARE), 1), high=round(due * (1 + HZ_SHARE), 1))
        sent = round(echo.twist_sent_db, 1)
        findings.figure("echoTwist", echo.twist_db, low=sent - TWIST_MAX_DB, high=sent + TWIST_MAX_DB)

    # --- whose line it is -----------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _seized(self) -> AsyncIterator[None]:
        try:
            await self.house.pump.request(TestLine(self.line, self.by))
        except RequestRejected:
            state = self.state()  # it was free a moment ago; still: a caller's number came, the ring is to follow
            raise Interrupted(Outcome.CALLER_CAME if state == "idle" else _why(state)) from None
        self.expected = frozenset({"testing"})
        try:
            yield
        finally:
            if self.state() == "testing":
                ending = self.house.pump.request(EndLineTest(self.line, self.by))  # done before anybody waits
                with suppress(RequestRejected):
                    await ending

    async def _hold(self, follower: Follower, until: int) -> None:
        """Until the line has heard so many samples. Raises Interrupted when it is ours no more."""
        while len(follower) < until:
            if self.state() not in self.expected:
                raise Interrupted(_why(self.state()))
            upto = min(until, len(follower) + LOOK)
            try:
                await asyncio.wait_for(follower.until(upto), PATIENCE_S)
            except TimeoutError:
                raise Interrupted(Outcome.LINE_LOST) from None
        if self.state() not in self.expected:
            raise Interrupted(_why(self.state()))

    def _looks(self) -> LineState | None:
        try:
            return operations(self.board).line_state(self.row)
        except Unsupported:
            return None


_HUMS: Final = tuple(f"hum{hz:.0f}" for hz in MAINS_HZ)
_DIGIT: Final = render(keys(DIGIT, on_ms=DIGIT_MS, off_ms=0))


def _why(state: str) -> Outcome:
    """What a state says of the end of the test."""
    if state in ("ringing", "connected", "reserved", "seizing", "dialling", "proceeding"):
        return Outcome.CALLER_CAME
    return Outcome.LINE_LOST if state == "outOfService" else Outcome.TAKEN_AWAY


def _report(line: LineId, outcome: Outcome, findings: Findings, seconds: float, language: Language) -> LineReport:
    bad = findings.bad()
    whole = outcome is Outcome.DONE and findings.good() > 0
    verdict = Verdict.BAD if bad else Verdict.GOOD if whole else Verdict.UNKNOWN
    sentences = [] if outcome is Outcome.DONE else [in_language(SAID[outcome.value], language)]
    if bad or outcome is Outcome.DONE:
        sentences.append(in_language(SAID[verdict.value], language).format(count=bad))
    return LineReport(
        line=line,
        outcome=outcome,
        verdict=verdict,
        said=" ".join(sentences),
        seconds=round(seconds, 1),
        findings=findings.all(),
    )
