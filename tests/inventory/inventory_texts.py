"""The small inventory that the tests of this folder vary."""

BASE = """\
organisation: {name: Kabupaten Contoh, timezone: Asia/Jakarta}
providers:
  isp: {name: PT Contoh}
nodes:
  core: {name: Core, address: 198.18.0.10}
offices:
  - code: dinkes
    name: Dinas Kesehatan
    district: Ciruas
    links:
      - name: primary
        address: 198.18.10.1
        provider: isp
        contract: {download: 100Mbps}
"""


def with_link(line: str) -> str:
    """BASE with one more line, 15, in its only link."""
    return f"{BASE}        {line}\n"


def with_top(lines: str) -> str:
    """BASE with more lines, from 15 on, at the top level."""
    return f"{BASE}{lines}\n"


def changed(old: str, new: str) -> str:
    """BASE with one text in place of another that stands in it."""
    if old not in BASE:
        raise AssertionError(old)
    return BASE.replace(old, new)


def window(start: str, end: str, zone: str = "Asia/Jakarta", scope: str = "dinkes") -> str:
    """BASE in a timezone, with one window."""
    entry = f"maintenance:\n  - {{start: {start}, end: {end}, scope: [{scope}], reason: ODP}}"
    return with_top(entry).replace("Asia/Jakarta", zone)
