"""Where the exporter listens: `HOST:PORT`, or `fd://N` for a socket that is open already."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket

from exporter.errors import InputError, TerpaduError

HIGHEST_PORT = 65535


def listening_socket(listen: str, option: str = "--listen") -> socket.socket:
    """Return a socket that listens; InputError where `listen` is no address, TerpaduError where it can't be had.

    `option` is what the address was given by.
    """
    if listen.startswith("fd://"):
        return _inherited(listen, option)
    host, port = _host_and_port(listen, option)
    try:
        return _bound(host, port)
    except UnicodeError as error:
        raise InputError(f"{option} {listen}: {host!r} is no host's name") from error
    except OSError as error:
        remedy = f"choose another with {option}"
        if error.errno == errno.EADDRINUSE:
            raise TerpaduError(f"port {port} on {host} is in use by another program; end it, or {remedy}") from error
        raise TerpaduError(f"can't listen on {listen}: {error.strerror or error}; {remedy}") from error


def shown_address(sock: socket.socket) -> str:
    """Return what a listening socket stands on, for people: `127.0.0.1:9877`, `[::1]:9877`, or a file's path."""
    if sock.family == socket.AF_INET6:
        host, port = sock.getsockname()[:2]
        return f"[{host}]:{port}"
    if sock.family == socket.AF_INET:
        return "{}:{}".format(*sock.getsockname())
    return str(sock.getsockname())


def reachable_address(sock: socket.socket) -> str | None:
    """Return where others can reach a listening socket; None where only this machine can: loopback, or a file."""
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        return None
    host = str(sock.getsockname()[0])
    return None if _is_loopback(host) else host


def comes_from_here(transport: asyncio.BaseTransport | None) -> bool:
    """Return whether the other end of a connection is this machine's, or this container's, by loopback."""
    peer = None if transport is None else transport.get_extra_info("peername")
    return isinstance(peer, tuple) and _is_loopback(str(peer[0]))


def _is_loopback(host: str) -> bool:
    address = ipaddress.ip_address(host)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def _host_and_port(listen: str, option: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > HIGHEST_PORT:
        raise InputError(f"{option} {listen}: write HOST:PORT, for instance 127.0.0.1:9877 or [::1]:9877, or fd://N")
    return host, int(port)


def _bound(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(128)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock


def _inherited(listen: str, option: str) -> socket.socket:
    number = listen.removeprefix("fd://")
    if not (number.isascii() and number.isdigit()):
        raise InputError(f"{option} {listen}: write fd:// and the number of an open socket, for instance fd://3")
    try:
        sock = socket.socket(fileno=int(number))
    except OSError as error:
        raise TerpaduError(f"{option} {listen}: descriptor {number} is no open socket ({error.strerror})") from error
    if sock.type != socket.SOCK_STREAM:
        sock.close()
        raise TerpaduError(f"{option} {listen}: descriptor {number} is no stream socket; pass one that listens for TCP")
    sock.setblocking(False)
    return sock
