"""What editors do to a file, and files that can't be read (REAL_WORLD O6)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inventory_texts import BASE

from exporter.errors import InputError, InventoryError, Problem
from exporter.inventory import load, parse
from exporter.inventory.encoding import LARGEST_BYTES, decode
from exporter.inventory.problems import Problems


def refusal(raw: str | bytes) -> str:
    with pytest.raises(InventoryError) as refused:
        parse(raw, "f.yaml")
    return str(refused.value)


def raised(problems: Problems) -> tuple[Problem, ...]:
    try:
        problems.raise_any()
    except InventoryError as error:
        return error.problems
    return ()


def in_line_6(indentation: str) -> str:
    lines = BASE.splitlines(keepends=True)
    lines[5] = f"{indentation}{lines[5]}"
    return "".join(lines)


def test_a_byte_order_mark_and_windows_line_ends_change_nothing() -> None:
    assert parse(b"\xef\xbb\xbf" + BASE.replace("\n", "\r\n").encode(), "f.yaml") == parse(BASE, "f.yaml")


@pytest.mark.parametrize(
    ("indentation", "message"),
    [
        ("   \t", "f.yaml:6:4: a tab in the indentation; indent with blanks"),
        ("   \N{NO-BREAK SPACE}", "f.yaml:6:4: a no-break space (U+00A0) in the indentation; indent with blanks"),
        ("  -\t", "f.yaml:6:4: a tab in the indentation; indent with blanks"),
        ("\N{IDEOGRAPHIC SPACE}", "f.yaml:6:1: an ideographic space (U+3000) in the indentation; indent with blanks"),
        ("\N{ZERO WIDTH SPACE}", "f.yaml:6:1: a zero width space (U+200B) in the indentation; indent with blanks"),
    ],
)
def test_what_looks_like_a_blank_in_the_indentation_is_named(indentation: str, message: str) -> None:
    marked = b"\xef\xbb\xbf" + in_line_6(indentation).replace("\n", "\r\n").encode()

    assert refusal(marked) == message
    assert refusal(in_line_6(indentation)) == message


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_line_of_every_line_end_has_its_own_number(line_end: str) -> None:
    text = line_end.join(["a:", "  - \tb", "", "   \N{NO-BREAK SPACE}c", "\N{EM SPACE}\td", "# \x1b \x1b"])

    assert refusal(text).splitlines() == [
        "f.yaml:2:5: a tab in the indentation; indent with blanks",
        "f.yaml:4:4: a no-break space (U+00A0) in the indentation; indent with blanks",
        "f.yaml:5:1: an em space (U+2003) in the indentation; indent with blanks",
        "f.yaml:6:3: a control character (U+001B); take it out",
    ]


@pytest.mark.parametrize(
    "text", ["name: \tDinas", "name: Dinas\t# baru", "# \ttab", "name: 'Dinas\N{NO-BREAK SPACE}X'"]
)
def test_what_stands_after_the_indentation_is_no_fault_of_it(text: str) -> None:
    assert "indentation" not in refusal(text)


def test_a_file_of_another_editor_saved_as_utf_16_is_refused_from_the_disk(tmp_path: Path) -> None:
    file = tmp_path / "inventory.yaml"
    file.write_bytes(BASE.replace("\n", "\r\n").encode("utf-16"))

    with pytest.raises(InventoryError) as refused:
        load(file)

    assert str(refused.value) == f"{file}:1:1: the file begins with the byte order mark of UTF-16; save it as UTF-8"


def test_a_byte_order_mark_moves_no_column_of_line_1() -> None:
    assert refusal(b"\xef\xbb\xbf" + BASE.replace("name: K", "nme: K", 1).encode()).splitlines()[0] == (
        "f.yaml:1:16: organisation: unknown key 'nme'. Did you mean 'name'?"
    )


def test_windows_line_ends_move_no_line_of_a_fault() -> None:
    text = BASE.replace("district:", "distrik:").replace("\n", "\r\n")

    assert refusal(text) == "f.yaml:9:5: offices[0]: unknown key 'distrik'. Did you mean 'district'?"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_wide_encoding_is_named_on_line_1(encoding: str) -> None:
    marks = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}
    name = "UTF-32" if encoding == "utf-32" else "UTF-16"

    message = refusal(marks.get(encoding, b"") + BASE.encode(encoding))

    assert message == f"f.yaml:1:1: the file begins with the byte order mark of {name}; save it as UTF-8"


def test_a_wide_encoding_without_a_mark_is_known_by_its_null_characters() -> None:
    assert refusal("a: b\n".encode("utf-16-le")).splitlines()[0] == (
        "f.yaml:1:2: a null character; if the file was saved as UTF-16, save it as UTF-8"
    )


def test_a_byte_of_another_encoding_is_shown_where_it_stands() -> None:
    raw = BASE.replace("Dinas Kesehatan", "Dinas Késéhatan").encode("latin-1")

    assert refusal(raw) == "f.yaml:8:18: the byte 0xE9 here is no UTF-8; save it as UTF-8"


def test_a_byte_of_another_encoding_is_counted_after_the_mark_and_windows_line_ends() -> None:
    raw = (
        b"\xef\xbb\xbf"
        + BASE.replace("\n", "\r\n").replace("Dinas", "D\N{LATIN SMALL LETTER E WITH ACUTE}nas").encode()
    )

    assert refusal(raw.replace(b"Kesehatan", b"K\xe9sehatan")) == (
        "f.yaml:8:18: the byte 0xE9 here is no UTF-8; save it as UTF-8"
    )
    assert refusal(b"\xef\xbb\xbf\xe9") == "f.yaml:1:1: the byte 0xE9 here is no UTF-8; save it as UTF-8"


def test_a_character_outside_the_basic_plane_is_one_column() -> None:
    text = BASE.replace("{name: PT Contoh}", "{name: '\N{GRINNING FACE}\N{GRINNING FACE}', nme: x}")

    assert refusal(text) == "f.yaml:3:21: providers.isp: unknown key 'nme'. Did you mean 'name'?"


def test_columns_count_characters_not_bytes() -> None:
    text = BASE.replace("{name: PT Contoh}", "{name: 'ÉÉÉÉ', nme: x}")

    assert refusal(text) == "f.yaml:3:23: providers.isp: unknown key 'nme'. Did you mean 'name'?"


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("\x1b", "a control character (U+001B)"),
        ("\N{LINE SEPARATOR}", "a line separator (U+2028)"),
        ("\ud800", "a control character (U+D800)"),
    ],
)
def test_a_character_that_no_editor_shows_is_refused_by_name(character: str, name: str) -> None:
    expected = {
        "\ud800": "f.yaml:9:15: the byte 0xED here is no UTF-8; save it as UTF-8",
    }.get(character, f"f.yaml:9:15: {name}; take it out")

    assert refusal(BASE.replace("Ciruas", f"{character}Ciruas")) == expected


def test_a_file_over_the_limit_is_not_parsed(tmp_path: Path) -> None:
    file = tmp_path / "inventory.yaml"
    file.write_bytes(b"#" * (LARGEST_BYTES + 1))

    with pytest.raises(InventoryError, match=r":1:1: the file is larger than 16 MiB"):
        load(file)


def test_a_missing_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "inventory.yaml"

    with pytest.raises(InputError) as refused:
        load(file)

    assert str(refused.value) == f"{file}: there is no such file; name the inventory's file, or run where it stands"


def test_a_folder_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        load(tmp_path)

    expected = f"{tmp_path}: this is a folder; name the inventory's file, for instance {tmp_path}/inventory.yaml"
    assert str(refused.value) == expected


def test_a_file_without_permission_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(path: Path, _mode: str) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", locked)  # root may read every file

    with pytest.raises(InputError) as refused:
        load(Path("inventory.yaml"))

    assert (
        str(refused.value) == "inventory.yaml: no permission to read it; let the user that runs terpadu read the file"
    )


def test_a_name_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(InputError, match="can't be read"):
        load(Path("inven\0tory.yaml"))


def test_the_file_is_named_in_its_problems(tmp_path: Path) -> None:
    file = tmp_path / "inventory.yaml"
    file.write_text("", encoding="utf-8")

    with pytest.raises(InventoryError, match=f"^{file}:1:1: the file is empty"):
        load(file)


@given(st.text(alphabet="\r\n\t -a\N{NO-BREAK SPACE}\x1b"))
def test_what_an_editor_hides_is_found_once_a_line_where_a_line_by_line_reading_finds_it(text: str) -> None:
    expected = set()
    for number, line in enumerate(re.split("\r\n|\r|\n", text), start=1):
        if indented := re.match(r"(?: |- )*-?([\t\N{NO-BREAK SPACE}])", line):
            expected.add((number, indented.start(1) + 1))
        if "\x1b" in line:
            expected.add((number, line.index("\x1b") + 1))
    problems = Problems("f.yaml")

    decoded = decode(text.encode(), problems)

    assert {(found.line, found.column) for found in raised(problems)} == expected
    assert decoded == (None if expected else text)


@given(st.one_of(st.binary(), st.text(), st.text(alphabet="{}[]:,-'\"&*!|>%@`#?\n a<")))
def test_no_input_raises_anything_but_inventory_error(raw: str | bytes) -> None:
    with pytest.raises(InventoryError):
        parse(raw, "f.yaml")


@given(st.integers(0, len(BASE) - 1), st.text(max_size=3))
def test_no_change_of_a_good_file_raises_anything_but_inventory_error(position: int, change: str) -> None:
    try:
        parse(BASE[:position] + change + BASE[position + 1 :], "f.yaml")
    except InventoryError as error:
        assert error.problems  # noqa: PT017  some changes are harmless
