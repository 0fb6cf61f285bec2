"""Where in the file stands what warnings speak of."""

from __future__ import annotations

from dataclasses import dataclass, field

from exporter.errors import Problem
from exporter.inventory import scalars
from exporter.inventory.fields import Value, parsed
from exporter.secret import SecretRef


@dataclass(frozen=True, slots=True)
class Places:
    """The values that warnings point at: each link's address by its id, each secret where it is first named."""

    addresses: dict[str, Value] = field(default_factory=dict)
    secrets: dict[SecretRef, Value] = field(default_factory=dict)

    def secret(self, value: Value) -> SecretRef:
        """Read where a secret stands, and remember where that is first named."""
        reference = parsed(scalars.secret)(value)
        self.secrets.setdefault(reference, value)
        return reference

    @staticmethod
    def say(value: Value | None, message: str) -> str:
        """Return a message as problems are shown, or the message alone where its place isn't known."""
        if value is None:
            return message
        return str(Problem(value.problems.file, value.node.line, value.node.column, value.path, message))
