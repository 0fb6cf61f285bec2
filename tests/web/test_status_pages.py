"""What the pages say of a district: quiet, in a provider's outage, cut off, unreadable, hostile."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import scenes
from monitor_fakes import FakeClock
from months import at as local
from months import bad_february
from scenes import NOW, Scene

from exporter.cause import Above
from exporter.ledger import Batch, Ledger
from exporter.model import Cause, Inventory, Language
from exporter.snapshot import LinkStatus, Snapshot
from exporter.timeline import Outage, Span, State
from exporter.web.pages import Page, Pages, Place
from exporter.web.pages.troubles import number

ID, EN = Language.INDONESIAN, Language.ENGLISH
SAMPLE = scenes.sample()
REPORTS = ["2026-10.id.pdf", "2026-10.en.pdf", "2026-10.json", "2026-10-incidents.id.csv",
           "2026-10-serat-nusantara.id.pdf", "2026-09.id.pdf"]  # fmt: skip
VOID = {"meta", "link", "br", "input", "hr", "img"}


class Reading(HTMLParser):
    """A page as a reader and a checker have it: its text, its links, and whether its tags fit each other."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.feed(page.body.decode())
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        given = dict(attrs)
        self.links += [given["href"] or ""] if tag == "a" and "href" in given else []
        self.ids += [given["id"] or ""] if "id" in given else []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("past") / "ledger.sqlite3"
    with Ledger.create(path) as made:
        scenes.fill(made, SAMPLE)
    return path


