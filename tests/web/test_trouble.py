"""What is wrong now: which fault an outage is part of, whom to call, and what stands first."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from monitor_fakes import make_inventory, make_link
from web_statuses import NOW, link_status, monitor_status, snapshot, verdict

from exporter.cause import Above, Together
from exporter.model import Cause, Inventory, Node, Provider
from exporter.snapshot import LinkStatus, NodeStatus, Snapshot
from exporter.timeline import Outage, State
from exporter.web.trouble import Kind, Trouble, troubles

TOGETHER = Together("serat", onsets=5, measured=6)
LONG_AGO = NOW - 90 * 86_400


def district() -> Inventory:
    """Return a core of the district's own with two places of one provider below it, of which one has a cabinet."""
    links = (
        make_link("dinkes", "primary", provider="serat", parent="pop"),
        make_link("dinkes", "backup", provider="gelombang", parent="core"),
        make_link("disdik", "primary", provider="serat", parent="cabinet"),
        make_link("dinsos", "primary", provider="gelombang", parent="pop"),
        make_link("dishub", "primary", provider="serat", parent="other-pop"),
        make_link("setda", "primary", provider="serat", parent="core"),
        make_link("arsip", "primary", provider="serat", parent=None),
    )
    inventory = make_inventory(*links)
    inventory.providers["serat"] = Provider("serat", "PT Serat", noc="NOC Serat")
    for code, provider, parent in (
        ("core", None, None),
        ("pop", "serat", "core"),
        ("cabinet", None, "pop"),
        ("other-pop", "serat", "core"),
    ):
        inventory.nodes[code] = Node(code, code.upper(), "192.0.2.9", provider, parent)
    return inventory


class Night:
    """A district in which things go down; `seen` is what is told of it then."""

    def __init__(self, inventory: Inventory | None = None) -> None:
        self.inventory = inventory or district()
        self.links = {link.id: link_status(link) for link in self.inventory.links()}
        self.nodes = {code: NodeStatus(node, State.UP, None, False) for code, node in self.inventory.nodes.items()}
        self.monitor = monitor_status()

    def cut(self, link: str, at: int = NOW, cause: Cause | None = None, **evidence: object) -> None:
        found = None if cause is None else verdict(cause, at, **evidence)  # type: ignore[arg-type]
        self.links[link] = link_status(self.links[link].link, State.DOWN, since=at, explained=found)

    def silence(self, node: str, at: int = NOW) -> None:
        self.nodes[node] = replace(self.nodes[node], state=State.DOWN, outage=Outage(at, at + 5))

    def below(self, node: str, *links: str, at: int = NOW + 3, **evidence: object) -> None:
        """Cut links that a node took with it."""
        for link in links:
            self.cut(link, at, Cause.UPSTREAM, above=Above(node, NOW), **evidence)

    def work_on(self, *targets: str) -> None:
        for of in targets:
            if of in self.links:
                self.links[of] = replace(self.links[of], in_maintenance=True)
            else:
                self.nodes[of] = replace(self.nodes[of], in_maintenance=True)

    def snapshot(self) -> Snapshot:
        return snapshot(self.inventory, self.links.values(), self.nodes.values(), self.monitor)

    def seen(self) -> list[tuple[str, str | None, list[str]]]:
        """Return each trouble's kind, its code, and the links below it."""
        return [(of.kind.value, of.code, ids(of.links)) for of in self.told()]

    def told(self) -> tuple[Trouble, ...]:
        return troubles(self.snapshot())

    def only(self) -> Trouble:
        (one,) = self.told()
        return one


@pytest.fixture
def night() -> Night:
    return Night()


def ids(links: tuple[LinkStatus, ...]) -> list[str]:
    return [status.link.id for status in links]


def test_a_quiet_night_has_no_trouble(night: Night) -> None:
    assert night.told() == ()


def test_an_office_that_is_offline_is_told_with_what_is_known_of_it(night: Night) -> None:
    night.cut("arsip/primary", cause=Cause.LINK, last_hop="198.51.100.7")
    (link,), (office,) = night.snapshot().links[-1:], night.snapshot().offices[-1:]
    assert night.only() == Trouble(
        kind=Kind.OFFICE,
        code="arsip",
        name="Kantor arsip",
        since=NOW,
        cause=Cause.LINK,
        last_hop="198.51.100.7",
        call=(night.inventory.providers["serat"],),
        links=(link,),
        offices=(office,),
        connected=(),
        in_maintenance=False,
    )


