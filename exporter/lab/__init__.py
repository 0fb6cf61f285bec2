"""The lab: a simulated district for the demo, the tests and the benchmarks; it knows nothing of the monitor.

packages     servers as Debian packages, unpacked under the cache, nothing installed
namespace    runs a command in a network of its own
hosts        names that only the lab knows
network      the district's far side: 198.18.0.0/15 and 2001:db8:18::/48, conditions set and cleared
wire         the process that answers its echoes: topology, conditions, fate, answers, packets are its parts
simulation   the same without a network, where namespaces can't be had: the monitor's process simulates the wire
scenario     what happens in it: written (its values), plan, conductor, truth, fast_motion
agent        the routers' SNMP agent; routers (traffic, router, mib, lies), answering (usm, messages, ber) are its parts
demo         all of it with the monitor, Prometheus and Alertmanager
"""
