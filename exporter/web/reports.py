"""The monthly reports' files, which are made beforehand: nothing is rendered here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from exporter.model import Language

CONTENT_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
}
_ASKED = re.compile(
    r"(?P<what>\d{4}-\d{2}(-[a-z0-9][a-z0-9._-]{0,99}?)?)(\.(?P<language>id|en))?\.(?P<form>pdf|xlsx|csv|json|md)"
)
_KEPT = re.compile(r"sla-(?P<what>\d{4}-\d{2}(-[a-z0-9][a-z0-9._-]*?)?)(\.(id|en))?\.(pdf|xlsx|csv|json|md)")


def file_of(folder: Path, name: str, language: Language) -> Path | None:
    """Return the file that `/reports/sla/NAME` shows, in a language where the name says none; None where there is none.

    A name is `YYYY-MM[-incidents | -PROVIDER][.LANG].FORMAT`.
    """
    asked = _ASKED.fullmatch(name)
    if asked is None:
        return None
    tongue = "" if asked["form"] == "json" else f".{asked['language'] or language.value}"
    path = folder / f"sla-{asked['what']}{tongue}.{asked['form']}"
    return path if path.is_file() else None


def kept(folder: Path) -> Iterator[str]:
    """Yield the names of the files that there are, the latest month first."""
    names = [path.name for path in folder.glob("sla-*") if _KEPT.fullmatch(path.name)] if folder.is_dir() else []
    months = sorted({name[4:11] for name in names}, reverse=True)
    for month in months:
        yield from (name.removeprefix("sla-") for name in sorted(names) if name[4:11] == month)
