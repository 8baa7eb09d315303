"""Scripted calls out of a simulated board through a simulated exchange, in virtual time, and their timelines."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from dsp.ears import Ears
from dsp_hearing import CHINA
from simulator.board import SimulatedBoard
from simulator.dial_plan import CITY, DialPlan
from simulator.exchange import Exchange
from simulator.line_model import LineModel
from simulator.outgoing import Outcome, Script, timeline
from simulator.outgoing_desk import OutgoingDesk
from simulator.pace import VirtualTime

GOOD = LineModel()
BAD = replace(GOOD, tone_db=-20.0, receive_db=-14.0, noise_dbm0=-48.0)
"""Tones at -30 dBm0, 18 dB above white noise; a voice at the same level."""
LOW = replace(BAD, tone_offset_hz=-25, tone_cadence=0.9)
HIGH = replace(BAD, tone_offset_hz=25, tone_cadence=1.1)
SAME_S = 0.1  # two timelines are the same when their rows are, at times that differ by no more

Act = Callable[[Exchange], None]


class OutgoingBench:
    """`at(s, act)`: what the world outside does then."""

    def __init__(self, *models: LineModel, plan: DialPlan = CITY, seed: int = 1) -> None:
        self.exchange = Exchange(models or (GOOD,), np.random.default_rng(seed), dial_plan=plan)
        self.board = SimulatedBoard(self.exchange, VirtualTime())
        self.desk = OutgoingDesk(self.board, Ears(self.exchange.ports, CHINA))
        self._acts: list[tuple[int, Act]] = []

    def at(self, second: float, act: Act) -> "OutgoingBench":
        self._acts.append((round(second * 8000), act))
        return self

    def call(self, script: Script, port: int = 0, at_s: float = 0.02) -> "OutgoingBench":
        return self.at(at_s, lambda _: self.desk.place(port, script))

    def run(self, seconds: float = 60.0) -> "OutgoingBench":
        def between(now: int) -> None:
            for due in [act for act in self._acts if act[0] <= now]:
                self._acts.remove(due)
                due[1](self.exchange)

        asyncio.run(self.desk.run(seconds, between))
        return self

    def outcome(self, port: int = 0) -> Outcome | None:
        return self.desk.outcome(port)

    def expect(self, wanted: str, port: int = 0, *, within_s: float = SAME_S) -> None:
        """Rows in their order; a time may differ by `within_s`."""
        got = timeline(self.desk.reports(port))
        rows = [re.split(r"\s+", line.strip(), maxsplit=1) for line in got.splitlines()]
        want = [re.split(r"\s+", line.strip(), maxsplit=1) for line in wanted.strip().splitlines()]
        assert [what for _, what in rows] == [what for _, what in want], got
        assert all(abs(float(a) - float(b)) <= within_s for (a, _), (b, _) in zip(rows, want, strict=True)), got
