"""What Terpadu costs and how true it measures, beside fping and smokeping_prober on the same machine.

    make bench                                  60 s each at 31, 1,000 and 10,000 links
    make bench ARGS="--seconds 300"             the full run
    make bench ARGS="echoes --links 1000"       one part alone
    make bench ARGS="profile --links 10000"     where the exporter's time goes

All links are loopback addresses in a network namespace of the benchmarks' own: what is measured is the programs and
not a network. The results are printed and written as JSON below the cache; docs/benchmarks.md tells them.

What stands where:
    __main__       arguments in, tables out
    district       the inventories that are measured
    processes      a program of its own, and what the kernel says it used
    scraping       /metrics as Prometheus fetches it, and what its histograms say
    echoes         CPU, memory, false loss and punctuality of the exporter
    fping, smokeping     the same addresses at the same pace by others
    snmp           what polling devices costs beside the echoes; `devices` are polled
    snmp_exporter        the same values at the same pace by another
    truth          round-trip times beside fping's
    exposition     what a scrape costs
    growth         the ledger over a simulated month, and the time of a write
    reading, replay      the time and memory to read an inventory, and recordings, by `commands`
    websites       what visiting websites costs; `web_server` serves them
    rules          how long the rules take on a real `prometheus`, over a `troubled` district whose `past` they read
    paging         pages a fault, played on the lab with the real programs; `paging_playing` plays, `paging_faults` says
                   what deserves a page, `paging_judge` whose each is
    dates          the newest day of a corpus of websites, by others' libraries and by ours
    profiling, profiled  the exporter under a profiler
    results        the machine, the tables, the file
"""
