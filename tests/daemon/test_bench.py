"""The figures that `cti bench` prints come from a house that runs."""

from daemon.process import cti


async def test_ticks_are_measured_on_as_many_lines_as_one_likes() -> None:
    code, out, wrong = await cti("bench", "ticks", "--lines", "2,12", "--seconds", "2")
    assert code == 0, wrong
    rows = [row for row in out.splitlines() if "recorded calls" in row]
    assert [row.split(" lines")[0] for row in rows] == ["2", "12"], out
    assert all("work p50" in row and "late" in row for row in rows)
