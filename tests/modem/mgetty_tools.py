"""Debian's mgetty-voice with folders of its own: a mount namespace lays them over those that are compiled in."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VOICE_CONF = """\
part generic
voice_log_level 6
voice_dir /var/spool/voice
phone_owner root
phone_group root
phone_mode 0660
message_flag_file .flag
receive_dir incoming
message_dir messages
message_list Index
port_speed 115200
port_timeout 2
dial_timeout 30
command_delay 100
rec_compression 1
rec_speed 8000
rec_silence_len 70
rec_silence_threshold 40
rec_remove_silence false
rec_max_len 30
do_hard_flow true
beep_frequency 933
beep_length 300
max_tries 3
retry_delay 1
watchdog_timeout 60
forceV253 true
program vgetty
rings 1
answer_mode voice
rec_always_keep true
dtmf_program
program vm
port {port}
"""

MGETTY_CONFIG = """\
debug 6
speed 115200
port-owner root
port-group root
port-mode 0660
data-only y
"""

OVERLAID = {"etc": "/etc/mgetty", "spool": "/var/spool/voice", "log": "/var/log/mgetty", "lock": "/var/lock"}

# As root a mount namespace, else one in a user namespace of our own; the first of these that works here.
NAMESPACES = (("unshare", "--mount"), ("unshare", "--map-root-user", "--mount"))


def why_not() -> str:
    """Empty: `vm` and `vgetty` can run here without touching the machine's own files."""
    if shutil.which("vm") is None or not Path("/usr/sbin/vgetty").exists():
        return "mgetty-voice is not installed (Debian: mgetty, mgetty-voice)"
    if not Path("/etc/mgetty").is_dir():
        return "there is no /etc/mgetty to lay our folder over"
    return "" if namespace() else "this machine allows no mount namespaces"


def namespace() -> tuple[str, ...]:
    for words in NAMESPACES:
        probe = [*words, "mount", "--bind", "/tmp", "/tmp"]
        if subprocess.run(probe, check=False, capture_output=True).returncode == 0:
            return words
    return ()


class Folders:
    """What vm and vgetty read and write."""

    def __init__(self, root: Path, tty_path: str) -> None:
        self.root = root
        port = tty_path.removeprefix("/dev/")
        for name in OVERLAID:
            (root / name).mkdir()
        for name in ("incoming", "messages"):
            (root / "spool" / name).mkdir()
        (root / "etc" / "voice.conf").write_text(VOICE_CONF.format(port=port))
        (root / "etc" / "mgetty.config").write_text(MGETTY_CONFIG)
        (root / "etc" / "login.config").write_text("* - - /bin/true @\n")
        (root / "etc" / "dialin.config").write_text("all\n")
        self._port = port

    def command(self, *words: str) -> list[str]:
        mounts = " && ".join(f"mount --bind {self.root / name} {path}" for name, path in OVERLAID.items())
        return [*namespace(), "sh", "-c", f'{mounts} && exec "$@"', "sh", *words]

    def vm(self, *words: str, timeout_s: float = 60) -> str:
        """Runs `vm`; its output. Raises AssertionError with its log."""
        done = subprocess.run(
            self.command("vm", words[0], "-l", self._port, "-x", "6", *words[1:]),
            check=False, capture_output=True, text=True, timeout=timeout_s,
        )  # fmt: skip
        if done.returncode:
            raise AssertionError(f"{done.stdout}\n{done.stderr}\n{self.logs()}")
        return done.stdout

    @contextmanager
    def vgetty(self) -> Iterator[subprocess.Popen[bytes]]:
        """Runs until the block is left."""
        process = subprocess.Popen(
            self.command("/usr/sbin/vgetty", "-x", "6", self._port), stdin=subprocess.DEVNULL, start_new_session=True
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def logs(self) -> str:
        return "\n".join(
            f"--- {path.name}\n{path.read_text(errors='replace')[-60000:]}"
            for path in sorted((self.root / "log").iterdir())
        )
