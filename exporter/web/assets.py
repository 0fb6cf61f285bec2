"""The styles and scripts that pages ask for: the product's own, compressed once, under addresses that never change."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from importlib import resources

_PACKAGE = "exporter.web"
_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, as it is and compressed; `mark` is of its content."""

    name: str
    content_type: str
    body: bytes
    packed: bytes
    mark: str


class Assets:
    """The files by their names."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._assets = {name: _asset(name, body) for name, body in files.items()}
        self._mark = _mark(asset.mark.encode() for _, asset in sorted(self._assets.items()))

    @classmethod
    def of_the_package(cls) -> Assets:
        """Read what travels with the program."""
        found = resources.files(_PACKAGE).joinpath("static").iterdir()
        return cls({file.name: file.read_bytes() for file in found if file.name.rpartition(".")[2] in _TYPES})

    @property
    def mark(self) -> str:
        """What changes with any of them: a page that carries another one is of another version of the program."""
        return self._mark

    def named(self, name: str) -> Asset | None:
        """Return a file, None where there is none of this name."""
        return self._assets.get(name)

    def all(self) -> list[Asset]:
        """Return the files."""
        return list(self._assets.values())

    def url(self, name: str) -> str:
        """Return the address that a page asks for; another one as soon as the file is another. KeyError: no such file.

        `url("terpadu.css")` is `/static/terpadu.css?v=4bd23a90f1c8`.
        """
        return f"/static/{name}?v={self._assets[name].mark}"


def _asset(name: str, body: bytes) -> Asset:
    packed = gzip.compress(body, 9, mtime=0)
    return Asset(name, _TYPES[name.rpartition(".")[2]], body, packed, _mark([body]))


def _mark(parts: Iterable[bytes]) -> str:
    digest = blake2b(digest_size=6)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
