"""The modem board's part of a configuration: a table `line_1`, `line_2`… for each modem, common keys beside them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Final

from drivers.modem.families import NAMES
from drivers.modem.mouth import TurnPlan
from drivers.modem.plan import ModemPlan

LINE_PREFIX: Final = "line_"
LINES_MAX: Final = 32  # assumed: more modems than anybody plugs into one machine
BAUD: Final = 115_200  # 8000 bytes a second and their shielding need it; USB modems ignore it

_TURNS: Final = tuple(each.name for each in fields(TurnPlan))
_TEXTS: Final = ("device", "family", "country", "microphone", "speaker")
_NUMBERS: Final = ("baud", "silence_ms", *_TURNS)
_KNOWN: Final = frozenset({*_TEXTS, *_NUMBERS, "setup", "rate_hz"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One modem. `microphone` and `speaker` name devices of the sound card: what the line says, what we say to it."""

    device: str
    baud: int = BAUD
    plan: ModemPlan
    microphone: str = ""
    speaker: str = ""
    rate_hz: int = 8000  # of the sound card
    faults: tuple[str, ...] = field(default=())


def settings_from(settings: Mapping[str, object]) -> tuple[Wanted, ...]:
    """One for each of `lines`. Raises ValueError with every fault on its own line, each naming its key."""
    faults: list[str] = []
    lines = settings.get("lines", 1)
    if not isinstance(lines, int) or isinstance(lines, bool) or not 1 <= lines <= LINES_MAX:
        raise ValueError(f"lines: {lines!r} is not a whole number from 1 to {LINES_MAX}")
    own = {key: value for key, value in settings.items() if key.startswith(LINE_PREFIX)}
    common = {key: value for key, value in settings.items() if key not in own and key != "lines"}
    faults += [f"{key}: unknown; a modem knows {', '.join(sorted(_KNOWN))}" for key in common if key not in _KNOWN]
    numbers = {f"{LINE_PREFIX}{line}": line for line in range(1, lines + 1)}
    faults += [f"{key}: there are lines 1 to {lines}" for key in own if key not in numbers]
    wanted = []
    for key in numbers:
        table = own.get(key, {})
        if not isinstance(table, Mapping):
            faults.append(f"{key}: is not a table of a modem's settings")
            continue
        faults += [f"{key}.{name}: unknown" for name in table if name not in _KNOWN]
        wanted.append(_one({**common, **table}, key, faults))
    devices = [each.device for each in wanted if each.device]
    faults += [f"device: {name} is named twice" for name in sorted(set(devices)) if devices.count(name) > 1]
    if faults:
        raise ValueError("\n".join(faults))
    return tuple(wanted)


def _one(table: Mapping[str, object], key: str, faults: list[str]) -> Wanted:
    texts = {name: _text(table, name, key, faults) for name in _TEXTS}
    numbers = {name: _number(table, name, key, faults) for name in _NUMBERS if name in table}
    if not texts["device"]:
        faults.append(f'{key}.device: is missing; a stable name is best, such as "/dev/serial/by-path/…"')
    if texts["family"] and texts["family"] not in NAMES:
        faults.append(f"{key}.family: {texts['family']!r} is none of {', '.join(NAMES)}")
    if bool(texts["microphone"]) != bool(texts["speaker"]):
        faults.append(f"{key}.microphone: microphone and speaker go together")
    setup = table.get("setup", ())
    if not isinstance(setup, (list, tuple)) or not all(isinstance(each, str) and each.isascii() for each in setup):
        faults.append(f"{key}.setup: is not a list of commands")
        setup = ()
    turns = TurnPlan(**{name: numbers[name] for name in _TURNS if name in numbers})
    if turns.lead_ms >= turns.queue_ms:
        faults.append(f"{key}.queue_ms: is not more than lead_ms ({turns.lead_ms})")
    plan = ModemPlan(
        name=f"the modem on {texts['device']}",
        family=texts["family"],
        country=texts["country"] if "country" in table else "26",
        silence_ms=numbers.get("silence_ms", 0),
        setup=tuple(setup),
        soundcard=bool(texts["microphone"]),
        turns=turns,
    )
    return Wanted(
        device=texts["device"],
        baud=numbers.get("baud", BAUD),
        plan=plan,
        microphone=texts["microphone"],
        speaker=texts["speaker"],
        rate_hz=_number(table, "rate_hz", key, faults) if "rate_hz" in table else 8000,
    )


def _text(table: Mapping[str, object], name: str, key: str, faults: list[str]) -> str:
    value = table.get(name, "")
    if isinstance(value, str):
        return value
    faults.append(f"{key}.{name}: {value!r} is no text")
    return ""


def _number(table: Mapping[str, object], name: str, key: str, faults: list[str]) -> int:
    value = table[name]
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1_000_000:
        return value
    faults.append(f"{key}.{name}: {value!r} is not a whole number from 0 to 1000000")
    return 0
