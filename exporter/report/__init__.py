"""The monthly summary: from the ledger's timelines to figures, and from figures to JSON and CSV."""

from exporter.report.summary import Summary, running_month, summarise

__all__ = ["Summary", "running_month", "summarise"]