def test_a_link_whose_office_another_one_carries_is_told_by_itself(night: Night) -> None:
    night.cut("dinkes/backup")
    one = night.only()
    assert (one.kind, one.code, one.name) == (Kind.LINK, "dinkes/backup", "Kantor dinkes (backup)")
    assert (one.offices, [of.office.code for of in one.connected]) == ((), ["dinkes"])
    assert one.cause is None


def test_an_office_with_all_its_links_down_is_one_trouble_since_the_first(night: Night) -> None:
    night.cut("dinkes/primary", NOW + 60, Cause.UNKNOWN)
    night.cut("dinkes/backup", NOW, Cause.LINK, last_hop="core")
    one = night.only()
    assert (one.kind, ids(one.links), one.since) == (Kind.OFFICE, ["dinkes/primary", "dinkes/backup"], NOW)
    assert (one.cause, one.last_hop) == (Cause.LINK, "core")
    assert [provider.code for provider in one.call] == ["serat", "gelombang"]


@pytest.mark.parametrize(
    ("cause", "call"),
    [(Cause.LINK, ["gelombang"]), (Cause.UNKNOWN, ["gelombang"]), (None, ["gelombang"]), (Cause.POWER, [])],
)
def test_its_provider_is_called_for_a_link_but_nobody_for_the_offices_own_power(
    night: Night, cause: Cause | None, call: list[str]
) -> None:
    night.cut("dinsos/primary", cause=cause)
    assert [provider.code for provider in night.only().call] == call


def test_a_straggler_below_a_node_that_is_back_has_that_nodes_provider_called(night: Night) -> None:
    night.cut("dinsos/primary", cause=Cause.UPSTREAM, above=Above("cabinet", NOW, NOW + 100))
    assert [provider.code for provider in night.only().call] == ["serat"]


def test_a_straggler_below_a_node_that_the_inventory_has_lost_has_its_own_provider_called(night: Night) -> None:
    night.cut("dinsos/primary", cause=Cause.UPSTREAM, above=Above("gone", NOW, NOW + 100))
    assert [provider.code for provider in night.only().call] == ["gelombang"]


def test_a_node_takes_what_hangs_from_it_at_any_level_and_of_any_provider(night: Night) -> None:
    night.silence("pop")
    night.below("pop", "dinkes/primary", "disdik/primary", "dinsos/primary", last_hop="core")
    one = night.only()
    assert (one.kind, one.code, one.name, one.since) == (Kind.NODE, "pop", "POP", NOW)
    assert ids(one.links) == ["dinkes/primary", "disdik/primary", "dinsos/primary"]
    assert [of.office.code for of in one.offices] == ["disdik", "dinsos"]
    assert [of.office.code for of in one.connected] == ["dinkes"]
    assert (one.cause, one.last_hop, [of.code for of in one.call]) == (None, "core", ["serat"])


def test_the_highest_node_takes_those_below_it(night: Night) -> None:
    for node in ("cabinet", "pop", "core"):
        night.silence(node)
    night.below("cabinet", "disdik/primary")
    night.below("core", "setda/primary")
    assert night.seen() == [("node", "core", ["disdik/primary", "setda/primary"])]


def test_nobody_is_called_for_the_districts_own_node(night: Night) -> None:
    night.silence("core")
    night.below("core", "setda/primary")
    assert night.only().call == ()


def test_a_node_below_a_providers_one_is_that_providers(night: Night) -> None:
    night.silence("cabinet")
    night.below("cabinet", "disdik/primary")
    assert [provider.code for provider in night.only().call] == ["serat"]


def test_a_node_that_took_no_link_is_told_all_the_same(night: Night) -> None:
    night.silence("other-pop")
    one = night.only()
    assert (one.kind, one.code, one.since, one.links, one.last_hop) == (Kind.NODE, "other-pop", NOW, (), None)


def test_a_link_goes_with_its_node_while_nothing_is_known_of_it_yet(night: Night) -> None:
    night.silence("pop")
    night.cut("dinsos/primary", NOW + 1)
    assert night.seen() == [("node", "pop", ["dinsos/primary"])]


@pytest.mark.parametrize("cause", [Cause.LINK, Cause.POWER, Cause.UNKNOWN])
def test_a_link_whose_evidence_clears_the_node_above_is_a_fault_of_its_own(night: Night, cause: Cause) -> None:
    night.silence("pop")
    night.cut("dinsos/primary", cause=cause)
    assert night.seen() == [("office", "dinsos", ["dinsos/primary"]), ("node", "pop", [])]


