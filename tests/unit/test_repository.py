"""The repository itself: nothing in it names the machine it was made on, and its lists agree with each other."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Written so that this file does not match itself.
REGISTRY = re.compile(
    r"[p]ypi\.(org|python)|[p]ythonhosted|[n]pmjs\.|[d]eb\.debian\.|[f]tp\.debian\.|[s]ecurity\.debian\."
    r"|[c]rates\.io|[p]roxy\.golang|//[r]egistry\.|--[i]ndex-url|--[e]xtra-index|--[f]ind-links"
    r"|[f]iles\.[a-z]+\.org/packages"
)
HOME = re.compile(r"(?<![\w.~-])/(?:[h]ome|[U]sers|[r]oot|[w]ork|[w]orkspace)/[\w.-]+")
TEXT_MAX = 2_000_000  # bytes; more is data


def tracked() -> list[Path]:
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


def texts() -> Iterator[tuple[Path, str]]:
    for path in tracked():
        content = path.read_bytes()
        if len(content) <= TEXT_MAX and b"\0" not in content:
            yield path.relative_to(ROOT), content.decode("utf-8")


@pytest.mark.parametrize(
    ("what", "pattern"),
    [("a package registry", REGISTRY), ("a path of one machine", HOME)],
    ids=["a package registry", "a path of one machine"],
)
def test_no_tracked_file_names(what: str, pattern: re.Pattern[str]) -> None:
    found = [
        f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {match.group()}"
        for path, text in texts()
        for match in pattern.finditer(text)
    ]
    assert found == [], f"names {what}"


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (REGISTRY, "https://py" + "pi.org/simple"),
        (REGISTRY, "pip install --index" + "-url x"),
        (REGISTRY, '"resolved": "https://registry' + '.example/x.tgz"'),
        (HOME, "/ho" + "me/anna/cti"),
        (HOME, "cd /ro" + "ot/x"),
    ],
)
def test_the_search_would_find(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


def test_constraints_are_names_and_versions_only_in_order() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+", line)] == []
    assert lines == sorted(lines, key=str.casefold)


def test_every_dependency_has_its_version_in_the_constraints() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    pinned = {normal(line.split("==")[0]) for line in (ROOT / "constraints.txt").read_text().splitlines()}
    assert [name for name in wanted if normal(re.split(r"[\[<>=!~; ]", name)[0]) not in pinned] == []


def normal(name: str) -> str:
    """As package names are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_commit_hook_runs_the_one_list_of_checks() -> None:
    listed = subprocess.run([ROOT / "scripts" / "checks", "--list"], check=True, capture_output=True, text=True).stdout
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert re.findall(r"entry: scripts/checks (\w+)", hooks) == listed.split()
    assert "repo: local" in hooks
    assert "http" not in hooks


def test_a_long_file_needs_a_reason_in_its_head(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "src").mkdir()
    script = tmp_path / "scripts" / "length.py"
    script.write_bytes((ROOT / "scripts" / "length.py").read_bytes())
    long = "x = 1\n" * 401
    (tmp_path / "src" / "short.py").write_text("x = 1\n" * 400)
    (tmp_path / "src" / "long.py").write_text(long)
    (tmp_path / "src" / "excused.py").write_text("# Over 400 lines: one table of the standard, in its order\n" + long)
    ran = subprocess.run([sys.executable, script], check=False, capture_output=True, text=True)
    assert ran.returncode == 1
    assert [line.split(":")[0] for line in ran.stdout.splitlines()] == ["src/long.py"]
