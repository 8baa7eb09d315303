"""The simulated board's part of a configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from simulator.dial_plan import CITY, DialPlan, plan_from
from simulator.line_model import LineModel, model_from, model_keys

LINES: Final = 8
LINES_MAX: Final = 1000
QUEUE_TICKS_MAX: Final = 10
LINE_PREFIX: Final = "line_"

_OWN_KEYS: Final = frozenset({"lines", "seed", "transmit_queue_ticks", "dial_plan"})
_KNOWN: Final = (
    f"the board knows {', '.join(sorted(_OWN_KEYS | model_keys()))} and tables {LINE_PREFIX}1, {LINE_PREFIX}2…"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardSettings:
    models: tuple[LineModel, ...]
    seed: int = 0
    transmit_queue_ticks: int = 0
    dial_plan: DialPlan = CITY


def settings_from(settings: Mapping[str, object]) -> BoardSettings:
    """See `SimulatedBoard.from_settings`. Raises ValueError with every fault on its own line, each naming its key."""
    faults: list[str] = []
    common = {key: value for key, value in settings.items() if key in model_keys()}
    own = {key: value for key, value in settings.items() if key.startswith(LINE_PREFIX)}
    lines = _whole(settings, "lines", LINES, range(1, LINES_MAX + 1), faults)
    seed = _whole(settings, "seed", 0, range(2**63), faults)
    queue = _whole(settings, "transmit_queue_ticks", 0, range(QUEUE_TICKS_MAX + 1), faults)
    faults += [f"{key}: unknown; {_KNOWN}" for key in settings if key not in _OWN_KEYS | common.keys() | own.keys()]
    plan = _plan(settings, lines, faults)
    _check(common, "", faults)
    models = {}
    for key, value in own.items():
        number = key.removeprefix(LINE_PREFIX)
        if not number.isdecimal() or not 1 <= int(number) <= lines:
            faults.append(f"{key}: there are lines 1 to {lines}")
        elif not isinstance(value, Mapping):
            faults.append(f"{key}: is not a table of line settings")
        else:
            _check(value, f"{key}.", faults)
            models[int(number)] = {**common, **value}
    if faults:
        raise ValueError("\n".join(faults))
    return BoardSettings(
        models=tuple(model_from(models.get(line, common)) for line in range(1, lines + 1)),
        seed=seed,
        transmit_queue_ticks=queue,
        dial_plan=plan,
    )


def _plan(settings: Mapping[str, object], lines: int, faults: list[str]) -> DialPlan:
    if "dial_plan" not in settings:
        return CITY
    wanted = settings["dial_plan"]
    if not isinstance(wanted, Mapping):
        faults.append("dial_plan: is not a table of numbers")
        return CITY
    try:
        return plan_from(wanted, lines)
    except ValueError as fault:
        faults += [f"dial_plan.{line}" for line in str(fault).splitlines()]
        return CITY


def _check(keys: Mapping[str, object], prefix: str, faults: list[str]) -> None:
    try:
        model_from(keys)
    except ValueError as fault:
        faults += [prefix + line for line in str(fault).splitlines()]


def _whole(settings: Mapping[str, object], key: str, default: int, allowed: range, faults: list[str]) -> int:
    value = settings.get(key, default)
    if isinstance(value, int) and not isinstance(value, bool) and value in allowed:
        return value
    faults.append(f"{key}: {value!r} is not a whole number from {allowed.start} to {allowed.stop - 1}")
    return default
