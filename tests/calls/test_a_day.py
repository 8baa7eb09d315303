"""A day of callers with agents at telephones: the same seed is the same day, and in the evening all handsets lie on their hooks."""

from dataclasses import replace

from calls.story import PLAN, SERVICE, event_story
from cti_core.call_control.agent import AgentPlan
from cti_core.call_control.events import FlashHeard, HandsetLifted, HandsetReplaced
from cti_core.call_control.extension import ExtensionPlan
from cti_core.call_control.ids import AgentId, ExtensionId
from cti_core.call_control.trace import Hop
from simulator.day import Day
from simulator.errands import Wish

AT_A_TELEPHONE, AT_A_DESKTOP = AgentId("1001"), AgentId("1002")
PHONE = ExtensionId("801")
MIXED = replace(
    PLAN,
    agents=(AgentPlan(agent=AT_A_TELEPHONE, extension=PHONE), AgentPlan(agent=AT_A_DESKTOP)),
    extensions=(ExtensionPlan(extension=PHONE, agent=AT_A_TELEPHONE),),
)


def lived(seed: int) -> tuple[Day, list[Hop]]:
    story = event_story(None, MIXED)
    day = Day(
        world=story.world,
        seed=seed,
        hours=1.0,
        calls=60,
        lines=[plan.line for plan in MIXED.lines],
        agents=[plan.agent for plan in MIXED.agents],
        queue=SERVICE,
    )
    day.plan()
    story.world.run(3600 + 900)
    story.expect_rest()
    return day, story.world.hops


def test_agents_at_telephones_answer_hold_and_clear() -> None:
    day, hops = lived(5)
    told = [type(hop.what) for hop in hops]
    assert told.count(HandsetLifted) == told.count(HandsetReplaced) > 5
    assert told.count(FlashHeard) > 1
    assert set(day.ends()) - {"gave up within a line's guard time"} == {"normalClearing", "callCancelled"}


def test_agents_call_out_between_the_callers() -> None:
    """From the telephone and from the desktop; who answers is talked to, who does not is given up."""
    day, _ = lived(7)
    made = [errand for errand in day.errands.done if errand.call is not None]
    assert {errand.agent for errand in made} == {AT_A_TELEPHONE, AT_A_DESKTOP}
    assert not [errand for errand in made if not errand.end]
    talked = [errand for errand in made if errand.answered]
    assert talked
    assert {errand.end for errand in talked} == {"normalClearing"}
    assert {errand.wish for errand in talked} <= {Wish.TALK, Wish.SILENT}


def test_the_same_seed_is_the_same_day() -> None:
    assert list(map(repr, lived(6)[1])) == list(map(repr, lived(6)[1]))
