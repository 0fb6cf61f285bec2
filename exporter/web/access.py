"""Who may ask: others only for what is for everybody, and strangers' pages in a browser of this machine for nothing."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from exporter.web.listen import comes_from_here
from exporter.web.refusals import Refusal, Sentence

FOR_EVERYBODY = frozenset({"/metrics", "/-/healthy", "/-/ready"})
_OF_PROXIES = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
_NEVER_PUBLIC = (
    ".localhost",
    ".local",
    ".internal",
    ".home.arpa",
    ".lan",
    ".test",
)  # ends of names that nobody can buy
_SAFE = frozenset({"GET", "HEAD"})
_FROM_ELSEWHERE = frozenset({"cross-site", "same-site"})


def kept_from_others(address: str | None) -> Middleware:
    """Return what answers 403 to all that isn't for everybody, where others can reach the server at an address.

    Who asks from this machine, or from within the same container, may see what it could see on loopback; but not who
    asks through a proxy on it (RFC 7239, and what proxies said before it).
    """

    @web.middleware
    async def kept(request: web.Request, handler: Handler) -> web.StreamResponse:
        if address is None or request.path in FOR_EVERYBODY or _is_of_this_machine(request):
            return await handler(request)
        everybody = ", ".join(sorted(FOR_EVERYBODY))
        raise Refusal(
            403,
            Sentence(
                f"others can reach {address} and no users are set, so only {everybody} answer here;"
                " for the rest start with --listen 127.0.0.1:PORT",
                f"{address} terjangkau dari luar dan belum ada pengguna yang ditetapkan, jadi hanya {everybody} yang"
                " dijawab di sini; untuk selebihnya jalankan dengan --listen 127.0.0.1:PORT",
            ),
        )

    return kept


def kept_from_strangers_pages(own_name: Callable[[], str] = socket.gethostname) -> Middleware:
    """Return what answers 421 where a stranger's name leads here, and 403 to orders that another site gives.

    A page of a stranger could let its own name lead to this machine, and read all as its own (DNS rebinding). It needs
    a name that can be bought: so addresses, names without a dot, names for local use and this machine's own one are
    fine.
    """

    @web.middleware
    async def kept(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path not in FOR_EVERYBODY and not is_harmless(request.headers.get("Host", ""), own_name()):
            raise _misdirected(request.headers["Host"])
        if request.method not in _SAFE and request.headers.get("Sec-Fetch-Site", "") in _FROM_ELSEWHERE:
            raise Refusal(403, Sentence("a page of another site can't order this", "perintah dari situs lain ditolak"))
        return await handler(request)

    return kept


def is_harmless(host: str, own_name: str) -> bool:
    """Return whether no stranger can own the name in a `Host` field; none at all is of no browser."""
    name = host.lower()
    if not name.endswith("]"):
        name = name.rpartition(":")[0] if ":" in name else name
    name = name.removeprefix("[").removesuffix("]").removesuffix(".")
    return "." not in name or name == own_name.lower() or name.endswith(_NEVER_PUBLIC) or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _misdirected(host: str) -> Refusal:
    host = host[:100]
    return Refusal(
        421,
        Sentence(
            f"{host} isn't a name of this machine, so a page of elsewhere could be asking;"
            " ask by its address, or let the proxy send Host: localhost",
            f"{host} bukan nama mesin ini, jadi yang meminta bisa saja halaman dari situs lain;"
            " gunakan alamatnya, atau atur proxy agar mengirim Host: localhost",
        ),
    )


def _is_of_this_machine(request: web.Request) -> bool:
    return comes_from_here(request.transport) and not any(name in request.headers for name in _OF_PROXIES)
