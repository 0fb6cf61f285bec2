"""The lab's websites before they answer: names, routes, connections, TLS, and what is no HTTP."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sites_asked import (
    HOST,
    INVENTORY,
    OFFICE,
    SHORT_SECONDS,
    ask,
    connected,
    secured,
    trusting,
)

from exporter.errors import InputError, TerpaduError
from exporter.lab.network import Network, private_namespace
from exporter.lab.sites.conditions import Condition, Kind, Manner
from exporter.lab.sites.process import Websites


@dataclass(frozen=True)
class Visited:
    """A network that has had websites, and its file of names while they were there and afterwards."""

    network: Network
    sites: Websites
    meanwhile: str
    afterwards: str


def test_each_name_leads_to_an_address_of_its_own(sites: Websites) -> None:
    assert [socket.gethostbyname(host) for host in (HOST, f"www.{HOST}")] == sites.addresses[OFFICE]
    assert sites.addresses[OFFICE] == ["198.18.240.1", "198.18.240.2"]


def test_what_is_no_request_is_not_answered(sites: Websites) -> None:
    with secured(sites) as sock:
        sock.sendall(b"apa kabar\r\n\r\n")
        assert sock.recv(100) == b""


def test_a_head_is_answered_without_a_body(sites: Websites) -> None:
    with secured(sites) as sock:
        sock.sendall(f"HEAD / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        head, _, body = b"".join(iter(lambda: sock.recv(65_536), b"")).partition(b"\r\n\r\n")
    assert (head[:15], body) == (b"HTTP/1.1 200 OK", b"")


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (Kind.TLS_EXPIRED, "certificate has expired"),
        (Kind.TLS_NOT_YET, "certificate is not yet valid"),
        (Kind.TLS_OTHER_NAME, f"Hostname mismatch, certificate is not valid for '{HOST}'."),
        (Kind.TLS_NO_INTERMEDIATE, "unable to get local issuer certificate"),
        (Kind.TLS_SELF_SIGNED, "self-signed certificate"),
        (Kind.TLS_UNKNOWN_ROOT, "self-signed certificate in certificate chain"),
    ],
)
def test_a_certificate_is_refused_for_its_own_reason(sites: Websites, kind: Kind, told: str) -> None:
    sites.set(OFFICE, Condition(kind))
    with pytest.raises(ssl.SSLCertVerificationError) as caught, connected() as sock:
        trusting(sites).wrap_socket(sock, server_hostname=HOST)
    assert caught.value.verify_message == told


def test_an_old_server_is_refused_for_its_version(sites: Websites) -> None:
    sites.set(OFFICE, Condition(Kind.TLS_OLD))
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"), connected() as sock:
        trusting(sites).wrap_socket(sock, server_hostname=HOST)


def test_an_old_server_speaks_with_who_is_as_old(sites: Websites) -> None:
    sites.set(OFFICE, Condition(Kind.TLS_OLD))
    context = trusting(sites)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with connected() as sock, context.wrap_socket(sock, server_hostname=HOST) as old:
        assert old.version() == "TLSv1"


def test_a_name_that_is_gone_is_not_found_and_the_others_are(sites: Websites) -> None:
    sites.set(OFFICE, Condition(Kind.NO_NAME))
    for host in (HOST, f"www.{HOST}"):
        with pytest.raises(socket.gaierror):
            socket.gethostbyname(host)
    assert socket.gethostbyname("setda.example") == sites.addresses["setda"][0]


def test_a_name_comes_back(sites: Websites) -> None:
    sites.set(OFFICE, Condition(Kind.NO_NAME))
    sites.clear(OFFICE)
    assert socket.gethostbyname(HOST) == sites.addresses[OFFICE][0]


@pytest.mark.parametrize("port", [80, 443])
def test_a_server_that_is_off_refuses_connections(sites: Websites, port: int) -> None:
    sites.set(OFFICE, Condition(Kind.REFUSED))
    with pytest.raises(ConnectionRefusedError):
        connected(port=port)


@pytest.mark.parametrize("port", [80, 443])
def test_a_silent_server_says_nothing_at_all(sites: Websites, port: int) -> None:
    sites.set(OFFICE, Condition(Kind.SILENT))
    with pytest.raises(TimeoutError):
        connected(port=port, patience_seconds=SHORT_SECONDS)


def test_a_silent_server_answers_again(sites: Websites) -> None:
    sites.set(OFFICE, Condition(Kind.SILENT))
    sites.set(OFFICE, Condition(Kind.SILENT, Manner.DRUPAL))
    sites.clear(OFFICE)
    assert ask(sites).status == 200


def test_an_address_that_is_cut_is_silent_though_its_website_is_healthy(sites: Websites, network: Network) -> None:
    address = sites.addresses[OFFICE][0]
    network.cut(address)
    try:
        with pytest.raises(TimeoutError):
            connected(patience_seconds=SHORT_SECONDS)
    finally:
        network.mend(address)
    assert ask(sites).status == 200


@pytest.mark.parametrize("port", [80, 443])
def test_a_hanging_server_takes_the_connection_and_says_nothing(sites: Websites, port: int) -> None:
    sites.set(OFFICE, Condition(Kind.HANGING))
    with connected(port=port) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        sock.settimeout(SHORT_SECONDS)
        with pytest.raises(TimeoutError):
            sock.recv(1)


def test_a_connection_that_hangs_ends_with_the_condition(sites: Websites) -> None:
    sites.set(OFFICE, Condition(Kind.HANGING))
    with connected() as sock:
        sites.clear(OFFICE)
        assert sock.recv(1) == b""


def test_a_website_hangs_and_the_others_answer_meanwhile(sites: Websites) -> None:
    sites.set(OFFICE, Condition(Kind.HANGING))
    with connected():
        assert ask(sites, host="setda.example").status == 200


def test_a_page_that_drips_promises_more_than_comes(sites: Websites) -> None:
    sites.set(OFFICE, Condition(Kind.DRIPPING))
    with secured(sites) as sock:
        sock.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        begun = b""
        while b"<p>" not in begun:
            begun += sock.recv(1000)
        sock.settimeout(SHORT_SECONDS)
        with pytest.raises(TimeoutError):
            sock.recv(1)
    assert b"Content-Length: 100000\r\n" in begun


def test_garbage_is_no_http(sites: Websites) -> None:
    sites.set(OFFICE, Condition(Kind.GARBAGE))
    with pytest.raises(http.client.BadStatusLine):
        ask(sites)


def test_a_flood_of_headers_goes_on_beyond_a_megabyte(sites: Websites) -> None:
    sites.set(OFFICE, Condition(Kind.HEADER_FLOOD))
    with secured(sites) as sock:
        sock.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        came = bytearray()
        while len(came) < 1 << 20:
            came += sock.recv(1 << 16)
    assert came.startswith(b"HTTP/1.1 200 OK\r\nX-Baris-0000: banjir")
    assert b"\r\n\r\n" not in came


def test_the_truth_follows_what_is_set_and_cleared(sites: Websites) -> None:
    before = sites.truth()
    sites.set(OFFICE, Condition(Kind.PARKED))
    after = sites.truth()
    assert [(truth.kind, truth.is_active) for truth in after if truth not in before] == [(Kind.PARKED, False)]
    sites.clear(OFFICE)
    assert sites.truth() == before


def test_a_website_that_nobody_has_is_refused(sites: Websites) -> None:
    with pytest.raises(InputError, match=r"^no website in the lab is of 'dinas'; name an office that has one$"):
        sites.set("dinas", Condition())


@pytest.mark.parametrize("command", [{"clear": OFFICE}, {"set": OFFICE}, {"set": 1, "condition": {}}, {}])
def test_a_command_that_is_not_understood_is_refused(sites: Websites, command: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r'^not understood: .*; expected \{"set": OFFICE, "condition": \{\.\.\.\}\}$'):
        sites._server.ask(command)


def test_ports_that_are_taken_are_told(sites: Websites, network: Network) -> None:
    assert sites
    told = r"can't listen at 198\.18\.240\.1: Address already in use; free its ports$"
    with pytest.raises(TerpaduError, match=told), network.websites(INVENTORY, {}, started_at=0):
        pass


def test_an_inventory_that_is_none_for_the_lab_is_told(network: Network, tmp_path: Path) -> None:
    file = tmp_path / "inventory.yaml"
    file.write_text(
        INVENTORY.read_text(encoding="utf-8").replace("https://setda.", "https://dinkes."), encoding="utf-8"
    )
    told = r"^dinkes and setda have one website, dinkes\.example; in the lab each needs its own$"
    with pytest.raises(InputError, match=told), network.websites(file, {}, started_at=0):
        pass


@pytest.fixture(scope="module")
def visited(private_network: None) -> Iterator[Visited]:
    """A district of its own after its websites have come, a link has moved, and they have gone."""
    assert private_network is None
    first = {"dinkes": Condition(Kind.SILENT), "setwan": Condition(Kind.NO_NAME)}
    with private_namespace() as near, Network(near.prefix, INVENTORY) as network:
        names = Path("/proc", str(near.pid), "root/etc/hosts")
        with network.websites(INVENTORY, first, started_at=time.time()) as sites:
            network.set("setda/backup", {"kind": "move", "to": "198.18.9.9"})
            meanwhile = names.read_text()
        yield Visited(network, sites, meanwhile, names.read_text())


@pytest.mark.parametrize(
    ("name", "is_there"),
    [(" dinkes.example\n", True), (" www.dinkes.example\n", True), (" setwan.example\n", False)],
)
def test_the_first_conditions_decide_which_names_are_there(visited: Visited, name: str, *, is_there: bool) -> None:
    assert (name in visited.meanwhile) is is_there


def test_names_of_links_move_beside_those_of_websites(visited: Visited) -> None:
    assert re.search(r"^198\.18\.9\.9 +wan2\.setda\.example$", visited.meanwhile, re.MULTILINE)


def test_only_the_links_names_stay_when_the_websites_go(visited: Visited) -> None:
    assert re.findall(r"\S+\.example", visited.afterwards) == ["wan2.setda.example"]


def test_no_process_and_no_file_of_the_websites_stays(visited: Visited) -> None:
    assert (visited.sites.process.poll() is None, visited.sites.authority.parent.exists()) == (False, False)


def test_what_was_silent_is_mended_when_the_websites_go(visited: Visited) -> None:
    with pytest.raises(InputError, match="has no condition 'cut' to clear"):
        visited.network.mend(visited.sites.addresses["dinkes"][0])
