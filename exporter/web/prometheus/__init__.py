"""A link's last 30 days, from a Prometheus that scrapes the exporter.

`asking` asks it, seldom and bounded; `query` is what it is asked, `matrix` reads the answer, `quantiles` makes
quantiles of a histogram's buckets, `faults` says in both languages what went wrong.
"""

from exporter.web.prometheus.asking import PastMonth
from exporter.web.prometheus.month import Line, Measure, Month30

__all__ = ["Line", "Measure", "Month30", "PastMonth"]
