"""Where a voice comes from: recordings, then the cache, then an engine; and what is said when there is none."""

import asyncio
import os
import stat
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from cti_core.call_control.actions import Language
from cti_core.call_control.ids import PromptId
from dsp import wav
from dsp.levels import RATE_HZ
from ivr.prompts import Catalogue
from ivr.rendering import VoiceFolders, load_library, render_all
from ivr.speech import EspeakSpeech, HummingSpeech, SpeechDown

HELLO, BYE = PromptId("hello"), PromptId("bye")
CATALOGUE = Catalogue({Language.ZH: {HELLO: "您好。", BYE: "再见。"}, Language.EN: {HELLO: "Hello."}})


class Engine:
    """An engine that counts what it renders; `down` tells why it does not."""

    def __init__(self, name: str = "engine 1", down: str = "") -> None:
        self.name = name
        self.down = down
        self.rendered: list[str] = []

    async def ident(self, language: Language) -> str:
        if self.down:
            raise SpeechDown(self.down)
        return f"{self.name} {language}"

    async def render(self, text: str, language: Language) -> NDArray[np.int16]:
        self.rendered.append(text)
        return await HummingSpeech().render(text, language)


@pytest.fixture
def folders(tmp_path: Path) -> VoiceFolders:
    return VoiceFolders(cache=tmp_path / "cache", recordings=tmp_path / "recordings")


def record(folders: VoiceFolders, name: str, content: bytes) -> Path:
    assert folders.recordings is not None
    path = folders.recordings / "zh" / f"{name}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def beep(length_s: float, rate_hz: int = RATE_HZ) -> bytes:
    wave = 8000 * np.sin(2 * np.pi * 300 * np.arange(round(length_s * rate_hz)) / rate_hz)
    return wav.encode(wave.astype(np.int16), rate_hz)


async def test_only_what_is_missing_is_rendered(folders: VoiceFolders) -> None:
    engine = Engine()
    assert await render_all(CATALOGUE, engine, folders) == ()
    assert sorted(engine.rendered) == sorted(["Hello.", "您好。", "再见。"])
    assert await render_all(CATALOGUE, engine, folders) == ()
    assert len(engine.rendered) == 3


async def test_an_edited_text_and_a_new_engine_are_rendered_anew(folders: VoiceFolders) -> None:
    engine = Engine()
    await render_all(CATALOGUE, engine, folders)
    edited = Catalogue({Language.ZH: {HELLO: "大家好。"}, Language.EN: {}})
    await render_all(edited, engine, folders)
    assert engine.rendered[3:] == ["大家好。"]
    newer = Engine("engine 2")
    await render_all(CATALOGUE, newer, folders)
    assert len(newer.rendered) == 3


async def test_an_old_rendering_is_not_kept(folders: VoiceFolders) -> None:
    """And prompts whose names only begin alike keep theirs."""
    longer = Catalogue({Language.ZH: {HELLO: "您好。", PromptId("hello.again"): "又见面了。"}, Language.EN: {}})
    await render_all(longer, Engine(), folders)
    await render_all(Catalogue({Language.ZH: {HELLO: "大家好。"}, Language.EN: {}}), Engine(), folders)
    kept = sorted(path.name.rsplit(".", 3)[0] for path in (folders.cache / "zh").iterdir())
    assert kept == ["hello", "hello.again"]


async def test_what_is_recorded_is_not_rendered_and_wins(folders: VoiceFolders) -> None:
    """Any rate: 16 kHz here."""
    record(folders, "hello", beep(2.0, 16000))
    engine = Engine()
    await render_all(CATALOGUE, engine, folders)
    assert sorted(engine.rendered) == ["Hello.", "再见。"]
    loaded = load_library(CATALOGUE, folders)
    assert (loaded.missing, loaded.refused) == ((), ())
    assert loaded.library.seconds([HELLO], Language.ZH) == pytest.approx(2.0, abs=0.02)


async def test_without_engine_the_cache_still_speaks(folders: VoiceFolders) -> None:
    await render_all(CATALOGUE, Engine(), folders)
    assert await render_all(CATALOGUE, Engine(down="away"), folders) == ()
    assert load_library(CATALOGUE, folders).missing == ()