def test_a_node_that_never_answers_echoes_does_not_take_what_falls_tonight(night: Night) -> None:
    night.silence("pop", LONG_AGO)
    night.cut("dinsos/primary", cause=Cause.UPSTREAM, above=Above("pop", LONG_AGO))
    assert night.seen() == [("office", "dinsos", ["dinsos/primary"]), ("node", "pop", [])]


def test_nor_does_it_take_the_node_below_that_falls_tonight(night: Night) -> None:
    night.silence("core", LONG_AGO)
    night.silence("pop")
    night.below("pop", "disdik/primary")
    assert night.seen() == [("node", "pop", ["disdik/primary"]), ("node", "core", [])]


def test_a_node_that_took_half_of_its_links_takes_a_late_one_too(night: Night) -> None:
    night.silence("pop")
    night.below("pop", "dinkes/primary", "dinsos/primary")
    night.below("pop", "disdik/primary", at=NOW + 3_600)
    assert night.seen() == [("node", "pop", ["dinkes/primary", "disdik/primary", "dinsos/primary"])]


def test_a_providers_links_that_fell_together_are_its_trouble(night: Night) -> None:
    for link in ("arsip/primary", "dishub/primary"):
        night.cut(link, cause=Cause.PROVIDER, together=TOGETHER)
    one = night.only()
    assert (one.kind, one.code, one.name, one.cause) == (Kind.PROVIDER, "serat", "PT Serat", Cause.PROVIDER)
    assert ids(one.links) == ["dishub/primary", "arsip/primary"]
    assert [provider.code for provider in one.call] == ["serat"]


def test_a_providers_one_node_that_is_all_of_its_trouble_stands_for_it(night: Night) -> None:
    night.silence("pop")
    night.below("pop", "dinkes/primary", "disdik/primary", together=TOGETHER)
    assert night.seen() == [("node", "pop", ["dinkes/primary", "disdik/primary"])]


def test_two_nodes_of_a_provider_that_fell_together_are_its_trouble(night: Night) -> None:
    night.silence("pop", NOW - 5)
    night.silence("other-pop")
    night.below("pop", "dinkes/primary", "dinsos/primary", together=TOGETHER)
    night.below("other-pop", "dishub/primary", together=TOGETHER)
    one = night.only()
    assert (one.kind, one.code, one.since) == (Kind.PROVIDER, "serat", NOW - 5)
    assert ids(one.links) == ["dinkes/primary", "dinsos/primary", "dishub/primary"]


def test_a_providers_node_and_its_links_beside_it_are_its_trouble(night: Night) -> None:
    night.silence("pop")
    night.below("pop", "disdik/primary", together=TOGETHER)
    night.cut("arsip/primary", cause=Cause.PROVIDER, together=TOGETHER)
    assert night.seen() == [("provider", "serat", ["disdik/primary", "arsip/primary"])]


def test_two_nodes_of_a_provider_are_two_troubles_where_most_of_its_links_are_up(night: Night) -> None:
    few = Together("serat", onsets=2, measured=40)
    night.silence("pop")
    night.silence("other-pop")
    night.below("pop", "disdik/primary", together=few)
    night.below("other-pop", "dishub/primary", together=few)
    assert night.seen() == [("node", "other-pop", ["dishub/primary"]), ("node", "pop", ["disdik/primary"])]


def test_what_hangs_from_the_districts_own_node_is_no_providers_trouble(night: Night) -> None:
    night.silence("core")
    night.below("core", "setda/primary", "dishub/primary", "disdik/primary", together=TOGETHER)
    assert night.seen() == [("node", "core", ["disdik/primary", "dishub/primary", "setda/primary"])]


def test_a_provider_takes_what_of_its_own_fell_beside_it_and_shows_nothing_else(night: Night) -> None:
    night.cut("arsip/primary", cause=Cause.PROVIDER, together=TOGETHER)
    night.cut("setda/primary", NOW + 900, Cause.UNKNOWN)
    night.silence("other-pop", NOW + 900)
    assert night.seen() == [("provider", "serat", ["setda/primary", "arsip/primary"])]


