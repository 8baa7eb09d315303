"""Who gets the call: an ordered list of small pure rules, read like a table; each says why in a word.

A rule of the first list refuses a candidate; the second list orders those that are left, first difference decides.
"""

from collections.abc import Callable
from dataclasses import dataclass

from cti_core.call_control.clock import Instant
from cti_core.call_control.ids import AgentId, PortId, QueueId


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An agent, seen from a queue."""

    agent: AgentId
    queues: tuple[QueueId, ...]
    state: str  # CSTA's word
    ready_since: Instant | None  # None: not ready
    device: PortId | None = None  # where a call for the agent rings


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A waiting call, seen from the desk."""

    queue: QueueId
    passed_by: AgentId | None


@dataclass(frozen=True, slots=True)
class Choice:
    agent: AgentId
    device: PortId | None
    reasons: tuple[str, ...]  # one line a candidate, the chosen one first


def _not_of_this_queue(wanted: Wanted, candidate: Candidate) -> str:
    return "" if wanted.queue in candidate.queues else "another queue"


def _not_ready(_wanted: Wanted, candidate: Candidate) -> str:
    return "" if candidate.ready_since is not None else candidate.state


REFUSALS: tuple[Callable[[Wanted, Candidate], str], ...] = (_not_of_this_queue, _not_ready)


def _passed_by_last(wanted: Wanted, candidate: Candidate) -> int:
    """Who did not serve this caller a moment ago comes last (cti-api §3, pains 2 and 29)."""
    return int(candidate.agent == wanted.passed_by)


def _longest_idle_first(_wanted: Wanted, candidate: Candidate) -> int:
    return candidate.ready_since if candidate.ready_since is not None else 0


PREFERENCES: tuple[tuple[str, Callable[[Wanted, Candidate], int]], ...] = (
    ("did not pass the caller by", _passed_by_last),
    ("idle longest", _longest_idle_first),
)


def choose(wanted: Wanted, candidates: tuple[Candidate, ...]) -> Choice | None:
    """The agent for this call, or None. Equal candidates: in the order given."""
    refused = {c.agent: next(filter(None, (rule(wanted, c) for rule in REFUSALS)), "") for c in candidates}
    fit = [c for c in candidates if not refused[c.agent]]
    if not fit:
        return None
    ranked = sorted(fit, key=lambda c: tuple(rule(wanted, c) for _, rule in PREFERENCES))
    best = ranked[0]
    why = [f"{best.agent}: {_decisive(wanted, ranked)}"]
    why += [f"{c.agent}: later in line" for c in ranked[1:]]
    why += [f"{agent}: {reason}" for agent, reason in refused.items() if reason]
    return Choice(best.agent, best.device, tuple(why))


def _decisive(wanted: Wanted, ranked: list[Candidate]) -> str:
    if len(ranked) == 1:
        return "the only one ready"
    for word, rule in PREFERENCES:
        if rule(wanted, ranked[0]) != rule(wanted, ranked[1]):
            return word
    return "first on the list"
