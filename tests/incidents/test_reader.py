"""What the verifier says of files that are no report."""

import io

import pytest
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, StreamObject

from safety.incidents import reader


@pytest.mark.parametrize("pdf", [b"", b"%PDF-1.7", b"hello", b"\0" * 4000])
def test_what_is_no_report_is_said_to_be_none(pdf: bytes) -> None:
    with pytest.raises(reader.NotAReport):
        reader.verify(pdf, None)


def test_a_page_the_library_asserts_about_is_one_clear_line() -> None:
    """A reference where an operand belongs: the library answers with an assertion."""
    made = PdfWriter()
    page = made.add_blank_page(100, 100)
    drawn = StreamObject()
    drawn.set_data(b"1 0 R Tj")
    font = DictionaryObject(
        {NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1")}
    )
    fonts = DictionaryObject({NameObject("/F1"): font})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    page[NameObject("/Contents")] = made._add_object(drawn)
    out = io.BytesIO()
    made.write(out)
    with pytest.raises(reader.NotAReport, match="not a readable PDF"):
        reader.verify(out.getvalue(), None)
