"""What the monitor's ledger says against what was so in the lab: how well it sees, in figures.

    expected      what the rules make of the truth, where they leave no choice
    comparing     the ledger beside that
    rendering     as text and as JSON

An outage of the truth is a stretch of at least `down_after` slots in which a link could not answer while the monitor
ran and was not cut off; a shorter one is a blip, and must be none. It is over with `up_after` slots in which it could.
The truth knows instants, the ledger slots, and nobody knows when in its slot an echo left. So an edge of the ledger is
the start of a slot within one interval of the truth's, on either side, and that is what `right` means of an edge; its
error is the distance in seconds, whatever the side. Stretches so close to the rule's length that the slots decide may
be outages or not: neither counts. An edge that fell while the monitor couldn't see is due when it can again.

An available link may be up or degraded: whether it is degraded isn't judged. Seconds are compared in whole slots; those
of a slot in which the truth changes are at an `edge`, and anything goes.
"""

from __future__ import annotations

from exporter.scoring.comparing import Edges, Score, Tally, Unmeasured, score
from exporter.scoring.expected import Row
from exporter.scoring.rendering import as_json, as_sentence, as_text

__all__ = ["Edges", "Row", "Score", "Tally", "Unmeasured", "as_json", "as_sentence", "as_text", "score"]
