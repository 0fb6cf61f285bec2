"""The lab: a simulated district for the demo, the tests and the benchmarks; it knows nothing of the monitor.

packages     servers as Debian packages, unpacked under the cache, nothing installed
namespace    runs a command in a network of its own
network      the district's far side: every address of 198.18.0.0/15 answers, any of them can be cut
agent        the routers' SNMP agent
demo         all of it with the monitor, Prometheus and Alertmanager
"""
