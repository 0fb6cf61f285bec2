"""Files made to take the monitor's memory or time: each is refused in a sentence, or read as quickly as others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from inventory_texts import BASE, changed, with_top

from exporter.errors import InventoryError
from exporter.inventory import names, parse
from exporter.inventory.document import DEEPEST, LONGEST_TEXT, MOST_EVENTS
from exporter.inventory.encoding import LARGEST_BYTES
from exporter.inventory.problems import MOST_PROBLEMS

DEEP = f"nested deeper than {DEEPEST} levels; an inventory needs eight"
LONG = f"the text is longer than {LONGEST_TEXT} characters; shorten it, or close the quote before it"
REST = f"these are {MOST_PROBLEMS} problems, and the rest wasn't looked for; mend them and check again"


def refusals(text: str) -> list[str]:
    with pytest.raises(InventoryError) as refused:
        parse(text, "f.yaml")
    return [str(problem) for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[" * 100_000, "1:1001"),
        ("a: " + "{a: " * 40 + "}" * 40, "1:128"),
        ("- " * 100_000 + "a", "1:65"),
        ("".join(f"{' ' * depth}a:\n" for depth in range(5000)), "33:33"),
    ],
    ids=["brackets", "braces", "dashes", "indentation"],
)
def test_a_deep_tree_is_refused_where_it_gets_too_deep(text: str, place: str) -> None:
    assert refusals(text) == [f"f.yaml:{place}: {DEEP}"]


def test_keys_within_keys_are_refused_where_they_get_too_deep() -> None:
    assert refusals("? " * 100_000 + "a")[-1] == f"f.yaml:1:65: {DEEP}"


def test_aliases_that_double_at_every_level_are_refused_one_by_one() -> None:
    levels = "".join(f"{name}: &{name} [*{below}, *{below}]\n" for below, name in ("ab", "bc", "cd"))

    messages = refusals(f"a: &a [x, x]\n{levels}")

    assert [message.split(":")[1] for message in messages if "an alias" in message] == ["2", "2", "3", "3", "4", "4"]
    assert [message.split(":")[1] for message in messages if "an anchor" in message] == ["1", "2", "3", "4"]


def test_a_text_of_the_longest_length_is_taken() -> None:
    office = parse(changed("Dinas Kesehatan", "D" * LONGEST_TEXT), "f.yaml").offices["dinkes"]

    assert office.name == "D" * LONGEST_TEXT


def test_a_longer_text_is_refused_and_not_repeated() -> None:
    assert refusals(changed("Dinas Kesehatan", "D" * (LONGEST_TEXT + 1))) == [f"f.yaml:8:11: offices[0].name: {LONG}"]


def test_a_key_of_a_million_characters_is_refused_at_its_mapping() -> None:
    assert refusals(with_top(f'"{"k" * 900}": x\n? {"k" * 1_000_000}\n: x')) == [
        (
            f"f.yaml:15:1: unknown key '{'k' * 59}…'; expected one of organisation, defaults, references, "
            "reference_quorum, providers, nodes, offices, maintenance"
        ),
        f"f.yaml:16:3: {LONG}",
    ]


def test_after_very_many_problems_the_rest_is_not_looked_for() -> None:
    messages = refusals(BASE + "".join(f"key-{number}: x\n" for number in range(50_000)))

    assert len(messages) == MOST_PROBLEMS + 1
    assert messages[0].startswith("f.yaml:15:1: unknown key 'key-0'")
    assert messages[-1] == f"f.yaml:{14 + MOST_PROBLEMS}:1: {REST}"


def test_very_many_characters_that_are_refused_are_a_thousand_problems() -> None:
    assert refusals("\t\n" * 500_000)[-1] == f"f.yaml:{MOST_PROBLEMS}:1: {REST}"


def test_a_line_of_a_million_refused_characters_is_one_problem() -> None:
    assert refusals("# " + "\N{LINE SEPARATOR}" * 1_000_000) == ["f.yaml:1:3: a line separator (U+2028); take it out"]


def test_a_chain_of_very_many_parents_is_read() -> None:
    nodes = "".join(f"  n{i + 1}: {{name: N, address: 198.18.0.11, parent: n{i}}}\n" for i in range(20_000))

    text = changed("  core:", "  n0: {name: N, address: 198.18.0.11}\n" + nodes + "  core:")

    assert parse(text, "f.yaml").nodes["n20000"].parent == "n19999"


def test_a_long_circle_of_parents_is_shown_by_its_beginning() -> None:
    nodes = "".join(f"  n{i}: {{name: N, address: 198.18.0.11, parent: n{(i + 1) % 5000}}}\n" for i in range(5000))

    assert refusals(changed("  core:", f"{nodes}  core:")) == [
        (
            "f.yaml:5:47: nodes.n0.parent: the parents lead back here: n0 > n1 > n2 > n3 > n4 > n5 > n6 > n7 > … > n0; "
            "one of these nodes must hang from another, or from none"
        ),
    ]


def test_a_circle_with_a_branch_before_it_in_the_file_is_reported_at_its_own_first_node() -> None:
    nodes = "".join(
        f"  {code}: {{name: N, address: 198.18.0.11, parent: {parent}}}\n"
        for code, parent in (("branch", "second"), ("first", "second"), ("second", "first"))
    )

    assert refusals(changed("  core:", f"{nodes}  core:")) == [
        (
            "f.yaml:6:50: nodes.first.parent: the parents lead back here: first > second > first; one of these nodes "
            "must hang from another, or from none"
        ),
    ]


def test_no_more_is_guessed_after_very_many_guesses() -> None:
    scope = ", ".join(f"dinkez{number}" for number in range(names.MOST_GUESSES + 1))
    window = f"maintenance: [{{start: 2026-02-10T23:00, end: 2026-02-11T01:00, reason: R, scope: [{scope}]}}]"

    messages = refusals(with_top(window))

    assert [message.endswith("Did you mean 'dinkes'?") for message in messages] == [True] * names.MOST_GUESSES + [False]


def test_more_values_than_any_district_has_are_not_read_and_stay_within_their_memory(tmp_path: Path) -> None:
    file = tmp_path / "inventory.yaml"
    file.write_text("references:\n" + "- a\n" * (LARGEST_BYTES // 4 - 4), encoding="utf-8")
    program = (
        "import resource, sys; from pathlib import Path; from exporter import errors, inventory\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "try:\n    inventory.load(Path(sys.argv[1]))\n"
        "except errors.InventoryError as error:\n    print(error)\n"
    )

    done = subprocess.run([sys.executable, "-c", program, file], capture_output=True, text=True, check=False)

    # The stream's, the document's, the mapping's, the key's and the list's beginnings are events too.
    expected = (
        f"{file}:{MOST_EVENTS - 3}:3: more than 2,000,000 keys and values; an inventory of 10,000 links has 700,000"
    )
    assert (done.stdout, done.stderr) == (f"{expected}\n", "")
