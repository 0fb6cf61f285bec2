from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from itertools import islice
from pathlib import Path

import pytest
from lab_district import TEXT, parsed

from exporter.errors import InputError, TerpaduError
from exporter.lab import pages, ports, sample, standing
from exporter.lab.incidents import Incident, incidents
from exporter.lab.pages import Pages
from exporter.lab.share import share
from exporter.lab.standing import Standing

SAMPLE = (share() / "inventory.yaml").read_text(encoding="utf-8")
FIRING = {
    "status": "firing",
    "labels": {"alertname": "LinkDown", "opd": "dinkes", "link": "primary"},
    "annotations": {"summary": "putus", "summary_en": "dinkes/primary\n is down"},
}
RESOLVED = {"status": "resolved", "labels": {"alertname": "ProviderDown", "provider": "isp"}, "annotations": {}}


@pytest.fixture
def receiver() -> Iterator[Pages]:
    with Pages(port=0) as receiver:
        yield receiver


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def status_of_post(receiver: Pages, body: bytes) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", receiver.port, timeout=10)
    try:
        connection.request("POST", "/", body)
        return connection.getresponse().status
    finally:
        connection.close()


def test_one_link_after_another_is_cut_and_mended_an_office_alone_first_then_one_with_a_backup() -> None:
    district = parsed()
    alone, backed, other = (district.offices[code].links[0] for code in ("dinkes", "setda", "disdik"))
    assert list(islice(incidents(district), 7)) == [
        Incident(15, alone, is_cut=True),
        Incident(75, alone, is_cut=False),
        Incident(105, backed, is_cut=True),
        Incident(165, backed, is_cut=False),
        Incident(195, other, is_cut=True),
        Incident(255, other, is_cut=False),
        Incident(285, alone, is_cut=True),
    ]


def test_the_samples_first_incident_is_within_20_seconds_of_the_replies() -> None:
    first = next(incidents(parsed(SAMPLE)))
    assert (first.at_seconds <= 20, str(first)) == (True, "cut dinkes/primary 198.18.10.1")


@pytest.mark.parametrize("offices", [1, 2, 30, 31])
def test_a_shortened_sample_loads_with_its_first_offices(offices: int) -> None:
    assert list(parsed(sample.shortened(SAMPLE, offices)).offices) == list(parsed(SAMPLE).offices)[:offices]


@pytest.mark.parametrize("offices", [0, 32, -1])
def test_as_many_offices_as_the_sample_has_not_are_refused(offices: int) -> None:
    with pytest.raises(InputError, match=f"^--offices {offices}: the sample has 31 offices; name 1 to as many$"):
        sample.shortened(SAMPLE, offices)


def test_maintenance_of_offices_that_are_gone_goes_with_them() -> None:
    assert [window.scope for window in parsed(sample.shortened(TEXT, 2)).maintenance] == [("pop",)]


def test_the_sample_on_loopback_loads_and_is_the_sample_no_longer() -> None:
    assert not parsed(sample.on_loopback(SAMPLE, 10162)).organisation.sample


@pytest.mark.parametrize("text", [SAMPLE, TEXT], ids=["sample", "small"])
def test_on_loopback_no_address_is_elsewhere(text: str) -> None:
    district = parsed(sample.on_loopback(text, 10162))
    links = list(district.links())
    addresses = {each.address for each in (*links, *district.nodes.values(), *district.references)}
    addresses |= {link.snmp.address for link in links if link.snmp and link.snmp.address}
    before = {each.address for each in (*parsed(text).links(), *parsed(text).nodes.values(), *parsed(text).references)}
    assert len(addresses) == len(before)
    assert all(ip_address(address) in ip_network("127.0.0.0/8") for address in addresses)


def test_on_loopback_every_router_has_the_free_port() -> None:
    links = parsed(sample.on_loopback(TEXT, 10162)).links()
    assert {link.snmp.port for link in links if link.snmp} == {10162}


def test_each_alert_of_a_message_is_a_line() -> None:
    assert pages.lines({"version": "4", "alerts": [FIRING, RESOLVED]}) == [
        "FIRING LinkDown dinkes/primary dinkes/primary is down",
        "RESOLVED ProviderDown isp",
    ]


def test_without_an_english_summary_the_other_one_is_shown() -> None:
    message = {"alerts": [{**FIRING, "annotations": {"summary": "putus"}}]}
    assert pages.lines(message) == ["FIRING LinkDown dinkes/primary putus"]


