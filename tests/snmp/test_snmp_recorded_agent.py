"""The agent that serves recordings answers as RFC 3416 says, and recordings are read as they were written."""

from __future__ import annotations

import bz2
from pathlib import Path
from typing import Any

import pytest
import recordings
from fake_agent import COMMUNITY, V2C
from pyasn1.codec.ber import decoder
from pysnmp.proto import rfc1902, rfc1905
from recorded_agent import LARGEST_BYTES, RecordedAgent
from recordings import Oid, Recorded

SYSTEM: Oid = (1, 3, 6, 1, 2, 1, 1)
TABLE = {(*recordings.DESCR, index): Recorded(4, b"x" * 100) for index in range(1, 31)}
AGENT = RecordedAgent({(*SYSTEM, 5, 0): Recorded(4, b"router"), (*SYSTEM, 3, 0): Recorded(67, b"7"), **TABLE})


def asked(pdu: Any, *oids: Oid, once: int = 0, rows: int = 0) -> tuple[int, list[tuple[Oid, object]]]:
    """Return the error-status and the bindings of the answer to a request, over its encoded form."""
    V2C.apiPDU.set_defaults(pdu)
    if isinstance(pdu, rfc1905.GetBulkRequestPDU):
        V2C.apiBulkPDU.set_non_repeaters(pdu, once)
        V2C.apiBulkPDU.set_max_repetitions(pdu, rows)
    V2C.apiPDU.set_varbinds(pdu, [(oid, V2C.Null("")) for oid in oids])
    message = V2C.Message()
    V2C.apiMessage.set_defaults(message)
    V2C.apiMessage.set_community(message, COMMUNITY)
    V2C.apiMessage.set_pdu(message, pdu)
    encoded = AGENT.answer(message)
    assert len(encoded) <= LARGEST_BYTES
    answer = V2C.apiMessage.get_pdu(decoder.decode(encoded, asn1Spec=V2C.Message())[0])
    assert V2C.apiPDU.get_request_id(answer) == V2C.apiPDU.get_request_id(pdu)
    bindings = [(tuple(oid), value) for oid, value in V2C.apiPDU.get_varbinds(answer)]
    return int(V2C.apiPDU.get_error_status(answer)), bindings


def names(answer: tuple[int, list[tuple[Oid, object]]]) -> list[Oid]:
    return [oid for oid, _ in answer[1]]


def test_get_tells_a_missing_instance_from_a_missing_object() -> None:
    _, bindings = asked(V2C.GetRequestPDU(), (*SYSTEM, 5, 0), (*SYSTEM, 5, 1), (*SYSTEM, 4, 0))
    assert [type(value) for _, value in bindings] == [
        rfc1902.OctetString,
        rfc1905.NoSuchInstance,
        rfc1905.NoSuchObject,
    ]


def test_a_value_keeps_its_type() -> None:
    assert asked(V2C.GetRequestPDU(), (*SYSTEM, 3, 0)) == (0, [((*SYSTEM, 3, 0), rfc1902.TimeTicks(7))])


def test_get_next_goes_on_in_the_order_of_oids_to_the_end_of_the_view() -> None:
    end = (*recordings.DESCR, 30)
    _, bindings = asked(V2C.GetNextRequestPDU(), SYSTEM, (*SYSTEM, 3, 0), (*SYSTEM, 5, 0), end)
    assert [oid for oid, _ in bindings] == [(*SYSTEM, 3, 0), (*SYSTEM, 5, 0), (*recordings.DESCR, 1), end]
    assert isinstance(bindings[3][1], rfc1905.EndOfMibView)


def test_get_bulk_asks_some_once_and_the_rest_row_by_row() -> None:
    answer = asked(V2C.GetBulkRequestPDU(), SYSTEM, recordings.DESCR, (*recordings.DESCR, 4), once=1, rows=2)
    rows = [(*recordings.DESCR, index) for index in (1, 5, 2, 6)]
    assert names(answer) == [(*SYSTEM, 3, 0), *rows]


def test_get_bulk_ends_with_a_row_that_is_all_behind_the_end() -> None:
    answer = asked(V2C.GetBulkRequestPDU(), (*recordings.DESCR, 29), rows=20)
    assert names(answer) == [(*recordings.DESCR, 30)] * 2
    assert isinstance(answer[1][1][1], rfc1905.EndOfMibView)


def test_get_bulk_is_cut_to_what_fits_a_message() -> None:
    answer = asked(V2C.GetBulkRequestPDU(), recordings.DESCR, rows=30)
    assert names(answer) == [(*recordings.DESCR, index) for index in range(1, len(answer[1]) + 1)]
    assert 8 <= len(answer[1]) < 30


def test_a_get_that_fits_no_message_is_too_big_and_tells_nothing() -> None:
    assert asked(V2C.GetRequestPDU(), *TABLE) == (1, [])


LINES = b"""\
#A comment
1.0.8802.1.1.1.0|2|5
1.3.6.1.2.1.1.1.0|4|one|two
1.3.6.1.2.1.1.3.0|67:numeric|rate=100,initial=12
1.3.6.1.2.1.2.2.1.2.2|4x|657468300d
1.3.6.1.2.1.2.2.1.2.1|4:writecache|value=lo
1.3.6.1.2.1.4.1.0|2|-1
1.3.6.1.2.1.4.2.0|2|64
1.3.6.1.2.1.31.1.1.1.6.1|70|18446744073709551615\x20
1.3.6.1.2.1.47.1.0|2|1
1.3.6.1.4.1.9.1.0|2|1
"""


@pytest.mark.parametrize(("name", "pack"), [("a.snmprec", bytes), ("a.snmprec.bz2", bz2.compress)])
def test_a_recording_is_read_packed_or_plain(tmp_path: Path, name: str, pack: Any) -> None:
    (tmp_path / name).write_bytes(pack(LINES))
    assert list(recordings.read(tmp_path / name).items()) == [
        ((1, 0, 8802, 1, 1, 1, 0), Recorded(2, b"5")),
        ((*SYSTEM, 1, 0), Recorded(4, b"one|two")),
        ((*SYSTEM, 3, 0), Recorded(67, b"12")),
        ((*recordings.DESCR, 1), Recorded(4, b"lo")),
        ((*recordings.DESCR, 2), Recorded(4, b"eth0\r")),
        ((1, 3, 6, 1, 2, 1, 4, 1, 0), Recorded(2, b"-1")),
        ((*recordings.HC_IN_OCTETS, 1), Recorded(70, b"18446744073709551615 ")),
        ((1, 3, 6, 1, 2, 1, 47, 1, 0), Recorded(2, b"1")),
    ]


def test_the_busiest_interface_is_one_that_is_up_and_has_a_name_of_its_own() -> None:
    recording: recordings.Recording = {}
    ports = [(1, b"idle", b"1", b"5"), (2, b"busy\0", b"1", b"9"), (3, b"down", b"2", b"99"), (4, b"twin", b"1", b"99")]
    for index, name, status, octets in [*ports, (5, b"twin", b"1", b"99")]:
        recording[(*recordings.NAME, index)] = Recorded(4, name)
        recording[(*recordings.OPER_STATUS, index)] = Recorded(2, status)
        recording[(*recordings.IN_OCTETS, index)] = Recorded(65, octets)
    assert recordings.busiest(recording) == recordings.Port(2, "busy")
    assert recordings.doubled(recording) == {"twin": [4, 5]}
