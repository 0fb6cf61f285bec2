"""What links carry of what is bought, as expressions; directions are the office's: `receive` is its download."""

from __future__ import annotations

from link_rows import LINES, ROWS, chosen, chosen_at_end, sums
from whole import CHOSEN_LINKS, ON_LINK

DIRECTIONS = {"receive": "Download", "transmit": "Upload"}
OVER_USED, HARDLY_USED = 0.8, 0.1
USE, BUSIER = "opd_link:contract_use:ratio5m", "opd_link:contract_use_max:ratio5m"
P95 = "opd_link:contract_use_max:p95_1d"
SPEED = "opd_link_interface_speed_bytes_per_second"
ANSWERED = "opd_link_snmp_last_success_timestamp_seconds"
ERRORS, DISCARDS = "opd_link:interface_errors:increase5m", "opd_link:interface_discards:increase5m"


def bought(direction: str) -> str:
    """What the contract gives."""
    return f'opd_link_contract_bytes_per_second{{direction="{direction}"}}'


def now(direction: str) -> str:
    """The share of it that the last five minutes used."""
    return f'{USE}{{direction="{direction}"}}'


def percentile(direction: str) -> str:
    """The share of it that all but the busiest twentieth of the last 24 hours kept below."""
    return f'opd_link:contract_use:p95_1d{{direction="{direction}"}}'


def rate(direction: str) -> str:
    """Bytes a second of the last five minutes; nothing where the device is silent."""
    total = f"opd_link_{direction}_bytes_total"
    return f"(rate({total}[5m]) and {total})"


def used(by: str, direction: str) -> str:
    """The share of what is bought together that is used, by those links of which both are known."""
    carried = sums(by, f"({rate(direction)} and {ON_LINK} {bought(direction)})")
    return f"{carried} / {sums(by, f'({bought(direction)} and {ON_LINK} {rate(direction)})')}"


def counted(series: str) -> str:
    """How much an interface counted in the chosen range, five minutes after five minutes."""
    return f"sum_over_time({series}[$__range])"


_DOWN = "(opd_link_interface_oper_status == 2 or opd_link_interface_oper_status >= 6)"
# A speed of 0 is a device that doesn't know its own.
_SLOW = " or ".join(f"({SPEED} > 0) < {ON_LINK} {bought(direction)}" for direction in DIRECTIONS)
_SILENT = "opd_link_snmp_up == 0"
# 0 interface down, 1 slower than what is bought, 2 silent, 3 silent behind a link that is down, 4 not polled, 5 without
# a rate in the contract: the most serious of each link.
PROBLEM = f" or {ON_LINK} ".join(
    (
        f"0 * {_DOWN}",
        f"0 * ({_SLOW}) + 1",
        f"0 * ({_SILENT} and {ON_LINK} (opd_link_up == 0)) + 3",
        f"0 * ({_SILENT}) + 2",
        f"0 * ({CHOSEN_LINKS} unless {ON_LINK} opd_link_snmp_up) + 4",
        f"0 * ({CHOSEN_LINKS} unless {ON_LINK} {bought('receive')} unless {ON_LINK} {bought('transmit')}) + 5",
    )
)
FIRST_PROBLEMS = f"bottomk({ROWS}, {chosen(f'({PROBLEM})')})"

# 0 hardly used in both directions, 1 neither, 2 over-used in one.
JUDGEMENT = f"0 * ({P95} < {HARDLY_USED}) or 0 * ({P95} >= {OVER_USED}) + 2 or 0 * {P95} + 1"
BUSIEST = f"topk({ROWS}, {chosen(P95)})"
LEAST = f"bottomk({ROWS}, {chosen(f'({P95} < {HARDLY_USED})')})"
BUSIEST_NOW = f"topk({LINES}, {chosen_at_end(f'{BUSIER} @ end()')})"
FAULTY = f"topk({ROWS}, {chosen(f'({counted(ERRORS)} + {counted(DISCARDS)} > 0)')})"


def most(series: str) -> str:
    """The links with the highest count in the chosen range, if they have any."""
    return f"topk({LINES}, {chosen_at_end(f'(sum_over_time({series}[$__range] @ end()) > 0)')})"