class Reader:
    """Asks for pages of a moment."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.pages = Pages(scene, FakeClock(NOW))

    async def page(self, path: str, language: Language = EN, *, is_public: bool = False, **query: str) -> Page:
        place = Place(path, language, tuple(sorted(query.items())), is_public=is_public, is_language_chosen=True)
        return await self.pages.page(place)

    async def read(self, path: str, language: Language = EN, *, is_public: bool = False, **query: str) -> Reading:
        return Reading(await self.page(path, language, is_public=is_public, **query))


@pytest.fixture(scope="module")
def pages(ledger: Path) -> Iterator[Reader]:
    made = Reader(Scene(scenes.quiet(SAMPLE), ledger, REPORTS))
    yield made
    asyncio.run(made.scene.writing.close())


@pytest.fixture
def reader(pages: Reader) -> Reader:
    """Return a reader of a quiet day."""
    return at(pages, scenes.quiet(SAMPLE))


def at(reader: Reader, moment: Snapshot) -> Reader:
    """Let a reader ask at a moment."""
    reader.scene.moment = moment
    return reader


async def test_a_quiet_day_says_so_first(reader: Reader) -> None:
    quiet = at(reader, scenes.snapshot(SAMPLE))
    read = await quiet.read("/")
    assert "All 31 offices are connected" in read.text
    assert "No outage is open." in read.text
    assert "31 Up" in read.text
    assert "Semua 31 OPD tersambung" in (await quiet.read("/", ID)).text


async def test_what_is_less_than_an_outage_is_told_without_alarm(reader: Reader) -> None:
    read = await reader.read("/")
    assert "No office is down" in read.text
    assert "1 degraded, 1 in maintenance" in read.text
    assert "Worth a look Satuan Polisi Pamong Praja Degraded: the link is damaged" in read.text


async def test_a_providers_outage_stands_before_its_offices_with_whom_to_call(reader: Reader) -> None:
    page = await at(reader, scenes.provider_outage(SAMPLE)).page("/")
    trouble = page.fragments["troubles"]
    text = Reading(replace(page, body=f"<div>{trouble}</div>".encode())).text
    assert text.startswith("What is wrong now Provider outage: PT Serat Nusantara Since 13:53, for 12 min")
    assert "Cause so far provider" in text
    assert "Last hop alive POP Ciruas" in text
    assert "Call PT Serat Nusantara: NOC Serat, 24 jam" in text
    assert re.search(r"2\d offices are down: Dinas Kesehatan , Sekretariat DPRD , Inspektorat Show all 2\d", text)
    assert "3 offices stay connected by another link: Sekretariat Daerah" in text
    assert text.index("Provider outage") < text.index("Kecamatan Anyar")
    assert "the office: check its power and device" in text
    hero = Reading(replace(page, body=f"<div>{page.fragments['hero']}</div>".encode())).text
    assert re.fullmatch(r"2\d of 31 offices are down Provider outage: PT Serat Nusantara", hero)


async def test_the_monitors_own_cut_is_told_in_plain_words_and_as_nobodys_outage(reader: Reader) -> None:
    read = await at(reader, scenes.isolated(SAMPLE)).read("/")
    assert "The monitor itself is cut off from the network Since 14:00" in read.text
    assert "they are not measured, which isn't down" in read.text
    assert "No outage is open" not in read.text
    assert "While the monitor is cut off, nobody knows of new outages." in read.text
    assert " are down" not in read.text


def with_links(changed: Mapping[str, Callable[[LinkStatus], LinkStatus]]) -> Snapshot:
    """Return a quiet moment in which some links are otherwise."""
    return scenes.snapshot(SAMPLE, lambda of: changed.get(of.link.id, lambda same: same)(of))


def unmeasured(status: LinkStatus) -> LinkStatus:
    return replace(status, state=State.UNMEASURED, state_since=NOW - 60, rtt_last_seconds=None, loss_ratio=None)


async def test_where_nothing_or_not_all_is_measured_nobody_is_told_that_all_is_well(reader: Reader) -> None:
    nothing = await at(reader, scenes.snapshot(SAMPLE, unmeasured)).read("/")
    assert "Nothing is measured yet" in nothing.text
    assert "Nothing is measured yet, so nobody knows of outages." in nothing.text
    assert nothing.text.count("Not measured") > 12
    assert "and 19 more: see the list below" in nothing.text
    some = await at(reader, with_links({"dinkes/primary": unmeasured})).read("/")
    assert "Of those measured no office is down 1 not measured" in some.text
    assert "No outage is open of those that are measured. Worth a look Dinas Kesehatan Not measured" in some.text


async def test_announced_work_is_told_as_work_and_calls_nobody(reader: Reader) -> None:
    worked_on = with_links(
        {"dinkes/primary": lambda of: replace(scenes.down(of, NOW - 600, None), in_maintenance=True)}
    )
    page = await at(reader, worked_on).page("/")
    text = Reading(page).text
    assert "No office is down 1 in maintenance" in text
    assert "Planned maintenance: Dinas Kesehatan" in text
    assert "1 office isn't connected during the work: Dinas Kesehatan" in text
    assert "Call" not in Reading(replace(page, body=f"<div>{page.fragments['troubles']}</div>".encode())).text
    assert page.fragments["s:dinkes"] == ""


async def test_a_router_that_is_silent_alone_is_not_why_offices_are_down(reader: Reader) -> None:
    alone = with_links({"dinkes/primary": lambda of: scenes.down(of, NOW - 600, Cause.POWER)})
    silent = replace(alone.nodes[-1], state=State.DOWN, outage=Outage(NOW - 90_000, NOW - 89_990))
    page = await at(reader, replace(alone, nodes=(*alone.nodes[:-1], silent))).page("/")
    assert f"Node down: {silent.node.name}" not in page.fragments["hero"]
    assert page.fragments["troubles"].index("Dinas Kesehatan") < page.fragments["troubles"].index(silent.node.name)


async def test_below_the_organisations_own_node_nobody_else_is_called(reader: Reader) -> None:
    def below_core(of: LinkStatus) -> LinkStatus:
        broken = scenes.down(of, NOW - 600, Cause.UPSTREAM)
        assert broken.explained is not None
        seen = replace(broken.explained.evidence, above=Above("core", NOW - 610, NOW - 300), trail=None)
        return replace(broken, explained=replace(broken.explained, evidence=seen))

    read = await at(reader, with_links({"setwan/primary": below_core})).read("/")
    assert "Call the organisation's own network" in read.text


@pytest.mark.parametrize(
    ("noc", "dialled"),
    [
        (None, None),
        ("NOC Serat, 24 jam", None),
        ("NOC (0254) 200-300 ext 4", "0254200300"),
        ("WA +62 812 0000 1111, 24 jam", "+6281200001111"),
    ],
)
def test_a_number_to_call_can_be_dialled(noc: str | None, dialled: str | None) -> None:
    assert number(noc) == dialled


async def test_of_a_website_that_nobody_has_looked_at_no_content_is_told(reader: Reader) -> None:
    moment = scenes.quiet(SAMPLE)
    unseen = replace(moment, websites=tuple(replace(of, look=None) for of in moment.websites))
    for is_public in (False, True):
        read = await at(reader, unseen).read("/offices/dinkes", is_public=is_public)
        assert "https://dinkes.example/" in read.text
        assert "Newest content" not in read.text


async def test_a_nodes_outage_has_no_cause_and_no_evidence_since_nobody_judges_it(
    reader: Reader, tmp_path: Path
) -> None:
    path = tmp_path / "node.sqlite3"
    with Ledger.create(path) as made:
        batch = Batch()
        batch.add("pop-ciruas", [Span(NOW - 900, NOW - 600, State.DOWN)], Outage(NOW - 900, NOW - 890, NOW - 600))
        made.write(batch)
    asked = Reader(replace(reader.scene, ledger=path, held=None))
    read = await asked.read(f"/outages/pop-ciruas@{scenes.stamp(NOW - 900)}")
    assert "Outage of POP Ciruas" in read.text
    assert "Why: what was seen" not in read.text


async def test_outages_of_an_office_that_left_the_inventory_are_still_found(reader: Reader) -> None:
    fewer = replace(SAMPLE, offices={code: of for code, of in SAMPLE.offices.items() if code != "satpolpp"})
    page = await at(reader, scenes.snapshot(fewer)).page("/outages", office="satpolpp")
    assert page.status == 200


async def test_an_availability_of_little_time_says_of_how_little(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "begun.sqlite3"
    with Ledger.create(path) as made:
        batch = Batch()
        batch.add("dinkes/primary", [Span(NOW - 7 * 3600, NOW, State.UP)], None)
        made.write(batch)
    asked = Reader(replace(reader.scene, ledger=path, held=None))
    assert (await asked.page("/")).fragments["m:dinkes"] == "99.950 % of 1.8 % of the time"
    assert (await asked.page("/", is_public=True)).fragments["m:dinkes"] == "99.950 % of 1.8 % of the time"
    office = await asked.read("/offices/dinkes", is_public=True)
    assert "November 2026 100.000 % of 1.8 % of the time" in office.text


async def test_what_nobody_measured_of_an_outage_stands_beside_how_long_it_was_down(
    reader: Reader, tmp_path: Path
) -> None:
    path = tmp_path / "gap.sqlite3"
    with Ledger.create(path) as made:
        batch = Batch()
        spans = [Span(NOW - 900, NOW - 800, State.DOWN), Span(NOW - 760, NOW - 700, State.DOWN)]
        batch.add("dinkes/primary", spans, Outage(NOW - 900, NOW - 890, NOW - 700))
        made.write(batch)
    asked = Reader(replace(reader.scene, ledger=path, held=None))
    read = await asked.read(f"/outages/dinkes/primary@{scenes.stamp(NOW - 900)}")
    assert "Outage of Dinas Kesehatan, primary" in read.text
    assert "Start 17 November 2026 13:50:20 WIB End 17 November 2026 13:53:40 WIB" in read.text
    assert "Down for 2 min 40 s, and 40 s not measured" in read.text


async def test_while_nothing_shows_why_the_office_is_asked_too_and_the_evidence_is_a_click_away(reader: Reader) -> None:
    moment = with_links({"dinkes/primary": lambda of: scenes.down(of, NOW - 60, None)})
    read = await at(reader, moment).read("/")
    assert "Call PT Serat Nusantara: NOC Serat, 24 jam the office: check its power and device" in read.text
    assert f"/outages/dinkes/primary%40{scenes.stamp(NOW - 60)}?lang=en" in read.links


async def test_what_was_down_before_the_monitor_was_cut_off_is_told_so(reader: Reader) -> None:
    moment = with_links({"dinkes/primary": lambda of: scenes.down(of, NOW - 900, Cause.LINK)})
    cut_off = replace(moment, monitor=replace(moment.monitor, is_isolated=True, isolated_since=NOW - 60))
    read = await at(reader, cut_off).read("/")
    assert "What stands below was down before the monitor was cut off. Dinas Kesehatan is down" in read.text


async def test_every_refusal_has_a_title(reader: Reader) -> None:
    for status in (400, 403, 404, 405, 413, 421, 500, 503):
        page = await reader.pages.problem(status, "because", Place("/", EN))
        assert page.status == status
        assert ("refresh" in page.body.decode()) is (status >= 500)


async def test_every_office_has_a_row_with_its_condition_in_words_and_its_past(reader: Reader) -> None:
    page = await reader.page("/")
    conditions = {key[2:]: html for key, html in page.fragments.items() if key.startswith("c:")}
    assert list(conditions) == list(SAMPLE.offices)
    assert all(re.search(r'data-condition="([a-z]+)"><svg class="sign \1"', html) for html in conditions.values())
    assert all("<svg" in page.fragments[f"{bar}:{code}"] for bar in "dt" for code in SAMPLE.offices)


async def test_an_office_of_several_links_shows_each(reader: Reader) -> None:
    page = await reader.page("/")
    assert {"k:setda/primary", "k:setda/backup"} <= page.fragments.keys()
    assert "k:dinkes/primary" not in page.fragments


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("path", ["/", "/offices/setda", "/outages", "/reports/", "/offices/nobody"])
@pytest.mark.parametrize("moment", [scenes.quiet, scenes.provider_outage, scenes.isolated])
async def test_tags_fit_each_other_ids_are_unique_and_nothing_is_left_in_the_other_language(
    reader: Reader, moment: object, path: str, language: Language
) -> None:
    assert callable(moment)
    page = await at(reader, moment(SAMPLE)).page(path, language)
    read = Reading(page)
    assert len(set(read.ids)) == len(read.ids)
    assert ("html", "lang", language.value) in read.attributes
    foreign = ("Sejak", "Penyedia", "Putus") if language is EN else ("Since", "Provider", "Outage", " down")
    assert not [word for word in foreign if word in read.text]


@pytest.mark.parametrize("path", ["/", "/offices/setda", "/outages", "/reports/"])
async def test_no_page_needs_what_the_policy_of_its_content_forbids(reader: Reader, path: str) -> None:
    read = await reader.read(path)
    assert not [(tag, name) for tag, name, _ in read.attributes if name == "style" or name.startswith("on")]
    assert not [value for _, name, value in read.attributes if name in {"src", "action"} and (value or "/")[0] != "/"]
    linked = [value or "" for tag, name, value in read.attributes if tag == "link" and name == "href"]
    assert linked
    assert all(value.startswith("/static/") for value in linked)


async def test_an_offices_page_has_its_links_months_outages_website_and_reports(reader: Reader) -> None:
    read = await reader.read("/offices/setda")
    for said in (
        "Sekretariat Daerah", "primary Up", "backup Up", "PT Serat Nusantara · NOC Serat, 24 jam", "SN-0002",
        "download 100.00 Mbps, upload 100.00 Mbps", "Last RTT", "RTT today: median · 95 % · 99 %",
        "November 2026 (so far)", "October 2026", "The office as a whole", "https://setda.example/", "Newest content",
        "PDF: EN ID", "PDF, for PT Serat Nusantara: ID", "CSV, list of incidents: ID", "JSON: JSON",
    ):  # fmt: skip
        assert said in read.text, said
    assert {f"/reports/sla/{name}" for name in REPORTS} <= set(read.links)


async def test_the_charts_of_a_link_are_drawn_from_the_process_and_the_ledger(reader: Reader) -> None:
    fragment = (await reader.page("/offices/dinkes")).fragments["h:dinkes/primary"]
    assert fragment.count("<figure>") == 3
    assert all(f"c-line{line}" in fragment for line in (0, 1))
    assert "No RTT" not in fragment


async def test_without_anything_measured_a_chart_says_why_it_is_empty(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite3"
    Ledger.create(path).close()

    class Begun(Scene):
        def recent(self, link: str) -> tuple[()]:
            del link
            return ()

    fresh = Reader(Begun(scenes.quiet(SAMPLE), path, assets=reader.scene.assets, writing=reader.scene.writing))
    read = await fresh.read("/offices/dinkes")
    assert "it is gathered from the monitor's start on" in read.text
    assert "No bandwidth was measured in these 24 hours yet." in read.text
    assert "Nothing is on record of either month." in read.text
    assert "No outage is on record." in read.text


async def test_a_prometheus_that_is_silent_is_told_of_and_costs_nothing_else(reader: Reader) -> None:
    asked = Reader(replace(reader.scene, month="Prometheus at x doesn't answer"))
    read = await asked.read("/offices/dinkes")
    assert "The last 30 days can't be shown: Prometheus at x doesn't answer" in read.text
    assert "Round-trip time (RTT) · The last 24 hours" in read.text


async def test_the_list_of_outages_leads_to_each_and_on_to_the_older_ones(reader: Reader) -> None:
    first = await reader.read("/outages")
    shown = [link for link in first.links if link.startswith("/outages/")]
    assert len(shown) == 50
    older = next(link for link in first.links if "after=" in link)
    after = dict(part.split("=") for part in urlsplit(older).query.split("&"))["after"]
    second = await reader.read("/outages", after=after)
    assert not set(shown) & {link for link in second.links if link.startswith("/outages/")}
    one = await reader.read(unquote(urlsplit(shown[0]).path))
    assert "Why: what was seen" in one.text
    assert "The path while it was down" in one.text
    assert "1 Core" not in one.text
    assert "Core Diskominfosatik" in one.text
    assert "no answer" in one.text


async def test_a_filter_shows_what_it_was_set_to_and_keeps_out_the_rest(reader: Reader) -> None:
    page = await reader.page("/outages", office="dinkes", cause="power")
    body = page.body.decode()
    assert '<option value="dinkes" selected>' in body
    assert '<option value="power" selected>' in body
    rows = re.findall(r"<td><bdi>([^<]+)</bdi>", page.fragments["outages"])
    assert set(rows) <= {"Dinas Kesehatan"}
    assert "Clear the filter" in body


async def test_an_open_outage_shows_what_is_gathered_so_far(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "open.sqlite3"
    with Ledger.create(path) as made:
        batch = Batch()
        batch.add("dinkes/primary", [Span(NOW - 60, NOW, State.DOWN)], Outage(NOW - 60, NOW - 50))
        made.write(batch)
    asked = Reader(replace(reader.scene, ledger=path, held=None))
    read = await asked.read(f"/outages/dinkes/primary@{scenes.stamp(NOW - 60)}")
    assert "still open" in read.text
    assert "Evidence is being gathered" in read.text


@pytest.mark.parametrize(
    ("path", "query", "status", "said"),
    [
        ("/offices/nobody", {}, 404, "There is no office with the code nobody."),
        ("/outages", {"office": "nobody"}, 404, "There is no office with the code nobody."),
        ("/outages", {"provider": "nobody"}, 404, "There is no provider with the code nobody."),
        ("/outages", {"cause": "bad"}, 400, "The cause bad isn't known; there are power, link, upstream"),
        ("/outages", {"month": "2026-13"}, 400, "2026-13 is no month; write YYYY-MM"),
        ("/outages", {"open": "perhaps"}, 400, "perhaps: write true or false."),
        ("/outages", {"after": "junk"}, 400, "That further page isn't there."),
        ("/outages/dinkes/primary@20200101T000000Z", {}, 404, "There is no outage with the id dinkes/primary@2020"),
        ("/outages/<script>", {}, 404, "There is no outage with the id <script>."),
        ("/anything", {}, 404, "There is nothing at /anything."),
    ],
)
async def test_what_isnt_there_is_said_with_its_status(
    reader: Reader, path: str, query: dict[str, str], status: int, said: str
) -> None:
    page = await reader.page(path, **query)
    assert (page.status, said in Reading(page).text) == (status, True)
    assert "/?lang=en" in Reading(page).links


async def test_a_ledger_that_cant_be_read_costs_what_it_holds_alone(reader: Reader, tmp_path: Path) -> None:
    broken = tmp_path / "broken.sqlite3"
    broken.write_bytes(b"no ledger at all" * 100)
    asked = Reader(replace(reader.scene, ledger=broken, held=None))
    for path in ("/", "/offices/dinkes"):
        page = await asked.page(path)
        assert page.status == 200
        assert f"The ledger can't be read, so what was before isn't shown: ledger {broken}" in Reading(page).text
        assert 'data-condition="up"' in page.body.decode()
    listed = await asked.page("/outages")
    assert listed.status == 503
    assert str(broken) in Reading(listed).text


async def test_an_outage_that_was_told_of_by_persons_shows_their_words(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "februari.sqlite3"
    with Ledger.create(path) as made:
        district = bad_february(made)
    asked = Reader(replace(reader.scene, ledger=path, held=None, moment=scenes.snapshot(district)))
    read = await asked.read(f"/outages/hukum/primary@{scenes.stamp(local('2026-02-21T08:00'))}")
    assert "What persons said" in read.text
    assert "Bidang Telematika left out of the figures: Banjir, keadaan kahar" in read.text
    assert "Foto terlampir" in read.text


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "\u202eterbalik\u202c",
    "n" * 300,
    "{{ 7*7 }}",
    "&amp;",
)


def hostile(name: str) -> Inventory:
    """Return a district in which everything that may be free text is one name."""
    sample = scenes.sample()
    offices = {
        code: replace(
            item,
            name=name,
            district=name,
            links=tuple(replace(link, circuit=name) for link in item.links),
            website=None if item.website is None else replace(item.website, note=name),
        )
        for code, item in list(sample.offices.items())[:3]
    }
    return replace(
        sample,
        organisation=replace(sample.organisation, name=name),
        offices=offices,
        nodes={code: replace(node, name=name) for code, node in sample.nodes.items()},
        providers={code: replace(of, name=name, noc=name) for code, of in sample.providers.items()},
    )


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("path", ["/", "/offices/setda", "/outages"])
async def test_a_hostile_name_is_text_and_stands_apart(reader: Reader, path: str, name: str) -> None:
    read = await at(reader, scenes.provider_outage(hostile(name))).read(path)
    assert name.strip("\u202e\u202c") in "".join(read.texts)
    assert not set("".join(read.texts)) & set("\u202e\u202c")
    scripts = [value or "" for tag, key, value in read.attributes if (tag, key) == ("script", "src")]
    assert all(value.startswith("/static/terpadu.js") for value in scripts)
    assert not [tag for tag, _, _ in read.attributes if tag == "img"]


def secrets() -> set[str]:
    """Return what the inventory holds of addresses, providers, circuits, interfaces, costs and nodes."""
    found = {text for of in SAMPLE.providers.values() for text in (of.code, of.name, of.noc)}
    found |= {text for of in SAMPLE.nodes.values() for text in (of.code, of.name, of.address)}
    found |= {text for of in SAMPLE.references for text in (of.name, of.address)}
    for link in SAMPLE.links():
        fees = {f"{of.monthly_fee:,}" for of in link.contracts} | {str(of.monthly_fee) for of in link.contracts}
        found |= {link.address, link.circuit, "ether1-wan", *fees, *(fee.replace(",", ".") for fee in fees)}
    return {text for text in found if text is not None}


SECRETS = secrets()
SECRET = re.compile("|".join(rf"(?<!\w){re.escape(text)}(?!\w)" for text in sorted(SECRETS)), re.IGNORECASE)


def test_there_are_secrets_of_each_kind_to_look_for() -> None:
    of_links = {"198.18.10.1", "wan2.setda.example", "SN-0001", "ether1-wan", "4500000", "4.500.000", "4,500,000"}
    of_others = {
        "serat-nusantara",
        "PT Serat Nusantara",
        "NOC Serat, 24 jam",
        "pop-ciruas",
        "POP Ciruas",
        "core-gateway",
    }
    assert of_links | of_others <= SECRETS


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("path", ["/", "/offices/setda", "/offices/dinkes", "/offices/kec-anyar"])
@pytest.mark.parametrize("moment", [scenes.quiet, scenes.provider_outage, scenes.isolated])
async def test_the_public_is_told_nothing_of_addresses_providers_circuits_costs_or_paths(
    reader: Reader, moment: object, path: str, language: Language
) -> None:
    assert callable(moment)
    page = await at(reader, moment(SAMPLE)).page(path, language, is_public=True)
    assert page.status == 200
    assert not SECRET.findall(page.body.decode())


@pytest.mark.parametrize("path", ["/outages", "/outages/dinkes/primary@20260101T000000Z", "/reports/"])
async def test_the_public_has_no_other_pages(reader: Reader, path: str) -> None:
    page = await reader.page(path, is_public=True)
    assert page.status == 404
    assert "Outages" not in Reading(page).text


async def test_the_public_sees_conditions_since_when_availability_and_websites(reader: Reader) -> None:
    read = await at(reader, scenes.provider_outage(SAMPLE)).read("/", is_public=True)
    for said in ("offices are down", "Partly down", "13:53, for 12 min", "99.950 %", "Not active"):
        assert said in read.text
    office = await at(reader, scenes.quiet(SAMPLE)).read("/offices/dinkes", is_public=True)
    for said in ("Dinas Kesehatan", "Up Since", "November 2026", "https://dinkes.example/", "Active", "Newest content"):
        assert said in office.text


async def test_a_page_of_unchanged_things_is_the_same_but_for_its_time(reader: Reader) -> None:
    before = await reader.page("/")
    later = replace(reader.scene.moment, now=reader.scene.moment.now.replace(minute=6))
    after = await at(reader, later).page("/")
    changed = {key for key in before.fragments if before.fragments[key] != after.fragments[key]}
    assert changed == {"as-of"}
    assert before.skeleton == after.skeleton


async def test_another_office_in_the_inventory_is_another_skeleton(reader: Reader) -> None:
    fewer = replace(SAMPLE, offices=dict(list(SAMPLE.offices.items())[:30]))
    assert (await reader.page("/")).skeleton != (await at(reader, scenes.quiet(fewer)).page("/")).skeleton


async def test_a_district_without_offices_has_a_page(reader: Reader) -> None:
    moment = scenes.snapshot(replace(SAMPLE, offices={}))
    assert "The inventory has no office yet" in (await at(reader, moment).read("/")).text
