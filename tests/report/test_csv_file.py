"""What every CSV file of ours has in common."""

import csv
import io

import pytest

from exporter.model import Language
from exporter.report.csv_file import encoded, guarded, written

ROWS = (["Nama", "Bagian"], ['Dinas; "PU"', "99,5"])


def test_a_language_has_its_marks_between_cells_and_lines_end_as_in_rfc_4180() -> None:
    assert written(ROWS, Language.INDONESIAN) == 'Nama;Bagian\r\n"Dinas; ""PU""";99,5\r\n'
    assert written(ROWS, Language.ENGLISH) == 'Nama,Bagian\r\n"Dinas; ""PU""","99,5"\r\n'


def test_a_file_begins_with_a_byte_order_mark() -> None:
    assert encoded("é") == b"\xef\xbb\xbf\xc3\xa9"


@pytest.mark.parametrize("text", ["=1+1", "-5 lantai", "+6", "@a", "\ta", "\ra", "'Aisyiyah'"])
def test_a_text_that_a_spreadsheet_would_reckon_or_strip_gets_an_apostrophe(text: str) -> None:
    (row,) = csv.reader(io.StringIO(written([[guarded(text)]], Language.ENGLISH), newline=""))
    assert row == [f"'{text}"]


def test_other_texts_stay_as_they_are_but_for_what_no_file_can_hold() -> None:
    assert [guarded(text) for text in ("", "a=b", "00123", "x\x0by\ud800")] == ["", "a=b", "00123", "x\ufffdy\ufffd"]