async def test_without_engine_and_cache_all_that_is_missing_is_named_with_the_reason(folders: VoiceFolders) -> None:
    record(folders, "bye", beep(1.0))
    missing = await render_all(CATALOGUE, Engine(down="there is no engine"), folders)
    assert [str(m) for m in missing] == ["hello (zh): there is no engine", "hello (en): there is no engine"]
    loaded = load_library(CATALOGUE, folders)
    assert [(m.language, m.prompt) for m in loaded.missing] == [("zh", "hello"), ("en", "hello")]
    assert loaded.library.samples([HELLO], Language.ZH).size
    assert loaded.library.missed == {"zh hello": 1}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"ID3 this is an mp3", "no WAV file"),
        (wav.encode(np.zeros(8000, np.int16)), "holds nothing but silence"),
        (beep(1.0)[:40], "the file is cut"),
    ],
)
async def test_a_bad_recording_is_refused_in_words_and_the_rendered_prompt_speaks(
    folders: VoiceFolders, content: bytes, message: str
) -> None:
    await render_all(CATALOGUE, Engine(), folders)
    path = record(folders, "hello", content)
    loaded = load_library(CATALOGUE, folders)
    (fault,) = loaded.refused
    assert str(fault).startswith(f"{path}: {message}")
    assert loaded.missing == ()


async def test_a_recording_of_no_prompt_is_told(folders: VoiceFolders) -> None:
    await render_all(CATALOGUE, Engine(), folders)
    record(folders, "helo", beep(1.0))
    (fault,) = load_library(CATALOGUE, folders).refused
    assert fault.message == 'there is no prompt "helo"'


async def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file stands where the folder should be")
    missing = await render_all(CATALOGUE, Engine(), VoiceFolders(cache=tmp_path / "cache"))
    assert len(missing) == 3
    assert "cannot be written to" in missing[0].why


# --- espeak-ng ------------------------------------------------------------------------------------------------------


def program(folder: Path, body: str) -> str:
    path = folder / "espeak-ng"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


async def test_an_engine_that_is_not_installed_is_down_in_words() -> None:
    with pytest.raises(SpeechDown, match="no-such-engine cannot be run: No such file"):
        await EspeakSpeech("no-such-engine").ident(Language.ZH)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("echo 'no voice cmn' >&2; exit 1", "failed: no voice cmn"),
        ("exit 3", "failed: status 3"),
        ("echo nothing to hear", "did not speak: no WAV file"),
        ("exit 0", "did not speak: the file is empty"),
    ],
)
async def test_an_engine_that_fails_is_down_in_words(tmp_path: Path, body: str, message: str) -> None:
    with pytest.raises(SpeechDown, match=message):
        await EspeakSpeech(program(tmp_path, body)).render("您好", Language.ZH)


async def test_an_engine_that_hangs_is_ended(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    engine = EspeakSpeech(program(tmp_path, f"echo $$ > {note}; exec sleep 60"), limit_s=0.5)
    with pytest.raises(SpeechDown, match=r"took longer than 0\.5 s"):
        await engine.render("您好", Language.ZH)
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


async def test_who_stops_waiting_leaves_no_child_behind(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    engine = EspeakSpeech(program(tmp_path, f"echo $$ > {note}; exec sleep 60"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await engine.render("您好", Language.ZH)
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


async def test_no_more_than_two_children_run_at_once(tmp_path: Path) -> None:
    """Each child counts those that run beside it."""
    body = f'touch {tmp_path}/run.$$; ls {tmp_path} | grep -c "^run" >> {tmp_path}/counts; rm {tmp_path}/run.$$; exit 1'
    engine = EspeakSpeech(program(tmp_path, body))
    await asyncio.gather(*(engine.render("您好", Language.ZH) for _ in range(8)), return_exceptions=True)
    counts = [int(line) for line in (tmp_path / "counts").read_text().split()]
    assert len(counts) == 8
    assert max(counts) <= 2


async def test_espeak_speaks_both_languages() -> None:
    """The engine that the product names; its version is part of the cache's key."""
    engine = EspeakSpeech()
    for language, text in ((Language.ZH, "您好，欢迎致电。"), (Language.EN, "Hello and welcome.")):
        assert (await engine.ident(language)).startswith("espeak-ng 1.")
        wave = await engine.render(text, language)
        assert 0.5 < wave.size / RATE_HZ < 5
