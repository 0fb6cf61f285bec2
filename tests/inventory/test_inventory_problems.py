"""Keys, YAML and names that are refused, each with its exact message: what is wrong, where, and what to do."""

from __future__ import annotations

import pytest
from inventory_texts import BASE, changed, window, with_link, with_top

from exporter.errors import InventoryError
from exporter.inventory import parse

KEYS = {
    "an unknown key with what was meant": (
        changed("address: 198.18.10.1", "adress: 198.18.10.1"),
        "12:9: offices[0].links[0]: unknown key 'adress'. Did you mean 'address'?",
    ),
    "an unknown key unlike any other": (
        with_link("colour: red"),
        (
            "15:9: offices[0].links[0]: unknown key 'colour'; expected one of name, address, family, provider, "
            "parent, medium, circuit, valid_from, valid_to, contract, icmp, degraded, snmp"
        ),
    ),
    "a key without the blank after it": (
        changed("{name: PT Contoh}", "{name:PT Contoh}"),
        "3:9: providers.isp: a blank is missing after 'name:'",
    ),
    "a duplicate key": (
        with_link("provider: isp"),
        "15:9: offices[0].links[0]: duplicate key 'provider'; the first is on line 13",
    ),
    "a missing key": (
        changed("    district: Ciruas\n", ""),
        "7:5: offices[0]: the key 'district' is missing",
    ),
    "missing top levels": (
        "organisation: {name: X, timezone: UTC}\n",
        "1:1: the key 'offices' is missing",
        "1:1: the key 'providers' is missing",
    ),
    "an empty required value": (
        changed("name: Dinas Kesehatan", "name:"),
        "8:10: offices[0].name: the value is empty; write one, or leave the key out where it is optional",
    ),
    "an empty mapping of providers": (
        changed("{name: PT Contoh}", ""),
        "3:7: providers.isp: expected a mapping of keys and values; read nothing",
    ),
    "no offices": (
        BASE.split("offices:")[0] + "offices: []\n",
        "6:10: offices: the list is empty; write at least one item",
    ),
    "no providers": (
        changed("  isp: {name: PT Contoh}", "  {}"),
        "3:3: providers: the mapping is empty; a link needs a provider",
        "13:19: offices[0].links[0].provider: there is no provider 'isp'",
    ),
    "a text for a mapping": (
        changed("{download: 100Mbps}", "5"),
        "14:19: offices[0].links[0].contract: expected a mapping of keys and values; read a text",
    ),
    "a mapping for a list": (
        with_top("references: {name: dns}"),
        "15:13: references: expected a list; read a mapping",
    ),
    "a mapping for a text": (
        changed("Ciruas", "{a: b}"),
        "9:15: offices[0].district: expected a text; read a mapping",
    ),
    "a key that is no text": (
        with_link("? [a]\n        : b"),
        "15:11: offices[0].links[0]: a key must be a text; a value that begins with '{' or '[' needs quotes",
    ),
    "a line end in a text": (
        changed("Ciruas", '"Ci\\nruas"'),
        "9:15: offices[0].district: expected a text of one line without control characters",
    ),
    "several problems at once": (
        changed("198.18.10.1", "198.18.10.300").replace("100Mbps", "100M").replace("isp\n", "ips\n"),
        (
            "12:18: offices[0].links[0].address: expected an IPv4 or IPv6 address or a DNS name, for instance "
            "'198.18.10.1'; read '198.18.10.300'"
        ),
        "13:19: offices[0].links[0].provider: there is no provider 'ips'. Did you mean 'isp'?",
        (
            "14:30: offices[0].links[0].contract.download: expected a rate in kbps, Mbps or Gbps, for instance "
            "'100Mbps'; read '100M'"
        ),
    ),
}

