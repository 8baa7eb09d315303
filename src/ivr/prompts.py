"""The catalogue: which prompts there are and what they say. The text is the record of truth, audio is made from it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cti_core.call_control.actions import Language, Reader
from cti_core.call_control.ids import PromptId
from cti_core.faults import ConfigError
from ivr import yaml_table
from ivr.parse_words import PROMPT
from ivr.readers import FRAGMENTS, spoken
from ivr.yaml_table import Table, YamlText

HOUSE_PROMPTS: Final = tuple(
    PromptId(name) for name in ("queue.connecting", "queue.place.before", "queue.place.after", "agent.lost")
)
"""Said by `cti_core.call_control.call`, whatever the menu."""

TEXT_MAX: Final = 1000  # characters; assumed: 90 s of speech (R-INF-1) are about 400
SENTENCE_END: Final = ("。", "？", "！", ".", "?", "!")
DIGITS: Final = re.compile(r"\d+")
DIGIT_WORDS: Final = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Texts by language, the readers' fragments among them. A prompt may exist in one language only."""

    texts: Mapping[Language, Mapping[PromptId, str]]

    def text(self, prompt: PromptId, language: Language) -> str | None:
        return self.texts[language].get(prompt)

    def is_sentence(self, prompt: PromptId, language: Language) -> bool:
        """Whether something that follows needs a pause before it."""
        text = self.text(prompt, language) or ""
        return text.endswith(SENTENCE_END) and prompt not in FRAGMENTS[language]

    def __len__(self) -> int:
        return sum(len(texts) for texts in self.texts.values())


def load_prompts(path: Path) -> Catalogue:
    """Read `prompts.yaml`. Raises ConfigError with all faults."""
    return parse_prompts(yaml_table.read(path), str(path))


def parse_prompts(text: str, file: str) -> Catalogue:
    """A catalogue out of the text that stands in `file`. Raises ConfigError."""
    source = YamlText(text, file)
    texts = {language: dict(FRAGMENTS[language]) for language in Language}
    for name, value in source.root.pairs():
        if not PROMPT.fullmatch(name):
            value.blame(f'"{name}" is no name of a prompt; small letters, digits, . - and _ are')
        own = value.table()
        for language, said in _said(own).items() if own else ():
            texts[language][PromptId(name)] = said
    if source.faults:
        raise ConfigError(source.faults)
    return Catalogue(texts)


def _said(table: Table) -> dict[Language, str]:
    said: dict[Language, str] = {}
    values = {language: table.get(language) for language in Language}
    for language, value in values.items():
        text = value.text() if value else None
        if value and text is not None:
            said[language] = " ".join(text.split())
            if not said[language]:
                value.blame("says nothing")
            if len(text) > TEXT_MAX:
                value.blame(f"is longer than {TEXT_MAX} characters")
    if not any(values.values()):
        table.blame("", "has no text; zh and en are wanted")
    table.done()
    return said


def speakable(text: str, language: Language) -> str:
    """The text without digits: an engine has nothing left to guess (R-TTS-6). 按1 is 按一, 120 is 幺二零."""

    def words(found: re.Match[str]) -> str:
        if language is Language.ZH and len(found[0]) == 1:
            return DIGIT_WORDS[int(found[0])]
        return spoken(Reader.DIGITS, found[0][:40], language).replace(" ", "" if language is Language.ZH else " ")

    return DIGITS.sub(words, text)
