from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from method import WORKED_SEQUENCES

from exporter import inventory
from exporter.errors import InputError
from exporter.ledger import Ledger
from exporter.model import Cause
from exporter.replay import Replayed, replay
from exporter.report import json_form, summarise
from exporter.sla import Month

JAKARTA = ZoneInfo("Asia/Jakarta")
FEBRUARY, MARCH = Month(2026, 2), Month(2026, 3)
DISTRICT = """\
organisation: {{name: "Uji", timezone: Asia/Jakarta}}
defaults:
  icmp: {{interval: 60s, timeout: 2s, down_after: 3, up_after: 2, bridge: 2}}
{references}
providers:
  isp: {{name: "PT Penyedia", availability: 99.5%, credit: {{formula: pro_rata_downtime, min_outage: 300s}}}}
offices:
  - code: uji
    name: "Kantor Uji"
    district: Ciruas
    links:
      - {{name: primary, address: 192.0.2.1, provider: isp,
         contract: {{download: 10Mbps, upload: 10Mbps, monthly_fee: 5000000}}{more}}}
{maintenance}
"""


def district(maintenance: str = "", references: str = "", more: str = "") -> str:
    announced = f"maintenance:\n{maintenance}" if maintenance else ""
    return DISTRICT.format(maintenance=announced, references=references, more=more)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=JAKARTA).timestamp())


@dataclass
class Bench:
    ledger: Ledger

    def replay(self, lines: Iterable[str], document: str) -> Replayed:
        self.district = inventory.parse(document, "inventory.yaml")
        return replay(lines, "seen.jsonl", self.district, document, self.ledger, "1.0")

    def link(self, month: Month = FEBRUARY) -> dict[str, object]:
        (found,) = self.report(month)["links"]
        return found  # type: ignore[no-any-return]

    def report(self, month: Month = FEBRUARY) -> dict[str, list[dict[str, object]]]:
        return json.loads(json_form.render(summarise([self.ledger], self.district, month)))  # type: ignore[no-any-return]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with Ledger.create(tmp_path / "ledger.sqlite3") as ledger:
        yield Bench(ledger)


def observed(
    start: str, end: str, *lost: tuple[str, str], unseen: Iterable[tuple[str, str]] = (), link: str = "uji/primary"
) -> Iterator[str]:
    """Yield a link's slots of 60 s, answered but for the stretches that are lost or unseen."""
    silent = [(at(low), at(high)) for low, high in lost]
    gaps = [(at(low), at(high)) for low, high in unseen]
    for slot in range(at(start), at(end), 60):
        if any(low <= slot < high for low, high in gaps):
            continue
        is_lost = any(low <= slot < high for low, high in silent)
        yield json.dumps({"at": slot, "link": link, "outcome": "lost" if is_lost else "reply"})


def owed(amount: int, *, at_least: bool = False) -> dict[str, object]:
    return {"formula": "pro_rata_downtime", "amount": amount, "at_least": at_least, "claims": []}


def test_example_1_a_month_without_an_outage(bench: Bench) -> None:
    bench.replay(observed("2026-02-01T00:00", "2026-03-01T00:10"), district())
    link = bench.link()
    assert (link["seconds"]["total"], link["availability"], link["verdict"]) == (2_419_200, "100.000", "met")  # type: ignore[index]


def test_example_2_three_outages_a_window_and_the_months_edge(bench: Bench) -> None:
    window = '  - {start: 2026-02-10T23:00, end: 2026-02-11T01:00, scope: [uji/primary], reason: "Pemindahan"}'
    bench.replay(
        observed(
            "2026-02-01T00:00",
            "2026-04-01T00:10",
            ("2026-02-03T09:12", "2026-02-03T10:42"),
            ("2026-02-10T22:30", "2026-02-11T00:30"),
            ("2026-02-28T23:20", "2026-03-01T01:05"),
        ),
        district(window),
    )
    link = bench.link()
    seconds = link["seconds"]
    assert (seconds["excluded"], seconds["down"], seconds["unmeasured"]) == (7_200, 9_600, 0)  # type: ignore[index]
    assert (link["availability"], link["verdict"], link["mttr_seconds"]) == ("99.601", "met", 3_600)
    assert (link["outages_started"], link["outages_ended"]) == (3, 2)
    assert link["experienced_availability"] == "99.379"
    march = bench.link(MARCH)
    assert (march["seconds"]["down"], march["availability"], march["mttr_seconds"]) == (3_900, "99.854", 6_300)  # type: ignore[index]


