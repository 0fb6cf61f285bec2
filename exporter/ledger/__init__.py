"""The ledger: SQLite, the only owner of SLA figures. It keeps settled spans and outages, and does no SLA arithmetic."""

from exporter.ledger.store import Batch, Ledger, Restored
from exporter.ledger.writer import LedgerWriter

__all__ = ["Batch", "Ledger", "LedgerWriter", "Restored"]
