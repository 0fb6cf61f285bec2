"""What every answer tells a browser: to load nothing from elsewhere, to guess nothing, to be framed by nobody."""

from __future__ import annotations

from aiohttp import web

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_POLICY_OF_FILES = (
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"  # a browser's own viewer has its styles
)
_FILES = "/reports/sla/"
_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


async def hardened(request: web.Request, response: web.StreamResponse) -> None:
    """Add the fields to an answer that is about to be sent."""
    is_file = request.path.startswith(_FILES) and response.status == web.HTTPOk.status_code
    response.headers["Content-Security-Policy"] = _POLICY_OF_FILES if is_file else _POLICY
    response.headers.update(_EVERYWHERE)
