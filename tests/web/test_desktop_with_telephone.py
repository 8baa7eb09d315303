"""The desktop of an agent whose voice is on a telephone of the house, and calls of ours from the dial field."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page

from dsp.detections import DigitOn
from dsp_hearing import hear
from web.in_browser import (
    MENU_S,
    RATE,
    ROOT,
    House,
    daemon,
    expect_the_servers_picture,
    likeness,
    log_off,
    log_on,
    loop_ms,
    mine,
    my_call,
    open_page,
    recording_of,
    wait,
)

pytestmark = pytest.mark.browser

ANSWERS = "86234567"  # by the simulated exchange's dial plan, after two rings
MASKED = "****4567"
KEYS_S = 1.0  # three keys with their pauses, and the agent's voice is back on the line
DIAL_S = 40.0  # dial tone, eight digits, two rings, and three seconds of nothing that mean an answer
ASKED = """globalThis.asked = 0;
if (navigator.mediaDevices) {
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (wish) => { globalThis.asked += 1; return real(wish); };
}"""
WATCH = """() => {
  const card = document.getElementById('call');
  globalThis.seen = [card.dataset.state];
  new MutationObserver(() => {
    if (globalThis.seen.at(-1) !== card.dataset.state) globalThis.seen.push(card.dataset.state);
  }).observe(card, { attributes: true, attributeFilter: ['data-state'] });
}"""
TO_ANSWER = ["none", "seizing", "dialling", "dialled", "ringing", "talking"]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The demo, whose telephone's port can tell that nothing is plugged into it."""
    folder = tmp_path_factory.mktemp("config")
    shutil.copytree(ROOT / "config", folder, dirs_exist_ok=True)
    demo = folder / "demo.toml"
    text = demo.read_text(encoding="utf-8")
    demo.write_text(text.replace("[ivr]", "[board.settings.telephone]\nline_test_ms = 200\n\n[ivr]"), encoding="utf-8")
    with daemon(demo, tmp_path_factory.mktemp("data")) as here:
        yield here


def _telephone(browser: Browser, house: House) -> Page:
    """Telephone 801 in a page, on hook."""
    page = open_page(browser, f"{house.phone}?extension=801&audio=raw")
    page.click("#call")
    page.wait_for_selector("[data-telephone=onHook]")
    return page


def _desk(browser: Browser, house: House) -> Page:
    """The desktop of its agent, ready; what asks for a microphone is counted."""
    page = open_page(browser, house.agent, ASKED)
    log_on(page, "1003", leg="off")
    assert page.inner_text("#telephone-name") == "话机 801"
    assert page.inner_text("#telephone-state") == "挂机"
    assert page.is_hidden("#headset")
    return page


def _handset(words: str) -> str:
    return f"document.getElementById('telephone-state').textContent === '{words}'"


def _seen(page: Page) -> list[str]:
    """The states the card has shown, without the moment between the request and the seizure."""
    seen: list[str] = page.evaluate("seen")
    return [state for state in seen if state != "initiated"]


def test_an_agent_answers_by_lifting_the_telephone_and_works_the_call_at_the_desktop_too(
    house: House, browser: Callable[..., Browser], speech: dict[str, Path]
) -> None:
    """Rings, is lifted, voices both ways, flash and desktop hold and retrieve, putting down ends it; recorded as spoken."""
    telephone = _telephone(browser(speech["agent"]), house)
    desk = _desk(browser(), house)
    phone = open_page(browser(speech["caller"]), f"{house.phone}?line=1&audio=raw")
    _reach(phone, desk)
    telephone.wait_for_selector("[data-telephone=ringing]")
    assert desk.inner_text("#telephone-state") == "振铃"
    assert desk.inner_text("#answer-text") == "请摘机"
    assert desk.is_disabled("#answer")
    assert "1 号线" in desk.inner_text("#call-facts")
    telephone.click("#call")
    wait(desk, my_call("talking"))
    assert desk.inner_text("#telephone-state") == "通话中"
    expect_the_servers_picture(house, desk)
    recording = desk.evaluate("__agent.house().calls.find(c => c.agent === '1003').recording")
    for page in (phone, telephone):
        page.evaluate("__audio.peak()")
    phone.wait_for_timeout(2 * max(loop_ms(path) for path in speech.values()) + 1500)
    assert phone.evaluate("__audio.peak()") > 0.1
    assert telephone.evaluate("__audio.peak()") > 0.1

    telephone.click("#flash")
    wait(desk, my_call("held"))
    assert desk.inner_text("#call-chip") == "保持中"
    telephone.click("#flash")
    wait(desk, my_call("talking"))
    desk.click("#hold")
    wait(desk, my_call("held"))
    expect_the_servers_picture(house, desk)
    desk.click("#retrieve")
    wait(desk, my_call("talking"))
    telephone.click("#hangup")
    wait(desk, mine("workingAfterCall"))
    wait(phone, "__phone.state().caller === 'far-end-cleared'")
    phone.click("#hangup")
    assert desk.evaluate("asked") == 0
    assert desk.evaluate("__agent.leg()") == "off"
    expect_the_servers_picture(house, desk)
    log_off(desk)

    samples, rate = recording_of(house, recording)
    assert rate == RATE
    assert likeness(samples[:, 0], speech["caller"]) > 0.9
    assert likeness(samples[:, 1], speech["agent"]) > 0.9


def _reach(phone: Page, desk: Page) -> None:
    """Call, and press 0 until the desk rings."""
    phone.click("#call")
    wait(phone, "__phone.state().caller === 'talking'")
    for _ in range(round(MENU_S / 1.65)):  # keys during the greeting, which allows no barge-in, are dropped
        phone.locator("[data-key='0']").click(delay=150)
        phone.wait_for_timeout(1500)
        if desk.evaluate(f"() => {my_call('delivered')}"):
            return
    pytest.fail(f"key 0 never reached the queue: {desk.evaluate('__agent.house()')}")


