"""Is there real content on a page, or something that stands in its place? Judged by the page alone.

Words that give a stand-in away also stand in news. So they count in the title or a heading of a page that has little
else, or in the text of a page that has hardly anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from exporter.sites import page as pages
from exporter.sites.page import Page, Script
from exporter.sites.signs import CHALLENGE_CODE, COUNTING_CODE, PARKING_CODE, SERVERS_OWN, SIGNS, Sign
from exporter.website import Fault

_LITTLE_TEXT, _FEW_LINKS = 1_500, 12
_HARDLY_ANY_TEXT, _HARDLY_ANY_LINKS = 400, 4
_LEAST_LETTERS = 2
_HEADINGS = 3
_APP_CODE = 200
_CHALLENGE_TEXT = 200
_COOKIE_CODE = re.compile(r"document\.cookie\s*=[^=]")
_RELOAD_CODE = re.compile(r"\blocation\b(?:\.href)?\s*=|\blocation\.(?:reload|replace|assign)\b")
_SUSPENDED_PATH = "/cgi-sys/suspendedpage.cgi"


def judged(body: bytes, headers: Mapping[str, str], url: str) -> tuple[Fault | None, str]:
    """Return what stands in the place of content, and in words what more is known; None where there is content.

    Takes time linear in the length.
    """
    if "challenge" in headers.get("cf-mitigated", "") or "x-sucuri-block" in headers:
        return Fault.GUARDED, ""
    if urlsplit(url).path == _SUSPENDED_PATH:
        return Fault.SUSPENDED, ""
    is_plain = headers.get("content-type", "").strip().lower().startswith("text/plain")
    if body and not is_plain and not pages.is_page(body, headers):
        return None, ""
    if body.lstrip().startswith(b"<?php"):
        return Fault.ERROR_PAGE, ""
    return _judged(pages.read(body, headers))


def _judged(page: Page) -> tuple[Fault | None, str]:
    if SERVERS_OWN.match(page.title):
        return Fault.DEFAULT_PAGE, ""
    if _is_challenge(page):
        return Fault.GUARDED, ""
    if len(page.text) <= _LITTLE_TEXT and page.links <= _FEW_LINKS:
        for sign in SIGNS:
            if _shows(sign, page):
                return sign.fault, sign.detail
        if PARKING_CODE.search(page.code) or any(PARKING_CODE.search(script.source) for script in page.scripts):
            return Fault.PARKED, ""
    return (None if _has_content(page) else Fault.EMPTY), ""


def _shows(sign: Sign, page: Page) -> bool:
    is_bare = len(page.text) <= _HARDLY_ANY_TEXT and page.links <= _HARDLY_ANY_LINKS
    heads = (page.title, *(() if sign.is_of_title else page.headings[:_HEADINGS]))
    if (is_bare or not sign.is_of_bare) and any(sign.heads.match(head) for head in heads):
        return True
    return is_bare and sign.words is not None and sign.words.search(page.text) is not None


def _is_challenge(page: Page) -> bool:
    """Say whether a page holds hardly anything but a program that tells browsers by a cookie."""
    if len(page.text) > _CHALLENGE_TEXT or page.links > _HARDLY_ANY_LINKS:
        return False
    sets_cookie = _COOKIE_CODE.search(page.code) and _RELOAD_CODE.search(page.code)
    return bool(CHALLENGE_CODE.search(page.code) or (sets_cookie and not page.has_mount and not page.has_pictures))


def _has_content(page: Page) -> bool:
    letters = sum(letter.isalnum() for letter in page.text[:_LITTLE_TEXT])
    return letters >= _LEAST_LETTERS or page.has_pictures or _is_app(page)


def _is_app(page: Page) -> bool:
    """Say whether programs make the page: they have a place to put it, or stand where it would be."""
    programs = [script for script in page.scripts if _is_program(script)]
    return bool(programs) and (page.has_mount or any(script.is_in_body for script in programs))


def _is_program(script: Script) -> bool:
    if script.source:
        return not COUNTING_CODE.search(script.source)
    return len(script.text) >= _APP_CODE and not COUNTING_CODE.search(script.text)
