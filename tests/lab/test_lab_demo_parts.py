from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from lab_district import TEXT, parsed

from exporter.errors import InputError, TerpaduError
from exporter.lab import demo, pages, ports, sample
from exporter.lab.pages import Pages
from exporter.lab.screen import Lines
from exporter.lab.share import share

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


def status_of_post(receiver: Pages, body: bytes, path: str = "/") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", receiver.port, timeout=10)
    try:
        connection.request("POST", path, body)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("offices", [1, 2, 30, 31])
def test_a_smaller_district_is_the_samples_first_offices(offices: int) -> None:
    assert list(parsed(sample.sized(SAMPLE, offices)).offices) == list(parsed(SAMPLE).offices)[:offices]


@pytest.mark.parametrize("offices", [32, 62, 63, 1000])
def test_a_larger_district_has_copies_of_all_under_addresses_of_their_own(offices: int) -> None:
    district = parsed(sample.sized(SAMPLE, offices))
    codes = list(district.offices)
    assert (len(codes), codes[:31], codes[31]) == (offices, list(parsed(SAMPLE).offices), f"{codes[0]}-2")
    addresses = [link.address for link in district.links()]
    assert len(set(addresses)) == len(addresses)
    copied = addresses[len(list(parsed(SAMPLE).links())) :]
    assert all(ip_address(address) in ip_network("198.18.0.0/15") for address in copied)


@pytest.mark.parametrize("offices", [0, 10_001, -1])
def test_a_district_of_no_offices_or_too_many_is_refused(offices: int) -> None:
    with pytest.raises(InputError, match=f"^--offices {offices}: name a number from 1 to 10000$"):
        sample.sized(SAMPLE, offices)


def test_maintenance_of_offices_that_are_gone_goes_with_them() -> None:
    assert [window.scope for window in parsed(sample.sized(TEXT, 2)).maintenance] == [("pop",)]


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


def test_the_dead_man_s_switch_is_no_page(receiver: Pages) -> None:
    assert status_of_post(receiver, json.dumps({"alerts": [FIRING]}).encode(), "/watchdog") == 200
    assert receiver.next(0) is None


def test_a_line_names_how_urgent_it_is_and_a_node() -> None:
    labels = {"alertname": "NodeDown", "severity": "page", "node": "pop", "provider": "isp"}
    assert pages.lines({"alerts": [{"status": "firing", "labels": labels}]}) == ["FIRING page NodeDown pop"]


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


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "0.0.0.0:0", "[::]:0"])
def test_an_open_socket_is_listened_on_again_at_the_address_that_was_asked_for(listen: str) -> None:
    with ports.listening_socket(listen, "the exporter") as sock:
        host, _, port = ports.bound(listen, sock).rpartition(":")
        assert (host, int(port)) == (listen.rpartition(":")[0], sock.getsockname()[1])


def test_a_machine_s_own_network_is_never_the_lab_s(tmp_path: Path) -> None:
    mark = tmp_path / ".dockerenv"
    with pytest.raises(InputError, match=r"^--in-container: this is no container; leave it away, and the demo has a "):
        demo.demand_container([mark])
    mark.touch()
    demo.demand_container([tmp_path / "other", mark])


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


@pytest.mark.parametrize(
    ("in_container", "program", "words"),
    [
        (False, Path("/usr/bin/prometheus"), ["--prometheus-url", "http://127.0.0.1:9090/"]),
        (False, None, []),
        (True, Path("/usr/bin/prometheus"), []),
    ],
)
def test_the_monitor_on_a_simulated_wire_is_told_of_the_demos_prometheus(
    monkeypatch: pytest.MonkeyPatch, *, in_container: bool, program: Path | None, words: list[str]
) -> None:
    monkeypatch.setattr(demo.packages, "program", {"prometheus": program}.get)
    with ExitStack() as stack:
        shown = demo._Demo(stack, Lines(print), demo.DemoOptions(in_container=in_container))
        assert shown._month_from() == words
