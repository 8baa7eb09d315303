"""All prompts of one hospital in memory, joined as they are asked for. Implements `cti_core.ports.Voice`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cti_core.call_control.actions import Item, Language, Spoken
from cti_core.call_control.ids import PromptId
from dsp.levels import samples
from ivr import sound
from ivr.prompts import Catalogue
from ivr.readers import PAUSE, PAUSE_S, Unreadable, read
from ivr.speech import hummed

SENTENCE_PAUSE_S: Final = 0.3  # between two prompts that are whole sentences  # assumed: heard, not measured

Audio = Mapping[tuple[Language, PromptId], NDArray[np.int16]]


class PromptLibrary:
    """Asked in the tick: never renders, never waits. What is missing is a short beep and counted in `missed`."""

    def __init__(self, catalogue: Catalogue, audio: Audio, music: NDArray[np.int16] | None = None) -> None:
        self.catalogue = catalogue
        self.audio = audio
        self.loop = sound.music() if music is None else music
        self._beep: Final = sound.beep()
        self.missed: Final[Counter[str]] = Counter()  # `zh info.x` -> how often a caller heard a beep for it

    def samples(self, items: Sequence[Item], language: Language) -> NDArray[np.int16]:
        """(n,) 8 kHz; never empty, so that it always ends."""
        pieces: list[NDArray[np.int16]] = []
        pause = False
        for item in items:
            if pause:
                pieces.append(_silence(SENTENCE_PAUSE_S))
            pieces += self._fragments(item, language) if isinstance(item, Spoken) else self._prompt(item, language)
            pause = not isinstance(item, Spoken) and self.catalogue.is_sentence(item, language)
        if len(pieces) == 1:
            return pieces[0]
        return np.concatenate(pieces) if pieces else _silence(PAUSE_S)

    def music(self) -> NDArray[np.int16]:
        return self.loop

    def adopt(self, other: "PromptLibrary") -> None:
        """Speak with the prompts of another library from the next prompt on (reload)."""
        self.catalogue, self.audio, self.loop = other.catalogue, other.audio, other.loop

    def seconds(self, items: Sequence[Item], language: Language) -> float | None:
        """How long it takes to say them; None if something is missing."""
        missed = Counter(self.missed)
        length = self.samples(items, language).size / samples(1000)
        known = self.missed == missed
        self.missed.clear()
        self.missed.update(missed)
        return length if known else None

    def _prompt(self, prompt: PromptId, language: Language) -> list[NDArray[np.int16]]:
        if prompt == PAUSE:
            return [_silence(PAUSE_S)]
        audio = self.audio.get((language, prompt))
        if audio is None or not audio.size:
            self.missed[f"{language} {prompt}"] += 1
            return [self._beep]
        return [audio]

    def _fragments(self, item: Spoken, language: Language) -> list[NDArray[np.int16]]:
        try:
            names = read(item.reader, item.value, language)
        except Unreadable:
            self.missed[f"{language} {item.reader}"] += 1  # the value itself may be a patient's
            return [self._beep]
        return [piece for name in names for piece in self._prompt(name, language)]


def humming_library(catalogue: Catalogue) -> PromptLibrary:
    """Every prompt hummed in its length: for tests and virtual worlds, without an engine."""
    audio = {
        (language, prompt): sound.conditioned(hummed(text, language))
        for language, texts in catalogue.texts.items()
        for prompt, text in texts.items()
    }
    return PromptLibrary(catalogue, audio)


def _silence(seconds: float) -> NDArray[np.int16]:
    return np.zeros(samples(seconds * 1000), np.int16)