YAML = {
    "an anchor": (
        changed("district: Ciruas", "district: &here Ciruas"),
        (
            "9:15: offices[0].district: an anchor ('&') isn't accepted; write the value itself, in quotes if it "
            "begins so"
        ),
    ),
    "an alias": (
        changed("district: Ciruas", "district: *here"),
        ("9:15: offices[0].district: an alias ('*') isn't accepted; write the value itself, in quotes if it begins so"),
    ),
    "a merge": (
        with_link("<<: {medium: fibre}"),
        "15:9: offices[0].links[0]: a merge ('<<') isn't accepted; write the keys out",
    ),
    "a tag": (
        changed("district: Ciruas", "district: !!str Ciruas"),
        "9:15: offices[0].district: a tag ('!') isn't accepted; write the value itself, in quotes if it begins so",
    ),
    "an unknown tag handle": (
        changed("district: Ciruas", "district: !a!b Ciruas"),
        "9:15: a tag ('!') isn't accepted; put a text that begins with '!' in quotes",
    ),
    "two documents": (
        with_top("---\nname: second"),
        "15:1: a second YAML document begins here; one file holds one inventory",
    ),
    "nothing at all": (
        "",
        "1:1: the file is empty; the sample inventory.yaml shows what an inventory holds",
    ),
    "comments alone": (
        "# nothing yet\n",
        "1:1: the file is empty; the sample inventory.yaml shows what an inventory holds",
    ),
    "a list at the top": (
        "- organisation\n",
        "1:1: expected a mapping of keys and values; read a list",
    ),
    "deep nesting": (
        "a: " + "[" * 5000,
        "1:1003: nested deeper than 32 levels; an inventory needs eight",
    ),
    "a level too deep": (
        "a: " + "[" * 40 + "]" * 40,
        "1:35: nested deeper than 32 levels; an inventory needs eight",
    ),
    "an open quote": (
        changed("name: Dinas Kesehatan", "name: 'Dinas Kesehatan"),
        "8:11: the quote that opens here is never closed",
    ),
    "an open brace": (
        changed("{download: 100Mbps}", "{download: 100Mbps"),
        "15:1: a ',' or '}' is missing before this, in the '{' of line 14, or a text with '{' or ',' has no quotes",
    ),
    "an address that begins with a colon, without quotes": (
        changed("{download: 100Mbps}", "{download: ::1, upload: 1Mbps}"),
        "14:30: a value is missing here, or one that begins with ':' has no quotes; write \"::1\"",
    ),
    "a key without its colon": (
        changed("offices:\n", "offices\n"),
        "7:9: the ':' after the key of line 6 is missing",
    ),
    "an open bracket": (
        with_top("references: [{name: a}") + "nodes: x",
        "16:1: a ',' or ']' is missing before this, in the '[' of line 15, or a text with '[' or ',' has no quotes",
    ),
    "a colon too many": (
        changed("name: Dinas Kesehatan", "name: Dinas: Kesehatan"),
        "8:16: a ': ' too many, or a line indented unlike its neighbours; put texts with ': ' in quotes",
    ),
    "a line out of step": (
        changed("    district", "      district"),
        "9:15: a ': ' too many, or a line indented unlike its neighbours; put texts with ': ' in quotes",
    ),
    "a backslash": (
        changed("Dinas Kesehatan", '"C:\\qDinas"'),
        "8:14: a backslash has a meaning in double quotes; use single quotes",
    ),
    "a sign that begins no value": (
        changed("Dinas Kesehatan", "@Dinas"),
        "8:11: a value can't begin with this character; put the text in quotes",
    ),
    "an item without its dash": (
        changed("  - code: dinkes", "  - code: first\n  code: dinkes"),
        "8:3: expected a '- ' as in line 7: the line is indented unlike its neighbours, or its '- ' is missing",
    ),
    "a lone ampersand": (
        changed("Dinas Kesehatan", "& Dinas"),
        "8:12: an anchor ('&') isn't accepted; put a text that begins with '&' in quotes",
    ),
    "a lone star": (
        changed("Dinas Kesehatan", "* Dinas"),
        "8:12: an alias ('*') isn't accepted; put a text that begins with '*' in quotes",
    ),
    "a directive of another time": (
        "%YAML 3.0\n---\n" + BASE,
        "1:1: this isn't YAML: found incompatible YAML document",
    ),
    "a brace too many": (
        changed("{download: 100Mbps}", "{download: 100Mbps}}"),
        (
            "14:38: expected a key: the line is indented unlike its neighbours, or this stands after a closing quote "
            "or bracket"
        ),
    ),
}

