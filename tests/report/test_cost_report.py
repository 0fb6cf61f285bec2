"""A month's costs from ledgers and an inventory."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from months import make_bad_february

from exporter import inventory
from exporter.costs import Sum
from exporter.errors import InputError
from exporter.ledger import Ledger
from exporter.model import Inventory, Language
from exporter.report.cost.document import document
from exporter.report.cost.json_form import document as as_json
from exporter.report.cost.reckoning import Costs, Price, reckon
from exporter.report.tables import Document
from exporter.sla import Month

FEBRUARY = Month(2026, 2)
OFFICE = "- {{code: {0}, name: Kantor {0}, district: X, links: [{{name: p, address: 192.0.2.{1}, provider: s, {2}}}]}}"


def district(*links: str) -> Inventory:
    """Return an inventory of one office a link, by what of the link is to be said."""
    offices = "\n  ".join(OFFICE.format(chr(ord("a") + n), n + 1, of) for n, of in enumerate(links))
    head = (
        "organisation: {name: Uji, timezone: Asia/Jakarta}\nproviders: {s: {name: S, availability: 99%}}\noffices:\n  "
    )
    return inventory.parse(head + offices, "uji.yaml")


FROM_APRIL = "payer: [{from: 2026-01-01, by: opd}, {from: 2026-04-01, by: diskominfosatik}]"


def sentences(costs: Costs, language: Language = Language.ENGLISH) -> tuple[str, ...]:
    return document(costs, language).paragraphs


@pytest.fixture(scope="module")
def february(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Costs]:
    path, placed = make_bad_february(tmp_path_factory.mktemp("costs"))
    with Ledger.existing(path) as ledger:
        yield reckon([ledger], placed, FEBRUARY)


def test_the_month_costs_what_its_links_cost_and_the_payers_pay_all_of_it(february: Costs) -> None:
    assert february.sum == Sum(16_160_714, 6, 6, 0)
    assert february.now.by == {
        "opd": Sum(2_250_000, 1, 1, 0),
        "diskominfosatik": Sum(2_250_000, 1, 1, 0),
        None: Sum(11_660_714, 5, 5, 0),
    }
    assert sum(item.sum.rupiah for item in february.offices) == february.now.sum.rupiah == february.sum.rupiah


def test_the_outlook_has_twelve_months_and_says_when_payers_change(february: Costs) -> None:
    assert [str(of.month) for of in (february.outlook[0], february.outlook[-1])] == ["2026-02", "2027-01"]
    assert {of.of("diskominfosatik").amount for of in february.outlook[1:]} == {4_500_000}
    assert {of.of("opd").amount for of in february.outlook[1:]} == {0}
    assert [(str(turn.month), [(p, b.amount, a.amount) for p, b, a in turn.payers]) for turn in february.turns] == [
        ("2026-02", [("opd", 4_500_000, 2_250_000), ("diskominfosatik", 0, 2_250_000), (None, 10_500_000, 11_660_714)]),
        ("2026-03", [("opd", 2_250_000, 0), ("diskominfosatik", 2_250_000, 4_500_000), (None, 11_660_714, 13_000_000)]),
    ]


def test_what_is_used_is_held_against_what_is_contracted(february: Costs) -> None:
    links = {item.link.id: item for item in february.links}
    busy, idle, dark = links["dinkes/primary"], links["hukum/primary"], links["dinkes/backup"]
    assert (busy.price_contracted, busy.receive.bps, busy.price_used) == (45_000, 106_200_000, 42_372)
    assert (busy.usage.receive, busy.usage.full_hours) == (Fraction(1062, 1000), Fraction(2067, 4))
    assert (idle.price_contracted, idle.price_used, idle.usage.is_hardly_used) == (60_000, 1_271_186, True)
    assert (dark.receive.bps, dark.price_used, dark.usage.full_hours) == (None, None, None)
    assert [[item.link.id for item in of] for of in (february.hardly_used, february.full)] == [
        ["hukum/primary"], ["dinkes/primary"],
    ]  # fmt: skip
    assert (february.price_contracted, february.price_used) == (Price(53_187, 4), Price(69_086, 2))


def test_a_contract_that_changes_in_the_month_is_compared_by_its_mean(february: Costs) -> None:
    item = next(item for item in february.links if item.link.id == "pu/primary")
    assert (item.days, item.monthly_fee) == (14, Fraction(2_000_000 * 5 + 2_500_000 * 9, 14))
    assert item.download_bps == Fraction((30 * 5 + 50 * 9) * 1_000_000, 14)
    assert item.price_contracted == 54_166


def test_the_first_sentences_answer_who_pays_what_and_what_changes_when(february: Costs) -> None:
    assert sentences(february) == (
        "February 2026: the district pays IDR 16,160,714 in all, for 6 links of 5 offices.",
        (
            "Who pays: the offices themselves IDR 2,250,000 (1 link); diskominfosatik IDR 2,250,000 (1 link);"
            " payer unknown IDR 11,660,714 (5 links)."
        ),
        (
            "From February 2026 on: the offices themselves from IDR 4,500,000 to IDR 2,250,000; diskominfosatik from"
            " IDR 0 to IDR 2,250,000; payer unknown from IDR 10,500,000 to IDR 11,660,714."
        ),
        (
            "From March 2026 on: the offices themselves from IDR 2,250,000 to IDR 0; diskominfosatik from IDR 2,250,000"
            " to IDR 4,500,000; payer unknown from IDR 11,660,714 to IDR 13,000,000."
        ),
        (
            "A month's price of one Mbps of download: IDR 53,187 as contracted (4 of 6 links), IDR 69,086 as really"
            " used (2 of 6 links)."
        ),
        "Under 10 % used in both directions: hukum/primary; cost this month IDR 3,000,000.",
        "Over 80 % of the contract: dinkes/primary for 516.75 hours.",
        "What isn't known: 5 links without a payer, 2 links without a contracted rate, 4 links without measured use.",
    )


def test_from_the_fourth_month_on_the_districts_office_pays() -> None:
    costs = reckon(
        [], district(*(f"contract: {{monthly_fee: {fee}, {FROM_APRIL}}}" for fee in (4_500_000, 1_750_000))), FEBRUARY
    )
    assert sentences(costs, Language.INDONESIAN)[:3] == (
        "Februari 2026: kabupaten membayar seluruhnya Rp6.250.000 untuk 2 sambungan di 2 OPD.",
        "Yang membayar: OPD sendiri Rp6.250.000 (2 sambungan).",
        "Mulai April 2026: OPD sendiri dari Rp6.250.000 menjadi Rp0; diskominfosatik dari Rp0 menjadi Rp6.250.000.",
    )
    assert [[of.of(payer).amount for of in costs.outlook] for payer in costs.payers] == [
        [6_250_000] * 2 + [0] * 10,
        [0] * 2 + [6_250_000] * 10,
    ]
    assert [(change.day.isoformat(), link.id) for link, change in costs.changes] == [
        ("2026-04-01", "a/p"), ("2026-04-01", "b/p"),
    ]  # fmt: skip


def test_a_month_before_and_after_show_the_same_change_once() -> None:
    placed = district(f"contract: {{monthly_fee: 100, {FROM_APRIL}}}")
    turns = [[str(turn.month) for turn in reckon([], placed, Month(2026, month)).turns] for month in (3, 4, 5)]
    assert turns == [["2026-04"], ["2026-04"], []]
    assert sentences(reckon([], placed, Month(2026, 5)))[2] == (
        "Until April 2027 nothing changes, as contracts and payers stand."
    )


def test_what_is_unknown_is_counted_apart_and_never_0() -> None:
    costs = reckon([], district("contract: {}", "contract: {download: 10Mbps, monthly_fee: 300}"), FEBRUARY)
    assert (costs.sum, costs.price_used) == (Sum(300, 2, 1, 1), Price(None, 0))
    assert sentences(costs) == (
        (
            "February 2026: the district pays IDR 300 in all, for 2 links of 2 offices."
            " Not in it: 1 link without a fee on record (for the month or for some of its days)."
        ),
        "Who pays: payer unknown IDR 300 (2 links).",
        "Until January 2027 nothing changes, as contracts and payers stand.",
        (
            "A month's price of one Mbps of download: IDR 30 as contracted (1 of 2 links), unknown as really used"
            " (0 of 2 links)."
        ),
        "How much of the contracts is used isn't known.",
        (
            "What isn't known: 1 link without a fee, 2 links without a payer, 2 links without a contracted rate,"
            " 2 links without measured use."
        ),
    )


def test_a_month_of_which_no_fee_is_known_has_no_amount() -> None:
    costs = reckon([], district("contract: {}"), FEBRUARY)
    assert sentences(costs)[0] == "February 2026: what the district pays for 1 link of 1 office isn't known."
    unsaid = [table.if_empty for table in document(costs, Language.ENGLISH).tables if table.name in {"unused", "busy"}]
    assert unsaid == ["How much of the contracts is used isn't known."] * 2
    assert as_json(costs)["total"] == {"amount": None, "links": 1, "links_without_fee": 1}


def test_a_month_without_a_link_says_so_and_looks_ahead() -> None:
    costs = reckon([], district("valid_from: 2026-03-30, contract: {monthly_fee: 3100}"), FEBRUARY)
    assert sentences(costs) == (
        "February 2026: no link is valid.",
        "From March 2026 on: payer unknown from IDR 0 to IDR 200.",
        "From April 2026 on: payer unknown from IDR 200 to IDR 3,100.",
    )


def test_many_changes_and_many_idle_links_are_told_in_the_tables() -> None:
    contracts = ", ".join(f"{{from: 2026-0{n}-01, monthly_fee: {n}00}}" for n in range(1, 9))
    found = sentences(reckon([], district(f"contract: [{contracts}]"), FEBRUARY))
    assert found[5] == "After that 4 more months bring a change; see the table."


def test_a_link_in_two_ledgers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (first, placed), (second, _) = (make_bad_february(tmp_path / name) for name in "ab")
    with Ledger.existing(first) as one, Ledger.existing(second) as two, pytest.raises(InputError, match="dinkes/"):
        reckon([one, two], placed, FEBRUARY)


def test_every_table_is_whole_in_both_languages(february: Costs) -> None:
    for language in Language:
        whole: Document = document(february, language)
        assert [table.name for table in whole.tables] == [
            "payers", "outlook", "turns", "use", "unused", "busy", "offices", "shares", "changes", "unknown",
        ]  # fmt: skip
        for table in whole.tables:
            assert {len(row) for row in table.rows} == {len(table.columns)}
            assert table.total is None or len(table.total) == len(table.columns)


def test_json_has_exact_values(february: Costs) -> None:
    found = as_json(february)
    assert (found["hardly_used"], found["full"]) == (["hukum/primary"], ["dinkes/primary"])
    links = found["links"]
    assert isinstance(links, list)
    assert links[0] == {
        "link": "dinkes/primary",
        "office": "dinkes",
        "provider": "serat",
        "circuit": "SN-0001",
        "days": 28,
        "amount": 4_500_000,
        "days_without_fee": 0,
        "days_without_payer": 0,
        "shares": [
            {
                "from": "2026-02-01", "to": "2026-02-14", "days": 14, "payer": "opd", "monthly_fee": 4_500_000,
                "amount": 2_250_000,
            },
            {
                "from": "2026-02-15", "to": "2026-02-28", "days": 14, "payer": "diskominfosatik",
                "monthly_fee": 4_500_000, "amount": 2_250_000,
            },
        ],
        "download_bps": 100_000_000,
        "upload_bps": 100_000_000,
        "rupiah_per_mbps_contracted": 45_000,
        "rupiah_per_mbps_used": 42_372,
        "receive_p95_bps": 106_200_000,
        "receive_p95_samples": 8_064,
        "receive_p95_of_contract": "106.200",
        "transmit_p95_bps": 14_160_000,
        "transmit_p95_samples": 8_064,
        "transmit_p95_of_contract": "14.160",
        "hardly_used": False,
        "full_seconds": 1_860_300,
    }  # fmt: skip
    assert found["unknown"] == {
        "fee": [],
        "payer": ["dinkes/backup", "hukum/primary", "pu/primary", "gedung/primary", "persandian/primary"],
        "contracted_rate": ["gedung/primary", "persandian/primary"],
        "used": ["dinkes/backup", "pu/primary", "gedung/primary", "persandian/primary"],
    }
