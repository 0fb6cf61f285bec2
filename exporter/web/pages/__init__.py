"""The status pages: what is wrong now, every office with its past, outages, reports, in either language."""

from exporter.web.pages.pages import Pages
from exporter.web.pages.place import Place
from exporter.web.pages.rendering import Page

__all__ = ["Page", "Pages", "Place"]
