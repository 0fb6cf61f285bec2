"""HTTP: what the exporter serves, and where it listens."""

from exporter.web.listen import listening_socket
from exporter.web.server import serve

__all__ = ["listening_socket", "serve"]