@pytest.mark.parametrize(("sequence", "states"), WORKED_SEQUENCES)
def test_example_3_the_ledger_holds_the_settled_prefix(bench: Bench, sequence: str, states: str) -> None:
    """What was seen first begins the ledger, and a last short run isn't settled yet."""
    begin = at("2026-02-01T00:00")
    words = {".": "reply", "F": "lost"}
    bench.replay(
        (
            json.dumps({"at": begin + 60 * number, "link": "uji/primary", "outcome": words[letter]})
            for number, letter in enumerate(sequence)
            if letter != "?"
        ),
        district(),
    )
    letters = {"up": "U", "down": "D", "unmeasured": "X"}
    spans = bench.ledger.spans("uji/primary", begin, begin + 10_000)
    settled = "".join(letters[span.state.value] * (span.seconds // 60) for span in spans)
    from_first = states[len(sequence) - len(sequence.lstrip("?")) :]
    assert settled == (from_first[:-1] if sequence == "FFF." else from_first)


def test_where_observations_begin_within_the_month_the_rest_is_unmeasured(bench: Bench) -> None:
    """REAL_WORLD A2."""
    seen = ("2026-03-16T00:00", "2026-04-01T00:10", ("2026-03-20T08:00", "2026-03-20T10:13"))
    bench.replay(observed(*seen), district(more=", valid_from: 2026-01-01"))
    link = bench.link(MARCH)
    assert (link["seconds"]["total"], link["seconds"]["unmeasured"]) == (2_678_400, 1_296_000)  # type: ignore[index]
    shares = [link[key] for key in ("availability", "availability_min", "availability_max", "verdict")]
    assert shares == ["99.422", "51.314", "99.702", "undetermined"]
    assert link["credit"] == owed(14_896, at_least=True)


def test_validity_that_begins_within_the_month_makes_it_shorter(bench: Bench) -> None:
    """REAL_WORLD A2, the variant."""
    seen = ("2026-03-16T00:00", "2026-04-01T00:10", ("2026-03-20T08:00", "2026-03-20T10:13"))
    bench.replay(observed(*seen), district(more=", valid_from: 2026-03-16"))
    link = bench.link(MARCH)
    assert (link["seconds"]["total"], link["verdict"]) == (1_382_400, "breached")  # type: ignore[index]
    assert link["credit"] == owed(14_896)


def test_overlapping_windows_count_once_and_a_late_one_is_listed(bench: Bench) -> None:
    """REAL_WORLD A3."""
    windows = """\
  - {start: 2026-04-10T00:00, end: 2026-04-10T12:00, scope: [isp], reason: satu}
  - {start: 2026-04-10T06:00, end: 2026-04-10T18:00, scope: [uji/primary], reason: dua}
  - {start: 2026-04-10T00:00, end: 2026-04-11T00:00, scope: [uji], recorded: 2026-04-10T09:00, reason: tiga}"""
    seen = ("2026-04-01T00:00", "2026-05-01T00:10", ("2026-04-10T00:00", "2026-04-11T00:00"))
    bench.replay(observed(*seen), district(windows))
    link = bench.link(Month(2026, 4))
    assert (link["seconds"]["excluded"], link["seconds"]["down"]) == (64_800, 21_600)  # type: ignore[index]
    assert (link["availability"], link["outages_started"], link["mttr_seconds"]) == ("99.145", 1, 21_600)
    standings = {item["reason"]: item["standing"] for item in bench.report(Month(2026, 4))["maintenance"]}
    assert standings == {"satu": "applied", "dua": "applied", "tiga": "late"}
    assert link["credit"] == owed(41_666)


def test_a_window_that_is_changed_while_it_runs_is_listed_and_not_applied(bench: Bench) -> None:
    """REAL_WORLD A3, the variant: a reload at 10:00 moves the second window's end."""
    before = """\
  - {start: 2026-04-10T00:00, end: 2026-04-10T12:00, scope: [isp], reason: satu}
  - {start: 2026-04-10T06:00, end: 2026-04-10T18:00, scope: [uji/primary], reason: dua}"""
    seen = ("2026-04-01T00:00", "2026-05-01T00:10", ("2026-04-10T00:00", "2026-04-11T00:00"))
    bench.replay(observed(*seen), district(before))
    reloaded = inventory.parse(district(before.replace("T18:00", "T23:59")), "inventory.yaml")
    bench.ledger.record_windows(reloaded.maintenance, at("2026-04-10T10:00"))
    link = bench.link(Month(2026, 4))
    assert (link["seconds"]["excluded"], link["seconds"]["down"]) == (43_200, 43_200)  # type: ignore[index]
    standings = [(item["end"], item["standing"]) for item in bench.report(Month(2026, 4))["maintenance"]]
    assert standings == [
        ("2026-04-10T12:00:00+07:00", "applied"),
        ("2026-04-10T18:00:00+07:00", "changed"),
        ("2026-04-10T23:59:00+07:00", "late"),
    ]


def test_an_outage_over_the_months_edge_while_nobody_watched(bench: Bench) -> None:
    """REAL_WORLD A4."""
    lost, off = ("2026-01-31T23:00", "2026-02-01T03:00"), ("2026-01-31T23:30", "2026-02-01T02:00")
    bench.replay(observed("2026-01-30T00:00", "2026-03-01T00:10", lost, unseen=[off]), district())
    link = bench.link()
    assert (link["seconds"]["unmeasured"], link["seconds"]["down"]) == (7_200, 3_600)  # type: ignore[index]
    assert (link["availability"], link["availability_min"], link["verdict"]) == ("99.850", "99.553", "met")
    assert (link["outages_started"], link["outages_ended"], link["mttr_seconds"]) == (0, 1, 5_400)
    assert [item["id"] for item in link["incidents"]] == ["uji/primary@20260131T160000Z"]  # type: ignore[attr-defined]
    assert link["credit"] == owed(7_440, at_least=True)


def test_a_window_inside_an_outage_makes_no_second_one(bench: Bench) -> None:
    """REAL_WORLD A6."""
    windows = """\
  - {start: 2026-05-10T10:02, end: 2026-05-10T10:07, scope: [uji], reason: satu}
  - {start: 2026-05-11T10:02, end: 2026-05-11T10:07, scope: [uji], reason: dua}"""
    lost = [("2026-05-10T10:00", "2026-05-10T10:10"), ("2026-05-11T10:00", "2026-05-11T10:11")]
    bench.replay(observed("2026-05-01T00:00", "2026-06-01T00:10", *lost), district(windows))
    link = bench.link(Month(2026, 5))
    assert (link["seconds"]["excluded"], link["seconds"]["down"]) == (600, 660)  # type: ignore[index]
    assert (link["outages_started"], link["mttr_seconds"]) == (2, 330)
    assert link["credit"] == owed(672)


def test_round_trips_and_losses_are_of_available_time_outside_maintenance(bench: Bench) -> None:
    window = "  - {start: 2026-02-01T00:10, end: 2026-02-01T00:20, scope: [uji], reason: kerja}"
    begin = at("2026-02-01T00:00")

    def lines() -> Iterator[str]:
        for number in range(40):
            in_window = 10 <= number < 20
            if number == 30:
                yield json.dumps({"at": begin + 60 * number, "link": "uji/primary", "outcome": "lost"})
            else:
                rtt = 500 if in_window else 20
                yield json.dumps({"at": begin + 60 * number, "link": "uji/primary", "outcome": "reply", "rtt_ms": rtt})

    earlier = json.dumps({"at": begin - 60, "link": "uji/primary", "outcome": "reply"})
    bench.replay([earlier, *lines()], district(window))
    link = bench.link()
    assert link["rtt_ms"]["p95"] == pytest.approx(20, rel=0.01)  # type: ignore[index]
    assert link["loss_ratio"] == "0.033333"


def test_of_several_observations_in_one_slot_the_best_counts(bench: Bench) -> None:
    begin = at("2026-02-01T00:00")
    outcomes = ["lost", "reply", "error"]
    lines = [
        json.dumps({"at": begin + 60 * slot + 10 * part, "link": "uji/primary", "outcome": outcome})
        for slot in range(5)
        for part, outcome in enumerate(outcomes)
    ]
    bench.replay(lines, district())
    assert bench.link()["seconds"]["up"] == 300  # type: ignore[index]


def test_while_the_references_are_lost_nothing_is_an_outage(bench: Bench) -> None:
    references = "references:\n  - {name: gw, address: 192.0.2.250}\n  - {name: dns, address: 192.0.2.251}"
    begin = at("2026-02-01T00:00")

    def lines() -> Iterator[str]:
        for second in range(1800):
            cut = 600 <= second < 1200
            outcome = "lost" if cut else "reply"
            yield json.dumps({"at": begin + second, "reference": "gw", "outcome": outcome})
            yield json.dumps({"at": begin + second, "reference": "dns", "outcome": outcome})
            if second % 60 == 0:
                yield json.dumps({"at": begin + second, "link": "uji/primary", "outcome": outcome})

    bench.replay(lines(), district(references=references))
    seconds = bench.link()["seconds"]
    assert (seconds["down"], seconds["unmeasured"]) == (0, 600)  # type: ignore[index]
    assert bench.link()["outages_started"] == 0


def test_a_link_lost_alone_is_down_even_with_references(bench: Bench) -> None:
    references = "references:\n  - {name: gw, address: 192.0.2.250}"
    begin = at("2026-02-01T00:00")

    def lines() -> Iterator[str]:
        for second in range(1800):
            yield json.dumps({"at": begin + second, "reference": "gw", "outcome": "reply"})
            if second % 60 == 0:
                outcome = "lost" if 600 <= second < 1200 else "reply"
                yield json.dumps({"at": begin + second, "link": "uji/primary", "outcome": outcome})

    bench.replay(lines(), district(references=references))
    assert bench.link()["seconds"]["down"] == 600  # type: ignore[index]


POLLED = ', snmp: {interface: wan, community: "${SNMP_COMMUNITY}", interval: 60s}'


def polls(start: str, end: str, boot: str, silent: tuple[str, str], carried: int = 6_000) -> Iterator[str]:
    """Yield a device's polls, one a minute but while it is silent; it carries so many bytes a minute each way."""
    low, high = map(at, silent)
    for number, second in enumerate(range(at(start), at(end), 60)):
        if not low <= second < high:
            told = {"at": second + 0.25, "link": "uji/primary", "boot_at": at(boot) if second >= high else at(start)}
            yield json.dumps({**told, "receive_bytes": number * carried, "transmit_bytes": number * 2 * carried})


def merged(*streams: Iterable[str]) -> list[str]:
    return sorted((line for stream in streams for line in stream), key=lambda line: float(json.loads(line)["at"]))


@pytest.mark.parametrize(
    ("boot", "cause"),
    [("2026-02-01T00:19", Cause.POWER), ("2026-01-31T12:00", Cause.LINK), ("2026-02-01T00:12", Cause.UNKNOWN)],
)
def test_recorded_polls_tell_why_an_outage_was(bench: Bench, boot: str, cause: Cause) -> None:
    lost = ("2026-02-01T00:10", "2026-02-01T00:20")
    recorded = merged(
        observed("2026-02-01T00:00", "2026-02-01T00:40", lost),
        polls("2026-02-01T00:00", "2026-02-01T00:40", boot, lost),
    )
    done = bench.replay(recorded, district(more=POLLED))
    assert (done.observations, done.polls) == (40, 30)
    verdict = bench.ledger.verdict("uji/primary", at("2026-02-01T00:10"))
    assert verdict is not None
    assert verdict.cause is cause
    assert bench.ledger.verify() == []


def test_an_outage_without_any_poll_is_unknown_six_minutes_after_its_end(bench: Bench) -> None:
    lost = ("2026-02-01T00:10", "2026-02-01T00:20")
    bench.replay(observed("2026-02-01T00:00", "2026-02-01T00:40", lost), district(more=POLLED))
    verdict = bench.ledger.verdict("uji/primary", at("2026-02-01T00:10"))
    assert verdict is not None
    assert verdict.cause is Cause.UNKNOWN
    assert 0 <= verdict.decided_at - at("2026-02-01T00:26") <= 60


def test_an_outage_whose_evidence_is_not_complete_has_no_cause_yet(bench: Bench) -> None:
    lost = ("2026-02-01T00:10", "2026-02-01T00:20")
    bench.replay(observed("2026-02-01T00:00", "2026-02-01T00:24", lost), district(more=POLLED))
    assert [(link, outage) for link, outage, _ in bench.ledger.undecided()] == [
        ("uji/primary", bench.ledger.outages("uji/primary", 0, 2**40)[0])
    ]


def test_recorded_polls_give_the_means_of_bandwidth(bench: Bench) -> None:
    start, end = "2026-02-01T00:00", "2026-02-01T00:20"
    recorded = merged(observed(start, end), polls(start, end, start, (end, end)))
    bench.replay(recorded, district(more=POLLED))
    means = bench.ledger.bandwidth("uji/primary", at(start), at(end))
    assert [mean.start for mean in means] == [at("2026-02-01T00:05"), at("2026-02-01T00:10")]
    assert [(mean.receive_bytes_per_second, mean.transmit_bytes_per_second) for mean in means] == [(100.0, 200.0)] * 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"link": "uji/backup"}, "link 'uji/backup' isn't in the inventory"),
        ({"receive_bytes": -1}, "receive_bytes -1 is no number of bytes"),
        ({"transmit_bytes": 1.5}, "transmit_bytes 1.5 is no number of bytes"),
        ({"boot_at": "yesterday"}, "'yesterday' is no instant"),
        ({"at": 1_769_000_000}, "comes after slots of"),
        ({"reboots": 1}, "unknown key 'reboots'"),
        ({"boot_at": None}, "None is no instant"),
    ],
)
def test_facts_of_a_device_that_are_wrong_are_told_with_their_line(
    bench: Bench, changes: dict[str, object], words: str
) -> None:
    whole = {"at": at("2026-02-01T00:10"), "link": "uji/primary", "boot_at": 5, "receive_bytes": 1, "transmit_bytes": 1}
    lines = [*observed("2026-02-01T00:00", "2026-02-01T00:10"), json.dumps({**whole, **changes})]
    with pytest.raises(InputError, match=rf"seen\.jsonl:11: .*{re.escape(words)}"):
        bench.replay(lines, district())


