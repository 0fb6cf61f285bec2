"""The ledger's figures of the month, as expressions: the exact ones, which Prometheus only shows and never reckons."""

from __future__ import annotations

from link_rows import ROWS, chosen
from whole import ON_LINK

LEFT = "opd_sla_downtime_budget_remaining_seconds"
BUDGET = "opd_sla_downtime_budget_seconds"
SO_FAR = "opd_sla_availability_ratio"
LAST_MONTH = "opd_sla_last_month_availability_ratio"
CREDIT = "opd_sla_credit_rupiah"
TARGET = "opd_link_contract_availability_ratio"

# A target of 100 % has no budget, so there is no share of it: such a link stands at one end, from its first down second
# on at the other.
NO_BUDGET = 1_000_000
_WITHOUT = f"({LEFT} and {ON_LINK} ({BUDGET} == 0))"
SHARE_LEFT = f"({LEFT} / ({BUDGET} > 0) or ({_WITHOUT} < 0) - {NO_BUDGET} or {_WITHOUT} * 0 + {NO_BUDGET})"
WORST = f"bottomk({ROWS}, {chosen(SHARE_LEFT)})"

# 0 the budget is used up, 1 below the target so far, 2 not below it, 3 nothing was measured.
STANDING = " or ".join(
    (
        f"0 * ({LEFT} < 0) + 0",  # else it were -0
        f"0 * ({SO_FAR} < {TARGET}) + 1",
        f"0 * ({SO_FAR} >= {TARGET}) + 2",
        f"0 * {LEFT} + 3",
    )
)

# The same of last month, against the target of today: 0 below it, 1 without a figure, 2 not below it.
MARGIN = f"({LAST_MONTH} - {TARGET})"
LAST_STANDING = " or ".join(
    (
        f"0 * ({LAST_MONTH} < {TARGET})",
        f"0 * ({LAST_MONTH} >= {TARGET}) + 2",
        f"0 * {TARGET} + 1",
    )
)
# Those without a figure stand after all that were below their target, before those that weren't.
WORST_LAST_MONTH = f"bottomk({ROWS}, {chosen(f'({MARGIN} or 0 * {TARGET})')})"


def shown(ratio: str) -> str:
    """A percentage as the reports show it: cut to three decimals. What is added is less than a second of a month."""
    return f"floor(100000 * {ratio} + 0.00000001) / 100000"