@pytest.mark.parametrize(
    ("link", "at", "cause"),
    [
        ("setda/primary", NOW + 901, Cause.UNKNOWN),
        ("setda/primary", NOW - 901, Cause.UNKNOWN),
        ("setda/primary", NOW, Cause.LINK),
        ("dinsos/primary", NOW, Cause.UNKNOWN),
    ],
)
def test_a_provider_takes_nothing_that_fell_at_another_time_or_by_itself_or_is_another_ones(
    night: Night, link: str, at: int, cause: Cause
) -> None:
    night.cut("arsip/primary", cause=Cause.PROVIDER, together=TOGETHER)
    night.cut(link, at, cause)
    assert night.seen() == [("provider", "serat", ["arsip/primary"]), ("office", link.removesuffix("/primary"), [link])]


def test_a_providers_silent_node_of_long_ago_is_no_part_of_its_outage(night: Night) -> None:
    night.silence("other-pop", LONG_AGO)
    night.cut("arsip/primary", cause=Cause.PROVIDER, together=TOGETHER)
    assert night.seen() == [("provider", "serat", ["arsip/primary"]), ("node", "other-pop", [])]


def test_an_office_offline_by_two_faults_is_told_under_both(night: Night) -> None:
    night.silence("pop")
    night.below("pop", "dinkes/primary")
    night.cut("dinkes/backup", cause=Cause.LINK)
    assert night.seen() == [("node", "pop", ["dinkes/primary"]), ("office", "dinkes", ["dinkes/backup"])]
    assert [[of.office.code for of in one.offices] for one in night.told()] == [["dinkes"], ["dinkes"]]


def test_the_last_hop_is_where_most_ways_ended_and_of_two_the_first(night: Night) -> None:
    night.silence("pop")
    night.below("pop", "dinkes/primary", last_hop="core")
    night.below("pop", "disdik/primary", last_hop="192.0.2.77")
    assert night.only().last_hop == "core"
    night.below("pop", "dinsos/primary", last_hop="192.0.2.77")
    assert night.only().last_hop == "192.0.2.77"


def test_the_monitors_isolation_stands_first_and_hides_nothing_that_was_down_before(night: Night) -> None:
    night.cut("arsip/primary")
    seen = night.links["arsip/primary"]
    night.links["arsip/primary"] = replace(seen, state=State.UNMEASURED)
    night.monitor = monitor_status(is_isolated=True, isolated_since=NOW + 100)
    first, second = night.told()
    assert first == Trouble(Kind.ISOLATED, None, "", NOW + 100, None, None, (), (), (), (), in_maintenance=False)
    assert (second.code, second.since) == ("arsip/primary", NOW)


def test_an_office_that_nobody_sees_is_neither_offline_nor_connected(night: Night) -> None:
    night.links["dinkes/primary"] = link_status(night.links["dinkes/primary"].link, State.UNMEASURED, since=NOW)
    night.links["dinkes/backup"] = link_status(night.links["dinkes/backup"].link, State.UNMEASURED)
    one = night.only()
    assert (one.kind, one.offices, one.connected) == (Kind.LINK, (), ())


@pytest.mark.parametrize("is_isolated", [False, None])
def test_a_monitor_that_is_connected_or_cannot_say_tells_of_no_isolation(
    night: Night,
    is_isolated: bool | None,  # noqa: FBT001
) -> None:
    night.monitor = monitor_status(is_isolated=is_isolated)
    assert night.told() == ()


def test_the_widest_stands_first_then_the_most_offices_then_the_oldest_then_the_code(night: Night) -> None:
    night.cut("arsip/primary", cause=Cause.PROVIDER, together=TOGETHER)
    night.silence("pop", NOW - 5_000)
    night.below("pop", "dinsos/primary", at=NOW - 5_000)
    night.silence("other-pop", NOW - 9_000)
    night.cut("dinkes/primary", NOW - 50_000, Cause.LINK)
    night.cut("setda/primary", NOW - 8_000, Cause.LINK)
    assert [of[:2] for of in night.seen()] == [
        ("provider", "serat"),
        ("node", "pop"),
        ("office", "setda"),
        ("link", "dinkes/primary"),
        ("node", "other-pop"),
    ]


def test_offices_of_one_instant_stand_by_their_codes(night: Night) -> None:
    for link in ("setda/primary", "arsip/primary", "dishub/primary"):
        night.cut(link, cause=Cause.LINK)
    assert [of.code for of in night.told()] == ["arsip", "dishub", "setda"]


