"""Who gets the call, and what is said about it."""

from cti_core.call_control.clock import Instant
from cti_core.call_control.ids import AgentId, QueueId
from cti_core.call_control.routing import Candidate, Wanted, choose

SERVICE, FEES = QueueId("service"), QueueId("fees")


def ready(name: str, since: int, *queues: QueueId) -> Candidate:
    return Candidate(agent=AgentId(name), queues=queues or (SERVICE,), state="ready", ready_since=Instant(since))


def busy(name: str) -> Candidate:
    return Candidate(agent=AgentId(name), queues=(SERVICE,), state="busy", ready_since=None)


WANTED = Wanted(queue=SERVICE, passed_by=None)


def test_who_is_idle_longest_gets_the_call() -> None:
    choice = choose(WANTED, (ready("1", 900), ready("2", 100), ready("3", 500)))
    assert choice is not None
    assert choice.agent == "2"
    assert choice.reasons == ("2: idle longest", "3: later in line", "1: later in line")


def test_every_candidate_that_does_not_get_it_is_told_why() -> None:
    choice = choose(WANTED, (busy("1"), ready("2", 0, FEES), ready("3", 5)))
    assert choice is not None
    assert choice.reasons == ("3: the only one ready", "1: busy", "2: another queue")


def test_who_passed_the_caller_by_comes_last_but_comes() -> None:
    passed = Wanted(queue=SERVICE, passed_by=AgentId("1"))
    choice = choose(passed, (ready("1", 0), ready("2", 900)))
    assert choice is not None
    assert choice.reasons[0] == "2: did not pass the caller by"
    alone = choose(passed, (ready("1", 0), busy("2")))
    assert alone is not None
    assert alone.agent == "1"


def test_nobody_ready_is_no_choice() -> None:
    assert choose(WANTED, (busy("1"), ready("2", 0, FEES))) is None
