"""Who calls is told before the house answers, by either system of Chinese exchanges, and through the real receivers."""

from pathlib import Path

import pytest

from calls.story import PLAN, SmallHospital, menu, tones, voice
from cti_core.call_control.actions import Tell
from cti_core.call_control.csta import CallerIdReceived, Established
from cti_core.call_control.ids import LineId
from dsp.ears import Ears
from ivr.dialog import MenuDialogue
from simulator.actors import Caller
from simulator.audio_world import AudioWorld
from simulator.line_model import CallerIdSystem, LineModel

L3 = LineId(3)


@pytest.mark.parametrize("system", [CallerIdSystem.FSK, CallerIdSystem.DTMF])
@pytest.mark.parametrize("level_dbm0", [-13.5, -34.0])
def test_the_number_is_known_before_the_call_is_answered(
    system: CallerIdSystem, level_dbm0: float, tmp_path: Path
) -> None:
    world = AudioWorld(
        PLAN,
        lambda: MenuDialogue(menu()),
        voice(),
        SmallHospital(),
        ears=Ears(len(PLAN.lines), tones()),
        recordings=tmp_path,
        models=[LineModel(caller_id=system, caller_id_dbm0=level_dbm0)] * len(PLAN.lines),
    )
    caller = Caller(world, L3)
    caller.at(1.0).dials()
    caller.at(15.0).hangs_up()
    world.run(30.0)
    (call,) = world.calls()
    told = [hop.what.report for hop in world.hops if hop.call == call and isinstance(hop.what, Tell)]
    kinds = [type(report) for report in told]
    assert kinds.count(CallerIdReceived) == 1
    assert kinds.index(CallerIdReceived) < kinds.index(Established)
    number = next(report.caller for report in told if isinstance(report, CallerIdReceived))
    assert number is not None
    assert number.reveal() == "13900000003"
    assert number.reveal() not in world.ladder(call)
    assert str(number) in world.ladder(call)
