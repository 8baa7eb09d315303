"""The daemon, Chromium and what is said into its microphones, for tests of whole calls (`in_browser`)."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from web.in_browser import FLAGS, ROOT, SAID, House, daemon


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The daemon on a free port with an empty data folder."""
    with daemon(ROOT / "config" / "demo.toml", tmp_path_factory.mktemp("data")) as here:
        yield here


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What each side says, over and over: a WAV of espeak-ng for the fake microphone."""
    folder = tmp_path_factory.mktemp("speech")
    for who, (voice, text) in SAID.items():
        subprocess.run(["espeak-ng", "-v", voice, "-w", str(folder / f"{who}.wav"), text], check=True, timeout=60)
    return {who: folder / f"{who}.wav" for who in SAID}


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Ends with the module: the synchronous API keeps an event loop in this thread."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture
def browser(playwright: Playwright) -> Iterator[Callable[..., Browser]]:
    """Starts Chromium with this file as its microphone."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.fail("Chromium is not installed (apt install chromium)")
    opened: list[Browser] = []

    def launch(microphone: Path | None = None, *more: str) -> Browser:
        args = [*FLAGS, *more]
        if microphone is not None:
            args.append(f"--use-file-for-fake-audio-capture={microphone}")
        opened.append(playwright.chromium.launch(executable_path=chromium, args=args))
        return opened[-1]

    yield launch
    for one in opened:
        one.close()
