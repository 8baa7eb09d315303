"""A real PostgreSQL for the tests: started by them, on a unix socket in a folder of its own, stopped by its pid."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

START_S = 30.0
OTHERS = ("postgres", "nobody")  # whom a root runs it as: initdb refuses root
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=16MB", "max_connections=20")


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres` of the newest version that is installed."""
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name), reverse=True)
    found = shutil.which("initdb")
    for folder in (*packaged, *([Path(found).resolve().parent] if found else []), Path("/usr/local/bin")):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


class Postgres:
    """One server. `stop` and `start` may be called again and again; the data stay."""

    def __init__(self, bin_folder: Path) -> None:
        self._bin = bin_folder
        self.folder = Path(tempfile.mkdtemp(prefix="cti-pg-"))
        self._as_other: tuple[str, ...] = ()
        if os.geteuid() == 0:
            names = {entry.pw_name: entry for entry in pwd.getpwall()}
            other = next(names[name] for name in OTHERS if name in names)
            os.chown(self.folder, other.pw_uid, other.pw_gid)
            self._as_other = ("setpriv", f"--reuid={other.pw_uid}", f"--regid={other.pw_gid}", "--clear-groups", "--")
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self._run("initdb", "-D", str(self.data), "-U", "cti", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def url(self, name: str) -> str:
        return f"postgresql://cti@/{name}?host={self.folder}"

    def start(self) -> None:
        settings = [part for setting in (*FAST, "listen_addresses=") for part in ("-c", setting)]
        with (self.folder / "log").open("ab") as log:
            command = [*self._as_other, str(self._bin / "postgres"), "-D", str(self.data), "-k", str(self.folder)]
            self._process = subprocess.Popen([*command, *settings], stdout=log, stderr=log, cwd=self.folder)
        give_up_at = time.monotonic() + START_S
        while self._done("pg_isready", "-h", str(self.folder)).returncode != 0:
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                raise RuntimeError(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text()}")
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # fast shutdown: clients are cut off
            self._process.wait(START_S)
            self._process = None

    def new_database(self, template: str = "template1") -> str:
        """The URL of a fresh database."""
        self._databases += 1
        name = f"test_{self._databases}"
        self._run("createdb", "-h", str(self.folder), "-U", "cti", "-T", template, name)
        return self.url(name)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def _run(self, program: str, *args: str) -> None:
        done = self._done(program, *args)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr.decode()}")

    def _done(self, program: str, *args: str) -> "subprocess.CompletedProcess[bytes]":
        command = [*self._as_other, str(self._bin / program), *args]
        return subprocess.run(command, check=False, capture_output=True, cwd=self.folder)


def started() -> Postgres:
    """A running server; without one the tests fail on CI and are skipped elsewhere, in words."""
    folder = binaries()
    if folder is None:
        message = "PostgreSQL is not installed: apt-get install postgresql"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    server = Postgres(folder)
    try:
        server.start()
    except BaseException:
        server.remove()
        raise
    return server
