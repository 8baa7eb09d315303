"""The orders that make a voice modem of a modem, and the coding that both of us speak best."""

from collections.abc import Sequence
from typing import Final

from drivers.modem.codings import Coding, coding_named
from drivers.modem.families import Family
from drivers.modem.orders import Aim, Order, command
from drivers.modem.plan import ModemPlan
from drivers.modem.replies import coding_of

MUST: Final = frozenset({"Z", "E0V1Q0"})


def reset_orders() -> list[Order]:
    """Nothing is left to what the modem remembers; then it is asked who it is."""
    reset = [command(Aim.SET_UP, text, may_fail=text not in MUST) for text in ("Z", "E0V1Q0", "&C1&D2", "S0=0", "M0")]
    return [*reset, *(command(Aim.IDENTIFY, text, may_fail=True) for text in ("I0", "I3"))]


def voice_orders(family: Family, plan: ModemPlan) -> list[Order]:
    """From class 0 to a line that waits for calls."""
    optional = [*family.caller_id, *family.extras, *plan.setup]
    if plan.country:
        optional.insert(0, family.country.format(country=plan.country))
    optional.append(
        family.silence.format(sensitivity=128 if plan.silence_ms else 0, tenths=max(plan.silence_ms // 100, 0))
    )
    orders = [command(Aim.ENTER_VOICE, family.enter_voice)]
    if not plan.soundcard:
        orders.append(command(Aim.LIST_CODINGS, family.list_codings, may_fail=True))
    return [*orders, *(command(Aim.SET_UP, text, may_fail=True) for text in optional)]


def best_coding(family: Family, lines: Sequence[str]) -> tuple[int, Coding]:
    """Its number and what it is, by the names that `+VSM=?` listed; else what the family is known to have."""
    known = [
        (coding, ident)
        for ident, name, rates in filter(None, map(coding_of, lines))
        if (coding := coding_named(name)) is not None and (not rates or _has_rate(rates, family.rate_hz))
    ]
    if not known:
        return family.codings[0]
    order = list(Coding)
    coding, ident = min(known, key=lambda each: order.index(each[0]))
    return ident, coding


def _has_rate(rates: tuple[int, ...], rate_hz: int) -> bool:
    """A list of rates, or the ends of a range."""
    return rate_hz in rates or (len(rates) == 2 and rates[0] <= rate_hz <= rates[1])
