"""A daemon that is stopped leaves nothing half done that was whole."""

from pathlib import Path

from daemon.node import house


async def test_the_recording_of_a_call_that_had_just_ended_is_closed_and_not_cut(file: Path) -> None:
    """The stop comes before the recorder's next half second is on disk."""
    async with house(file) as here, here.client() as op:
        here.dial(1)
        call = (await op.until("recording.started", line=1))["callId"]
        await here.recorded(call, 0.5)
        here.hang_up(1)
        await op.until("call.cleared", callId=call)
    async with house(file) as here:
        told = await here.row("/api/v1/recordings", lambda told: [each for each in told["recordings"] if each["ended"]])
        (kept,) = told["recordings"]
        assert (kept["call"], kept["state"], kept["reason"]) == (call, "closed", "")
        assert kept["seconds"] > 0.5
        assert len(kept["sha256"]) == 64