def test_facts_of_a_device_that_lack_one_are_told(bench: Bench) -> None:
    lacking = json.dumps({"at": at("2026-02-01T00:10"), "link": "uji/primary", "boot_at": 5, "receive_bytes": 1})
    with pytest.raises(InputError, match="'transmit_bytes' is missing"):
        bench.replay([*observed("2026-02-01T00:00", "2026-02-01T00:10"), lacking], district())


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "no JSON object"),
        ("[1]", "no JSON object"),
        ('{"at": 1, "outcome": "reply"}', 'name one of "link", "node" or "reference"'),
        ('{"at": 1, "link": "uji/backup", "outcome": "reply"}', "link 'uji/backup' isn't in the inventory"),
        ('{"at": 1, "node": "uji/primary", "outcome": "reply"}', "node 'uji/primary' isn't in the inventory"),
        ('{"at": "2026-02-01T00:00", "link": "uji/primary", "outcome": "reply"}', "has no offset from UTC"),
        ('{"at": true, "link": "uji/primary", "outcome": "reply"}', "at True is no instant"),
        ('{"at": NaN, "link": "uji/primary", "outcome": "reply"}', "at nan is no instant"),
        ('{"at": 1, "link": "uji/primary", "outcome": "up"}', "outcome 'up' is none of reply, lost, error"),
        ('{"at": 1, "link": "uji/primary", "outcome": "lost", "rtt_ms": 3}', "only a reply has a round-trip time"),
        ('{"at": 1, "link": "uji/primary", "outcome": "reply", "rtt": 3}', "unknown key 'rtt'"),
        ('{"at": 1769878800, "link": "uji/primary", "outcome": "reply"}', "slot 1769878800 of uji/primary lies before"),
    ],
)
def test_a_line_that_is_wrong_is_named(bench: Bench, line: str, words: str) -> None:
    good = json.dumps({"at": 1_769_878_920, "link": "uji/primary", "outcome": "reply"})
    with pytest.raises(InputError, match=r"seen\.jsonl:2: ") as caught:
        bench.replay([good, line], district())
    assert words in str(caught.value)


def test_a_file_without_an_observation_is_an_error(bench: Bench) -> None:
    with pytest.raises(InputError, match="no observation"):
        bench.replay(["\n"], district())
