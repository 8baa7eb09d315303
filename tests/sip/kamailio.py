"""Debian's kamailio as registrar and proxy, with digest on REGISTER and INVITE: the password of user N is secret-N."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sip.programs import free_port, running

UP_S = 20.0
PROXY = """
listen=udp:127.0.0.1:{port}
children=1
disable_tcp=yes
log_stderror=yes
debug=2
mpath="{modules}"
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
modparam("registrar", "min_expires", 1)
modparam("registrar", "max_expires", {expires_s})
request_route {{
    if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (is_method("REGISTER")) {{
        if (!pv_www_authenticate("$td", "secret-$fU", "0")) {{ www_challenge("$td", "0"); exit; }}
        save("location");
        exit;
    }}
    if (has_totag()) {{ loose_route(); t_relay(); exit; }}
    if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
    if (is_method("INVITE")) {{
        if (!pv_proxy_authenticate("$fd", "secret-$fU", "0")) {{ proxy_challenge("$fd", "0"); exit; }}
        consume_credentials();
    }}
    record_route();
    if (!lookup("location")) {{ sl_send_reply("404", "Not Found"); exit; }}
    t_relay();
}}
"""


@contextmanager
def proxy(folder: Path, port: int = 0, *, expires_s: int = 3600) -> Iterator[int]:
    """At 127.0.0.1 and this port, once it answers; registrations last `expires_s` at most."""
    modules = next(Path("/usr/lib").glob("*/kamailio/modules"))
    port = port or free_port()
    file = folder / "kamailio.cfg"
    file.write_text(PROXY.format(port=port, modules=f"{modules}/", expires_s=expires_s), encoding="utf-8")
    log = folder / "kamailio.log"
    command = ["kamailio", "-DD", "-E", "-f", str(file), "-Y", str(folder), "-m", "32", "-M", "4", "-u", "root"]
    with running(command, log, folder):
        reachable(port, "nobody", "404")
        yield port


def reachable(port: int, user: str, status: str = "200") -> None:
    """Wait until a request for this user is answered so: 200 comes from who has registered."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.bind(("127.0.0.1", 0))
        asking.settimeout(0.2)
        own = asking.getsockname()[1]
        text = (
            f"OPTIONS sip:{user}@127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{own};branch=z9hG4bKup\r\n"
            f"From: <sip:test@127.0.0.1>;tag=1\r\nTo: <sip:{user}@127.0.0.1>\r\nCall-ID: up-{own}\r\n"
            "CSeq: 1 OPTIONS\r\nMax-Forwards: 9\r\nContent-Length: 0\r\n\r\n"
        )
        end = time.monotonic() + UP_S
        said = ""
        while time.monotonic() < end and not said.startswith(f"SIP/2.0 {status}"):
            try:
                asking.sendto(
                    text.replace("z9hG4bKup", f"z9hG4bKup{time.monotonic_ns()}").encode(), ("127.0.0.1", port)
                )
                said = asking.recv(4096).decode()
            except (TimeoutError, ConnectionRefusedError):
                continue
    assert said.startswith(f"SIP/2.0 {status}"), f"{user} is not answered for with {status} within {UP_S} s: {said}"
