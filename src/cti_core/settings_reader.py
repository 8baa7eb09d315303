"""Reads settings from their TOML file; `load` tells every fault at once as `file:line:key: message`.

Relative paths are relative to the file, so the daemon may be started from any directory. The defaults of lines, agents
and queues are those of call control's own plans.
"""

import re
from dataclasses import asdict, replace
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cti_core.call_control.actions import Language
from cti_core.call_control.agent import AgentPlan
from cti_core.call_control.extension import ExtensionPlan
from cti_core.call_control.ids import AgentId, ExtensionId, QueueId
from cti_core.call_control.queue import QueuePlan
from cti_core.faults import ConfigError, Fault
from cti_core.logs import LEVELS
from cti_core.settings import (
    AgentSettings,
    ApiSettings,
    BoardSettings,
    IvrSettings,
    MonitorSettings,
    Role,
    Settings,
    StoreSettings,
    Token,
    is_loopback,
)
from cti_core.settings_lines import extension_ports, lines_of
from cti_core.toml_lines import Path as Keys
from cti_core.toml_table import TomlTable, TomlText

NODE = r"[a-z0-9][a-z0-9-]{0,15}"  # it stands in every call id
NAME = r"[A-Za-z0-9_-]{1,32}"  # of agents, queues, boards: they stand in addresses and ports of the matrix
PORT, PORT_MAX = 8080, 65535
LINES, LINES_MAX = 8, 1000  # the product's board; assumed: more ports than one matrix carries on one core (design)
TICKS_MAX = 3000  # in a minute
SECRET_LENGTH = 24  # a token that strangers may try: 24 random letters and digits are 128 bit and more
DATABASES = re.compile(r"(sqlite\+aiosqlite|postgresql\+asyncpg)://.*")


def load(path: Path) -> Settings:
    """Read and check the file. Raises ConfigError, also if it cannot be read."""
    return parse(_text(path), path)


def as_far_as_possible(path: Path) -> tuple[Settings | None, tuple[Fault, ...]]:
    """With defaults in place of what is wrong, so that the files they name can be checked too; None: it is no TOML."""
    try:
        source = TomlText(_text(path), str(path))
    except ConfigError as wrong:
        return None, wrong.faults
    settings = _settings(TomlTable(source), path.resolve())
    return settings, tuple(source.faults)


def parse(text: str, path: Path) -> Settings:
    """Settings out of the text that stands, or would stand, in `path`. Raises ConfigError."""
    source = TomlText(text, str(path))
    settings = _settings(TomlTable(source), path.resolve())
    source.verdict()
    return settings


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")  # some editors begin with a mark
    except (OSError, UnicodeDecodeError) as why:
        message = f"cannot be read: {why.strerror if isinstance(why, OSError) else 'not UTF-8'}"
        raise ConfigError([Fault(file=str(path), line=0, message=message)]) from None


def faults_of(path: Path, table: Keys, told: str) -> list[Fault]:
    """What a board or a service said of its own table (lines `key: message`), at its place in the file that was read."""
    source = TomlText(path.read_text(encoding="utf-8-sig"), str(path))
    for line in told.splitlines():
        key, colon, message = line.partition(": ")
        source.blame((*table, *(key.split(".") if colon else ())), message if colon else line)
    return source.faults


def _settings(root: TomlTable, file: Path) -> Settings:
    base = file.parent
    data_dir = _path(root, "data_dir", base, "var")
    board = _board(root.table("board"))
    queues = _queues(root)
    phones = extension_ports(root, board.lines)
    agents = _agents(root, queues, list(phones))
    log = root.table("log")
    settings = Settings(
        file=file,
        node=root.text("node", "n1", pattern=NODE),
        timezone=_timezone(root),
        log_level=log.text("level", "info", choices=LEVELS),
        log_json=log.flag("json", default=False),
        data_dir=data_dir,
        recordings_dir=root.path("recordings_dir", base) or data_dir / "recordings",
        onhook_evidence=root.flag("onhook_evidence", default=False),
        tones=_existing(root, "tones", base),
        api=_api(root.table("api"), base, {agent.plan.agent for agent in agents}),
        board=board,
        lines=lines_of(root, board.lines),
        extensions=_extensions(phones, agents),
        telephone_ports=phones,
        queues=queues,
        agents=agents,
        ivr=_ivr(root.table("ivr"), base, data_dir),
        monitor=_monitor(root.table("monitor")),
        store=_store(root.table("store"), base, data_dir),
        hospital=_path(root, "hospital", base, "hospital.toml"),
    )
    log.done()
    root.done()
    return settings


