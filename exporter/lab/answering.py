"""What a router answers to a packet: in versions 1 and 2c who knows its community, in version 3 its users.

A wrong community, a SET and garbage are met with silence, as devices do, and what is wrong with a message of version 3
with the reports of RFC 3414.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from exporter.lab import lies, messages, usm
from exporter.lab.ber import Oid
from exporter.lab.messages import GET, GETBULK, GETNEXT, CommunityMessage, Pdu, UserMessage
from exporter.lab.mib import Binding, Kind, Table, Told
from exporter.lab.router import Router

_MOST_BINDINGS = 40
_NO_SUCH_NAME, _AUTHORIZATION_ERROR = 2, 16  # error-status (RFC 3416)
_MISSING = frozenset({Kind.NO_SUCH_OBJECT, Kind.NO_SUCH_INSTANCE, Kind.END_OF_MIB_VIEW})
_LEVEL = messages.AUTHENTICATED | messages.ENCRYPTED


@dataclass(frozen=True, slots=True)
class Answer:
    """A packet, and what it gives away of counters."""

    packet: bytes
    told: list[Told] = field(default_factory=list)


class Answering:
    """Answers for one router."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._reported: dict[Oid, int] = {}

    def answer(self, packet: bytes, at_seconds: float) -> Answer | None:
        """Return the answer to a packet at an instant, or None for silence."""
        try:
            message = messages.read(packet)
            if isinstance(message, CommunityMessage):
                return self._to_community(message, at_seconds)
            return self._to_user(message, at_seconds)
        except ValueError:
            return None

    def _to_community(self, message: CommunityMessage, at_seconds: float) -> Answer | None:
        if message.community not in self._router.communities:
            return None
        response = self._response(message.pdu, message.version, at_seconds)
        if response is None:
            return None
        pdu, told = response
        return Answer(messages.community_message(message.version, message.community, pdu), told)

    def _to_user(self, message: UserMessage, at_seconds: float) -> Answer | None:
        header = message.header
        if header.model != messages.USER_SECURITY:
            return None
        engine = self._router.engine(at_seconds)
        opened = usm.opened(message, engine, self._router.users)
        if isinstance(opened, usm.Refusal):
            return self._report(message, opened, engine)
        level, user = header.flags & _LEVEL, opened.user
        scoped = messages.scoped(opened.data)
        if scoped.engine_id != engine.id:
            return self._report(message, usm.Refusal(usm.UNKNOWN_HANDLER, level, user), engine, scoped.pdu.request_id)
        if scoped.context != user.context:
            return self._report(message, usm.Refusal(usm.UNKNOWN_CONTEXT, level, user), engine, scoped.pdu.request_id)
        told: list[Told] = []
        if level != user.level:
            pdu = messages.pdu_value(
                messages.RESPONSE, scoped.pdu.request_id, scoped.pdu.bindings, _AUTHORIZATION_ERROR, 1
            )
        elif response := self._response(scoped.pdu, messages.V3, at_seconds):
            pdu, told = response
        else:
            return None
        value = messages.scoped_value(engine.id, scoped.context, pdu)
        return Answer(usm.seal(header, level, user, engine, value), told)

    def _report(
        self, message: UserMessage, refusal: usm.Refusal, engine: usm.Engine, request_id: int | None = None
    ) -> Answer | None:
        """Return the report of a refusal, to one who says that they take such."""
        if not message.header.flags & messages.REPORTABLE:
            return None
        if request_id is None:
            is_plain = not message.header.flags & messages.ENCRYPTED
            request_id = messages.scoped(message.data).pdu.request_id if is_plain else 0
        count = self._reported[refusal.counter] = self._reported.get(refusal.counter, 0) + 1
        value = usm.report(refusal.counter, count, request_id, engine.id)
        return Answer(usm.seal(message.header, refusal.level, refusal.user, engine, value))

    def _response(self, pdu: Pdu, version: int, at_seconds: float) -> tuple[bytes, list[Told]] | None:
        """Return the response to a GET, a GETNEXT or a GETBULK (RFC 3416, 4.2), None to anything else."""
        table, asked = self._router.table, pdu.oids[:_MOST_BINDINGS]
        if version == messages.V1:
            return _first_response(pdu, table, at_seconds)
        if pdu.tag == GET:
            found = [table.at(oid, at_seconds) for oid in asked]
        elif pdu.tag == GETNEXT:
            found = [table.after(oid, at_seconds) for oid in asked]
        elif pdu.tag == GETBULK:
            once = min(max(0, pdu.first), len(asked))
            found = [table.after(oid, at_seconds) for oid in asked[:once]]
            found += _repeated(asked[once:], pdu.second, _MOST_BINDINGS - once, table, at_seconds)
        else:
            return None
        return _responding(pdu, lies.arranged(self._router.all_lies, found))


def _first_response(pdu: Pdu, table: Table, at_seconds: float) -> tuple[bytes, list[Told]] | None:
    """Return what version 1 says, which knows no counters of 64 bits and no exceptions (RFC 3584, 4.2)."""
    if pdu.tag not in {GET, GETNEXT}:
        return None
    found: list[Binding] = []
    for place, oid in enumerate(pdu.oids[:_MOST_BINDINGS], 1):
        binding = table.at(oid, at_seconds) if pdu.tag == GET else table.after(oid, at_seconds)
        while pdu.tag == GETNEXT and binding.shown.kind is Kind.COUNTER64:
            binding = table.after(binding.oid, at_seconds)
        if binding.shown.kind in _MISSING or binding.shown.kind is Kind.COUNTER64:
            return messages.pdu_value(messages.RESPONSE, pdu.request_id, pdu.bindings, _NO_SUCH_NAME, place), []
        found.append(binding)
    return _responding(pdu, found)


def _repeated(asked: Sequence[Oid], rounds: int, most: int, table: Table, at_seconds: float) -> list[Binding]:
    found: list[Binding] = []
    while asked and rounds > 0 and len(found) + len(asked) <= most:
        row = [table.after(oid, at_seconds) for oid in asked]
        found += row
        asked = [binding.oid for binding in row]
        rounds -= 1
    return found


def _responding(pdu: Pdu, found: Sequence[Binding]) -> tuple[bytes, list[Told]]:
    encoded = b"".join(binding.encoded() for binding in found)
    told = [binding.shown.told for binding in found if binding.shown.told is not None]
    return messages.pdu_value(messages.RESPONSE, pdu.request_id, encoded), told
