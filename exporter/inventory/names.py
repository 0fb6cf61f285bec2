"""Every name of the file, collected before anything is typed, so that the order of the file doesn't matter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from exporter.inventory.document import Mapping, Node, Scalar, Sequence, path_of
from exporter.inventory.problems import Problems
from exporter.inventory.wording import guess, shown

MOST_GUESSES = 100
_MOST_NAMES_TO_GUESS_FROM = 1000  # a guess takes 50 ms among so many


@dataclass(frozen=True, slots=True)
class Names:
    """What other parts of the file may name; a name counts even where its own entry has a fault."""

    providers: set[str] = field(default_factory=set)
    nodes: set[str] = field(default_factory=set)
    offices: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    _guesses: dict[tuple[str, str], str] = field(default_factory=dict)

    def provider(self, text: str) -> str:
        """Return a provider's code; raise ValueError where no provider has it."""
        return self._known(text, "provider", self.providers)

    def node(self, text: str) -> str:
        """Return a node's code; raise ValueError where no node has it."""
        return self._known(text, "node", self.nodes)

    def scope(self, text: str) -> str:
        """Return the name of a link, office, node or provider; raise ValueError where nothing has it."""
        return self._known(text, "link, office, node or provider", self.links, self.offices, self.nodes, self.providers)

    def _known(self, text: str, kind: str, *known: set[str]) -> str:
        if any(text in names for names in known):
            return text
        raise ValueError(f"there is no {kind} {shown(text)}{self._guess(text, kind, known)}")

    def _guess(self, text: str, kind: str, known: tuple[set[str], ...]) -> str:
        """Return what was meant; nothing among very many names, or after very many guesses: they take long."""
        if (text, kind) not in self._guesses:
            is_short = len(self._guesses) < MOST_GUESSES and sum(map(len, known)) <= _MOST_NAMES_TO_GUESS_FROM
            self._guesses[text, kind] = guess(text, sorted(set().union(*known))) if is_short else ""
        return self._guesses[text, kind]


def collect(root: Node, problems: Problems) -> Names:
    """Return the names in the file, and report codes that two offices, nodes or providers share."""
    names = Names()
    taken: dict[str, int] = {}
    for kind, code, path in _codes(root):
        {"providers": names.providers, "nodes": names.nodes, "offices": names.offices}[kind].add(code.text)
        if code.text in taken:
            first = taken[code.text]
            message = (
                f"the code {shown(code.text)} is taken on line {first}; offices, nodes and providers share one set"
            )
            problems.add(code.line, code.column, path, message)
        taken.setdefault(code.text, code.line)
    names.links.update(_link_ids(root))
    return names


def _codes(root: Node) -> Iterator[tuple[str, Scalar, str]]:
    """Yield kind, code and path of every provider, node and office in the order of the file."""
    found: list[tuple[str, Scalar, str]] = []
    for kind in ("providers", "nodes"):
        section = _child(root, kind)
        if isinstance(section, Mapping):
            found.extend((kind, key, path_of((kind, key.text))) for key, _ in section.entries.values())
    for index, office in enumerate(_items(_child(root, "offices"))):
        code = _child(office, "code")
        if isinstance(code, Scalar) and code.text:
            found.append(("offices", code, path_of(("offices", index, "code"))))
    yield from sorted(found, key=lambda entry: (entry[1].line, entry[1].column))


def _link_ids(root: Node) -> Iterator[str]:
    for office in _items(_child(root, "offices")):
        code = _child(office, "code")
        for link in _items(_child(office, "links")):
            name = _child(link, "name")
            if isinstance(code, Scalar) and isinstance(name, Scalar):
                yield f"{code.text}/{name.text}"


def _child(node: Node | None, key: str) -> Node | None:
    return node.entries[key][1] if isinstance(node, Mapping) and key in node.entries else None


def _items(node: Node | None) -> list[Node]:
    return node.items if isinstance(node, Sequence) else []
