"""Why an outage was, in plain sentences of either language: what its evidence shows, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from exporter.cause import BOOT_BESIDE_END_SECONDS, DeviceSeen, Evidence, Together, Trail, is_providers, is_upstream
from exporter.model import Cause, Language
from exporter.report.words import Pair, Words

SHORT = {
    Cause.POWER: "the office had no power, or somebody switched its device off and on",
    Cause.LINK: "the link itself",
    Cause.UPSTREAM: "a node above it",
    Cause.PROVIDER: "its provider",
    Cause.UNKNOWN: "nothing shows it",
}
SENTENCES: dict[str, Pair] = {
    "above": (
        "Simpul {node} di atas sambungan ini juga tidak menjawab sejak {since}{beside}.",
        "The node {node} above the link was silent too, since {since}{beside}.",
    ),
    "beside_same": (", bersamaan dengan sambungan", ", as long as the link"),
    "beside_after": (", {seconds} detik sesudah sambungan", ", {seconds} s after the link"),
    "beside_before": (", {seconds} detik sebelum sambungan", ", {seconds} s before the link"),
    "above_answered": (
        "Namun {node} masih menjawab ketika sambungan sudah putus, jadi bukan itu sebabnya.",
        "But {node} still answered while the link was down already, so it isn't why.",
    ),
    "together_one": (
        (
            "Dalam satu menit yang sama, 1 sambungan lain milik {provider}, dari {measured} yang terukur,"
            " juga putus serentak{why}."
        ),
        (
            "Within a minute of this one 1 other link of {provider}, which had {measured} measured,"
            " fell silent too, all at one time{why}."
        ),
    ),
    "together": (
        (
            "Dalam satu menit yang sama, {others} sambungan lain milik {provider}, dari {measured} yang terukur,"
            " juga putus serentak{why}."
        ),
        (
            "Within a minute of this one {others} other links of {provider}, which had {measured} measured,"
            " fell silent too, all at one time{why}."
        ),
    ),
    "too_few": (
        ": terlalu sedikit untuk menyebut penyedia sebagai sebabnya",
        ": too few for the provider to be why",
    ),
    "not_polled": (
        "Perangkat sambungan ini tidak ditanya lewat SNMP, jadi tidak diketahui apakah perangkat itu tetap menyala.",
        "The link's device isn't asked by SNMP, so nobody knows whether it stayed up.",
    ),
    "device_providers": (
        "Perangkat yang ditanya berada di sisi penyedia, jadi tidak menunjukkan keadaan listrik di OPD.",
        "The device that is asked stands at the provider's side, so it tells nothing of the office's power.",
    ),
    "no_poll_before": (
        (
            "Pembacaan terakhir sebelum gangguan gagal atau sudah terlalu lama:"
            " nyala ulang sejak saat itu tidak membuktikan apa pun."
        ),
        "The last poll before it wasn't good, or lies too far back: a boot since then proves nothing.",
    ),
    "good_before": (
        "Perangkat menjawab dengan baik pada {at}, sebelum gangguan.",
        "The device answered well at {at}, before the outage.",
    ),
    "silent_since": ("Sejak itu perangkat belum menjawab lagi.", "It has not answered since."),
    "up_all_through": (
        "Ketika ditanya pada {asked}, perangkat sudah menyala sejak {boot}: sepanjang gangguan.",
        "Asked at {asked}, it had been up since {boot}: all through the outage.",
    ),
    "booted": (
        "Ketika ditanya pada {asked}, perangkat ternyata menyala ulang pada {boot}{beside}.",
        "Asked at {asked}, it had booted at {boot}{beside}.",
    ),
    "asked_before_end": (
        "Itu sebelum gangguan selesai, dan sejak itu perangkat belum menjawab lagi.",
        "That was before the outage's end, and it has not answered since.",
    ),
    "boot_during": (", selama gangguan", ", during the outage"),
    "boot_at_end": (", tepat ketika gangguan selesai", ", at the outage's end"),
    "boot_after": (", {seconds} detik sesudah gangguan selesai", ", {seconds} s after its end"),
    "boot_before": (", {seconds} detik sebelum gangguan selesai", ", {seconds} s before its end"),
    "boot_too_far": (
        ", terlalu jauh untuk dijadikan bukti; batasnya {minutes} menit",
        ", which is too far from it to tell; {minutes} minutes would do",
    ),
    "traced_no_hop": (
        "Jalur dilacak pada {at}: tidak ada titik yang menjawab.",
        "Traced at {at}: no hop answered.",
    ),
    "traced": (
        "Jalur dilacak pada {at}: jalur berakhir di {last}, titik ke-{number}: {hops}.",
        "Traced at {at}: the path ended after {last}, hop {number}: {hops}.",
    ),
    "neighbour_no_hop": (
        "Di bawah simpul yang sama, {link} dilacak pada {at}: tidak ada titik yang menjawab.",
        "Below the same silent node {link} was traced at {at}: no hop answered.",
    ),
    "neighbour": (
        "Di bawah simpul yang sama, {link} dilacak pada {at}: jalur berakhir di {last}, titik ke-{number}: {hops}.",
        "Below the same silent node {link} was traced at {at}: the path ended after {last}, hop {number}: {hops}.",
    ),
    "last_good_path": (
        "Jalur baik terakhir, pada {at}: {hops}.",
        "The last good path, at {at}: {hops}.",
    ),
}


def sentences(evidence: Evidence, zone: ZoneInfo, language: Language = Language.ENGLISH) -> Iterator[str]:
    """Yield what the evidence shows, a sentence each; times are local."""
    say = _Telling(evidence, zone, Words(language))
    yield from say.above()
    if evidence.together is not None:
        yield say.together(evidence.together)
    yield from say.device(evidence.device)
    if evidence.trail is not None:
        yield from say.trail(evidence.trail)


@dataclass(frozen=True, slots=True)
class _Telling:
    """One outage's evidence, told by a zone's clock in one language."""

    evidence: Evidence
    zone: ZoneInfo
    words: Words

    def __call__(self, key: str, **values: object) -> str:
        return self.words.of(SENTENCES[key]).format(**values)

    def time(self, at: int) -> str:
        """Return an instant; English ones are written as the commands write them."""
        if self.words.language is Language.ENGLISH:
            return datetime.fromtimestamp(at, self.zone).strftime("%Y-%m-%d %H:%M:%S %Z")
        return self.words.instant(at, self.zone)

    def above(self) -> Iterator[str]:
        above = self.evidence.above
        if above is None:
            return
        yield self("above", node=above.node, since=self.time(above.started_at), beside=self._beside(above.started_at))
        if not is_upstream(above, self.evidence.trail):
            yield self("above_answered", node=above.node)

    def _beside(self, since: int) -> str:
        """Return how an instant lies to the outage's beginning, in words."""
        seconds = since - self.evidence.started_at
        if seconds == 0:
            return self("beside_same")
        return self("beside_after" if seconds > 0 else "beside_before", seconds=abs(seconds))

    def together(self, together: Together) -> str:
        others = together.onsets - 1
        return self(
            "together_one" if others == 1 else "together",
            others=others,
            provider=together.provider,
            measured=together.measured,
            why="" if is_providers(together) else self("too_few"),
        )

    def device(self, device: DeviceSeen) -> Iterator[str]:
        if not device.is_polled and device.asked_at is None:
            yield self("not_polled")
            return
        if device.is_providers:
            yield self("device_providers")
            return
        if device.good_before is None:
            yield self("no_poll_before")
        else:
            yield self("good_before", at=self.time(device.good_before))
        if device.boot_at is None or device.asked_at is None:
            yield self("silent_since")
            return
        yield self._boot(device.asked_at, device.boot_at)
        if self.evidence.ended_at is not None and device.asked_at < self.evidence.ended_at:
            yield self("asked_before_end")

    def _boot(self, asked_at: int, boot_at: int) -> str:
        asked, boot = self.time(asked_at), self.time(boot_at)
        if boot_at <= self.evidence.started_at:
            return self("up_all_through", asked=asked, boot=boot)
        return self("booted", asked=asked, boot=boot, beside=self._beside_end(boot_at))

    def _beside_end(self, boot_at: int) -> str:
        if self.evidence.ended_at is None:
            return self("boot_during")
        seconds = boot_at - self.evidence.ended_at
        if seconds == 0:
            return self("boot_at_end")
        when = self("boot_after" if seconds > 0 else "boot_before", seconds=abs(seconds))
        is_far = abs(seconds) > BOOT_BESIDE_END_SECONDS
        return when + (self("boot_too_far", minutes=BOOT_BESIDE_END_SECONDS // 60) if is_far else "")

    def trail(self, trail: Trail) -> Iterator[str]:
        told = "traced" if trail.traced_link is None else "neighbour"
        yield self(
            told if trail.last_hop is not None else f"{told}_no_hop",
            link=trail.traced_link,
            at=self.time(trail.traced_at),
            last=trail.last_hop,
            number=len(trail.hops),
            hops=_hops(trail.hops),
        )
        if trail.good_hops is not None and trail.good_at is not None:
            yield self("last_good_path", at=self.time(trail.good_at), hops=_hops(trail.good_hops))


def _hops(hops: tuple[str | None, ...]) -> str:
    return " > ".join(hop or "*" for hop in hops)
