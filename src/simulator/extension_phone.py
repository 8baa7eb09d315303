"""A telephone of the house in a browser: `/phone/ws?extension=801` rings, is lifted, keyed, flashed and put down.

Orders of the page: `lift`, `replace`, `flash`, `key {d, down}`, `disc {d}`, `unplug`, `plug`. A page that goes away puts the
handset down and leaves the telephone where it was.
"""

from typing import Final, assert_never

import msgspec
from aiohttp import web

from drivers.base import Hook
from simulator.browser_telephone import BrowserTelephone
from simulator.exchange import Exchange
from simulator.extensions import Extensions
from simulator.page_socket import Levels, PageSocket
from simulator.telephone import CallerState, Handset


class Lift(msgspec.Struct, tag_field="op", tag="lift", frozen=True): ...


class Replace(msgspec.Struct, tag_field="op", tag="replace", frozen=True): ...


class Flash(msgspec.Struct, tag_field="op", tag="flash", frozen=True): ...


class Key(msgspec.Struct, tag_field="op", tag="key", frozen=True):
    d: str
    down: bool


class Disc(msgspec.Struct, tag_field="op", tag="disc", frozen=True):
    """Dial one digit with the disc."""

    d: str


class Unplug(msgspec.Struct, tag_field="op", tag="unplug", frozen=True): ...


class Plug(msgspec.Struct, tag_field="op", tag="plug", frozen=True): ...


class Remark(msgspec.Struct, tag_field="op", tag="stats", frozen=True):
    """What the page measured; of no use here."""


_ORDERS: Final = msgspec.json.Decoder(Lift | Replace | Flash | Key | Disc | Unplug | Plug | Remark)


class ExtensionPhone:
    """One socket, and the telephone it holds. `exchange` gives the ticks."""

    def __init__(
        self, exchange: Exchange, extensions: Extensions, name: str, number: int, socket: web.WebSocketResponse
    ) -> None:
        self._exchange: Final = exchange
        self._extensions: Final = extensions
        self._name: Final = name
        self._number: Final = number
        self._telephone: Final = extensions.telephones[number]
        self._page: Final = PageSocket(socket, f"extension {name}")
        self._handset: Final = BrowserTelephone(self._telephone.model.wire(), f"extension {name}", "", self._page.wake)
        self._levels: Final = Levels()

    async def run(self) -> None:
        """Until the page closes the socket."""
        self._page.start(extension=self._name)
        self._take_over(self._handset)
        self._look()
        stop_watching = self._exchange.watch(self._tick)
        try:
            await self._page.run(self._handset.leg, self._obey)
        finally:
            stop_watching()
            self._telephone.replace()
            self._take_over(Handset(self._telephone.model.wire()))

    def _take_over(self, handset: Handset) -> None:
        if self._telephone.cradle is Hook.OFF:
            handset.on_line_state(CallerState.TALKING, self._telephone.now)
        self._telephone.handset = handset

    def _obey(self, message: str) -> None:
        telephone = self._telephone
        try:
            match _ORDERS.decode(message):
                case Lift():
                    telephone.lift()
                case Replace():
                    telephone.replace()
                case Flash():
                    telephone.flash()
                case Key(d=digit, down=True):
                    telephone.handset.key_down(digit)
                case Key(d=digit):
                    telephone.handset.key_up(digit)
                case Disc(d=digit):
                    telephone.dial(digit[:1])
                case Unplug():
                    telephone.unplug()
                case Plug():
                    telephone.plug()
                case Remark():
                    pass
                case order:
                    assert_never(order)
        finally:
            self._look()

    def _tick(self, _at: int) -> None:
        """A change is told at once, levels five times a second while the handset is lifted."""
        self._look(repeat=self._levels.tick(self._handset) and self._telephone.cradle is Hook.OFF)

    def _look(self, *, repeat: bool = False) -> None:
        state = self._extensions.line_state(self._number)
        self._page.show(
            {
                "op": "state",
                "extension": self._name,
                "handset": self._telephone.cradle.value,
                "ringing": self._telephone.bell,  # now; rests between two bursts
                "called": self._telephone.plugged and self._extensions.called(self._number),
                "plugged": self._telephone.plugged,
                "port": state.hook.value,
                "battery_v": state.volts,
            },
            self._levels.read,
            repeat=repeat,
        )
