"""SNMP over UDP by pysnmp: the only place that knows the library.

Its errors are translated here, once; its texts go no further, since they may quote a community or a key. `client` asks,
`engine` holds what the library was told, `question` is one request with its repetitions, `values` is what comes back,
`keys` makes keys of passwords.
"""

from exporter.probes.snmp.client import PysnmpClient

__all__ = ["PysnmpClient"]
