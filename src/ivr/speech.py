"""Engines that turn text into speech. The default is no live synthesis: all is rendered once and cached (R-TTS-1)."""

import asyncio
import re
import zlib
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from cti_core.call_control.actions import Language
from dsp.levels import RATE_HZ, amplitude, to_int16
from dsp.wav import NotAudio, decode
from ivr.prompts import speakable

VOICES: Final = {Language.ZH: "cmn", Language.EN: "en"}
WORDS_PER_MINUTE: Final = {Language.ZH: 230, Language.EN: 150}  # measured: 0.25 s a character, 0.07 s a letter
RENDER_MAX_S: Final = 20.0  # measured: 40 ms for a prompt; a process that takes longer hangs
AT_ONCE: Final = 2  # child processes at a time: one a core of the smallest machine

HUM_ZH_S, HUM_EN_S, HUM_PAUSE_S = 0.22, 0.07, 0.22  # a Chinese character, an English letter, a comma or stop
HUM_LOW_HZ, HUM_HIGH_HZ = 150, 330  # below all tones of the plan (450 Hz) and DTMF (697 Hz)
HUM_GAP: Final = 0.8  # of a pulse is sound
PUNCTUATION: Final = re.compile(r"[，。、；：？！,.;:?!]")


class SpeechDown(Exception):
    """The engine is not there, too slow, or failed; the message says which and why."""


class Speech(Protocol):
    """An engine. `ident` names engine, version and voice: it is part of the cache's key."""

    async def ident(self, language: Language) -> str:
        """Raises SpeechDown."""
        ...

    async def render(self, text: str, language: Language) -> NDArray[np.int16]:
        """(n,) int16, 8 kHz mono. Raises SpeechDown."""
        ...


class EspeakSpeech:
    """espeak-ng in a child process. Always there, hardly intelligible in Mandarin: a fallback, not a voice to sell."""

    def __init__(self, program: str = "espeak-ng", *, limit_s: float = RENDER_MAX_S) -> None:
        self._program = program
        self._limit_s = limit_s
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._version = ""

    async def ident(self, language: Language) -> str:
        if not self._version:
            told = await self._run(b"", "--version")
            found = re.search(rb"\d+(?:\.\d+)+", told)
            self._version = found[0].decode() if found else "unknown"
        return f"espeak-ng {self._version} {VOICES[language]} {WORDS_PER_MINUTE[language]}"

    async def render(self, text: str, language: Language) -> NDArray[np.int16]:
        words = speakable(text, language).encode()
        speed = f"{WORDS_PER_MINUTE[language]}"
        spoken = await self._run(words, "-v", VOICES[language], "-s", speed, "--stdin", "-b", "1", "--stdout")
        try:
            return decode(spoken).samples
        except NotAudio as why:
            raise SpeechDown(f"{self._program} did not speak: {why}") from None

    async def _run(self, words: bytes, *arguments: str) -> bytes:
        pipe = asyncio.subprocess.PIPE
        async with self._slots:
            try:
                child = await asyncio.create_subprocess_exec(
                    self._program, *arguments, stdin=pipe, stdout=pipe, stderr=pipe
                )
            except OSError as why:
                raise SpeechDown(f"{self._program} cannot be run: {why.strerror}") from None
            try:
                async with asyncio.timeout(self._limit_s):
                    out, wrong = await child.communicate(words)
            except TimeoutError:
                raise SpeechDown(f"{self._program} took longer than {self._limit_s:g} s") from None
            finally:
                if child.returncode is None:
                    child.kill()
                    await child.wait()
        if child.returncode:
            why_not = wrong.decode(errors="replace").strip().splitlines()[-1:] or [f"status {child.returncode}"]
            raise SpeechDown(f"{self._program} failed: {why_not[0]}")
        return out


class HummingSpeech:
    """Hums a text in the length it takes to say it. Needs nothing; for tests, virtual worlds and machines without an engine."""

    async def ident(self, language: Language) -> str:
        return f"hum 1 {language}"

    async def render(self, text: str, language: Language) -> NDArray[np.int16]:
        return hummed(text, language)


def hummed(text: str, language: Language) -> NDArray[np.int16]:
    """(n,) int16, 8 kHz: a soft pulse for each character or word, its pitch from its letters; the same text, the same hum."""
    syllables = re.findall(r"[A-Za-z']+|[^\sA-Za-z']", speakable(text, language))
    return np.concatenate([_pulse(syllable) for syllable in syllables] or [np.zeros(0, np.int16)])


def _pulse(syllable: str) -> NDArray[np.int16]:
    if PUNCTUATION.fullmatch(syllable):
        return np.zeros(round(HUM_PAUSE_S * RATE_HZ), np.int16)
    length_s = HUM_EN_S * len(syllable) if syllable.isascii() else HUM_ZH_S
    whole, sounding = round(length_s * RATE_HZ), round(length_s * HUM_GAP * RATE_HZ)
    pitch_hz = HUM_LOW_HZ + zlib.crc32(syllable.encode()) % (HUM_HIGH_HZ - HUM_LOW_HZ)
    wave = np.sin(2 * np.pi * pitch_hz * np.arange(sounding) / RATE_HZ) * np.hanning(sounding)
    return to_int16(np.pad(wave * amplitude(-12.0), (0, whole - sounding)))
