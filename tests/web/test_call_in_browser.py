"""Whole calls between two browsers and the daemon: rung on /phone, answered on /agent, recorded and compared with what was
said; or answered on a telephone of the house.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from web.in_browser import (
    MENU_S,
    RATE,
    STEP_S,
    House,
    expect_the_servers_picture,
    likeness,
    log_off,
    log_on,
    loop_ms,
    mine,
    my_call,
    open_page,
    recording_of,
    ring_through,
    wait,
)

pytestmark = pytest.mark.browser


def test_a_caller_hears_the_greeting_reaches_an_agent_and_both_are_recorded_as_they_spoke(
    house: House, browser: Callable[..., Browser], speech: dict[str, Path]
) -> None:
    """Done-when 1: each channel of the recording correlates above 0.9 with what that side said."""
    agent = open_page(browser(speech["agent"]), f"{house.agent}?audio=raw")
    log_on(agent)
    phone = open_page(browser(speech["caller"]), f"{house.phone}?line=1&audio=raw")
    ring_through(phone, agent)

    assert "1 号线" in agent.inner_text("#call-facts")
    expect_the_servers_picture(house, agent)
    recording = agent.evaluate("__agent.house().calls.find(c => c.agent === '1001').recording")
    assert recording
    for page in (phone, agent):
        page.evaluate("__audio.peak()")
    longest = max(loop_ms(path) for path in speech.values())
    phone.wait_for_timeout(2 * longest + 1500)  # wherever the loops stand, each text is heard whole once
    assert phone.evaluate("__audio.peak()") > 0.1
    assert agent.evaluate("__audio.peak()") > 0.1

    phone.click("#hangup")
    wait(phone, "__phone.state().caller === 'idle'")
    wait(agent, mine("workingAfterCall"))
    agent.click("#finish")
    wait(agent, mine("ready"))
    assert "已接" in agent.inner_text("#history")
    expect_the_servers_picture(house, agent)
    log_off(agent)

    samples, rate = recording_of(house, recording)
    assert rate == RATE
    assert likeness(samples[:, 0], speech["caller"]) > 0.9
    assert likeness(samples[:, 1], speech["agent"]) > 0.9


def test_an_agents_page_that_is_reloaded_in_a_call_shows_the_call_and_gets_its_sound_back(
    house: House, browser: Callable[..., Browser], speech: dict[str, Path]
) -> None:
    """The token lives in the tab, the truth on the server; sound needs one click, as browsers demand."""
    agent = open_page(browser(speech["agent"]), f"{house.agent}?audio=raw")
    log_on(agent)
    phone = open_page(browser(speech["caller"]), f"{house.phone}?line=2&audio=raw")
    ring_through(phone, agent)

    agent.reload()
    wait(agent, f"window.__agent?.link() === 'live' && {my_call('talking')}")
    agent.click("#wake-button")
    wait(agent, "__agent.leg() === 'on'")
    agent.evaluate("__audio.peak()")
    wait(agent, "__audio.peak() > 0.1")
    expect_the_servers_picture(house, agent)

    agent.keyboard.press("Alt+KeyX")
    wait(agent, mine("workingAfterCall"))
    log_off(agent)


def test_a_page_from_an_insecure_address_says_why_there_is_no_microphone_and_its_keys_still_work(
    house: House, browser: Callable[..., Browser]
) -> None:
    """Plain http from another machine: no microphone, no worklet; the call and the keys go through all the same."""
    port = house.base.rsplit(":", 1)[1]
    lan = browser(None, "--host-resolver-rules=MAP cti.hospital.lan 127.0.0.1")
    phone = open_page(lan, f"http://cti.hospital.lan:{port}/phone?line=3")
    assert phone.evaluate("isSecureContext") is False
    assert "https" in phone.inner_text("#mic-text")
    phone.click("#call")
    wait(phone, "__phone.state().caller === 'talking'")
    phone.keyboard.press("0", delay=120)
    assert phone.inner_text("#pressed") == "0"
    phone.click("#hangup")
    wait(phone, "__phone.state().caller === 'idle'")


ON_DUTY = """() => new Promise((done, failed) => {
  const socket = new WebSocket(`ws://${location.host}/api/v1/ws?token=demo-agent-1003`);
  const asks = [['agent.logOn', {queues: ['service']}], ['agent.setState', {state: 'ready'}]];
  const ask = (id) => socket.send(JSON.stringify({jsonrpc: '2.0', id, method: asks[id][0], params: asks[id][1]}));
  globalThis.leave = () => socket.send(JSON.stringify({jsonrpc: '2.0', id: 2, method: 'agent.logOff', params: {}}));
  socket.onopen = () => ask(0);
  socket.onmessage = ({data}) => {
    const {id, error} = JSON.parse(data);
    if (error) failed(JSON.stringify(error));
    else if (id === 0) ask(1);
    else if (id === 1) done(true);
  };
})"""


def _agent_of(house: House, name: str) -> dict[str, Any]:
    told = json.loads(house.get("/api/v1/snapshot"))
    return next(agent for agent in told["agents"] if agent["agent"] == name)


def _becomes(house: House, name: str, state: str, phone: Page) -> None:
    end = time.monotonic() + STEP_S
    while _agent_of(house, name)["state"] != state:
        assert time.monotonic() < end, _agent_of(house, name)
        phone.wait_for_timeout(100)


def test_an_agent_answers_on_a_telephone_of_the_house_in_another_browser(
    house: House, browser: Callable[..., Browser], speech: dict[str, Path]
) -> None:
    """It rings, is lifted, both hear each other; a flash holds and takes back, putting down ends the call."""
    phone = open_page(browser(speech["caller"]), f"{house.phone}?line=4&audio=raw")
    desk = open_page(browser(speech["agent"]), f"{house.phone}?extension=801&audio=raw")
    desk.click("#call")
    desk.wait_for_selector("[data-telephone=onHook]")
    assert desk.evaluate(ON_DUTY)
    phone.click("#call")
    wait(phone, "__phone.state().caller === 'talking'")
    end = time.monotonic() + MENU_S
    while desk.evaluate("__phone.state().telephone") != "ringing":
        assert time.monotonic() < end, "key 0 never reached the queue"
        phone.locator("[data-key='0']").click(delay=150)
        phone.wait_for_timeout(1500)
    desk.click("#call")
    desk.wait_for_selector("[data-telephone=lifted]")
    _becomes(house, "1003", "busy", phone)
    phone.wait_for_timeout(500)
    for page in (phone, desk):
        page.evaluate("__audio.peak()")
        wait(page, "__audio.peak() > 0.1")
    desk.click("#flash")
    desk.wait_for_timeout(1000)
    desk.evaluate("__audio.peak()")
    desk.wait_for_timeout(1500)
    assert desk.evaluate("__audio.peak()") < 0.05  # on hold nobody is heard
    desk.click("#flash")
    wait(desk, "__audio.peak() > 0.1")
    desk.click("#hangup")
    wait(phone, "__phone.state().caller === 'far-end-cleared'")
    _becomes(house, "1003", "workingAfterCall", phone)
    phone.click("#hangup")
    desk.evaluate("leave()")
    _becomes(house, "1003", "loggedOff", phone)
