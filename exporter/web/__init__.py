"""HTTP: what the exporter serves, and where it listens."""

from exporter.web.listen import listening_socket, shown_address
from exporter.web.server import serve
from exporter.web.service import Service

__all__ = ["Service", "listening_socket", "serve", "shown_address"]
