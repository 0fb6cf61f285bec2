"""Writes pages from what is known: a view of it in a reader's language, put into its template."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from markupsafe import Markup

from exporter.cause import Evidence
from exporter.model import Language
from exporter.snapshot import Snapshot
from exporter.web.assets import Assets
from exporter.web.downloads import Downloads
from exporter.web.finding import FoundOutage, Wanted
from exporter.web.finding import Page as FoundPage
from exporter.web.months import OfficeMonth
from exporter.web.pages import district, office, outages, public
from exporter.web.pages.bars import Bars
from exporter.web.pages.courses import Charts
from exporter.web.pages.district import Row
from exporter.web.pages.place import Place
from exporter.web.pages.rendering import Frame, Page, environment, page
from exporter.web.pages.telling import Telling
from exporter.web.pages.words import TEXTS

LANGUAGES = ((Language.INDONESIAN, "Bahasa Indonesia"), (Language.ENGLISH, "English"))
EVERY_PAGE = (("/", "nav_district"), ("/outages", "nav_outages"), ("/reports/", "nav_reports"))
SERVER_ERROR = 500  # from here on it may be otherwise in a while
EVERY_PUBLIC_PAGE = (("/", "nav_district"),)


class Writer:
    """The pages, each from a snapshot and what was read for it; called in one thread."""

    def __init__(self, assets: Assets) -> None:
        self._templates = environment()
        self._templates.globals.update(asset=assets.url, assets_mark=assets.mark, languages=LANGUAGES)
        self._charts = Charts()
        self._frames: dict[tuple[object, ...], Frame] = {}

    def district(self, snapshot: Snapshot, place: Place, bars: Bars, obstacle: str | None) -> Page:
        """Write the first page."""
        tell = telling(snapshot, place)
        notices = list(_notices(snapshot, tell, place, obstacle))
        if place.is_public:
            seen = public.district(snapshot, bars, tell, place, self._frame("row.html", tell, kind="public").filled)
            return self._live("public_district.html", snapshot, place, view=seen, notices=notices)
        view = district.view(snapshot, bars, tell, place, self._rows(tell))
        return self._live("district.html", snapshot, place, view=view, notices=notices, machine="/api/v1/offices")

    def _rows(self, tell: Telling) -> Callable[[Row], Markup]:
        """Return what writes an office's row, and one for each of its links where it has several."""
        alone, several = (self._frame("row.html", tell, kind=kind) for kind in ("alone", "several"))
        link = self._frame("link_row.html", tell)

        def written(row: Row) -> Markup:
            if row.line is not None:
                return alone.filled(row)
            return Markup().join([several.filled(row), *map(link.filled, row.lines)])

        return written

    def _frame(self, template: str, tell: Telling, **known: str) -> Frame:
        """Return a template as a frame in a language, made once."""
        key = (template, tell.language, *known.values())
        if key not in self._frames:
            made = self._templates.get_template(template)
            self._frames[key] = Frame(lambda slot: made.render(slot=slot, tell=tell, **known))
        return self._frames[key]

    def office(self, snapshot: Snapshot, place: Place, code: str, known: office.Known) -> Page:
        """Write an office's page."""
        tell = telling(snapshot, place)
        notices = list(_notices(snapshot, tell, place, known.obstacle))
        view = office.view(snapshot, code, known, tell, place, self._charts.of)
        return self._live("office.html", snapshot, place, view=view, notices=notices, machine="/api/v1/links")

    def public_office(
        self,
        snapshot: Snapshot,
        place: Place,
        code: str,
        bars: Bars,
        months: Sequence[OfficeMonth],
        obstacle: str | None,
    ) -> Page:
        """Write what the public is shown of an office."""
        tell = telling(snapshot, place)
        notices = list(_notices(snapshot, tell, place, obstacle))
        view = public.office(snapshot, code, bars, months, tell)
        return self._live("public_office.html", snapshot, place, view=view, notices=notices)

    def outages(self, snapshot: Snapshot, place: Place, wanted: Wanted, found: FoundPage) -> Page:
        """Write the list of outages."""
        tell = telling(snapshot, place)
        view = outages.list_view(found, wanted, snapshot, tell, place)
        return self._live("outage_list.html", snapshot, place, view=view, machine="/api/v1/outages")

    def outage(self, snapshot: Snapshot, place: Place, found: FoundOutage, evidence: Evidence | None) -> Page:
        """Write an outage's page; of an open one with the evidence that is gathered so far."""
        view = outages.view(found, evidence, snapshot, telling(snapshot, place), place)
        return self._live("outage.html", snapshot, place, view=view, machine=f"/api/v1/outages/{found.id}")

    def reports(self, snapshot: Snapshot, place: Place, found: Sequence[Downloads]) -> Page:
        """Write the list of the monthly reports."""
        tell = telling(snapshot, place)
        names = {of.code: of.name for of in snapshot.inventory.providers.values()}
        view = [(tell.month(of.month), list(office.files(of, names, tell))) for of in found]
        return self._written("reports.html", snapshot, place, 200, view=view)

    def told(self, snapshot: Snapshot, place: Place, status: int, key: str, values: Mapping[str, object]) -> Page:
        """Write why there is no such page, by the key of a text."""
        return self.problem(snapshot, place, status, telling(snapshot, place)(key, **values))

    def problem(self, snapshot: Snapshot, place: Place, status: int, sentence: str) -> Page:
        """Write why there is nothing else to show."""
        key = f"title_problem_{status}"
        return self._written(
            "problem.html",
            snapshot,
            place,
            status,
            title=telling(snapshot, place)(key if key in TEXTS else "title_problem_400"),
            sentence=sentence,
            is_passing=status >= SERVER_ERROR,
        )

    def _live(self, template: str, snapshot: Snapshot, place: Place, **values: object) -> Page:
        return self._written(template, snapshot, place, 200, stream=place.stream, **values)

    def _written(self, template: str, snapshot: Snapshot, place: Place, status: int, **values: object) -> Page:
        tell = telling(snapshot, place)
        known: dict[str, object] = {
            "tell": tell,
            "place": place,
            "organisation": snapshot.inventory.organisation.name,
            "as_of": f"{tell.day(tell.now)} {tell.hour(tell.now)} {snapshot.now:%Z}",
            "version": snapshot.monitor.version,
            "pages": EVERY_PUBLIC_PAGE if place.is_public else EVERY_PAGE,
            "stream": None,
            "machine": None,
            "notices": (),
        }
        return page("".join(self._templates.get_template(template).generate(known | values)), status)


def telling(snapshot: Snapshot, place: Place) -> Telling:
    """Return the texts of a snapshot's moment in a reader's language."""
    return Telling(snapshot.inventory.organisation, place.language, int(snapshot.now.timestamp()))


def _notices(snapshot: Snapshot, tell: Telling, place: Place, obstacle: str | None) -> Iterator[str]:
    """Yield what the monitor has to say of itself; the public hears of its cut alone."""
    if snapshot.monitor.is_isolated:
        yield tell("isolated_public" if place.is_public else "isolated_more")
    if place.is_public:
        if obstacle is not None:
            yield tell("ledger_unread_public")
        return
    if not snapshot.monitor.ledger_is_writable:
        yield tell("ledger_stuck")
    if obstacle is not None:
        yield tell("ledger_unread", error=obstacle)