NAMES = {
    "an unknown provider": (
        changed("provider: isp", "provider: ips"),
        "13:19: offices[0].links[0].provider: there is no provider 'ips'. Did you mean 'isp'?",
    ),
    "an unknown parent": (
        with_link("parent: pop-far"),
        "15:17: offices[0].links[0].parent: there is no node 'pop-far'",
    ),
    "a node's unknown provider": (
        changed("198.18.0.10}", "198.18.0.10, provider: isq}"),
        "5:54: nodes.core.provider: there is no provider 'isq'. Did you mean 'isp'?",
    ),
    "an unknown scope": (
        window("2026-02-10T23:00", "2026-02-11T01:00", scope="dinkes/primry"),
        (
            "16:62: maintenance[0].scope[0]: there is no link, office, node or provider 'dinkes/primry'. Did you mean "
            "'dinkes/primary'?"
        ),
    ),
    "a scope of nothing": (
        window("2026-02-10T23:00", "2026-02-11T01:00", scope=""),
        "16:61: maintenance[0].scope: the list is empty; write at least one item",
    ),
    "a code taken by a node": (
        changed("code: dinkes", "code: core"),
        "7:11: offices[0].code: the code 'core' is taken on line 5; offices, nodes and providers share one set",
    ),
    "two offices of one code": (
        BASE + BASE.split("offices:\n")[1],
        "15:11: offices[1].code: the code 'dinkes' is taken on line 7; offices, nodes and providers share one set",
    ),
    "two links of one name": (
        BASE + "      -" + BASE.split("      -")[1],
        "15:15: offices[0].links[1].name: the office has a link 'primary' already; give each its own name",
    ),
    "two references of one name": (
        with_top("references:\n  - {name: dns, address: 198.18.0.1}\n  - {name: dns, address: 198.18.0.2}"),
        "17:12: references[1].name: there is a reference 'dns' already; give each its own name",
    ),
    "a node that is its own parent": (
        changed("198.18.0.10}", "198.18.0.10, parent: core}"),
        (
            "5:52: nodes.core.parent: the parents lead back here: core > core; one of these nodes must hang from "
            "another, or from none"
        ),
    ),
    "a circle of nodes, reported once": (
        changed("198.18.0.10}", "198.18.0.10, parent: pop}\n  pop: {name: POP, address: 198.18.0.11, parent: core}"),
        (
            "5:52: nodes.core.parent: the parents lead back here: core > pop > core; one of these nodes must hang "
            "from another, or from none"
        ),
    ),
    "a code with capitals": (
        changed("code: dinkes", "code: Dinkes"),
        (
            "7:11: offices[0].code: expected a code of small letters, digits, '.', '_' and '-' that begins with a "
            "letter or a digit, for instance 'dinkes' or 'pop-ciruas', at most 63 long; read 'Dinkes'"
        ),
    ),
    "a provider's code with a slash": (
        changed("  isp:", "  is/p:").replace("provider: isp", "provider: is/p"),
        (
            "3:3: providers: expected a code of small letters, digits, '.', '_' and '-' that begins with a letter or "
            "a digit, for instance 'dinkes' or 'pop-ciruas', at most 63 long; read 'is/p'"
        ),
    ),
    "a quorum without references": (
        with_top("reference_quorum: 1"),
        "15:19: reference_quorum: there are no 'references' to count; list them, or take the key out",
    ),
    "a quorum of more than there are": (
        with_top("references: [{name: dns, address: 198.18.0.1}]\nreference_quorum: 2"),
        "16:19: reference_quorum: expected a whole number from 1 to 1; read '2'",
    ),
}

CASES = {**KEYS, **YAML, **NAMES}


@pytest.mark.parametrize("name", CASES)
def test_a_bad_file_is_refused_with_every_problem_and_its_place(name: str) -> None:
    text, *expected = CASES[name]

    with pytest.raises(InventoryError) as refused:
        parse(text, "inventory.yaml")

    assert [str(problem) for problem in refused.value.problems] == [f"inventory.yaml:{line}" for line in expected]
