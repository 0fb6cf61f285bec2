"""The monthly reports that there are, as a page offers them: by month, each file with what it is. Purely.

Names are those that `/reports/sla/` takes: `YYYY-MM[-PROVIDER][-incidents][.LANGUAGE].FORM`. JSON has no language,
every other form has one; what is named otherwise isn't offered, since nobody knows what it is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from exporter.model import Language
from exporter.sla import Month

_FORMS = ("pdf", "xlsx", "csv", "json", "md")  # in the order that people want them
_NAME = re.compile(
    r"(?P<month>[0-9]{4}-[0-9]{2})(-(?P<of>[a-z0-9][a-z0-9._-]{0,99}?))??(?P<incidents>-incidents(?=\.(id|en)\.csv))?"
    r"(\.json|\.(?P<language>id|en)\.(?P<form>pdf|xlsx|csv|md))"
)


@dataclass(frozen=True, slots=True)
class File:
    """One file of a month: of a provider's links alone, or of all where `provider` is None.

    `language` is None of JSON, which has none. `is_incidents` says that it lists the outages.
    """

    name: str
    form: str
    language: Language | None
    provider: str | None
    is_incidents: bool


@dataclass(frozen=True, slots=True)
class Downloads:
    """A month's files: the whole district's first, then the providers' by their codes; never empty."""

    month: Month
    files: tuple[File, ...]


def downloads(names: Iterable[str], providers: Collection[str] = ()) -> tuple[Downloads, ...]:
    """Return what can be fetched, the latest month first: files of the whole district, and of some providers."""
    found: defaultdict[Month, list[File]] = defaultdict(list)
    for month, file in _read(names):
        if file.provider is None or file.provider in providers:
            found[month].append(file)
    return tuple(Downloads(month, tuple(sorted(found[month], key=_rank))) for month in sorted(found, reverse=True))


def _read(names: Iterable[str]) -> Iterator[tuple[Month, File]]:
    for name in dict.fromkeys(names):
        said = _NAME.fullmatch(name)
        if said is None:
            continue
        try:
            month = Month.parse(said["month"])
        except ValueError:  # 2026-13
            continue
        language = None if said["language"] is None else Language(said["language"])
        yield month, File(name, said["form"] or "json", language, said["of"], said["incidents"] is not None)


def _rank(file: File) -> tuple[str, int, bool, str]:
    language = "" if file.language is None else file.language.value
    return file.provider or "", _FORMS.index(file.form), file.is_incidents, language
