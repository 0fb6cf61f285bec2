"""The ledger: SQLite, the only owner of SLA figures. It keeps what is settled, and does no SLA arithmetic.

Read it in this order: `writer` holds what is settled between two writes, as a `batch`; `store` is the open ledger;
`settling` says what a batch changes, `rows` writes it; `schema` are the tables. Around them: `opening`, `lock` and
`filesystem` refuse what mustn't be opened, `checks` and `copying` verify and back up, `windows` keeps the maintenance,
`sites` what websites were; `outages` reads them, and `finding` looks for them.
"""

from exporter.ledger.batch import Batch
from exporter.ledger.closings import Closed, Closing
from exporter.ledger.finding import OutageFilter
from exporter.ledger.sites import RestoredSite, SiteRecord
from exporter.ledger.store import Ledger, Restored
from exporter.ledger.writer import LedgerWriter

__all__ = [
    "Batch", "Closed", "Closing", "Ledger", "LedgerWriter", "OutageFilter", "Restored", "RestoredSite", "SiteRecord",
]  # fmt: skip
