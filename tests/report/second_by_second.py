"""SLA_METHOD's "From states to a month", "Per office" and credit, one byte a second: what a summary must equal.

Written from the method's text alone, for plainness; nothing of the product's arithmetic is used, its values only.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from letters import (
    LETTERS,
    NEVER,
    SILENT,
    TAKEN,
    Counts,
    Line,
    Plain,
    Seconds,
    Seen,
    World,
    applied,
    end_of,
    frequency,
    incident,
    midnight,
    verdict,
)

from exporter.model import Cause, Contract, CreditFormula, Link, Provider
from exporter.timeline import Outage


class Part(NamedTuple):
    """A stretch of one fee and one target."""

    start: int
    end: int
    fee: int | None
    target: Fraction | None


def reckon(world: World, year: int, month: int) -> Plain:
    """Return every figure of a month: of links, offices and providers."""
    links = {link.id: LinkMonth(world, link, year, month) for link in world.inventory.links()}
    return {
        "links": {name: of.figures() for name, of in links.items()},
        "offices": {
            code: office(code, [links[link.id] for link in item.links])
            for code, item in world.inventory.offices.items()
        },
        "providers": {
            code: pooled(item, [of for of in links.values() if of.link.provider == code])
            for code, item in world.inventory.providers.items()
        },
    }


class LinkMonth:
    """One link's month; `before` are its letters with nothing taken out, `after` with all of it."""

    def __init__(self, world: World, link: Link, year: int, month: int) -> None:
        self.world, self.link = world, link
        self.provider = world.inventory.providers[link.provider]
        self.seen = world.seen.get(link.id, Seen())
        self.first = date(year, month, 1)
        self.next = (self.first + timedelta(days=31)).replace(day=1)
        self.start, self.end = midnight(self.first, world.zone), midnight(self.next, world.zone)
        self.valid_from = midnight(link.valid_from, world.zone) if link.valid_from else 0
        self.valid_until = midnight(link.valid_to + timedelta(days=1), world.zone) if link.valid_to else NEVER
        self.begin = min(self.start, *(span.start for of in world.seen.values() for span in of.spans))
        self.limit = max(self.end, world.settled_until)
        self.outages = [self._ended(outage) for outage in self.seen.outages]
        self.words = {outage.started_at: self._word(outage.started_at) for outage in self.outages}
        self.before = self._letters(is_whole=False).done()
        whole = self._letters(is_whole=True)
        self._take_out(whole)
        self._leave_open(whole)
        self.planned = whole.done()
        low, high = whole.ends(*self._unknown())
        whole.letters[low:high] = b" " * (high - low)
        self.after = whole.done()

    def _ended(self, outage: Outage) -> Outage:
        """End an outage with the validity, once that is past."""
        ended = outage.ended_at if outage.ended_at is not None else NEVER
        if ended > self.valid_until <= self.world.settled_until:
            return Outage(outage.started_at, outage.confirmed_at, self.valid_until)
        return outage

    def _unknown(self) -> tuple[int, int]:
        """Where nothing is reported: after the link's last settled second, in the running month."""
        is_running = self.world.settled_until < self.end
        return max(self.seen.settled_until or 0, self.start) if is_running else NEVER, NEVER

    def _letters(self, *, is_whole: bool) -> Line:
        line = Line(self.begin, self.limit)
        line.put(self.valid_from, self.valid_until, b"X")
        for span in self.seen.spans:
            low, high = max(span.start, self.valid_from), min(span.end, self.valid_until)
            line.put(low, max(low, high), LETTERS[span.state])
        self._leave_open(line)
        if not is_whole:
            line.put(*self._unknown(), b" ")
        return line

    def _leave_open(self, line: Line) -> None:
        """Where an outage is open, look no further than it takes to tell whether it is long enough for a credit."""
        if any(of.ended_at is None and of.started_at < self.end for of in self.outages):
            least = 0 if self.provider.credit is None else self.provider.credit.min_outage_seconds
            line.put(self.end + least + 1, NEVER, b" ")

    def _take_out(self, line: Line) -> None:
        for start, end in applied(self.world, self.link):
            low, high = max(start, self.valid_from), min(end, self.valid_until)
            line.put(low, max(low, high), b"M")
        for letter, is_taken in ((b"A", self._is_amended), (b"C", self._is_by_cause)):
            for outage in self.outages:
                if is_taken(outage):
                    line.turn(outage.started_at, end_of(outage), b"D", letter)

    def _word(self, started_at: int) -> tuple[Cause | None, str | None]:
        cause, excluded = None, None
        for said in self.world.amendments:
            if (said.link, said.started_at) == (self.link.id, started_at):
                cause = said.cause or cause
                excluded = said.excluded if said.excluded or said.charged else excluded
        return cause, excluded

    def _counts_anyhow(self, started_at: int) -> bool:
        counts = False
        for said in self.world.amendments:
            if (said.link, said.started_at) == (self.link.id, started_at) and (
                said.charged or said.excluded or said.cause
            ):
                counts = bool(said.charged)
        return counts

    def _is_amended(self, outage: Outage) -> bool:
        return self.words[outage.started_at][1] is not None

    def _is_by_cause(self, outage: Outage) -> bool:
        confirmed = self.words[outage.started_at][0]
        found = self.seen.causes.get(outage.started_at) if self.provider.exclude_unconfirmed else None
        return (confirmed or found) in self.provider.excludes and not self._counts_anyhow(outage.started_at)

    def parts(self) -> list[Part]:
        """The terms of its validity in the month; a part begins only where fee or target changes."""
        low, high = max(self.start, self.valid_from), min(self.end, self.valid_until)
        parts: list[Part] = []
        day = self.first
        while day < self.next:
            begin, end = midnight(day, self.world.zone), midnight(day + timedelta(days=1), self.world.zone)
            begin, end, day = max(begin, low), min(end, high), day + timedelta(days=1)
            if begin >= end:
                continue
            contract = self._contract(day - timedelta(days=1))
            target = contract.availability if contract.availability is not None else self.provider.availability
            if parts and parts[-1][2:] == (contract.monthly_fee, target):
                parts[-1] = parts[-1]._replace(end=end)
            else:
                parts.append(Part(begin, end, contract.monthly_fee, target))
        return parts

    def _contract(self, day: date) -> Contract:
        running = [of for of in self.link.contracts if of.starts_on is None or of.starts_on <= day]
        return running[-1] if running else Contract()

    def figures(self) -> Plain:
        judged = [part for part in self.parts() if part.target is not None]
        weights = [Counts(self.after, part.start, part.end).counted for part in judged]
        owed = sum((part.target * weight for part, weight in zip(judged, weights, strict=True)), Fraction())  # type: ignore[operator]
        target = owed / sum(weights) if sum(weights) else judged[0].target if judged else None
        judged_counts = [Counts(self.after, part.start, part.end) for part in judged]
        counts = Counts(self.after, self.start, self.end)
        return {
            **counts.figures(),
            "bridged": sum(
                Counts(self.after, max(low, self.start), min(high, self.end)).counted
                for low, high in self.seen.bridged
                if low < self.end and high > self.start
            ),
            "experienced": Counts(self.before, self.start, self.end).shown(),
            "target": target,
            "verdict": verdict(judged_counts, target),
            "budget": self._budget(judged),
            **frequency(
                self.incidents(self.after), counts.available, self.start, self.end + (self.valid_until == self.end)
            ),
            "incidents": [of for of in self.incidents(self.after) if of["seconds"]],
            "excluded_outages": [of["id"] for of in self.incidents(self.after) if not of["seconds"]],
            "claims": [
                incident["id"]
                for outage, incident in self._touching()
                if incident["seconds"] and self._is_claim(outage)
            ],
            "credit": self.credit(),
            "days": [Counts(self.after, low, high).seconds() for low, high in self._days()],
        }

    def _days(self) -> Iterator[tuple[int, int]]:
        for number in range((self.next - self.first).days):
            day = self.first + timedelta(days=number)
            yield midnight(day, self.world.zone), midnight(day + timedelta(days=1), self.world.zone)

    def _is_claim(self, outage: Outage) -> bool:
        confirmed, excluded = self.words[outage.started_at]
        is_named = self.seen.causes.get(outage.started_at) in self.provider.excludes
        is_open = confirmed is None and excluded is None and not self._counts_anyhow(outage.started_at)
        return is_named and is_open and not self.provider.exclude_unconfirmed

    def _budget(self, judged: list[Part]) -> int | None:
        if not judged:
            return None
        allowed = sum(
            (1 - (part.target or 0)) * (part.end - part.start - self.planned.count(TAKEN, part.start, part.end))
            for part in judged
        )
        return int(allowed // 1) - sum(self.after.count(b"D", part.start, part.end) for part in judged)

    def _touching(self) -> list[tuple[Outage, Plain]]:
        found: list[tuple[Outage, Plain]] = []
        if not self.parts():
            return found
        for outage in self.outages:
            end = end_of(outage)
            if outage.started_at < self.end and end >= self.start and self.before.count(b"D", outage.started_at, end):
                until_end = Seconds(self.begin, self.after.letters[: self.end - self.begin])
                letters = until_end if outage.ended_at is None else self.after
                found.append((outage, incident(self.link.id, outage, letters, (self.start, self.end))))
        return found

    def incidents(self, _: Seconds) -> list[Plain]:
        return [incident for _, incident in self._touching()]

    def credit(self) -> Plain | None:
        rule, parts, total = self.provider.credit, self.parts(), self.end - self.start
        if rule is None:
            return None
        name = "tiers" if rule.formula is None else rule.formula.value
        if all(part.fee is None for part in parts):
            return {"formula": name, "amount": None, "at_least": False}
        long = [
            (outage.started_at, end_of(outage))
            for outage in self.outages
            if self.after.count(b"D", outage.started_at, end_of(outage)) > rule.min_outage_seconds
        ]
        longest = list(self._silent(rule.min_outage_seconds))
        sure = sum((self._earned(part, long, b"D", total) for part in parts), Fraction())
        most = sum((self._earned(part, longest, b"DX", total) for part in parts), Fraction())
        needs_target = rule.formula in {CreditFormula.SLA_HOURS, CreditFormula.BELOW_TARGET}
        unknown = [
            part
            for part in parts
            if (part.fee is None or (needs_target and part.target is None))
            and Counts(self.after, part.start, part.end).counted
        ]
        return {"formula": name, "amount": int(sure), "at_least": int(most) > int(sure) or bool(unknown)}

    def _silent(self, least: int) -> Iterator[tuple[int, int]]:
        """Yield where the link would have been down long enough, had all unmeasured time been down."""
        letters = self.before.letters.translate(SILENT) + b" "  # of one letter, so that its end is found quickly
        start = letters.find(b"D")
        while start >= 0:
            end = letters.find(b" ", start)
            if self.after.count(b"DX", start + self.begin, end + self.begin) > least:
                yield start + self.begin, end + self.begin
            start = letters.find(b"D", end)

    def _earned(self, part: Part, long: list[tuple[int, int]], lost: bytes, total: int) -> Fraction:
        rule = self.provider.credit
        assert rule is not None
        if part.fee is None:
            return Fraction()
        down = sum(
            self.after.count(lost, max(start, part.start), min(end, part.end))
            for start, end in long
            if start < part.end and end > part.start
        )
        if rule.formula is CreditFormula.PRO_RATA_DOWNTIME:
            return Fraction(part.fee * down, total)
        if rule.formula is CreditFormula.SLA_HOURS:
            assert part.target is not None
            return Fraction(part.fee * down) / (total * part.target)
        counts = Counts(self.after, part.start, part.end)
        if not counts.counted:
            return Fraction()
        reached = Fraction(counts.counted - sum(counts.of[letter] for letter in lost), counts.counted)
        fee = Fraction(part.fee * counts.total, total)
        if rule.formula is CreditFormula.BELOW_TARGET:
            assert part.target is not None
            return fee * max(Fraction(), part.target - reached)
        passed = sorted((tier.below, tier.credit) for tier in rule.tiers if reached < tier.below)
        return fee * passed[0][1] if passed else Fraction()


def pooled(provider: Provider, links: list[LinkMonth]) -> Plain:
    """A provider: its links' seconds in one pot."""
    nothing = Counts(Seconds(0, b""), 0, 0)
    counts = sum((Counts(of.after, of.start, of.end) for of in links), nothing)
    owed = [credit for of in links if (credit := of.credit()) is not None]
    amounts = [int(str(credit["amount"])) for credit in owed if credit["amount"] is not None]
    return {
        **counts.figures(),
        "experienced": sum((Counts(of.before, of.start, of.end) for of in links), nothing).shown(),
        "verdict": verdict([counts], provider.availability),
        "credit": {
            "formula": owed[0]["formula"],
            "amount": sum(amounts) if amounts else None,
            "at_least": bool(amounts) and (len(amounts) < len(owed) or any(credit["at_least"] for credit in owed)),
        }
        if owed
        else None,
    }


BITS = bytes.maketrans(b" UGDXMAC", bytes([0, 8, 8, 8, 8, 1, 2, 4]))
STATES = bytes.maketrans(b" UGDX", bytes([0, 64, 64, 32, 16]))
CONNECTED = bytes(b" XDDUUUU"[bits >> 4 & 7] for bits in range(256))
REASONED = bytes(
    CONNECTED[bits] if bits & 8 or not bits & 7 else b" MAACCCC"[bits & 7] for bits in range(256)
)  # the reason of the link that is out for the weakest one


def office(code: str, links: list[LinkMonth]) -> Plain:
    """An office: connected where any link is, offline where none is and one is down, out where every valid link is."""
    first, together = links[0], 0
    for of in links:
        together |= int.from_bytes(of.before.letters.translate(STATES), "little")
        together |= int.from_bytes(of.after.letters.translate(BITS), "little")
    both = together.to_bytes(len(first.before.letters), "little")
    before, after = (Seconds(first.begin, both.translate(table)) for table in (CONNECTED, REASONED))
    month = (first.start, first.end)
    counts = Counts(after, *month)
    until_end = Seconds(after.begin, after.letters[: first.end - after.begin])
    found = [
        incident(code, outage, until_end if outage.ended_at is None else after, month)
        for outage in _offline(before, links)
        if outage.started_at < first.end and end_of(outage) >= first.start
    ]
    return {
        **counts.figures(),
        "experienced": Counts(before, *month).shown(),
        **frequency(found, counts.available, *month),
        "incidents": [of for of in found if of["seconds"]],
    }


def _offline(before: Seconds, links: list[LinkMonth]) -> Iterator[Outage]:
    """Yield an office's outages: from offline until connected, or without a valid link, or its links' ends."""
    ends = [end_of(outage) for of in links for outage in of.outages]
    letters = before.letters.rstrip(b" ")
    position = letters.find(b"D")
    while position >= 0:
        stops = [at for at in (letters.find(b"U", position), letters.find(b" ", position)) if at >= 0]
        start = position + before.begin
        if not stops:
            yield Outage(start, start + 1, None if NEVER in ends else max(ends))
            return
        yield Outage(start, start + 1, min(stops) + before.begin)
        position = letters.find(b"D", min(stops))
