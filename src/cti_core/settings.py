"""What an operator may set. `settings_reader.load` makes it out of one TOML file; every key stands in config/example.toml.

How lines, agents and queues behave is call control's own plan (`LinePlan`, `CasPlan`, `AgentPlan`, `QueuePlan`), named once there.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from zoneinfo import ZoneInfo

from cti_core.call_control.actions import Language
from cti_core.call_control.agent import AgentPlan
from cti_core.call_control.extension import ExtensionPlan
from cti_core.call_control.ids import AgentId, ExtensionId, LineId, PortOwner, QueueId
from cti_core.call_control.line_kinds import Plan
from cti_core.call_control.line_states import LinePlan
from cti_core.call_control.machines import SwitchPlan
from cti_core.call_control.queue import QueuePlan

FLASH_MS = 400  # assumed: PBXs take 90 to 1000 ms (boards.md R16), most 300 to 600


class Role(StrEnum):
    """Whose token it is."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    OPERATOR = "operator"
    INTEGRATOR = "integrator"  # HIS, CRM, wallboards


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """Who may come in. `agent` is given for the role agent only."""

    token: str = field(repr=False)
    name: str
    role: Role
    agent: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    host: str
    port: int  # 0: any that is free
    tokens: tuple[Token, ...]
    tls_cert: Path | None
    tls_key: Path | None
    allowed_origins: tuple[str, ...]  # beside the daemon's own pages


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardSettings:
    """`name` is an entry point of `hospital_cti.boards`; `settings` are the board's own and handed on unread."""

    name: str
    lines: int  # telephones of the house are on further ports
    settings: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSettings:
    """One line."""

    plan: Plan
    label: str
    loop_drop_ms: int  # a shorter gap in the loop means nothing
    rx_db: float = 0.0  # gain of what is heard, of what is sent; the board's
    tx_db: float = 0.0
    in_use_v: float = 0.0  # an idle line that feeds less is used by a telephone beside it; 0: nobody looks
    flash_ms: int = FLASH_MS  # of a flash towards a PBX


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorSettings:
    """More than so many in a minute are told as the alarm `boardTroubled`. A minute has 3000 ticks."""

    overruns: int = 5  # assumed: audio was lost that often; what a line heard is missing
    underruns: int = 30  # assumed: a hundredth of all ticks, which callers hear as crackling
    irq_misses: int = 5  # assumed: a card that has an interrupt of its own misses none
    slips: int = 30  # assumed: crystals that are 100 ppm apart slip once in 200 s and port
    late_ticks: int = 30  # assumed: as underruns; late and lost ticks together


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """`queues` are those the agent works for when the log-on names none."""

    plan: AgentPlan
    name: str
    queues: tuple[QueueId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IvrSettings:
    folder: Path
    main: str  # the script a new call begins with
    language: Language
    prompts: Path | None  # recorded prompts, `<language>/<id>.wav`; what is missing is rendered
    cache: Path  # rendered prompts


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    url: str = field(repr=False)  # may hold a password
    journal_dir: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    file: Path
    node: str
    timezone: ZoneInfo
    log_level: str
    log_json: bool
    data_dir: Path
    recordings_dir: Path
    onhook_evidence: bool  # keep what a line heard before we answered a call that came without a number
    tones: Path | None  # None: the Chinese plan that ships
    api: ApiSettings
    board: BoardSettings
    lines: tuple[LineSettings, ...]  # in the order of the ports
    extensions: tuple[ExtensionPlan, ...]
    telephone_ports: Mapping[ExtensionId, int | None]  # from 1 on; None: behind the others
    queues: tuple[QueuePlan, ...]
    agents: tuple[AgentSettings, ...]
    ivr: IvrSettings
    monitor: MonitorSettings
    store: StoreSettings
    hospital: Path  # what the hospital's own services know

    @property
    def owners(self) -> tuple[PortOwner, ...]:
        """Who is on each port: telephones where they were put, lines on the others in order, then the other telephones."""
        placed = {port: phone for phone, port in self.telephone_ports.items() if port is not None}
        others: list[PortOwner] = [line.plan.line for line in self.lines]
        others += [phone for phone, port in self.telephone_ports.items() if port is None]
        rest = iter(others)
        return tuple(
            placed.get(port) or next(rest) for port in range(1, len(self.lines) + len(self.telephone_ports) + 1)
        )

    def switch_plan(
        self, stream: str, en_bloc: Collection[LineId] = (), flashing: Collection[LineId] = ()
    ) -> SwitchPlan:
        """What the switch owns. `stream` is one start of the node; call ids become `<node>-<stream>-<n>`.

        `en_bloc`: lines whose board sends a number with the seizure, so that no dial tone is waited for.
        `flashing`: lines that the board can flash.
        """
        return SwitchPlan(
            stream=f"{self.node}-{stream}",
            lines=tuple(
                replace(
                    line.plan,
                    en_bloc=line.plan.line in en_bloc,
                    flash_ms=line.flash_ms if line.plan.line in flashing else 0,
                )
                if isinstance(line.plan, LinePlan)
                else line.plan
                for line in self.lines
            ),
            agents=tuple(agent.plan for agent in self.agents),
            queues=self.queues,
            extensions=self.extensions,
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
