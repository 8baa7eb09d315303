"""`cti reload`: menus and prompts anew, as one transaction. Parsed and checked in a child process; the loop only swaps."""

import asyncio
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from cti_core.call_control.events import ConfigChanged
from cti_core.faults import ConfigError, Fault
from cti_core.furnish import Furniture, Texts, read_texts, voice_of
from cti_core.settings import Settings
from ivr.rendering import Loaded, Missing

Read = tuple[Texts, tuple[Missing, ...], Loaded]


class Reloader:
    """One reload at a time. Calls under way keep the version they began with."""

    def __init__(self, settings: Settings, furniture: Furniture, post: Callable[[ConfigChanged], None]) -> None:
        self._settings = settings
        self._furniture = furniture
        self._post = post
        self._one = asyncio.Lock()
        self._children = _child()

    async def reload(self, by: str) -> tuple[str, ...]:
        """What changed, in words. Raises ConfigError; then nothing changed."""
        async with self._one:
            texts, missing, loaded = await self._read()
            changed = self._furniture.menus.publish(texts.script)
            self._furniture.voice.adopt(loaded.library)
            changed += tuple(f"prompt missing: {prompt}" for prompt in missing)
            changed += tuple(str(fault) for fault in loaded.refused)
            self._post(ConfigChanged(changed=changed, by=by))
            return changed

    async def _read(self) -> Read:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._children, _read, self._settings)
        except BrokenProcessPool as died:
            self._children = _child()
            fault = Fault(file=str(self._settings.file), line=0, message="the process that checks menus died")
            raise ConfigError([fault]) from died

    def close(self) -> None:
        self._children.shutdown(wait=False, cancel_futures=True)


def _child() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))


def _read(settings: Settings) -> Read:
    """In the child: whatever a file does to a parser, and however long an engine speaks, the ticks go on."""
    texts = read_texts(settings)
    missing, loaded = asyncio.run(voice_of(settings, texts.catalogue))
    return texts, missing, loaded
