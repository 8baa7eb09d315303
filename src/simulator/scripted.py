"""A caller who waits for a prompt that can be interrupted, and then says what was recorded."""

import numpy as np
from numpy.typing import NDArray

from cti_core.call_control.actions import PlayPrompt
from cti_core.call_control.clock import seconds
from cti_core.call_control.ids import LineId
from cti_core.call_control.trace import Hop
from ivr.dialog_states import Telling
from simulator.audio_world import AudioWorld


def speaks_when_heard(world: AudioWorld, line: LineId, samples: NDArray[np.int16], listens_on_s: float) -> None:
    """Say (n,) linear PCM, 8 kHz, when the first prompt with barge-in begins on the line; later hang up."""
    spoken = False

    def listen(hop: Hop) -> None:
        nonlocal spoken
        if spoken or hop.call is None or not isinstance(hop.what, PlayPrompt) or hop.what.line != line:
            return
        if isinstance(world.switch.dialogue_state(hop.call), Telling):
            return  # heard to its end: keys would be dropped
        spoken = True
        world.later(0.0, lambda: world.speak(line, samples))
        world.later(seconds(len(samples)) + listens_on_s, lambda: world.hang_up(line))

    world.listen(listen)
