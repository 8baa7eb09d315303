"""From the catalogue to a voice: recordings first, then the cache, and what is missing there is rendered once (R-TTS-1).

`<recordings>/<language>/<id>.wav` is a person's voice and always wins. `<cache>/<language>/<id>.<text>.<engine>.wav` is
rendered; the two hashes say of which text and by which engine, so that an edited text is rendered anew and a machine
without an engine still speaks with what lies there.
"""

import asyncio
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cti_core.call_control.actions import Language
from cti_core.call_control.ids import PromptId
from cti_core.faults import Fault
from dsp import wav
from ivr import sound
from ivr.library import PromptLibrary
from ivr.prompts import Catalogue
from ivr.speech import Speech, SpeechDown

HASH_LENGTH: Final = 12  # hexadecimal digits; 48 bit tell a few thousand texts apart
RENDERED: Final = re.compile(rf"(\.[0-9a-f]{{{HASH_LENGTH}}}){{2}}\.wav")  # behind the name of the prompt
RECORDINGS_MAX: Final = 10_000  # assumed: more files are no prompts


Entry = tuple[Language, PromptId, str]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Missing:
    """A prompt nobody can hear, and why."""

    language: Language
    prompt: PromptId
    why: str

    def __str__(self) -> str:
        return f"{self.prompt} ({self.language}): {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Loaded:
    """A voice, and what an operator should mend. The voice speaks all the same; what is missing beeps."""

    library: PromptLibrary
    missing: tuple[Missing, ...]
    refused: tuple[Fault, ...]  # files that are no usable WAV; the rendered prompt is used instead


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceFolders:
    cache: Path
    recordings: Path | None = None

    def recording(self, prompt: PromptId, language: Language) -> Path | None:
        path = self.recordings / language / f"{prompt}.wav" if self.recordings else None
        return path if path and path.is_file() else None

    def rendered(self, prompt: PromptId, language: Language, text: str, engine: str) -> Path:
        return self.cache / language / f"{prompt}.{_hash(text)}.{_hash(engine)}.wav"

    def by_any_engine(self, prompt: PromptId, language: Language, text: str) -> list[Path]:
        """Renderings of this text, newest first."""
        found = (self.cache / language).glob(f"{prompt}.{_hash(text)}.*.wav")
        return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)


def load_library(catalogue: Catalogue, folders: VoiceFolders) -> Loaded:
    """Read all audio there is into memory. Blocks on the disk; never raises for a bad file."""
    audio: dict[tuple[Language, PromptId], NDArray[np.int16]] = {}
    missing: list[Missing] = []
    refused: list[Fault] = []
    for language, prompt, text in entries(catalogue):
        recorded = folders.recording(prompt, language)
        candidates = [*([recorded] if recorded else []), *folders.by_any_engine(prompt, language, text)]
        for path in candidates:
            try:
                samples = sound.conditioned(wav.read(path).samples)
            except (wav.NotAudio, OSError) as why:
                message = str(why).removeprefix(f"{path}: ")
                refused.append(Fault(file=str(path), line=0, message=message))
                continue
            if samples.size:
                audio[language, prompt] = samples
                break
            refused.append(Fault(file=str(path), line=0, message="holds nothing but silence"))
        else:
            why_missing = "neither recorded nor rendered"
            missing.append(Missing(language=language, prompt=prompt, why=why_missing))
    refused += _strangers(catalogue, folders)
    return Loaded(library=PromptLibrary(catalogue, audio), missing=tuple(missing), refused=tuple(refused))


async def render_all(catalogue: Catalogue, speech: Speech, folders: VoiceFolders) -> tuple[Missing, ...]:
    """Render what is neither recorded nor in the cache; return what could not be, and why. Never raises for an engine."""
    engines: dict[Language, str | SpeechDown] = {}
    for language in Language:
        try:
            engines[language] = await speech.ident(language)
        except SpeechDown as down:
            engines[language] = down
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_rendered(entry, speech, engines[entry[0]], folders)) for entry in entries(catalogue)
        ]
    return tuple(missing for task in tasks if (missing := task.result()) is not None)


def entries(catalogue: Catalogue) -> Iterator[Entry]:
    """All that should be heard, in a fixed order."""
    for language, texts in catalogue.texts.items():
        for prompt in sorted(texts):
            yield language, prompt, texts[prompt]


async def _rendered(entry: Entry, speech: Speech, engine: str | SpeechDown, folders: VoiceFolders) -> Missing | None:
    language, prompt, text = entry
    if folders.recording(prompt, language):
        return None
    if isinstance(engine, SpeechDown):
        there = folders.by_any_engine(prompt, language, text)
        return None if there else Missing(language=language, prompt=prompt, why=str(engine))
    path = folders.rendered(prompt, language, text, engine)
    if path.is_file():
        return None
    try:
        samples = await speech.render(text, language)
        await asyncio.to_thread(_store, path, samples)
        await asyncio.to_thread(_forget_older, path, prompt)
    except SpeechDown as down:
        return Missing(language=language, prompt=prompt, why=str(down))
    except OSError as why:
        return Missing(language=language, prompt=prompt, why=f"cannot be written to {path.parent}: {why.strerror}")
    return None


def _store(path: Path, samples: NDArray[np.int16]) -> None:
    """Whole or not at all: two starts at once may render the same prompt."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.part")
    draft.write_bytes(wav.encode(samples))
    draft.replace(path)


def _forget_older(path: Path, prompt: PromptId) -> None:
    """Renderings of texts and engines that are no more."""
    for old in path.parent.glob(f"{prompt}.*.wav"):
        if old != path and RENDERED.fullmatch(old.name.removeprefix(prompt)):
            old.unlink(missing_ok=True)


def _strangers(catalogue: Catalogue, folders: VoiceFolders) -> Iterator[Fault]:
    """Recordings of prompts that do not exist: most likely a slip in the name."""
    for language in Language if folders.recordings else ():
        assert folders.recordings is not None
        for path in sorted((folders.recordings / language).glob("*.wav"))[:RECORDINGS_MAX]:
            if catalogue.text(PromptId(path.stem), language) is None:
                yield Fault(file=str(path), line=0, message=f'there is no prompt "{path.stem}"')


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_LENGTH]