def test_a_posted_message_comes_out_line_by_line(receiver: Pages) -> None:
    assert status_of_post(receiver, json.dumps({"alerts": [RESOLVED, RESOLVED]}).encode()) == 200
    assert [receiver.next(5), receiver.next(5), receiver.next(0)] == ["RESOLVED ProviderDown isp"] * 2 + [None]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b'{"alerts": 1}',
        b'{"alerts": [{"status": "firing"}]}',
        b'{"alerts": [{"status": 1, "labels": {"alertname": "A"}}]}',
        b'{"alerts": [{"status": "firing", "labels": {"alertname": 1}}]}',
        b'{"alerts": [{"status": "firing", "labels": {"alertname": "A"}, "annotations": null}]}',
        b"[" * 100_000,
    ],
    ids=lambda body: repr(body[:70]),
)
def test_garbage_is_a_bad_request_and_no_page(receiver: Pages, body: bytes) -> None:
    assert (status_of_post(receiver, body), receiver.next(0)) == (400, None)


def test_the_receivers_taken_port_is_named(taken: int) -> None:
    with pytest.raises(TerpaduError, match=f"^the receiver of pages can't listen on 127.0.0.1:{taken}: "), Pages(taken):
        pass


def test_the_standing_is_read_from_the_links_own_series() -> None:
    page = (
        "# HELP opd_link_up Whether\n"
        'opd_link_up{opd="dinkes",link="a b"} 1.0\nopd_link_up{opd="setda",link="primary"} 0.0\n'
        'opd_up{opd="dinkes"} 1.0\nopd_link_outage_open{opd="setda",link="primary"} 1.0\n'
        'opd_outage_open{opd="setda"} 1\n'
    )
    assert standing.parse(page) == Standing(up=1, measured=2, outages=1)


@pytest.mark.parametrize(
    ("seen", "text"),
    [
        (Standing(0, 0, 0), "0 of 0 links up, none measured yet, no outages open"),
        (Standing(2, 3, 1), "2 of 3 links up, 1 outage open"),
        (Standing(1, 3, 2), "1 of 3 links up, 2 outages open"),
    ],
)
def test_a_standing_reads_as_a_sentence(seen: Standing, text: str) -> None:
    assert str(seen) == text


def test_a_monitor_that_does_not_answer_has_no_standing() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        assert standing.read(f"http://127.0.0.1:{silent.getsockname()[1]}/metrics") is None


@pytest.mark.parametrize("listen", ["9877", "", ":", "127.0.0.1:", "127.0.0.1:port", "127.0.0.1:-1", "[::1]"])
def test_what_is_no_host_and_port_is_refused(listen: str) -> None:
    with pytest.raises(InputError) as caught:
        ports.listening_socket(listen, "the exporter")
    assert str(caught.value) == f"--listen {listen}: expected HOST:PORT, for instance 127.0.0.1:9877"


def test_a_port_beyond_the_last_is_refused() -> None:
    with pytest.raises(InputError, match=r"^--listen 127\.0\.0\.1:70000: .*; name an address of this machine$"):
        ports.listening_socket("127.0.0.1:70000", "the exporter").close()


def test_a_taken_port_says_whose_and_how_to_find_who_has_it(taken: int) -> None:
    with pytest.raises(TerpaduError) as caught:
        ports.listening_socket(f"127.0.0.1:{taken}", "Prometheus")
    assert str(caught.value) == (
        f"Prometheus can't listen on 127.0.0.1:{taken}: another program has the port. End that one first; this shows "
        f"which it is: ss -ltnp 'sport = :{taken}'"
    )


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(TerpaduError, match=r"^the exporter can't listen on 203\.0\.113\.1:0: .*; name an address"):
        ports.listening_socket("203.0.113.1:0", "the exporter").close()


@pytest.mark.parametrize(
    ("listen", "host"),
    [
        ("127.0.0.1:0", "127.0.0.1"),
        (":0", "127.0.0.1"),
        ("0.0.0.0:0", "127.0.0.1"),
        ("[::1]:0", "[::1]"),
        ("[::]:0", "[::1]"),
    ],
)
def test_an_open_socket_is_reached_by_an_address_of_this_machine(listen: str, host: str) -> None:
    with ports.listening_socket(listen, "the exporter") as sock:
        assert ports.reachable(sock) == f"{host}:{sock.getsockname()[1]}"


def test_the_repository_is_found_by_its_sample_and_its_prometheus() -> None:
    assert {"inventory.yaml", "prometheus", "alertmanager"} <= {entry.name for entry in share().iterdir()}


def test_the_wheels_own_share_goes_before_the_repository(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "exporter" / "share"):
        (folder / "prometheus").mkdir(parents=True)
        (folder / "inventory.yaml").touch()
    assert share(tmp_path / "exporter") == tmp_path / "exporter" / "share"


def test_a_broken_install_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(TerpaduError) as caught:
        share(tmp_path / "exporter")
    assert str(caught.value) == (
        f"the sample isn't where it belongs, in {tmp_path / 'exporter' / 'share'}; install terpadu-exporter again, or "
        "run it from a clone of its repository"
    )
