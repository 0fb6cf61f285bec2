"""Secrets by reference: the inventory says where one stands, and nothing ever shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that shows itself only through `reveal()`."""

    _text: str

    def reveal(self) -> str:
        """Return the text itself, for the library that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret stands: `${NAME}` in the environment, or `file:/path`."""

    reference: str

    def resolve(self, environment: Mapping[str, str]) -> Secret | None:
        """Return the secret, or None where it is unset, empty, or its file can't be read.

        A file's trailing line end isn't part of the secret.
        """
        if self.reference.startswith("file:"):
            try:
                text = Path(self.reference.removeprefix("file:")).read_text(encoding="utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError):
                return None
        else:
            text = environment.get(self.reference[2:-1], "")
        return Secret(text) if text else None
