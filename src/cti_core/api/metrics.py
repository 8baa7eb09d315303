"""`/metrics` for Prometheus, `/healthz` and `/readyz` for whoever watches the process.

Figures are read off when they are asked for; nothing is counted twice. Names end in their unit (Prometheus' own rule).
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import accumulate
from math import isinf

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from cti_core.api.audio import Tally
from cti_core.api.gate import Gate, answer
from cti_core.api.house import Figures
from cti_core.api.service import VERSION, Service
from cti_core.api.sockets import Sockets
from cti_core.call_control import call_states, extension, line_states
from cti_core.call_control.csta import AgentState
from cti_core.wire import JsonObject, JsonValue

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"  # Prometheus text format
LINE_STATES = tuple(dict.fromkeys(line_states.WORDS.values()))
CALL_STATES = tuple(word for state, word in call_states.WORDS.items() if state is not call_states.Ended)
EXTENSION_STATES = tuple(extension.WORDS.values())


class HouseCollector(Collector):
    """Everything the house and the API know about themselves, as of now."""

    def __init__(self, service: Service, sockets: Sockets, audio: Tally) -> None:
        self._service = service
        self._sockets = sockets
        self._audio = audio

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily(
            "cti_build", "The node and its version", value={"version": VERSION, "node": self._service.bus.node}
        )
        yield from self._people()
        yield from _heart(self._service.house.engine.figures())
        yield from self._api()

    def _people(self) -> Iterator[Metric]:
        view = self._service.house.desk.view()
        yield _by("cti_lines", "Lines by state", "state", LINE_STATES, (line.state for line in view.lines))
        yield _by("cti_calls", "Running calls by state", "state", CALL_STATES, (call.state for call in view.calls))
        agents = (agent.state.value for agent in view.agents)
        yield _by("cti_agents", "Agents by state", "state", [state.value for state in AgentState], agents)
        phones = (phone.state for phone in view.extensions)
        yield _by("cti_extensions", "Telephones of the house by state", "state", EXTENSION_STATES, phones)
        waiting = GaugeMetricFamily("cti_queue_waiting", "Callers in the queue", labels=["queue"])
        staff = GaugeMetricFamily("cti_queue_agents", "Agents logged on for the queue", labels=["queue"])
        for queue in view.queues:
            waiting.add_metric([queue.queue], len(queue.waiting))
            staff.add_metric([queue.queue], len(queue.agents))
        yield waiting
        yield staff
        yield GaugeMetricFamily("cti_alarms", "Alarms that stand", len(self._service.bus.alarms))

    def _api(self) -> Iterator[Metric]:
        bus = self._service.bus
        yield CounterMetricFamily("cti_stream_events", "Events said in this stream", bus.seq)
        yield GaugeMetricFamily("cti_stream_oldest", "Number of the oldest event kept for replay", bus.oldest)
        yield GaugeMetricFamily("cti_stream_listeners", "Clients that listen", bus.listeners)
        yield CounterMetricFamily("cti_stream_cut", "Clients cut because they did not keep up", bus.cut_count)
        yield GaugeMetricFamily("cti_sockets", "Open WebSockets, audio included", len(self._sockets))
        frames = CounterMetricFamily("cti_audio_frames", "Frames of agents' legs", labels=["way"])
        frames.add_metric(["in"], self._audio.frames_in)
        frames.add_metric(["out"], self._audio.frames_out)
        frames.add_metric(["dropped"], self._audio.frames_held)
        yield frames


def _heart(figures: Figures) -> Iterator[Metric]:
    counters = {
        "cti_ticks": ("Ticks of the board", figures.ticks),
        "cti_ticks_late": ("Ticks whose output was not handed over within 20 ms", figures.ticks_late),
        "cti_ticks_lost": ("Ticks the board skipped", figures.ticks_lost),
        "cti_ticks_slow": ("Ticks with more than 10 ms of work", figures.ticks_slow),
        "cti_board_losses": ("How often the board was lost", figures.board_losses),
        "cti_switch_faults": ("Steps of the machines that raised", figures.switch_faults),
        "cti_actions_failed": ("Actions that could not be performed", figures.actions_failed),
        "cti_recording_blocks_dropped": ("Blocks of audio that were not written", figures.recording_blocks_dropped),
    }
    for name, (help_text, count) in counters.items():
        yield CounterMetricFamily(name, help_text, count)
    gauges = {
        "cti_board_lost": ("1 while the board is lost", figures.board_is_lost),
        "cti_recordings": ("Recordings that run", figures.recordings),
        "cti_recording_blocks_waiting": ("Blocks of audio that wait for the disk", figures.recording_blocks_waiting),
        "cti_audio_legs": ("Agents' audio legs", figures.legs),
        "cti_journal_backlog": ("Entries not yet on disk or in the database", figures.journal_backlog),
    }
    for name, (help_text, value) in gauges.items():
        yield GaugeMetricFamily(name, help_text, float(value))
    yield _work(figures)
    if figures.lag_buckets:
        yield _lag(figures)


def _work(figures: Figures) -> Metric:
    """The work of a tick: a histogram when the pump keeps buckets, and its quantiles otherwise."""
    name, help_text = "cti_tick_work_seconds", "Work of one tick of 20 ms"
    if figures.work_buckets:
        buckets = [(f"{bound:g}", float(count)) for bound, count in figures.work_buckets]
        return HistogramMetricFamily(
            name, help_text, buckets=[*buckets, ("+Inf", float(figures.ticks))], sum_value=figures.work_sum_s
        )
    quantiles = GaugeMetricFamily(name, help_text, labels=["quantile"])
    for quantile, ms in figures.work_ms.items():
        quantiles.add_metric([f"{quantile:g}"], ms / 1000)
    return quantiles


def _lag(figures: Figures) -> Metric:
    """How late ticks begin (boards.md R11). The pump counts each bucket alone and keeps no sum."""
    counts = accumulate(count for _, count in figures.lag_buckets)
    bounds = ("+Inf" if isinf(ms) else f"{ms / 1000:g}" for ms, _ in figures.lag_buckets)
    buckets = [(bound, float(count)) for bound, count in zip(bounds, counts, strict=True)]
    help_text = "From a tick's due time to the begin of its work"
    return HistogramMetricFamily("cti_tick_lag_seconds", help_text, buckets=buckets, sum_value=None)


def _by(name: str, help_text: str, label: str, known: Iterable[str], seen: Iterable[str]) -> Metric:
    """How many of each; the known ones are there with 0, so that a graph has no holes."""
    family = GaugeMetricFamily(name, help_text, labels=[label])
    counts = Counter(dict.fromkeys(known, 0))
    counts.update(seen)
    for word, count in counts.items():
        family.add_metric([word], count)
    return family


class Watch:
    """Routes for monitors. Open to this machine without a token."""

    def __init__(self, service: Service, gate: Gate, collector: HouseCollector) -> None:
        self._service = service
        self._gate = gate
        self._registry = CollectorRegistry()
        self._registry.register(collector)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/metrics", self._metrics),
            web.get("/healthz", self._alive),
            web.get("/readyz", self._ready),
        ]

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        if not self._gate.open_to(request):
            await self._gate.enter(request, "metrics.read")
        body = generate_latest(self._registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    async def _alive(self, _request: web.Request) -> web.StreamResponse:
        """The loop turns: it answered."""
        return answer({"status": "ok"})

    async def _ready(self, request: web.Request) -> web.StreamResponse:
        """Calls can be taken: 200, else 503. Why not is for this machine only."""
        missing: list[JsonValue] = [*self._service.house.engine.missing()]
        told: JsonObject = {"status": "notReady" if missing else "ready"}
        if self._gate.open_to(request):
            told["missing"] = missing
        return answer(told, 503 if missing else 200)