def _path(table: TomlTable, key: str, base: Path, default: str) -> Path:
    return table.path(key, base, default) or base / default


def _existing(table: TomlTable, key: str, base: Path) -> Path | None:
    """A file that must be there if it is named."""
    path = table.path(key, base)
    if path is not None and not path.is_file():
        table.blame(key, f"there is no such file: {path}")
    return path


def _timezone(root: TomlTable) -> ZoneInfo:
    name = root.text("timezone", "Asia/Shanghai")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        root.blame("timezone", f'there is no time zone "{name}"; an example is Asia/Shanghai')
        return ZoneInfo("UTC")


# --- doors ----------------------------------------------------------------------------------------------------------


def _api(table: TomlTable, base: Path, agents: set[AgentId]) -> ApiSettings:
    host = table.text("host", "127.0.0.1")
    settings = ApiSettings(
        host=host,
        port=table.whole("port", PORT, 0, PORT_MAX),
        tokens=_tokens(table, base, agents, secret=not is_loopback(host)),
        tls_cert=_existing(table, "tls_cert", base),
        tls_key=_existing(table, "tls_key", base),
        allowed_origins=table.texts("allowed_origins"),
    )
    if (settings.tls_cert is None) != (settings.tls_key is None):
        table.blame("tls_key" if settings.tls_key is None else "tls_cert", "tls_cert and tls_key go together")
    elif settings.tls_cert is None and not is_loopback(host):
        table.blame("host", f"{host} is seen from other machines: set tls_cert and tls_key, or stay on 127.0.0.1")
    table.done()
    return settings


def _tokens(api: TomlTable, base: Path, agents: set[AgentId], *, secret: bool) -> tuple[Token, ...]:
    tokens: list[Token] = []
    for table in api.tables("tokens"):
        key = "token_file" if table.has("token_file") else "token"
        value = _token(table, key, base)
        role = table.text("role", choices=list(Role))
        name = table.text("name")
        agent = table.text("agent", pattern=NAME)
        table.required("role")
        if role == Role.AGENT:
            table.required("agent")
        elif agent:
            table.blame("agent", "goes with the role agent only")
        if agent and agent not in agents:
            table.blame("agent", f'there is no agent "{agent}" in [[agents]]')
        if value and secret and len(value) < SECRET_LENGTH:
            table.blame(key, f"a token that other machines may try needs {SECRET_LENGTH} characters and more")
        if value and any(value == other.token for other in tokens):
            table.blame(key, "stands here twice")
        table.done()
        ident = AgentId(agent) if agent else None
        tokens.append(Token(token=value, name=name or agent, role=Role(role or Role.AGENT), agent=ident))
    return tuple(tokens)


def _token(table: TomlTable, key: str, base: Path) -> str:
    """The token itself, or the first line of the file that holds it."""
    if key == "token":
        value = table.text("token")
        if not value and (not table.has("token") or table.values["token"] == ""):
            table.blame("token", "is missing (or token_file, a file that holds it)")
        return value
    if table.has("token"):
        table.blame("token", "and token_file exclude each other")
    table.text("token")
    path = table.path("token_file", base)
    try:
        value = path.read_text(encoding="utf-8").strip() if path else ""
    except (OSError, UnicodeDecodeError):
        table.blame("token_file", f"cannot be read: {path}")
        return ""
    if path and not value:
        table.blame("token_file", "is empty")
    return value


# --- board ----------------------------------------------------------------------------------------------------------


def _board(table: TomlTable) -> BoardSettings:
    settings = BoardSettings(
        name=table.text("name", "simulated", pattern=NAME),
        lines=table.whole("lines", LINES, 1, LINES_MAX),
        settings=table.free("settings"),
    )
    table.done()
    return settings


def _monitor(table: TomlTable) -> MonitorSettings:
    usual = MonitorSettings()
    settings = MonitorSettings(**{key: table.whole(key, value, 0, TICKS_MAX) for key, value in asdict(usual).items()})
    table.done()
    return settings


# --- people ---------------------------------------------------------------------------------------------------------


