"""The district's far side: a whole network of simulated addresses, and what may go wrong in it.

The near side is a namespace of one's own, see exporter.lab.namespace. A pair of virtual Ethernet devices joins it to a
second namespace, whose kernel takes every address of the district for its own:

    near: terpadu0 192.0.2.1, 2001:db8:19::1  ───  far0 192.0.2.2, 2001:db8:19::2,
                                                   local 198.18.0.0/15 (RFC 2544), 2001:db8:18::/48 (RFC 3849)

A server in the far namespace that is bound to 0.0.0.0 or :: answers on each address, those of the offices' websites
on addresses of their own, see exporter.lab.sites. Echoes are left to a process of
the lab's own, exporter.lab.wire, which knows the inventory's delays and hops; an address that isn't in it answers at
once. What is closed to echoes is closed to everything. The inventory's DNS names are looked up at the near side as
anywhere, and lead to addresses of the district. Nothing stays behind: both namespaces end with the processes in them,
and those with whoever made them.
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from exporter.errors import TerpaduError
from exporter.lab import hosts, packages
from exporter.lab.agent_process import AgentProcess
from exporter.lab.namespace import entering
from exporter.lab.processes import dying_with_parent, end, start
from exporter.lab.sites.conditions import Condition
from exporter.lab.sites.process import Websites
from exporter.lab.talking import AskedProcess
from exporter.lab.topology import EDGE, NETWORKS

DISTRICT, DISTRICT_IPV6 = NETWORKS[4], NETWORKS[6]
"""The near side has a route to exactly these; to the second where it has IPv6."""

_DEVICE, _FAR_DEVICE = "terpadu0", "far0"
_NEAR, _NEAR_IPV6 = "192.0.2.1", "2001:db8:19::1"
# Nobody asks who has an address: without ARP each end sends to its own hardware address, so both have the same one.
_HARDWARE = "02:00:00:00:02:01"
_NO_IPV6 = "/proc/sys/net/ipv6/conf/default/disable_ipv6"
_WAIT_INSIDE = ("sh", "-c", "echo inside; exec cat")
# In another mount namespace the working directory is lost: it is entered again by its name. The words that follow are
# the keeper's process id, "--" and the command.
_ENTER = """\
keeper=$1
shift 2
exec nsenter --preserve-credentials --user --net --mount --target "$keeper" -- sh -c 'cd "$0" && exec "$@"' "$PWD" "$@"
"""
_SETUP_SECONDS = 30


class Namespace:
    """A namespace that lives as long as this object is open, or this process.

    `prefix` are the words that run a command in it.
    """

    def __init__(self, making: Sequence[str], entering_by: Sequence[str]) -> None:
        self._making = making
        self._entering_by = entering_by

    @property
    def pid(self) -> int:
        """The process that keeps the namespace."""
        return self._keeper.pid

    @property
    def prefix(self) -> list[str]:
        """The words that run a command in the namespace; its signals and its exit status pass."""
        return [*self._entering_by, str(self._keeper.pid), "--"]

    def __enter__(self) -> Self:
        # The keeper reads from a pipe whose other end is here: however this process ends, the keeper sees it.
        self._keeper = subprocess.Popen(  # noqa: S603 - the lab's own command
            [*self._making, *_WAIT_INSIDE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        if self._keeper.stdout is None or self._keeper.stdout.readline() != b"inside\n":
            trouble = self._keeper.communicate()[1].decode(errors="replace").strip()
            raise TerpaduError(f"the lab's namespace can't be made: {trouble}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        end(self._keeper)


def private_namespace() -> Namespace:
    """Return a near side for someone who stands outside: a namespace of its own, still closed."""
    return Namespace(entering(()), ["sh", "-c", _ENTER, "sh"])


class Network:
    """The far side, from entering to leaving the context; one at a time in a near namespace.

    `near` are the words that run a command in the near namespace, none where this process stands in it. `inventory` is
    the district's file, and `seed` what its delays and losses come from. `dropped` counts echoes which the lab itself
    lost, by the last command. Raises TerpaduError where the system refuses, InputError where the inventory is wrong.
    """

    def __init__(self, near: Sequence[str] = (), inventory: Path | None = None, seed: int = 0) -> None:
        self._near = list(near)
        self._seed = seed
        self._wire_arguments = [*([str(inventory)] if inventory else []), "--seed", str(seed)]
        self._agents: list[AgentProcess] = []
        self._stack = ExitStack()
        self._turn = threading.Lock()
        self._blackholes: set[str] = set()
        self._names: dict[str, str] = {}
        self._further_names: dict[str, str] = {}
        self.dropped = 0

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            ip = packages.command("ip")
            far = stack.enter_context(
                Namespace([*self._near, "unshare", "--net"], [*self._near, "nsenter", "--net", "--target"])
            )
            self._near_ip, self._far_ip, self._far_prefix = [*self._near, *ip], [*far.prefix, *ip], far.prefix
            stack.callback(self._remove_device)
            self._join(far.pid)
            words = [*self._far_prefix, sys.executable, "-m", "exporter.lab.wire", *self._wire_arguments]
            self._wire = stack.enter_context(AskedProcess("the lab's wire", words))
            self._near_root = Path("/proc", str(far.pid) if self._near else "self", "root")
            self._names = self._wire.greeting["names"]
            if self._names:
                hosts.write(self._names, self._near_root)
                stack.callback(self._forget_names)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def wire(self) -> subprocess.Popen[bytes]:
        """The process that answers the echoes, for whoever minds it or measures what it costs."""
        return self._wire.process

    def cut(self, address: str) -> None:
        """Make an address silent: nothing sent to it is answered, and nobody is told so."""
        self.set(_one(address), {"kind": "cut"})

    def mend(self, address: str) -> None:
        """Let an address answer again; InputError says that it wasn't cut."""
        self.clear(_one(address), "cut")

    def set(self, what: str, condition: Mapping[str, object]) -> float:
        """Let a condition hold, see exporter.lab.conditions; return since when, in seconds since the epoch.

        `what` is a link's id, an office's, a node's or a provider's code, an address, or "monitor". A move is of a link
        or a node with a DNS name: it answers at the new address, then the name leads there. Raises InputError where
        either isn't understood; nothing has changed then. Routers are those of agents that run.
        """
        return self._command({"set": what, "condition": dict(condition)})

    def clear(self, what: str, kind: str) -> float:
        """Let a condition hold no more; return since when, as `set` does. InputError says that there is none.

        What has moved goes back to the address that it had at first.
        """
        return self._command({"clear": what, "kind": kind})

    @contextmanager
    def routers(
        self, inventory: Path, environment: Mapping[str, str], log: Path | None = None
    ) -> Iterator[AgentProcess]:
        """Let a district's routers answer SNMP, and hear of all that is set and cleared, while the context lasts.

        `environment` has their secrets. Raises InputError where the inventory is wrong.
        """
        with AgentProcess(inventory, environment, seed=self._seed, prefix=self._far_prefix, log=log) as agent:
            with self._turn:
                self._agents.append(agent)
            try:
                yield agent
            finally:
                with self._turn:
                    self._agents.remove(agent)

    @contextmanager
    def websites(
        self, inventory: Path, first: Mapping[str, Condition], started_at: float, log: Path | None = None
    ) -> Iterator[Websites]:
        """Let a district's websites be served, under their names, while the context lasts; one at a time."""
        sites = Websites(inventory, first, self, started_at=started_at, prefix=self._far_prefix, log=log)
        with sites:
            yield sites

    def lead(self, names: Mapping[str, str]) -> None:
        """Let further addresses have names beside the inventory's, and forget those that were further before."""
        with self._turn:
            self._further_names = dict(names)
            self._write_names()

    def start(
        self, command: Sequence[str], changes: Mapping[str, str] | None = None, log: Path | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a server in the far namespace, with changes to the environment; it ends with the network.

        It also dies with the thread that starts it.
        """
        process = start([*self._far_prefix, *dying_with_parent(command)], changes=changes, log=log)
        self._stack.callback(end, process)
        return process

    def _command(self, command: Mapping[str, Any]) -> float:
        with self._turn:
            said = self._wire.ask(command)
            self.dropped = int(said["dropped"])
            wanted = {*self._blackholes, *said["closed"]} - {*said["opened"]} - _everything()
            if said["isolated"]:
                wanted |= _everything()
            if not self._has_ipv6:
                wanted = {route for route in wanted if ":" not in route}
            added, gone = wanted - self._blackholes, self._blackholes - wanted
            self._blackholes = wanted
            commands = [f"route add blackhole {route} table local" for route in sorted(added)]
            commands += [f"route delete blackhole {route} table local" for route in sorted(gone)]
            _run(self._far_ip, commands)
            for agent in self._agents:
                agent.ask(command)
            if "names" not in said:
                return float(said["at"])
            self._names = said["names"]
            self._write_names()
            return time.time()

    def _write_names(self) -> None:
        hosts.write({**self._names, **self._further_names}, self._near_root)

    def _join(self, far_pid: int) -> None:
        ends = (f"link add {_DEVICE} address {_HARDWARE} type veth", f"peer name {_FAR_DEVICE} address {_HARDWARE}")
        near = [
            f"{' '.join(ends)} netns {far_pid}",
            f"link set {_DEVICE} arp off up",
            f"address add {_NEAR}/30 dev {_DEVICE}",
            f"route add {DISTRICT} via {EDGE[4]}",
        ]
        far = [
            "link set lo up",
            f"link set {_FAR_DEVICE} arp off up",
            f"address add {EDGE[4]}/30 dev {_FAR_DEVICE}",
            f"route add local {DISTRICT} dev lo",
        ]
        self._has_ipv6 = self._near_has_ipv6()
        if self._has_ipv6:
            near += [
                f"address add {_NEAR_IPV6}/64 dev {_DEVICE} nodad",
                f"route add {DISTRICT_IPV6} via {EDGE[6]} dev {_DEVICE}",
            ]
            far += [
                f"address add {EDGE[6]}/64 dev {_FAR_DEVICE} nodad",
                f"route add local {DISTRICT_IPV6} dev lo",
            ]
        _run(self._near_ip, near[:1])
        _run(self._far_ip, far)
        _run(self._near_ip, near[1:])

    def _near_has_ipv6(self) -> bool:
        """Return whether the near side has it; that of a container usually hasn't."""
        shown = subprocess.run(  # noqa: S603 - cat
            [*self._near, "cat", _NO_IPV6], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        return shown.stdout.strip() == "0"

    def _forget_names(self) -> None:
        with suppress(OSError):  # the far side's keeper has been ended by others, and the near side with it
            hosts.write({}, self._near_root)

    def _remove_device(self) -> None:
        # Without this the pair is gone only when the kernel gets round to the far namespace, and its name taken.
        subprocess.run(  # noqa: S603 - ip
            [*self._near_ip, "link", "delete", _DEVICE], stdin=subprocess.DEVNULL, capture_output=True, check=False
        )


def _one(address: str) -> str:
    only = ip_address(address)
    if only not in (DISTRICT if only.version == 4 else DISTRICT_IPV6):  # noqa: PLR2004
        raise ValueError(f"{address} is not of the lab's networks {DISTRICT} and {DISTRICT_IPV6}")
    return str(only)


def _everything() -> set[str]:
    """Both halves of each network: a route to half of it goes before the one to the whole."""
    return {str(half) for whole in (DISTRICT, DISTRICT_IPV6) for half in whole.subnets()}


def _run(ip: Sequence[str], commands: Iterable[str]) -> None:
    """Carry out commands of ip, up to the first that fails; TerpaduError says which."""
    batch = list(commands)
    if not batch:
        return
    done = subprocess.run(  # noqa: S603 - ip
        [*ip, "-batch", "-"],
        input="".join(f"{command}\n" for command in batch),
        capture_output=True,
        text=True,
        timeout=_SETUP_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        failed = re.search(r"Command failed -:(\d+)", done.stderr)
        which = batch[int(failed[1]) - 1] if failed else batch[0]
        raise TerpaduError(f"the lab's network: ip {which}: {done.stderr.strip()}")
