"""The summary as files under their contract's names, each whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from exporter.errors import TerpaduError
from exporter.model import Language
from exporter.report import csv_file, csv_form, json_form, xlsx_form
from exporter.report.letter import md_form, pdf_form
from exporter.report.letter.composing import letter
from exporter.report.summary import Summary

FORMATS = ("json", "csv", "xlsx", "pdf", "md")
Rendered = tuple[str, Callable[[], bytes]]


def stem(summary: Summary) -> str:
    """Return what the names of a summary's files begin with."""
    whole = f"sla-{summary.month}"
    return whole if summary.provider is None else f"{whole}-{summary.provider}"


def rendered(summary: Summary, formats: Sequence[str], languages: Sequence[Language]) -> Iterator[Rendered]:
    """Yield each file's name, and what makes its content."""
    name = stem(summary)
    if "json" in formats:
        yield f"{name}.json", lambda: json_form.render(summary).encode()
    for language in languages:
        for form in formats:
            yield from _in_language(summary, form, language, name)


def _in_language(summary: Summary, form: str, language: Language, name: str) -> Iterator[Rendered]:
    tongue = language.value
    match form:
        case "csv":
            yield f"{name}.{tongue}.csv", lambda: csv_file.encoded(csv_form.links(summary, language))
            yield f"{name}-incidents.{tongue}.csv", lambda: csv_file.encoded(csv_form.incidents(summary, language))
        case "xlsx":
            yield f"{name}.{tongue}.xlsx", lambda: xlsx_form.render(summary, language)
        case "pdf":
            yield f"{name}.{tongue}.pdf", lambda: pdf_form.render(letter(summary, language))
        case "md":
            yield f"{name}.{tongue}.md", lambda: md_form.render(letter(summary, language)).encode()


def write(folder: Path, name: str, content: bytes) -> Path:
    """Write a file whole, or not at all; a TerpaduError names the folder."""
    partial = folder / f".{name}.{os.getpid()}.partial"
    try:
        folder.mkdir(exist_ok=True)
        try:
            partial.write_bytes(content)
            partial.replace(folder / name)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise TerpaduError(f"--out {folder}: {error.strerror or error}; name a folder that can be written") from error
    return folder / name
