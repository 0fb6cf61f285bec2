"""Every metric's name, help and value, from one snapshot. A value that isn't known has no series.

What is of the district is written from prepared label text (`series`, `links`, `district`), since there is much of it;
what is of the process itself by prometheus_client (`own`), to which the rest is equal byte for byte.
"""

from exporter.metrics.rendering import Renderer
from exporter.metrics.text import Format

__all__ = ["Format", "Renderer"]
