"""Worlds furnished from settings: for `cti simulate` and `cti call`."""

from pathlib import Path

from cti_core.call_control.cas_states import CasPlan
from cti_core.furnish import Furniture, hummed, read_texts
from cti_core.settings import Settings
from dsp.ears import Ears
from simulator.audio_world import AudioWorld
from simulator.board_settings import settings_from
from simulator.event_world import EventWorld

STREAM = "world"


def furnished(settings: Settings) -> Furniture:
    """Menus, hummed prompts, services. Raises ConfigError."""
    return hummed(settings, read_texts(settings))


def event_world(furniture: Furniture) -> EventWorld:
    plan = furniture.settings.switch_plan(STREAM)
    return EventWorld(plan, furniture.menus.factory, furniture.voice, furniture.services)


def audio_world(furniture: Furniture, recordings: Path, seed: int) -> AudioWorld:
    """With the lines and telephones of the simulated board, if the settings have one; else with ordinary ones."""
    settings = furniture.settings
    own = settings.board.settings if settings.board.name == "simulated" else {}
    trunks = sum(isinstance(line.plan, CasPlan) for line in settings.lines)
    size = {"lines": len(settings.lines), "time_slots": trunks, "extensions": len(settings.extensions)}
    wanted = settings_from({**own, **size})
    return AudioWorld(
        settings.switch_plan(STREAM),
        furniture.menus.factory,
        furniture.voice,
        furniture.services,
        ears=Ears(len(settings.owners), furniture.tones),
        recordings=recordings,
        models=wanted.models,
        telephones=wanted.extensions,
        seed=seed,
    )
