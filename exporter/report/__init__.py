"""The monthly summary: from the ledger's timelines to figures, and from figures to every form of it."""

from exporter.report.reckoning import of_provider, summarise
from exporter.report.standings import MonthSoFar, Standings
from exporter.report.summary import Summary

__all__ = ["MonthSoFar", "Standings", "Summary", "of_provider", "summarise"]
