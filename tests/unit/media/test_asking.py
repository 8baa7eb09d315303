"""Services are asked beside the tick, and every question gets one answer."""

import asyncio

from cti_core.call_control.actions import AskService
from cti_core.call_control.clock import Instant
from cti_core.call_control.events import ServiceAnswered, ServiceFailed
from cti_core.call_control.ids import AskId, CallId
from cti_core.media.asking import PENDING_MAX, Answer, Asker
from cti_core.ports import ServiceDown
from unit.media.fakes import Desk, Wall


def question(number: int = 1) -> AskService:
    return AskService(ask=AskId(number), call=CallId(f"c{number}"), service="hours", request="now")


async def ask(desk: Desk, *, limit_s: float = 5.0) -> Answer:
    """One question in real time, and its answer."""
    async with asyncio.TaskGroup() as group:
        asker = Asker(desk, Wall(), group, limit_s=limit_s)
        asker.ask(question(), Instant(0))
    (answer,) = asker.answers()
    assert len(asker) == 0
    return answer


def raise_down() -> None:
    raise ServiceDown("the hospital system is away")


def raise_fault() -> None:
    raise KeyError("a fault of the service")


async def test_an_answer_carries_the_number_of_its_question() -> None:
    assert await ask(Desk()) == ServiceAnswered(ask=AskId(1), outcome="yes", values=(("name", "value"),))


async def test_a_service_that_is_down_fails_in_its_own_words() -> None:
    desk = Desk()
    desk.behave = raise_down
    assert await ask(desk) == ServiceFailed(AskId(1), "the hospital system is away")


async def test_a_service_with_a_fault_fails_without_telling_its_insides() -> None:
    desk = Desk()
    desk.behave = raise_fault
    assert await ask(desk) == ServiceFailed(AskId(1), "hours has a fault")


async def test_a_slow_service_fails_at_the_time_limit() -> None:
    desk = Desk()
    desk.behave = lambda: asyncio.Event().wait()
    assert await ask(desk, limit_s=0.005) == ServiceFailed(AskId(1), "hours did not answer within 0.005 s")


async def test_too_many_questions_fail_at_once() -> None:
    async with asyncio.TaskGroup() as group:
        asker = Asker(Desk(), Wall(), group)
        for number in range(PENDING_MAX + 1):
            asker.ask(question(number), Instant(0))
        assert asker.answers() == (ServiceFailed(AskId(PENDING_MAX), "too many questions are under way"),)
        asker.close()


async def test_in_virtual_time_answers_come_by_date_whoever_was_faster() -> None:
    delays = {AskId(1): 0.3, AskId(2): 0.1}
    async with asyncio.TaskGroup() as group:
        asker = Asker(Desk(), Wall(), group, delay_s=lambda asked: delays[asked.ask])
        asker.ask(question(1), Instant(0))
        asker.ask(question(2), Instant(0))
        assert asker.next_due == 800
        await asker.settle(Instant(800))
        assert [answer.ask for answer in asker.answers()] == [2]
        await asker.settle(Instant(2400))
        assert [answer.ask for answer in asker.answers()] == [1]


async def test_in_virtual_time_a_slow_service_fails_at_the_limit() -> None:
    async with asyncio.TaskGroup() as group:
        asker = Asker(Desk(), Wall(), group, limit_s=2.0, delay_s=lambda _: 9.0)
        asker.ask(question(), Instant(0))
        assert asker.next_due == 16_000
        await asker.settle(Instant(16_000))
    assert asker.answers() == (ServiceFailed(AskId(1), "hours did not answer within 2 s"),)


async def test_who_asked_is_known_until_the_answer_was_handled() -> None:
    async with asyncio.TaskGroup() as group:
        asker = Asker(Desk(), Wall(), group)
        asker.ask(question(7), Instant(0))
        assert asker.call_of(AskId(7)) == "c7"
    asker.answers()
    assert asker.call_of(AskId(7)) == "c7"
