"""Terpadu watches a district's integrated internet: a map of the package.

One asyncio process pings and polls every office's links, judges them, and keeps every settled second in a ledger.

    inventory.yaml ─ inventory ─> model.Inventory
    pinging ─ probes.icmp ─> monitor ─> judgement ─ isolation, linkstate ─> settled steps ─┬─> ledger ─> report ─> sla
    outages ─> investigation ─> diagnosis ─ cause ─> verdicts ────────────────────────────┤
    polling ─ probes.snmp ─> polls, totals ───────────────────────────────────────────────┤
    tracing ─ probes.path ─> paths ───────────────────────────────────────────────────────┤
    visiting ─ sites, freshness ─> checks, looks ─ websites ─ sitestate ──────────────────┴─> snapshot ─> metrics ─> web

Read it in this order: `app` builds everything; `pinging` is the echo loop; `monitor` follows what its echoes come to;
`target` is one link in both; `judgement` lets lost slots wait for the references; `linkstate` judges a link, purely;
`timeline` is the algebra of spans; `sla` turns a month of them into figures. Why an outage was stands beside that:
`explaining` builds it, `investigation` has devices asked and paths traced, `diagnosis` gathers what they show, and
`cause` judges it, purely.

What stands where:
    cli, __main__         arguments in, exit status out; the only place that prints
    app                   the composition root: signals, reloads, orderly stop; `admission`: what may be probed
    simulated             another composition root: the same on a wire that is simulated, for the demo
    outside               what the monitor reaches the network by; `tapping`: what it settles, to `recent` too
    pinging, monitor      the echo loop, and what its echoes come to; `target` is a link in both, `schedule` its turn
    pacing, threads       rests for the threads beside the loop, and threads that nobody waits for
    recording, replay     observations to lines of JSON, and back through the same judges; `reading` is of a line,
                          `recorded` is a target with what waits of it
    polling, names        the slower loops: SNMP, and addresses of names
    visiting, websites    keeps the process that visits websites, and judges what it says
    sites                 that process: one visit, its bounds and its faults; looks for what was published
    tracing               the loop that traces the paths of links, of an outage first
    explaining            builds what explains outages, and ends it: polling, tracing, investigation, metering
    investigation         an outage's way to its cause; `metering`: what links carry, from polls
    announcements         keeps the inventory and its windows in the ledger, and hears of windows that persons add
    reporting             makes the monthly report, in a process of its own, once its month is over
    web, metrics          HTTP, its documents, and every metric's name
    status                the terminal's table, from what HTTP says
    freshness             when a website last published something, from documents of it; no I/O
    report                the monthly summary: `measuring` reads a month, `reckoning` makes the figures, `closing` keeps
                          them; JSON, CSV, `xlsx_form`, and `letter` as PDF and Markdown; `cost` is who pays what;
                          `websites` who is active and fresh; `standings` the running month; outages as text
    scoring               what a ledger says against the lab's truth
    logs                  log events as text or JSON
    ledger                SQLite: spans, outages, causes, sketches, bandwidth, maintenance, amendments, closings; no
                          arithmetic
    probes                one exchange of one protocol each; `snmp` alone knows pysnmp
    inventory             YAML with line numbers; every problem at once
    judgement, isolation, linkstate, degradation      pure: what a slot makes of a link
    diagnosis, cause, bandwidth                       pure: why an outage was, and what a link carried
    account, credit, exclusion, terms, amendment      pure: what a month owes, and what leaves it
    costs, usage                                      pure: who pays what, and what is used of it
    sitestate, rhythm                                 pure: when a website was active, and how it keeps its rhythm
    office, sla, maintenance, timeline, statistics    pure: what time makes of figures
    recent                                            each link's last 24 hours in memory, from the ledger's sketches
    model, observation, website, snapshot             frozen values
    lab                   the demo's and the tests' network; knows nothing of the monitor
"""
