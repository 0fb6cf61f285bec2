"""Bodies that were packed, well or badly."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from site_servers import PAGE, answer, fetcher, says, serving

from exporter.sites.bodies import Unpacking
from exporter.sites.faults import FaultError
from exporter.website import Fault

MOST = 2_000_000
TWO_MEGABYTES_OF_NEWS = " ".join(str(number**3 % 1_000_003) for number in range(320_000)).encode()


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


def unpacked(encodings: str, body: bytes, piece: int = 1400) -> Unpacking:
    unpacking = Unpacking(encodings, MOST)
    for at in range(0, len(body), piece):
        unpacking.feed(body[at : at + piece])
        if unpacking.is_enough:
            break
    return unpacking


@pytest.mark.parametrize(
    ("encodings", "body"),
    [
        ("", PAGE),
        ("identity", PAGE),
        ("utf-8", PAGE),
        ("gzip", gzip.compress(PAGE)),
        ("X-GZIP", gzip.compress(PAGE)),
        ("deflate", zlib.compress(PAGE)),
        ("deflate", raw_deflate(PAGE)),
        ("gzip, gzip", gzip.compress(gzip.compress(PAGE))),
        ("deflate, identity, gzip", gzip.compress(zlib.compress(PAGE))),
        ("gzip", gzip.compress(PAGE) + b"what follows"),
    ],
)
@pytest.mark.parametrize("piece", [1, 1400])
def test_a_packed_body_is_unpacked_whatever_the_pieces(encodings: str, body: bytes, piece: int) -> None:
    assert unpacked(encodings, body, piece).body == PAGE


@pytest.mark.parametrize("encodings", ["br", "zstd", "gzip, br", "compress"])
def test_an_encoding_that_wasn_t_asked_for_is_a_bad_answer_that_names_it(encodings: str) -> None:
    with pytest.raises(FaultError) as refusal:
        Unpacking(encodings, MOST)
    assert refusal.value.fault is Fault.BAD_ANSWER
    assert encodings.rsplit(maxsplit=1)[-1] in refusal.value.detail


def test_a_body_packed_many_times_over_is_a_bad_answer() -> None:
    with pytest.raises(FaultError) as refusal:
        Unpacking("gzip, gzip, gzip, gzip", MOST)
    assert refusal.value.detail == "packed 4 times over"


@pytest.mark.parametrize("body", [b"not packed at all", gzip.compress(PAGE)[:30] + b"\xff" * 100])
def test_a_damaged_body_is_a_bad_answer(body: bytes) -> None:
    with pytest.raises(FaultError) as refusal:
        unpacked("gzip", body)
    assert refusal.value.fault is Fault.BAD_ANSWER


def test_a_long_page_is_cut_at_the_limit() -> None:
    unpacking = unpacked("gzip", gzip.compress(TWO_MEGABYTES_OF_NEWS + TWO_MEGABYTES_OF_NEWS, 1))
    assert unpacking.body == (TWO_MEGABYTES_OF_NEWS + TWO_MEGABYTES_OF_NEWS)[:MOST]


@pytest.mark.parametrize("size", [200, 60_000, 1_900_000, 5_000_000])
def test_a_dull_page_isn_t_too_large_however_well_it_packs(size: int) -> None:
    assert len(unpacked("gzip", gzip.compress(b" " * size)).body) == min(size, MOST)


def test_a_page_that_begins_dull_and_goes_on_richly_isn_t_too_large() -> None:
    body = gzip.compress(b" " * 2_500_000 + TWO_MEGABYTES_OF_NEWS[:500_000])
    assert unpacked("gzip", body).body == b" " * MOST


def test_what_follows_the_first_two_megabytes_isn_t_judged() -> None:
    body = gzip.compress(TWO_MEGABYTES_OF_NEWS[:MOST] + bytes(30_000_000), 1)
    assert unpacked("gzip", body, len(body)).body == TWO_MEGABYTES_OF_NEWS[:MOST]


@pytest.mark.parametrize("times", [1, 2])
def test_a_body_that_unpacks_to_over_a_hundred_times_its_size_is_too_large(times: int) -> None:
    body = gzip.compress(bytes(30_000_000), 9)
    if times > 1:
        body = gzip.compress(body, 9)
    with pytest.raises(FaultError) as refusal:
        unpacked(", ".join(["gzip"] * times), body, 65_536)
    assert refusal.value.fault is Fault.TOO_LARGE


def test_a_packing_that_says_nothing_for_megabytes_comes_to_an_end() -> None:
    stored_nothing = b"\x00\x00\x00\xff\xff" * 1_000_000
    unpacking = unpacked("deflate", stored_nothing, 65_536)
    assert (unpacking.is_enough, unpacking.body) == (True, b"")


@pytest.mark.usefixtures("private_network")
@pytest.mark.parametrize(("cut", "body"), [(10, None), (4, PAGE)])
async def test_a_packed_body_that_broke_off_is_good_where_its_page_came_to_its_end(cut: int, body: bytes) -> None:
    packed = gzip.compress(PAGE, 0)[:-cut] if body else gzip.compress(PAGE)[: -2 * cut]
    async with serving(says(answer(packed, content_encoding="gzip"))) as port:
        outcome = await fetcher().get(f"http://dinkes.example:{port}/")
    assert getattr(outcome, "body", None) == body


BOMB = """
import asyncio, gzip, io, resource
from site_servers import answer, fetcher, says, serving

def packed():
    whole = io.BytesIO()
    with gzip.GzipFile(fileobj=whole, mode="wb", compresslevel=6) as file:
        for _ in range(64):
            file.write(bytes(1 << 20))
    return whole.getvalue()

async def main() -> None:
    body = packed()
    once = answer(body, content_encoding="gzip")
    twice = answer(gzip.compress(body), content_encoding="gzip, gzip")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for body in (once, twice):
        async with serving(says(body)) as port:
            print((await fetcher().get(f"http://dinkes.example:{port}/")).fault.value)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)

asyncio.run(main())
"""


@pytest.mark.usefixtures("private_network")
def test_bombs_take_less_than_50_megabytes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BOMB], cwd=Path(__file__).parent, capture_output=True, text=True, check=True, timeout=60
    )
    first, second, kilobytes = done.stdout.split()
    assert (first, second) == ("too_large", "too_large")
    assert int(kilobytes) < 50_000
