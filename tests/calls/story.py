"""A story: who dials, is called, presses, answers and hangs up when; and the ladder that must come of it."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from calls.ladder_text import Redraw, assert_same_call
from cti_core.call_control.actions import AskService
from cti_core.call_control.agent import AgentPlan
from cti_core.call_control.csta import AgentState
from cti_core.call_control.ids import AgentId, ExtensionId, LineId, QueueId
from cti_core.call_control.line import LinePlan
from cti_core.call_control.machines import SwitchPlan
from cti_core.call_control.queue import QueuePlan
from cti_core.places import config_folder
from cti_core.ports import Reply, ServiceDown
from dsp.ears import Ears
from dsp.plan import TonePlan, load_plan
from ivr.dialog import MenuDialogue
from ivr.library import PromptLibrary, humming_library
from ivr.parse import load
from ivr.prompts import load_prompts
from ivr.script import Script
from simulator.actors import Agent, Called, Caller, Extension
from simulator.audio_world import AudioWorld
from simulator.event_world import EventWorld
from simulator.line_model import LineModel
from simulator.world import World

SERVICE = QueueId("service")
PLAN = SwitchPlan(
    stream="story",
    lines=tuple(LinePlan(line=LineId(n)) for n in range(1, 9)),
    agents=(AgentPlan(agent=AgentId("1001")), AgentPlan(agent=AgentId("1002"))),
    queues=(QueuePlan(queue=SERVICE),),
)


class SmallHospital:
    """Opening hours and one item of information; `down` is a service that is away."""

    def __init__(self) -> None:
        self.down: set[str] = set()

    async def ask(self, request: AskService, now: datetime) -> Reply:
        if request.service in self.down:
            raise ServiceDown(f"{request.service} is away")
        if request.service == "opening_hours":
            return Reply("open", (("hours_open", "08:00"), ("hours_close", "17:30")))
        return Reply("found", (("item", "visit-guide"),))


@cache
def menu() -> Script:
    return load(config_folder() / "ivr" / "main.yaml")


@cache
def voice() -> PromptLibrary:
    return humming_library(load_prompts(config_folder() / "ivr" / "prompts.yaml"))


@cache
def tones() -> TonePlan:
    return load_plan(config_folder() / "tones" / "cn.toml")


@dataclass(slots=True)
class Story:
    world: World
    hospital: SmallHospital
    redraw: Redraw | None = None

    def caller(self, line: int) -> Caller:
        return Caller(self.world, LineId(line))

    def called(self, number: str) -> Called:
        return Called(self.world, number)

    def agent(self, name: str) -> Agent:
        return Agent(self.world, AgentId(name), (SERVICE,))

    def extension(self, number: str) -> Extension:
        return Extension(self.world, ExtensionId(number))

    def run(self, until_s: float) -> None:
        self.world.run(until_s)
        assert not self.world.refused, self.world.refused

    def expect(self, ladder: str, *, call: int = 1) -> None:
        """The n-th call of the story is this ladder."""
        drawn = self.world.ladder(self.world.calls()[call - 1])
        if self.redraw is not None:
            here = inspect.stack()[1]
            self.redraw.note(Path(here.filename), here.lineno, drawn)
            return
        assert_same_call(drawn, ladder)

    def expect_alike(self) -> None:
        """All calls of the story have the same ladder but for the line."""
        drawn = [self.world.ladder(call) for call in self.world.calls()]
        for number, ladder in enumerate(drawn, start=1):
            assert_same_call(ladder.replace(f"L{number}", "L0"), drawn[0].replace("L1", "L0"))

    def expect_rest(self) -> None:
        """Nobody is in a call any more, and nothing is left behind."""
        self.world.switch.check()
        view = self.world.switch.view(self.world.now)
        assert not view.calls
        assert {line.state for line in view.lines} == {"idle"}
        assert {extension.state for extension in view.extensions} <= {"onHook"}
        assert not any(queue.waiting for queue in view.queues)
        assert all(agent.state is not AgentState.BUSY for agent in view.agents)


def event_story(redraw: Redraw | None, plan: SwitchPlan = PLAN, models: Sequence[LineModel] | None = None) -> Story:
    hospital = SmallHospital()
    world = EventWorld(plan, lambda: MenuDialogue(menu()), voice(), hospital, models=models)
    return Story(world, hospital, redraw)


def audio_story(recordings: Path, plan: SwitchPlan = PLAN, models: Sequence[LineModel] | None = None) -> Story:
    hospital = SmallHospital()
    world = AudioWorld(
        plan,
        lambda: MenuDialogue(menu()),
        voice(),
        hospital,
        ears=Ears(len(plan.lines) + len(plan.extensions), tones()),
        recordings=recordings,
        models=models,
    )
    return Story(world, hospital)
