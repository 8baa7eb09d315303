"""What a house speaks and knows: menu, prompts, tones and services, read from the folders that the settings name.

Everything that can be wrong is told at once as a ConfigError; what is only missing (a prompt nobody rendered) is told
beside the furniture, because a caller is better served by a beep than by no answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cti_core.faults import ConfigError, Fault
from cti_core.places import config_folder
from cti_core.settings import Settings
from cti_core.settings_reader import as_far_as_possible
from dsp.plan import TonePlan, load_plan
from hospital.services import HospitalServices, load_services
from ivr.audit import Surroundings, unmet
from ivr.library import PromptLibrary, humming_library
from ivr.parse import Lacks
from ivr.parse import load as load_script
from ivr.prompts import Catalogue, load_prompts
from ivr.published import Menus
from ivr.rendering import Loaded, Missing, VoiceFolders, load_library, render_all
from ivr.script import Script
from ivr.speech import EspeakSpeech

PROMPTS = "prompts.yaml"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What is written: parsed and checked, nothing of it in use yet."""

    script: Script
    catalogue: Catalogue
    tones: TonePlan
    services: HospitalServices


@dataclass(frozen=True, slots=True, kw_only=True)
class Furniture:
    """Ready for a house. `missing` and `refused` are what an operator should mend."""

    settings: Settings
    menus: Menus
    voice: PromptLibrary
    tones: TonePlan
    services: HospitalServices
    missing: tuple[Missing, ...] = ()
    refused: tuple[Fault, ...] = ()


def read_texts(settings: Settings, menu: Path | None = None) -> Texts:
    """Read and check menu, prompt texts, tones and services. Raises ConfigError with the faults of all of them."""
    faults: list[Fault] = []
    services = _tried(faults, lambda: load_services(settings.hospital))
    script = _tried(faults, lambda: load_script(menu or _menu(settings), _lacks(settings, services)))
    catalogue = _tried(faults, lambda: load_prompts(settings.ivr.folder / PROMPTS))
    tones = _tried(faults, lambda: load_plan(settings.tones or config_folder() / "tones" / "cn.toml"))
    if script is None or catalogue is None or tones is None or services is None:
        raise ConfigError(faults)
    return Texts(script=script, catalogue=catalogue, tones=tones, services=services)


def faults_in(path: Path) -> tuple[Fault, ...]:
    """Everything that is wrong with these settings and with the files they name."""
    settings, faults = as_far_as_possible(path)
    if settings is None or not settings.ivr.folder.is_dir():
        return faults
    try:
        read_texts(settings)
    except ConfigError as wrong:
        return (*faults, *wrong.faults)
    return faults


def surroundings(settings: Settings, services: HospitalServices) -> Surroundings:
    """What a menu may ask for in this house."""
    return Surroundings(
        queues=tuple(plan.queue for plan in settings.queues), services=services.names, vocabulary=services.vocabulary
    )


def _lacks(settings: Settings, services: HospitalServices | None) -> Lacks:
    """A menu is not asked about services that could not be read."""
    house = surroundings(settings, services) if services else None
    return lambda script: ((n.node, n.key, n.message) for n in unmet(script, house)) if house else ()


def _menu(settings: Settings) -> Path:
    return settings.ivr.folder / f"{settings.ivr.main}.yaml"


def _tried(faults: list[Fault], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except ConfigError as wrong:
        faults += wrong.faults
        return None


def hummed(settings: Settings, texts: Texts) -> Furniture:
    """For virtual worlds: every prompt hummed in its length, nothing rendered, nothing read from a cache."""
    return Furniture(
        settings=settings,
        menus=Menus(texts.script),
        voice=humming_library(texts.catalogue),
        tones=texts.tones,
        services=texts.services,
    )


async def spoken(settings: Settings, texts: Texts) -> Furniture:
    """With the voice of the hospital: recordings, then the cache, and what is missing rendered now."""
    missing, loaded = await voice_of(settings, texts.catalogue)
    return Furniture(
        settings=settings,
        menus=Menus(texts.script),
        voice=loaded.library,
        tones=texts.tones,
        services=texts.services,
        missing=missing,
        refused=loaded.refused,
    )


async def voice_of(settings: Settings, catalogue: Catalogue) -> tuple[tuple[Missing, ...], Loaded]:
    """Render what nobody recorded, then load all of it."""
    folders = VoiceFolders(cache=settings.ivr.cache, recordings=settings.ivr.prompts)
    missing = await render_all(catalogue, EspeakSpeech(), folders)
    return missing, load_library(catalogue, folders)
