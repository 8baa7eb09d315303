"""The operator's page of lines in Chromium, before the daemon itself with its simulated board."""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from daemon.node import House, change, furnish, house

pytestmark = pytest.mark.browser

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
NUMBER = "13812345678"
TEST_S = 20.0  # a test takes about five seconds


@asynccontextmanager
async def operators_page(here: House) -> AsyncIterator[Page]:
    """Logged on and live; a script that fails, fails the test."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.fail("Chromium is not installed (apt install chromium)")
    async with (
        async_playwright() as driver,
        await driver.chromium.launch(executable_path=chromium, args=FLAGS) as browser,
    ):
        page = await browser.new_page(locale="zh-CN", viewport={"width": 1280, "height": 1100})
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.goto(f"{here.node.address}/lines")
        await page.fill("#token", "token-op")
        await page.click("#enter")
        await expect(page.locator("#link")).to_have_text("已连接")
        yield page
        assert not faults


async def test_an_operator_sees_a_call_come_takes_a_line_away_and_tests_another(tmp_path: Path) -> None:
    """Line 1 rings and is answered, line 3 goes out and comes back, line 5 has dial tone."""
    file = furnish(tmp_path, tmp_path / "prompts")
    change(file, ("[supervision]\n", '[board.settings.line_1]\ncaller_id = "dtmf"\n[supervision]\n'))
    async with house(file) as here, operators_page(here) as page:
        one, three, five = (page.locator(f"[data-line='{line}']") for line in (1, 3, 5))
        await expect(page.locator("#lines > li")).to_have_count(8)
        await expect(one.locator(".chip").first).to_have_text("空闲")
        await expect(one.locator("output").first).to_have_text(re.compile("−(59|60)"))  # the copper's noise

        here.exchange.handset(0).number = NUMBER
        here.dial(1)
        await expect(one.locator(".chip").first).to_have_text("通话")
        await expect(one.locator(".line-who")).to_contain_text("138****5678")
        await expect(one.locator("time")).to_have_text(re.compile(r"0:0\d"))
        await expect(one.locator("output").nth(1)).to_have_text(re.compile("−[12]"))  # our prompt
        assert await one.get_by_role("button", name="测试线路").is_disabled()
        here.hang_up(1)
        await expect(one.locator(".chip").first).to_have_text("空闲")
        await expect(one.locator(".line-who")).to_be_empty()

        await three.get_by_role("button", name="停用").click()
        await expect(three.locator(".chip").first).to_have_text("停用")
        await expect(three.locator(".line-alarm")).to_have_text("由 Op 停用")
        await three.get_by_role("button", name="恢复使用").click()
        await expect(three.locator(".chip").first).to_have_text("空闲")

        await five.get_by_role("button", name="测试线路").click()
        await expect(five.locator(".chip").first).to_have_text("测试中")
        await expect(five.locator(".report")).to_be_visible(timeout=TEST_S * 1000)
        await expect(five.locator(".report summary")).to_contain_text("线路良好。")
        await expect(five.locator("[data-finding='dialToneDelay'] td").first).to_have_text("0.30 s")
        await expect(five.locator("[data-finding='dialToneHz'] td").first).to_have_text("450.0 Hz")
        await expect(five.locator("tr.bad")).to_have_count(0)

        await page.click("#language")
        await expect(page.locator("#lines-title")).to_have_text("Lines")
        await expect(five.get_by_role("button", name="Test line")).to_be_enabled()


async def test_the_page_tells_a_lost_board_and_how_evenly_ticks_come(tmp_path: Path) -> None:
    """R11: counters, a histogram of jitter, and what to do; the alarm and every line in words."""
    async with house(furnish(tmp_path, tmp_path / "prompts")) as here, operators_page(here) as page:
        await expect(page.locator("#jitter li")).to_have_count(7)
        await expect(page.locator("[data-counter='irqMisses']")).to_have_text("0")
        here.board.lose("somebody pulled the cable")
        await expect(page.locator("#alarms")).to_contain_text("线路板失联: somebody pulled the cable")
        await expect(page.locator("[data-line='2'] .line-alarm")).to_contain_text("somebody pulled the cable")
        await expect(page.locator("[data-line='2'] output").first).to_have_text("—")
        await expect(page.locator("[data-line='2'] .chip").first).to_have_text("故障")
        assert await page.locator("[data-line='2'] button").first.is_disabled()  # nobody can test what is not there
        await expect(page.locator("#advice")).to_contain_text("板卡失联")
        here.board.restore()
        await expect(page.locator("[data-line='2'] .chip").first).to_have_text("空闲", timeout=15_000)
        await expect(page.locator("#alarms")).to_be_hidden()
