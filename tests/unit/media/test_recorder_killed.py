"""`kill -9` at any moment: every recording opens, and at most a second is lost."""

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cti_core.media import wav

CHILD = """
import sys
from pathlib import Path
import numpy as np
from cti_core.call_control.ids import LineId, RecordingId
from cti_core.media.recorder import Recorder

lines = [LineId(n) for n in range(1, 9)]
recorder = Recorder(lines, Path(sys.argv[1]), print)
for line in lines:
    recorder.start(RecordingId(f"call-{line}"), line)
frames = np.full((8, 160), 1000, np.int16)
for ticks in range(1, 100_000):
    recorder.tick(frames, frames)
    while recorder.blocks_waiting:  # in real time the writer has half a second for each block
        pass
    print(ticks, flush=True)
"""


@pytest.mark.parametrize("seed", range(3))
def test_eight_recordings_survive_a_kill_at_a_random_moment(tmp_path: Path, seed: int) -> None:
    wanted = random.Random(seed).randrange(50, 400)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert child.stdout is not None
    with child.stdout as told:
        for line in told:
            if int(line) >= wanted:
                break
        child.kill()
        child.wait(10)
        recorded = 160 * max([wanted, *(int(line) for line in told if line.endswith("\n"))])
    files = sorted(tmp_path.glob("*.wav"))
    assert len(files) == 8
    for path in files:
        audio, rate = soundfile.read(path, dtype="int16")
        assert rate == 8000
        assert audio.shape[1] == 2
        assert recorded - 8000 <= len(audio) <= recorded + 160
        assert (np.abs(audio - 1000) < 40).all()
        assert wav.repair(path) >= len(audio) / 8000
