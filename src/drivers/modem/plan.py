"""How one modem is used."""

from dataclasses import dataclass, field

from drivers.modem.mouth import TurnPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class ModemPlan:
    """How one modem is used."""

    name: str  # for sentences: its device
    family: str = ""  # empty: by what ATI says
    country: str = "26"  # ITU-T T.35: China; empty: as it was sold
    silence_ms: int = 0  # 0: silence is told by nobody
    setup: tuple[str, ...] = ()  # further commands, without AT, each may fail
    soundcard: bool = False  # audio goes another way: neither +VRX nor +VTX
    turns: TurnPlan = field(default_factory=TurnPlan)