def test_with_the_handset_in_hand_a_call_is_answered_at_the_desktop(
    house: House, browser: Callable[..., Browser]
) -> None:
    """A handset that lies beside the telephone cannot ring; the desktop's button answers, and hangs up too."""
    telephone = _telephone(browser(), house)
    desk = _desk(browser(), house)
    telephone.click("#call")
    wait(desk, _handset("已摘机"))
    phone = open_page(browser(), f"{house.phone}?line=2&audio=raw")
    _reach(phone, desk)
    assert desk.inner_text("#answer-text") == "接听"
    desk.keyboard.press("Alt+KeyA")
    wait(desk, my_call("talking"))
    wait(desk, _handset("通话中"))
    desk.keyboard.press("Alt+KeyX")
    wait(desk, mine("workingAfterCall"))
    wait(desk, _handset("已摘机"))
    expect_the_servers_picture(house, desk)
    log_off(desk)


def test_a_telephone_out_of_service_is_told_in_words_and_a_call_of_ours_waits_for_the_handset(
    house: House, browser: Callable[..., Browser]
) -> None:
    """Unplugged and back; then a number: the telephone rings, is lifted, a line is seized, and putting down ends it all."""
    telephone = _telephone(browser(), house)
    desk = _desk(browser(), house)
    telephone.click("#call")
    wait(desk, _handset("已摘机"))
    telephone.click("#plug")
    desk.wait_for_selector("#telephone-notice", state="visible")
    assert "话机 801 停用" in desk.inner_text("#telephone-text")
    assert desk.is_disabled("#ready")
    assert desk.is_hidden("#dial")
    telephone.click("#plug")
    desk.wait_for_selector("#telephone-notice", state="hidden")
    telephone.click("#hangup")
    wait(desk, _handset("挂机"))

    desk.fill("#dial-number", ANSWERS)
    desk.keyboard.press("Enter")
    wait(desk, my_call("initiated"))
    assert "请摘下话机 801" in desk.inner_text("#call-note")
    telephone.wait_for_selector("[data-telephone=ringing]")
    telephone.click("#call")
    wait(desk, my_call("calling"))
    expect_the_servers_picture(house, desk)
    telephone.click("#hangup")
    wait(desk, mine("workingAfterCall"))
    assert "接通前已挂断" in desk.inner_text("#history")
    log_off(desk)


def test_a_call_from_the_dial_field_shows_each_state_and_is_recorded(
    house: House, browser: Callable[..., Browser], speech: dict[str, Path]
) -> None:
    """Pasted with spaces and a dash, dialled by Enter, rung, answered; keys go out in the talk; a reload keeps the call."""
    desk = open_page(browser(speech["agent"]), f"{house.agent}?audio=raw")
    log_on(desk)
    desk.keyboard.press("Alt+KeyC")
    desk.keyboard.insert_text("abc")
    desk.keyboard.press("Enter")
    assert "a b c" in desk.inner_text("#dial-fault")
    desk.fill("#dial-number", f" {ANSWERS[:4]} {ANSWERS[4:6]}-{ANSWERS[6:]} ")
    assert desk.input_value("#dial-number") == ANSWERS
    desk.evaluate(WATCH)
    desk.keyboard.press("Enter")
    wait(desk, my_call("talking"), DIAL_S)

    assert _seen(desk) == TO_ANSWER
    assert desk.inner_text("#call-number") == MASKED
    assert desk.inner_text("#call-chip") == "通话中（估计接通）"
    course = desk.inner_text("#call-facts")
    places = [course.index(step) for step in ("号线", "占用", "号码发完", "对方振铃", "估计接通")]
    assert places == sorted(places)
    assert desk.is_hidden("#dial")
    _keys_and_a_flash(desk)
    expect_the_servers_picture(house, desk)
    desk.reload()
    wait(desk, f"window.__agent?.link() === 'live' && {my_call('talking')}")
    expect_the_servers_picture(house, desk)
    call = desk.evaluate("__agent.house().calls.find(c => c.agent === '1001')")
    desk.click("#clear")
    wait(desk, mine("workingAfterCall"))
    assert "外呼" in desk.inner_text("#history")
    log_off(desk)
    samples, rate = recording_of(house, call["recording"])
    assert rate == RATE
    assert _keys_on_the_line(samples[:, 1]) == "94#"
    told = json.loads(house.get(f"/api/v1/calls/{call['call']}"))
    assert ANSWERS not in json.dumps(told)


def _keys_and_a_flash(desk: Page) -> None:
    """Two keys of the keyboard and one of the screen go out as dots; a flash that the board cannot do is told beside it."""
    desk.keyboard.press("Alt+KeyK")
    desk.keyboard.type("94")
    desk.click("#keypad-keys [data-key='#']")
    wait(desk, "document.getElementById('keypad-sent').textContent === '•••'")
    assert desk.inner_text("#keypad-said") == "已发送 3 个按键"
    desk.click("#flash")
    desk.wait_for_selector("#flash-fault", state="visible")
    assert "不能拍叉" in desk.inner_text("#flash-fault")
    assert desk.is_disabled("#flash")
    desk.wait_for_timeout(KEYS_S * 1000)
    desk.keyboard.press("Escape")
    assert desk.is_hidden("#keypad")


def _keys_on_the_line(sent: NDArray[np.float64]) -> str:
    """The keys that the far end hears in what our line sent."""
    heard = hear(np.round(sent * 32767).astype(np.int16))
    return "".join(found.digit for found in heard if isinstance(found, DigitOn))
