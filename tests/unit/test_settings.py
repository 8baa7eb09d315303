"""Settings: what may be written, what is blamed, and where."""

from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from cti_core.call_control.actions import Language
from cti_core.call_control.cas_states import CasPlan
from cti_core.call_control.line import LinePlan
from cti_core.call_control.privacy import PhoneNumber
from cti_core.faults import ConfigError, Fault
from cti_core.settings import Role, Settings, is_loopback
from cti_core.settings_reader import faults_of, load, parse
from cti_core.toml_lines import lines_of
from simulator.board_settings import settings_from

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ivr").mkdir()
    (tmp_path / "there").write_text("")
    return tmp_path


def read(folder: Path, text: str) -> Settings:
    return parse(dedent(text), folder / "cti.toml")


def faults(folder: Path, text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(ConfigError) as told:
        read(folder, text)
    assert {fault.file for fault in told.value.faults} == {str(folder / "cti.toml")}
    return [(fault.line, fault.key, fault.message) for fault in told.value.faults]


# --- what may be written ----------------------------------------------------------------------------------------------


def test_an_empty_file_is_eight_simulated_lines_on_loopback_with_nobody_let_in(folder: Path) -> None:
    settings = read(folder, "")
    assert [line.plan.line for line in settings.lines] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert settings.lines[2].plan == LinePlan(line=settings.lines[2].plan.line)
    assert (settings.api.host, settings.api.port, settings.api.tokens) == ("127.0.0.1", 8080, ())
    assert settings.board.name == "simulated"
    assert settings.store.url == f"sqlite+aiosqlite:///{folder / 'var' / 'cti.sqlite'}"
    assert settings.ivr.language is Language.ZH


def test_the_demo_is_as_the_pages_expect_it() -> None:
    settings = load(ROOT / "config" / "demo.toml")
    assert {(t.token, t.role, t.agent) for t in settings.api.tokens} == {
        ("demo-agent-1001", Role.AGENT, "1001"),
        ("demo-agent-1002", Role.AGENT, "1002"),
        ("demo-agent-1003", Role.AGENT, "1003"),
        ("demo-operator", Role.OPERATOR, None),
    }
    assert is_loopback(settings.api.host)
    assert settings.data_dir == ROOT / "var" / "demo"
    assert [(agent.plan.agent, agent.queues) for agent in settings.agents] == [
        ("1001", ("service",)),
        ("1002", ("service",)),
        ("1003", ("service",)),
    ]


def test_the_example_reads_without_a_fault_and_lets_nobody_in() -> None:
    assert load(ROOT / "config" / "example.toml").api.tokens == ()


def test_the_example_with_every_setting_switched_on_says_the_defaults_it_promises(folder: Path) -> None:
    """A comment that is no setting any more, or no default any more, is found here."""
    example = (ROOT / "config" / "example.toml").read_text(encoding="utf-8")
    for name in ("tokens/agent-1001", "tokens/his", "tls/cti.pem", "tls/cti.key", "tones/our-exchange.toml"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"{name} long enough to be a secret")
    (folder / "prompts").mkdir()
    lines = [line.removeprefix("# ") if is_setting(line) else line for line in example.splitlines()]
    text = "\n".join(line for line in lines if "postgresql" not in line)
    on, off = parse(text, folder / "cti.toml"), parse(example, folder / "cti.toml")
    assert on.lines[0] == off.lines[0]
    assert on.queues == off.queues
    assert on.timezone == off.timezone
    assert on.store.journal_dir == off.store.journal_dir
    assert on.store.url == off.store.url
    assert on.ivr.cache == off.ivr.cache
    assert [token.role for token in on.api.tokens] == [Role.AGENT, Role.INTEGRATOR]
    trunk = on.lines[5].plan
    assert isinstance(trunk, CasPlan)
    usual = CasPlan(line=trunk.line, number=PhoneNumber("62265000"))
    assert replace(trunk, incoming=usual.incoming) == usual
    assert trunk.incoming.lengths.by_prefix == (("", 8), ("120", 3))
    assert replace(trunk.incoming, lengths=usual.incoming.lengths) == usual.incoming
    assert on.lines[7].plan.polarity_clears
    assert on.agents[0].plan.wrap_up_s == 60
    assert on.agents[0].plan.extension == "801"
    assert on.owners[8] == "801"
    board = settings_from({"lines": on.board.lines, **on.board.settings})
    assert [model.polarity_reversal for model in board.models] == [False] * 7 + [True]


def is_setting(line: str) -> bool:
    body = line.removeprefix("# ")
    first = body.split("=")[0].strip()
    return line.startswith("# ") and (body.startswith("[") or ("=" in body and first.isidentifier()))


def test_agents_differ_from_the_desk_only_in_what_they_say(folder: Path) -> None:
    settings = read(
        folder,
        """
        [desk]
        ring_s = 8
        [[queues]]
        name = "service"
        [[queues]]
        name = "night"
        [[agents]]
        agent = "1001"
        [[agents]]
        agent = "1002"
        queues = ["night"]
        wrap_up_s = 0
        """,
    )
    first, second = settings.agents
    assert first.queues == ("service", "night")
    assert (second.plan.ring_s, second.plan.wrap_up_s, second.queues) == (8.0, 0.0, ("night",))


def test_paths_are_relative_to_the_file(folder: Path) -> None:
    settings = read(folder, 'data_dir = "data"\n[ivr]\nprompts = "ivr"')
    assert settings.data_dir == folder / "data"
    assert settings.recordings_dir == folder / "data" / "recordings"
    assert settings.ivr.prompts == folder / "ivr"


def test_the_switch_gets_its_plan_with_ids_that_no_other_node_uses(folder: Path) -> None:
    plan = read(folder, 'node = "east"\n[board]\nlines = 2').switch_plan("s7")
    assert plan.stream == "east-s7"
    assert [line.line for line in plan.lines] == [1, 2]


def test_a_boards_own_settings_are_handed_on_unread(folder: Path) -> None:
    settings = read(folder, "[board.settings]\nseed = 7")
    assert settings.board.settings == {"seed": 7}


def test_a_token_may_lie_in_a_file_of_its_own(folder: Path) -> None:
    (folder / "secret").write_text("s3cret\n")
    settings = read(folder, '[[api.tokens]]\ntoken_file = "secret"\nrole = "operator"\nname = "op"')
    assert settings.api.tokens[0].token == "s3cret"


def test_secrets_do_not_show_in_a_repr(folder: Path) -> None:
    settings = read(
        folder,
        """
        [[api.tokens]]
        token = "very-secret"
        role = "operator"
        [store]
        url = "postgresql+asyncpg://cti:hidden@localhost/cti"
        """,
    )
    assert "very-secret" not in repr(settings)
    assert "hidden" not in repr(settings)


# --- what is blamed ---------------------------------------------------------------------------------------------------


def test_all_faults_are_told_at_once_each_with_its_line(folder: Path) -> None:
    told = faults(
        folder,
        """\
        node = "Ünit 1"
        data_dri = "data"
        [api]
        port = "8080"
        [[api.tokens]]
        token = "t"
        role = "agnet"
        [[lines]]
        line = 3
        [[lines]]
        line = 3
        answer_on_ring = 99
        [log]
        level = "loud"
        """,
    )
    assert told == [
        (1, "node", 'must look like [a-z0-9][a-z0-9-]{0,15}, not "Ünit 1"'),
        (2, "data_dri", 'is not a setting (did you mean "data_dir"?)'),
        (4, "api.port", 'must be a whole number, not "8080"'),
        (
            7,
            "api.tokens[0].role",
            'must be one of agent, supervisor, operator, integrator, not "agnet" (did you mean "agent"?)',
        ),
        (11, "lines[1].line", "line 3 stands here twice"),
        (12, "lines[1].answer_on_ring", "must lie between 1 and 10, not 99"),
        (14, "log.level", 'must be one of debug, info, warning, error, not "loud"'),
    ]


@pytest.mark.parametrize(
    ("text", "key", "word"),
    [
        ("log = 3", "log", "must be a table"),
        ("lines = 3", "lines", "must be a list"),
        ("lines = [3]", "lines[0]", "must be a table"),
        ("[[lines]]\nlabel = 'x'", "lines[0].line", "is missing"),
        ("[[lines]]\nline = 9", "lines[0].line", "between 1 and 8"),
        ("[board]\nlines = true", "board.lines", "whole number, not true"),
        ("[board]\nlines = 0", "board.lines", "between 1 and 1000"),
        ("timezone = 'Mars/Olympus'", "timezone", "no time zone"),
        ("[supervision]\nhang_up_tones = ['bussy']", "supervision.hang_up_tones[0]", 'did you mean "busy"'),
        ("[supervision]\nhang_up_tones = []\nloop_drop_ms = 0", "supervision.hang_up_tones", "nothing would tell"),
        ("[supervision]\nguard_s = nan", "supervision.guard_s", "between 0 and 30"),
        ("[[queues]]\nname = 'a'\n[[queues]]\nname = 'a'", "queues[1].name", "twice"),
        ("[[agents]]\nagent = '1'\n[[agents]]\nagent = '1'", "agents[1].agent", "twice"),
        ("[[agents]]\nagent = '1'\nqueues = ['x']", "agents[0].queues", 'no queue "x"'),
        ("[[agents]]\nagent = '1 2'", "agents[0].agent", "must look like"),
        ("[[api.tokens]]\nrole = 'operator'", "api.tokens[0].token", "is missing"),
        ("[[api.tokens]]\ntoken = 't'", "api.tokens[0].role", "is missing"),
        ("[[api.tokens]]\ntoken = 't'\nrole = 'agent'", "api.tokens[0].agent", "is missing"),
        ("[[api.tokens]]\ntoken = 't'\nrole = 'agent'\nagent = '9'", "api.tokens[0].agent", 'no agent "9"'),
        ("[[api.tokens]]\ntoken_file = 'none'\nrole = 'operator'", "api.tokens[0].token_file", "cannot be read"),
        ("[api]\nhost = '0.0.0.0'", "api.host", "tls_cert and tls_key"),
        ("[api]\ntls_cert = 'x'\ntls_key = 'ivr/../there'", "api.tls_cert", "no such file"),
        ("[api]\ntls_cert = 'there'", "api.tls_key", "go together"),
        ("[ivr]\nfolder = 'menus'", "ivr.folder", "no such folder"),
        ("[ivr]\nlanguage = 'fr'", "ivr.language", "must be one of zh, en"),
        ("[store]\nurl = 'mysql://x'", "store.url", 'not "mysql:"'),
    ],
)
def test_a_wrong_value_is_blamed_by_its_key(folder: Path, text: str, key: str, word: str) -> None:
    assert [(told, word in message) for _, told, message in faults(folder, text)] == [(key, True)]


def test_a_token_that_strangers_may_try_must_be_long(folder: Path) -> None:
    text = "[api]\nhost = '10.0.0.1'\ntls_cert = 'there'\ntls_key = 'there'\n[[api.tokens]]\ntoken = '{}'\nrole = 'operator'"
    assert [key for _, key, _ in faults(folder, text.format("demo-operator"))] == ["api.tokens[0].token"]
    assert read(folder, text.format("x" * 24)).api.host == "10.0.0.1"


def test_what_a_board_says_of_its_own_table_is_blamed_in_its_line(folder: Path) -> None:
    path = folder / "cti.toml"
    path.write_text("[board]\nlines = 2\n[board.settings]\nseed = -1\n[board.settings.line_2]\nnoise_dbm0 = 9\n")
    told = faults_of(path, ("board", "settings"), "seed: is negative\nline_2.noise_dbm0: too loud\nnot built in")
    assert [(fault.line, fault.key, fault.message) for fault in told] == [
        (4, "board.settings.seed", "is negative"),
        (6, "board.settings.line_2.noise_dbm0", "too loud"),
        (3, "board.settings", "not built in"),
    ]


def test_broken_toml_is_blamed_with_its_line(folder: Path) -> None:
    assert faults(folder, 'node = "n1"\n[api\nport = 1') == [(2, "", "Expected ']' at the end of a table declaration")]
    assert [line for line, _, _ in faults(folder, 'node = "n1"\ndata_dir = "unclosed')] == [2]
    assert [line for line, _, _ in faults(folder, "node = 'a'\nnode = 'b'")] == [2]


def test_toml_that_is_nested_without_end_is_a_fault(folder: Path) -> None:
    assert faults(folder, "x = " + "[" * 5000 + "]" * 5000) == [(0, "", "is nested too deeply")]


@pytest.mark.parametrize(
    ("host", "inside"), [("127.0.0.7", True), ("::1", True), ("localhost", True), ("0.0.0.0", False)]
)
def test_only_loopback_counts_as_this_machine(host: str, inside: bool) -> None:  # noqa: FBT001  pytest hands it in
    assert is_loopback(host) is inside


def test_a_byte_order_mark_and_carriage_returns_do_no_harm(folder: Path) -> None:
    path = folder / "cti.toml"
    path.write_bytes(b"\xef\xbb\xbfnode = 'east'\r\n[board]\r\nlines = 3 # three\r\n")
    assert (load(path).node, load(path).board.lines) == ("east", 3)


def test_a_file_that_is_not_there_is_a_fault_and_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file") as told:
        load(tmp_path / "none.toml")
    assert str(told.value) == f"{tmp_path / 'none.toml'}: cannot be read: No such file or directory"


def test_a_fault_reads_as_file_line_key() -> None:
    fault = Fault(file="cti.toml", line=4, key="api.port", message="must be a whole number")
    assert str(fault) == "cti.toml:4:api.port: must be a whole number"


# --- where keys stand -------------------------------------------------------------------------------------------------


def test_every_way_to_write_a_key_is_found_in_its_line() -> None:
    lines = lines_of(
        dedent('''\
            # [not.a.table]
            a = 1  # b = 2
            text = """
            c = 3
            ends with a quote""""
            raw = \'\'\'
            d = 4\'\'\'
            escaped = "\\" e = 5"
            "quoted key" . sub = 'x = 1'
            list = [ "one", # two = 2
              [1, 2],
              { f = 1, g.h = "}" },
            ]
            [table]
            when = 1979-05-27 07:32:00
            [[rows]]
            k = 1
            [[rows]]
            k = 2
            [rows.inner]
            deep = true
            [[rows.sub]]
            z = {}
            ''')
    )
    assert {".".join(map(str, keys)): line for keys, line in lines.items()} == {
        "a": 2,
        "text": 3,
        "raw": 6,
        "escaped": 8,
        "quoted key": 9,
        "quoted key.sub": 9,
        "list": 10,
        "list.0": 10,
        "list.1": 11,
        "list.1.0": 11,
        "list.1.1": 11,
        "list.2": 12,
        "list.2.f": 12,
        "list.2.g": 12,
        "list.2.g.h": 12,
        "table": 14,
        "table.when": 15,
        "rows": 16,
        "rows.0": 16,
        "rows.0.k": 17,
        "rows.1": 18,
        "rows.1.k": 19,
        "rows.1.inner": 20,
        "rows.1.inner.deep": 21,
        "rows.1.sub": 22,
        "rows.1.sub.0": 22,
        "rows.1.sub.0.z": 23,
    }
