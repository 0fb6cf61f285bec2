"""Byte counters that go on: over wraps, reboots and polls that failed. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from exporter.observation import InterfaceReading

UPTIME_WRAP = 2**32
COUNTER_WRAP = 2**64
_HUNDREDTHS = 100
_SLACK_SECONDS = 10.0
_DRIFT_RATIO = 0.005
_FASTEST_BYTES_PER_SECOND = 400e9 / 8
"""Faster than any port of an office: what no counter gains in a second."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What an interface carried since its first good poll, in bytes, directions as the device names them."""

    in_bytes: int = 0
    out_bytes: int = 0
    reboots: int = 0


def advance(totals: Totals, previous: InterfaceReading, reading: InterfaceReading, elapsed_seconds: float) -> Totals:
    """Return the totals after a further good reading, `elapsed_seconds` after the previous good one; they never fall.

    After a reboot the counters' own values are added, since they began at 0; bytes between the last good poll
    and the reboot are lost with the device's counters.
    """
    has_rebooted = rebooted(previous.sysUpTime, reading.sysUpTime, elapsed_seconds)

    def gained(before: int, now: int) -> int:
        if has_rebooted:
            return _gained_over_reboot(before, now, reading)
        return _gained(before, now, elapsed_seconds)

    return Totals(
        in_bytes=totals.in_bytes + gained(previous.ifHCInOctets, reading.ifHCInOctets),
        out_bytes=totals.out_bytes + gained(previous.ifHCOutOctets, reading.ifHCOutOctets),
        reboots=totals.reboots + has_rebooted,
    )


def rebooted(uptime_before: int, uptime: int, elapsed_seconds: float) -> bool:
    """Say whether sysUpTime (hundredths of a second) shows a reboot within the elapsed time.

    It does where the uptime is behind what it should be by now, modulo its own wrap at 2**32 (497 days). The slack
    is for clocks that drift; a fall within the slack is a reboot too, unless the wrap was due. A second reboot within
    the slack after a first isn't seen.
    """
    expected = uptime_before + round(elapsed_seconds * _HUNDREDTHS)
    slack = round((_SLACK_SECONDS + _DRIFT_RATIO * elapsed_seconds) * _HUNDREDTHS)
    behind = -_signed(uptime - expected, UPTIME_WRAP)
    wrap_is_due = expected + slack >= UPTIME_WRAP
    return behind > slack or (uptime < uptime_before and not wrap_is_due)


def boot_moved(boot_at: float, now: float, uptime: int) -> float:
    """Return by how many seconds `now - uptime` lies from a known boot time, the uptime's wraps left aside."""
    return _signed_float(now - uptime / _HUNDREDTHS - boot_at, UPTIME_WRAP / _HUNDREDTHS)


def _gained(before: int, now: int, elapsed_seconds: float) -> int:
    """Without a reboot: the difference, over the counter's wrap where that is plausible, else a reset's new value."""
    if now >= before:
        return now - before
    over_wrap = now - before + COUNTER_WRAP
    return over_wrap if over_wrap <= _FASTEST_BYTES_PER_SECOND * max(elapsed_seconds, 1.0) else now


def _gained_over_reboot(before: int, now: int, reading: InterfaceReading) -> int:
    """With a reboot: the counter's value, unless it is more than the port carries since then.

    net-snmp's sysUpTime is the agent's: restarted alone, it falls while the counters run on, and their whole value
    would be added once more.
    """
    rate = reading.ifHighSpeed * 1e6 / 8 if reading.ifHighSpeed else _FASTEST_BYTES_PER_SECOND
    since_boot = rate * (reading.sysUpTime / _HUNDREDTHS + _SLACK_SECONDS)
    return now - before if now >= before and now > since_boot else now


def _signed(difference: int, modulus: int) -> int:
    """Return a difference modulo the modulus, nearest to 0."""
    return (difference + modulus // 2) % modulus - modulus // 2


def _signed_float(difference: float, modulus: float) -> float:
    """Return the same for seconds."""
    return (difference + modulus / 2) % modulus - modulus / 2