def _queues(root: TomlTable) -> tuple[QueuePlan, ...]:
    queues: dict[str, QueuePlan] = {}
    for table in root.tables("queues"):
        name = table.text("name", pattern=NAME)
        table.required("name")
        usual = QueuePlan(queue=QueueId(name))
        plan = QueuePlan(
            queue=QueueId(name),
            max_waiting=table.whole("max_waiting", usual.max_waiting, 0, 1000),
            max_wait_s=table.number("max_wait_s", usual.max_wait_s, 1, 86400),
            announce_every_s=table.number("announce_every_s", usual.announce_every_s, 5, 3600),
            accepts_unstaffed=table.flag("accepts_unstaffed", default=usual.accepts_unstaffed),
        )
        if name in queues:
            table.blame("name", f'queue "{name}" stands here twice')
        queues.setdefault(name, plan)
        table.done()
    return tuple(queues.values())


def _agents(root: TomlTable, queues: tuple[QueuePlan, ...], phones: list[ExtensionId]) -> tuple[AgentSettings, ...]:
    known = [plan.queue for plan in queues]
    desk = root.table("desk")
    common = _agent_plan(desk, AgentPlan(agent=AgentId("")), AgentId(""))
    desk.done()
    taken: set[str] = set()
    agents: dict[str, AgentSettings] = {}
    for table in root.tables("agents"):
        ident = table.text("agent", pattern=NAME)
        table.required("agent")
        own = table.texts("queues", known)
        for index, name in enumerate(own):
            if name not in known:
                table.blame("queues", f'there is no queue "{name}" in [[queues]] (entry {index + 1})')
        phone = table.text("extension", pattern=NAME)
        if phone and phone not in phones:
            table.blame("extension", f'there is no telephone "{phone}" in [[extensions]]')
        elif phone in taken:
            table.blame("extension", f'telephone "{phone}" is another agent\'s already')
        if phone:
            taken.add(phone)
        plan = _agent_plan(table, common, AgentId(ident))
        agent = AgentSettings(
            plan=replace(plan, extension=ExtensionId(phone)) if phone in phones else plan,
            name=table.text("name", ident),
            queues=tuple(QueueId(name) for name in own),
        )
        if ident in agents:
            table.blame("agent", f'agent "{ident}" stands here twice')
        agents.setdefault(ident, agent)
        table.done()
    return tuple(agents.values())


def _extensions(phones: dict[ExtensionId, int | None], agents: tuple[AgentSettings, ...]) -> tuple[ExtensionPlan, ...]:
    owners = {agent.plan.extension: agent.plan.agent for agent in agents if agent.plan.extension}
    return tuple(ExtensionPlan(extension=phone, agent=owners.get(phone)) for phone in phones)


def _agent_plan(table: TomlTable, rule: AgentPlan, ident: AgentId) -> AgentPlan:
    return AgentPlan(
        agent=ident,
        ring_s=table.number("ring_s", rule.ring_s, 1, 300),
        wrap_up_s=table.number("wrap_up_s", rule.wrap_up_s, 0, 3600),
        grace_s=table.number("grace_s", rule.grace_s, 0, 300),
    )


# --- menus and disks ------------------------------------------------------------------------------------------------


def _ivr(table: TomlTable, base: Path, data_dir: Path) -> IvrSettings:
    settings = IvrSettings(
        folder=_path(table, "folder", base, "ivr"),
        main=table.text("main", "main", pattern=NAME),
        language=Language(table.text("language", "zh", choices=list(Language))),
        prompts=table.path("prompts", base),
        cache=table.path("cache", base) or data_dir / "prompts",
    )
    if not settings.folder.is_dir():
        table.blame("folder", f"there is no such folder: {settings.folder}")
    if settings.prompts is not None and not settings.prompts.is_dir():
        table.blame("prompts", f"there is no such folder: {settings.prompts}")
    table.done()
    return settings


def _store(table: TomlTable, base: Path, data_dir: Path) -> StoreSettings:
    url = table.text("url") or f"sqlite+aiosqlite:///{data_dir / 'cti.sqlite'}"
    if not DATABASES.fullmatch(url):
        scheme = url.partition(":")[0]
        table.blame("url", f'must begin with sqlite+aiosqlite:// or postgresql+asyncpg://, not "{scheme}:"')
    settings = StoreSettings(url=url, journal_dir=table.path("journal_dir", base) or data_dir / "journal")
    table.done()
    return settings