def test_announced_work_is_told_last(night: Night) -> None:
    night.silence("pop")
    night.below("pop", "dinsos/primary")
    night.work_on("pop", "dinsos/primary")
    night.cut("dinkes/backup", cause=Cause.LINK)
    assert [(of.code, of.in_maintenance) for of in night.told()] == [("dinkes/backup", False), ("pop", True)]


def test_what_is_announced_in_part_is_no_announced_work(night: Night) -> None:
    night.cut("dinkes/primary")
    night.cut("dinkes/backup")
    night.work_on("dinkes/primary")
    assert [(of.code, of.in_maintenance) for of in night.told()] == [("dinkes", False)]


def test_a_node_in_no_announced_work_is_none_though_its_links_are(night: Night) -> None:
    night.silence("pop")
    night.below("pop", "dinsos/primary")
    night.work_on("dinsos/primary")
    assert night.only().in_maintenance is False


INSTANTS = st.one_of(
    st.just(NOW), st.integers(NOW - 400, NOW + 400), st.integers(NOW - 2_000, NOW + 2_000), st.just(LONG_AGO)
)
NODES = ("n1", "n2", "n3", "n4")
PROVIDERS = ("a", "b", "c")
PARENTS = st.sampled_from((None, *NODES))


@st.composite
def nights(draw: st.DrawFn) -> Night:
    """Return any night of any small district; what explains an outage needn't fit it."""
    names = ("x", "y")
    offices = draw(st.lists(st.sampled_from("pqrstuvw"), min_size=1, max_size=6, unique=True))
    links = [
        make_link(office, name, provider=draw(st.sampled_from(PROVIDERS)), parent=draw(PARENTS))
        for office in offices
        for name in names[: draw(st.integers(1, 2))]
    ]
    inventory = make_inventory(*links)
    inventory.providers.update({code: Provider(code, code) for code in PROVIDERS})
    for place, code in enumerate(NODES):
        parent = draw(st.sampled_from((None, *NODES[:place])))
        inventory.nodes[code] = Node(code, code, "192.0.2.9", draw(st.sampled_from((None, *PROVIDERS))), parent)
    night = Night(inventory)
    for code in draw(st.sets(st.sampled_from(NODES))):
        night.silence(code, draw(INSTANTS))
    for link in inventory.links():
        if draw(st.booleans()):
            together = draw(st.sampled_from((None, Together(link.provider, 2, 9), Together(link.provider, 4, 6))))
            night.cut(link.id, draw(INSTANTS), draw(st.sampled_from((None, *Cause))), together=together)
    night.work_on(*draw(st.sets(st.sampled_from([*night.links, *NODES]))))
    return night


@given(nights())
def test_each_link_that_is_down_is_part_of_one_trouble_and_no_other_is(night: Night) -> None:
    told = [link for of in night.told() for link in ids(of.links)]
    assert sorted(told) == sorted(id_ for id_, status in night.links.items() if status.outage_is_open)


@given(nights())
def test_each_trouble_has_something_down_and_no_two_are_of_one_thing(night: Night) -> None:
    told = night.told()
    down = {code for code, status in night.nodes.items() if status.outage is not None}
    assert all(of.links or (of.kind is Kind.NODE and of.code in down) for of in told)
    assert len({(of.kind, of.code) for of in told}) == len(told)


@given(nights())
def test_each_node_that_is_down_is_told_or_something_above_it_is(night: Night) -> None:
    told = {of.code for of in night.told()}
    for code, status in night.nodes.items():
        if status.outage is not None:
            above = [*night.inventory.upward(code)]
            providers = {night.inventory.provider_of_node(of) for of in above}
            assert told & {*above, *providers}


@given(nights())
def test_each_offices_place_follows_from_its_links(night: Night) -> None:
    of_offices = {status.office.code: status for status in night.snapshot().offices}
    for of in night.told():
        hit = [of_offices[code] for code in dict.fromkeys(status.link.office for status in of.links)]
        assert of.offices == tuple(status for status in hit if status.outage_is_open)
        assert of.connected == tuple(status for status in hit if not status.outage_is_open)


@given(nights(), st.randoms(use_true_random=False))
def test_the_order_of_nodes_and_of_the_inventorys_parts_changes_nothing(night: Night, random: Random) -> None:
    before = night.told()
    for part in (night.nodes, night.inventory.nodes, night.inventory.providers):
        items = list(part.items())
        random.shuffle(items)
        part.clear()  # type: ignore[attr-defined]
        part.update(items)  # type: ignore[attr-defined]
    assert night.told() == before
