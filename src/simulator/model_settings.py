"""Reads a frozen model of numbers, words and flags from settings; every fault names its key."""

from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum

Ranges = Mapping[str, tuple[float, float]]
Values = dict[str, float | int | bool | str]


def types_of(model: type) -> dict[str, type]:
    """What each key of a model is, by its default."""
    return {field.name: type(field.default) for field in fields(model)}


def check_ranges(model: object, ranges: Ranges) -> None:
    """Raises ValueError naming the field that is out of its range."""
    for name, (low, high) in ranges.items():
        value = getattr(model, name)
        if not low <= value <= high:
            raise ValueError(f"{name}: {value:g} is not between {low:g} and {high:g}")


def read(settings: Mapping[str, object], types: Mapping[str, type], ranges: Ranges, what: str) -> Values:
    """The values of a model's keys. `what` knows them: "a line". Raises ValueError with every fault on its own line."""
    faults: list[str] = []
    values: Values = {}
    for key, value in settings.items():
        wanted = types.get(key)
        if wanted is None:
            faults.append(f"{key}: unknown; {what} knows {', '.join(sorted(types))}")
        elif issubclass(wanted, StrEnum):
            if value in list(wanted):
                values[key] = wanted(str(value))
            else:
                faults.append(f"{key}: {value!r} is none of {', '.join(wanted)}")
        elif wanted is bool:
            if isinstance(value, bool):
                values[key] = value
            else:
                faults.append(f"{key}: {value!r} is not true or false")
        elif isinstance(value, bool) or not isinstance(value, int | float) or (wanted is int and value != int(value)):
            faults.append(f"{key}: {value!r} is not a {'whole number' if wanted is int else 'number'}")
        else:
            low, high = ranges[key]
            if not low <= value <= high:
                faults.append(f"{key}: {value:g} is not between {low:g} and {high:g}")
            values[key] = int(value) if wanted is int else float(value)
    if faults:
        raise ValueError("\n".join(faults))
    return values
