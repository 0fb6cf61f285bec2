"""What Prometheus is asked of a link, in PromQL: one query, whose series say in a label what they are of.

Of two monitors of one link the higher value counts, so that nothing is counted twice. The buckets come as they are: two
calls of histogram_quantile would read a month of them twice, which is most of the work.
"""

from __future__ import annotations

import json

OF = "line"  # the label that says what a series is of
RTT, LOSS, RECEIVE, TRANSMIT = "rtt", "loss", "receive", "transmit"
_WINDOW = "[2h]"  # a step's length: each sample counts once, and a scrape now and then may fail


def query(link: str) -> str:
    """Return the query for a link, by its id."""
    office, _, name = link.partition("/")
    of = f"opd={_quoted(office)},link={_quoted(name)}"
    probes = f"sum without (result) (rate(opd_link_icmp_probes_total{{{of},result=~%s}}{_WINDOW}))"
    loss = (
        f"max(({probes % _quoted('lost')} / ({probes % _quoted('lost|reply')} > 0))"
        f" unless on (job, instance) (max_over_time(opd_monitor_isolated{_WINDOW}) == 1))"
    )
    parts = {
        RTT: f"max by (le) (rate(opd_link_rtt_seconds_bucket{{{of}}}{_WINDOW}))",
        LOSS: loss,
        RECEIVE: f"max(rate(opd_link_receive_bytes_total{{{of}}}{_WINDOW}))",
        TRANSMIT: f"max(rate(opd_link_transmit_bytes_total{{{of}}}{_WINDOW}))",
    }
    return " or ".join(f'label_replace({part}, "{OF}", "{name}", "", "")' for name, part in parts.items())


def _quoted(text: str) -> str:
    """Return a string of PromQL, which escapes as Go does; what JSON escapes of a text means the same there."""
    return json.dumps(text, ensure_ascii=False)
