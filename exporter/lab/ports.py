"""The demo's ports: opened, or refused with a sentence that says whose and what to do."""

from __future__ import annotations

import errno
import socket

from exporter.errors import InputError, TerpaduError

_GREATEST_PORT = 65_535


def listening_socket(listen: str, whose: str) -> socket.socket:
    """Return an open socket for HOST:PORT; InputError where it isn't one, TerpaduError where it can't be had."""
    host, colon, port = listen.rpartition(":")
    if not colon or not (port.isascii() and port.isdecimal()):
        raise InputError(f"--listen {listen}: expected HOST:PORT, for instance 127.0.0.1:9877")
    if int(port) > _GREATEST_PORT:  # the C library would take the remainder
        raise InputError(f"--listen {listen}: the last port is {_GREATEST_PORT}; name an address of this machine")
    try:
        found = socket.getaddrinfo(host.strip("[]") or "127.0.0.1", int(port), type=socket.SOCK_STREAM)
    except OSError as error:
        raise InputError(f"--listen {listen}: {error.strerror}; name an address of this machine") from error
    family, kind, protocol, _, address = found[0]
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen()
    except OSError as error:
        sock.close()
        raise trouble(listen, whose, error) from error
    return sock


def reachable(sock: socket.socket) -> str:
    """Return the HOST:PORT by which this machine reaches an open socket."""
    host, port = sock.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def bound(listen: str, sock: socket.socket) -> str:
    """Return the HOST:PORT by which an open socket's place can be listened on again, its own port in place of 0."""
    return f"{listen.rpartition(':')[0]}:{sock.getsockname()[1]}"


def trouble(listen: str, whose: str, error: OSError) -> TerpaduError:
    """Return the error that says whose port can't be had, and what to do."""
    if error.errno != errno.EADDRINUSE:
        return TerpaduError(f"{whose} can't listen on {listen}: {error.strerror}; name an address of this machine")
    port = listen.rpartition(":")[2]
    return TerpaduError(
        f"{whose} can't listen on {listen}: another program has the port. End that one first; "
        f"this shows which it is: ss -ltnp 'sport = :{port}'"
    )


def free_udp_port() -> int:
    """Return a UDP port that nobody has just now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
