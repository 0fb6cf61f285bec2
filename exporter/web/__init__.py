"""HTTP: what the exporter serves, and where it listens."""

from exporter.web.listen import listening_socket
from exporter.web.server import Service, serve

__all__ = ["Service", "listening_socket", "serve"]
