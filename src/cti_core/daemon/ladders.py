"""`cti trace`: the ladder of a call out of the journals, with times on the reader's own clock."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from cti_core.call_control.actions import Language
from cti_core.call_control.clock import seconds
from cti_core.call_control.ids import CallId
from cti_core.call_control.ladder import draw, rows
from cti_core.call_control.trace import Hop
from cti_core.store.journal_file import Stream


def ladder_of(hops: Sequence[Hop], call: CallId, streams: Sequence[Stream], zone: ZoneInfo, language: Language) -> str:
    """Title, then the ladder: signals, keys with level, prompts, queue, commands and who gave them, events sent."""
    drawn = rows(hops, call, language=language, evidence=True)
    stream = next((s for s in streams if call.startswith(f"{s.node}-{s.stream}-")), None)
    if stream is None or not drawn:
        return draw(drawn, language=language)
    began = stream.began.astimezone(zone)
    walls = [began + timedelta(seconds=seconds(row.at)) for row in drawn]
    times = [f"{wall:%H:%M:%S}.{wall.microsecond // 10_000:02d}" for wall in walls]
    title = f"{call}  {walls[0]:%Y-%m-%d} {zone.key}"
    return f"{title}\n\n{draw(drawn, language=language, times=times)}"
