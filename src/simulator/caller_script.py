"""A caller's script as a file: one act a line, `SECONDS ACT`, for `cti call --script`.

0     dial
26    press 1
31.5  say order.wav
45    hang up
12    agent 1001 log on | ready | answer | hold | retrieve | clear | finish
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cti_core.call_control.ids import AgentId, LineId, QueueId
from cti_core.faults import ConfigError, Fault, did_you_mean
from simulator.actors import Agent, AgentAt, Caller

KEYS: Final = frozenset("0123456789*#ABCD")  # ITU-T Q.23
AGENT_ACTS: Final[dict[str, Callable[[AgentAt], None]]] = {
    "log on": AgentAt.logs_on,
    "log off": AgentAt.logs_off,
    "ready": AgentAt.is_ready,
    "not ready": AgentAt.is_not_ready,
    "answer": AgentAt.answers,
    "reject": AgentAt.rejects,
    "hold": AgentAt.holds,
    "retrieve": AgentAt.retrieves,
    "clear": AgentAt.clears,
    "finish": AgentAt.finishes_wrap_up,
}


@dataclass(frozen=True, slots=True)
class Step:
    """At that second, that act; `what` is a word of the caller's, `press 1`, or of an agent's."""

    second: float
    verb: str  # dial press say hangUp agent
    argument: str = ""
    agent: AgentId | None = None


def parse(text: str, file: str) -> tuple[Step, ...]:
    """Raises ConfigError with every line that means nothing."""
    steps: list[Step] = []
    faults: list[Fault] = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#!")[0].strip()
        if not words or words.startswith("//"):
            continue
        try:
            steps.append(_step(words))
        except ValueError as why:
            faults.append(Fault(file=file, line=number, message=str(why)))
    if faults:
        raise ConfigError(faults)
    return tuple(sorted(steps, key=lambda step: step.second))


def _step(words: str) -> Step:
    time, _, act = words.partition(" ")
    try:
        second = float(time)
    except ValueError:
        raise ValueError(f'a line begins with its second, not "{time}"') from None
    act = " ".join(act.split())
    verb, _, argument = act.partition(" ")
    match verb, argument:
        case "dial", "":
            return Step(second, "dial")
        case "hang", "up":
            return Step(second, "hangUp")
        case "press", keys if keys and set(keys) <= KEYS:
            return Step(second, "press", keys)
        case "press", keys:
            raise ValueError(f'"{keys}" are no keys: there are 0-9 * # A-D')
        case "say", file if file:
            return Step(second, "say", file)
        case "agent", who_and_what:
            who, _, what = who_and_what.partition(" ")
            if what not in AGENT_ACTS:
                raise ValueError(f'an agent cannot "{what}"{did_you_mean(what, AGENT_ACTS)}')
            return Step(second, "agent", what, AgentId(who))
        case _:
            known = ("dial", "press", "say", "hang up", "agent")
            raise ValueError(f'"{act}" means nothing{did_you_mean(verb, known)}; there are {", ".join(known)}')


def play(
    steps: tuple[Step, ...], caller: Caller, queues: tuple[QueueId, ...], say: Callable[[float, LineId, Path], None]
) -> None:
    """Put the steps into the caller's world; `say` speaks a WAV file at a second."""
    for step in steps:
        at = caller.at(step.second)
        match step.verb:
            case "dial":
                at.dials()
            case "press":
                at.presses(step.argument)
            case "hangUp":
                at.hangs_up()
            case "say":
                say(step.second, caller.line, Path(step.argument))
            case _:
                assert step.agent is not None
                AGENT_ACTS[step.argument](Agent(caller.world, step.agent, queues).at(step.second))
