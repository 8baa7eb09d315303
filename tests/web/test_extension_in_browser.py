"""A telephone of the house in a browser: it rings, is lifted, hears and is heard, flashes, loses its plug and is put down."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from aiohttp import web
from playwright.async_api import async_playwright

from cti_core.api.pages import page_routes
from cti_core.places import web_folder
from drivers.base import Hook, HookChanged, HookFlash, LineFault, LineOk, Signal
from simulator.board import SimulatedBoard
from simulator.phone import add_phone_routes

pytestmark = pytest.mark.browser

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]
TELEPHONE = 1  # the board's port


class House:
    """A board with a line and a telephone, in real time; what the telephone says it hears again."""

    def __init__(self) -> None:
        self.board = SimulatedBoard.from_settings({"lines": 1, "extensions": 1, "telephone": {"line_test_ms": 200}})
        self.facts: list[Signal] = []
        self._news = asyncio.Event()

    async def told(self, kind: type[Signal]) -> None:
        """A fact of this kind."""
        async with asyncio.timeout(10):
            while not any(isinstance(fact, kind) for fact in self.facts):
                self._news.clear()
                await self._news.wait()

    async def run(self) -> None:
        async with self.board.open() as ticks:
            async for tick in ticks:
                if tick.signals:
                    self.facts += tick.signals
                    self._news.set()
                frames = np.zeros_like(tick.heard)
                frames[TELEPHONE] = tick.heard[TELEPHONE]
                self.board.speak(frames)


@asynccontextmanager
async def served(house: House) -> AsyncIterator[str]:
    app = web.Application()
    add_phone_routes(app, house.board.exchange, extensions=house.board.extensions, numbers=("801",))
    app.add_routes(page_routes(web_folder(), phone=True))
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    ticking = asyncio.create_task(house.run())
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ticking
        await runner.cleanup()


async def test_a_person_answers_on_a_telephone_in_the_browser() -> None:
    house = House()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.fail("Chromium is not installed (apt install chromium)")
    async with (
        served(house) as address,
        async_playwright() as driver,
        await driver.chromium.launch(executable_path=chromium, args=FLAGS) as browser,
    ):
        page = await browser.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))

        async def until(telephone: str) -> None:
            await page.wait_for_selector(f"[data-telephone={telephone}]", timeout=10_000)

        await page.goto(f"{address}/phone?extension=801&audio=raw")
        await page.click("#call")
        await until("onHook")
        house.board.ring(TELEPHONE, on=True)
        await until("ringing")
        await page.click("#call")
        await until("lifted")
        await page.wait_for_function("window.__audio.stats().microphone === 'on' && window.__audio.peak() > 0.05")
        await page.click("#flash")
        await house.told(HookFlash)
        await page.click("#plug")
        await page.wait_for_function("window.__phone.state().port === 'on'", timeout=10_000)
        await page.click("#plug")
        await page.wait_for_function("window.__phone.state().port === 'off'", timeout=10_000)
        await page.click("#hangup")
        await until("onHook")
        await page.wait_for_function("window.__phone.state().port === 'on'", timeout=10_000)
        assert not faults
    told = [(type(fact), getattr(fact, "position", None)) for fact in house.facts]
    assert told == [
        (HookChanged, Hook.OFF),
        (HookFlash, None),
        (LineFault, None),
        (LineOk, None),
        (HookChanged, Hook.OFF),
        (HookChanged, Hook.ON),
    ]


async def test_a_telephone_that_does_not_exist_is_told_on_the_page() -> None:
    house = House()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    async with (
        served(house) as address,
        async_playwright() as driver,
        await driver.chromium.launch(executable_path=chromium, args=FLAGS) as browser,
    ):
        page = await browser.new_page()
        await page.goto(f"{address}/phone?extension=999")
        await page.click("#call")
        await page.wait_for_selector("[data-telephone=refused]", timeout=10_000)
