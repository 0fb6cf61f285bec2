"""The monitor's process on the lab's network: started, killed without a word, and started again on its ledger."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from exporter.errors import TerpaduError
from exporter.lab import ports
from exporter.lab.processes import dying_with_parent, end, start

_PATIENCE_SECONDS = 60.0  # of a large district there is much to write


class MonitorProcess:
    """One at a time; `process` is None while there is none, and `listen` is where it answers, HOST:PORT.

    `words(listen)` is its command, given where to listen. The web socket is opened outside of `near`, the words that
    run a command in the monitor's network, so that the machine's own loopback reaches it.
    """

    def __init__(
        self,
        words: Callable[[str], Sequence[str]],
        listen: str,
        *,
        near: Sequence[str],
        changes: Mapping[str, str],
        log: Path,
    ) -> None:
        self._words = words
        self.listen = listen
        self._near = list(near)
        self._changes = dict(changes)
        self._log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, listening anew."""
        with ports.listening_socket(self.listen, "the exporter") as web:
            words = [*self._near, *dying_with_parent(self._words(f"fd://{web.fileno()}"))]
            self.process = start(words, changes=self._changes, log=self._log, keep_open=[web.fileno()])

    def kill(self) -> None:
        """End it with SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def end(self) -> None:
        """End it in order: what it has settled is written. TerpaduError where it ends otherwise."""
        if self.process is None:
            return
        process, self.process = self.process, None
        end(process, _PATIENCE_SECONDS)
        if process.returncode != 0:
            raise TerpaduError(
                f"the monitor has ended with status {process.returncode}; its log says more: {self._log}"
            )
