"""Terpadu watches a district's integrated internet: a map of the package.

One asyncio process pings and polls every office's links, judges them, and keeps every settled second in a ledger.

    inventory.yaml ─ inventory ─> model.Inventory
    monitor ─ probes.icmp ─> target ─ linkstate.advance ─> settled spans, outages ─┬─> ledger ─> report ─> sla
    polling ─ probes.snmp ─> SnmpStatus ────────────────────────────────────────────┴─> snapshot ─> metrics ─> web

Read it in this order: `app` builds everything; `monitor` is the echo loop; `target` is one link in it; `linkstate`
judges, purely; `timeline` is the algebra of spans; `sla` turns a month of them into figures.

What stands where:
    cli, __main__         arguments in, exit status out; the only place that prints
    app                   the composition root: signals, reloads, orderly stop
    monitor, target       the echo loop and its links
    polling, names        the slower loops: SNMP, and addresses of names
    web, metrics          HTTP, and every metric's name
    report                the monthly summary as JSON and CSV
    ledger                SQLite: spans and outages; no arithmetic
    probes                one exchange of one protocol each; `snmp` alone knows pysnmp
    inventory             YAML with line numbers; every problem at once
    linkstate, office, sla, timeline, statistics      pure
    model, observation, snapshot                      frozen values
    lab                   the demo's and the tests' network; knows nothing of the monitor
"""
