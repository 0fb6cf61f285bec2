"""What stands in the messages to Telegram and by e-mail, as amtool renders their templates."""

import json
import re
import subprocess
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from servers import ROOT

TEMPLATES = ROOT / "alertmanager" / "templates" / "terpadu.tmpl"
WORDS = {
    "GANGGUAN": "OUTAGE",
    "PULIH": "OVER",
    "TIKET SELESAI": "TICKET CLOSED",
    "TIKET": "TICKET",
    "INFO SELESAI": "INFO OVER",
    "dan {{ len . }} lagi": "and {{ len . }} more",
    "Panduan": "Runbook",
    "Dasbor": "Dashboard",
    'lang="id"': 'lang="en"',
    ".id": ".en",
}
AWKWARD = "Dinas PU & Tata Ruang <UPT Ciruas>"
RUNBOOKS = "https://runbooks.example/"
DASHBOARDS = "https://grafana.example/d/"

Tool = Callable[..., subprocess.CompletedProcess[str]]
Render = Callable[..., str]
Alert = dict[str, Any]


@pytest.fixture
def render(tool: Tool, tmp_path: Path) -> Render:
    """Return a template's text for some alerts: render("telegram.id", alerts)."""

    def rendered(name: str, alerts: Sequence[Alert]) -> str:
        data = tmp_path / "data.json"
        data.write_text(json.dumps({"receiver": "on-call", "status": "firing", "alerts": alerts}), encoding="utf-8")
        done = tool(
            "amtool",
            "template",
            "render",
            f"--template.glob={TEMPLATES}",
            f"--template.type={'html' if name.startswith(('telegram', 'email.html')) else 'text'}",
            f'--template.text={{{{ template "terpadu.{name}" . }}}}',
            f"--template.data={data}",
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return rendered


CAUSE = (
    "primary: PT Serat Nusantara, sirkit SN-0001. Sejauh ini: listrik padam. Jalur sampai POP Ciruas. "
    "Hubungi NOC Serat, 24 jam."
)
CAUSE_EN = (
    "primary: PT Serat Nusantara, circuit SN-0001. So far: power was lost. The path ends after POP Ciruas. "
    "Call NOC Serat, 24 jam."
)


def alert(
    kind: str, severity: str, text: str = "", status: str = "firing", of: str = "dinkes", **annotations: str
) -> Alert:
    texts = {
        "summary": f"{text or kind} tidak terhubung sejak 30/11 13:05 WIB",
        "description": CAUSE,
        "summary_en": f"{text or kind} is offline since 30/11 13:05 WIB",
        "description_en": CAUSE_EN,
        "runbook_url": f"{RUNBOOKS}{kind}.md",
        "dashboard_url": f"{DASHBOARDS}{kind}?var-opd={of}&var-link=primary",
    }
    return {
        "status": status,
        "labels": {"alertname": kind, "severity": severity, "opd": of, "link": "primary"},
        "annotations": {**texts, **annotations},
    }


class Shown(HTMLParser):
    """What a reader sees of a message; AssertionError where Telegram would refuse it."""

    def __init__(self, message: str) -> None:
        super().__init__()
        self.text = ""
        self.links: list[str | None] = []
        self._open: list[str] = []
        self.feed(message)
        self.close()
        assert self._open == []
        bare = re.sub('</?b>|<a href="[^"<>]*">|</a>', "", message)
        assert not set("<>") & set(bare)
        assert re.sub("&(?:lt|gt|amp|quot|#[0-9]+);", "", bare).count("&") == 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in {"a", "b"}
        self._open.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def length(message: str) -> int:
    """Return how long Telegram takes a message for, its tags and entities counted too."""
    return len(message.encode("utf-16-le")) // 2


PAGE = alert("OfficeOffline", "page", "Dinas Kesehatan (Ciruas)")


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "id",
            [
                "GANGGUAN: Dinas Kesehatan (Ciruas) tidak terhubung sejak 30/11 13:05 WIB",
                CAUSE,
                "Panduan: OfficeOffline",
                "Dasbor: dinkes/primary",
            ],
        ),
        (
            "en",
            [
                "OUTAGE: Dinas Kesehatan (Ciruas) is offline since 30/11 13:05 WIB",
                CAUSE_EN,
                "Runbook: OfficeOffline",
                "Dashboard: dinkes/primary",
            ],
        ),
    ],
)
def test_a_page_says_who_what_and_since_when_first_and_where_to_read_on_last(
    render: Render, language: str, lines: list[str]
) -> None:
    shown = Shown(render(f"telegram.{language}", [PAGE]))
    assert shown.text.split("\n") == lines
    assert shown.links == [
        f"{RUNBOOKS}OfficeOffline.md",
        f"{DASHBOARDS}OfficeOffline?var-opd=dinkes&var-link=primary",
    ]


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        ({"opd": "dinkes"}, "dinkes"),
        ({"opd": "dinkes", "link": "primary", "provider": "serat"}, "dinkes/primary"),
        ({"node": "pop-ciruas", "provider": "serat"}, "pop-ciruas"),
        ({"provider": "serat"}, "serat"),
        ({"instance": "m"}, "MonitorIsolated"),
    ],
    ids=["office", "link", "node", "provider", "monitor"],
)
def test_a_dashboard_is_called_by_what_it_is_opened_for(render: Render, labels: dict[str, str], name: str) -> None:
    told = alert("MonitorIsolated", "page")
    told["labels"] = {"alertname": "MonitorIsolated", "severity": "page", **labels}
    assert Shown(render("telegram.en", [told])).text.split("\n")[-1] == f"Dashboard: {name}"
    assert f">{name}</a></p>" in render("email.html.en", [told])


@pytest.mark.parametrize("name", ["telegram.en", "email.html.en", "email.text.en"])
def test_a_dashboard_of_several_alerts_is_linked_to_once(render: Render, name: str) -> None:
    same = f"{DASHBOARDS}terpadu-office?var-opd=dinkes"
    alerts = [
        alert("LinkDown", "ticket", dashboard_url=same),
        alert("SnmpSilent", "ticket", dashboard_url=same),
        alert("SnmpSilent", "ticket", dashboard_url=f"{same}.1"),
        alert("SnmpSilent", "ticket", dashboard_url=f"{same}-1"),
        alert("DiskFull", "page", dashboard_url=""),
    ]
    assert re.findall(r"https://grafana[^\s\"]+", render(name, alerts)) == [same, f"{same}.1", f"{same}-1"]


@pytest.mark.parametrize(
    ("severity", "status", "words"),
    [
        ("page", "firing", "GANGGUAN OUTAGE"),
        ("page", "resolved", "PULIH OVER"),
        ("ticket", "firing", "TIKET TICKET"),
        ("ticket", "resolved", "TIKET SELESAI TICKET CLOSED"),
        ("info", "firing", "INFO INFO"),
        ("info", "resolved", "INFO SELESAI INFO OVER"),
        ("", "firing", "GANGGUAN OUTAGE"),
    ],
)
def test_the_state_stands_in_a_word_and_an_ended_alert_shows_its_own_texts(
    render: Render, severity: str, status: str, words: str
) -> None:
    texts = {
        "summary": "Dinas Kesehatan (Ciruas) terhubung lagi setelah 16m 49s",
        "summary_en": "Dinas Kesehatan (Ciruas) is connected again after 16m 49s",
    }
    alerts = [alert("OfficeOffline", severity, status=status, **texts)]
    first = [Shown(render(f"telegram.{language}", alerts)).text.split("\n")[0] for language in ("id", "en")]
    assert " ".join(line.partition(":")[0] for line in first) == words
    assert [line.partition(": ")[2] for line in first] == list(texts.values())
    assert [render(f"email.subject.{language}", alerts) for language in ("id", "en")] == first


LONG = " ".join(["backup: PT Satelit. Sejauh ini: listrik padam. Jalur sampai POP Ciruas & <hop 7>."] * 3)
MANY = [
    *(
        alert("LinkDegraded", "ticket", f"{AWKWARD} {place}", of=f"opd-{place}", description=LONG, description_en=LONG)
        for place in range(29)
    ),
    alert("DeviceRebooted", "info", AWKWARD, description=LONG, description_en=LONG),
    alert("OfficeOffline", "page", AWKWARD, description=LONG, description_en=LONG),
]


@pytest.mark.parametrize(("language", "more"), [("id", "dan {} lagi"), ("en", "and {} more")])
def test_31_alerts_of_an_awkward_name_fit_into_one_message_in_whole_lines(
    render: Render, language: str, more: str
) -> None:
    message = render(f"telegram.{language}", MANY)
    assert length(message) <= 4096
    shown = Shown(message).text
    *entries, tail = shown.split("\n\n")
    suffix = "" if language == "id" else "_en"
    texts = [each["annotations"] for each in (MANY[-1], *MANY)]
    for entry, annotations in zip(entries, texts, strict=False):
        line, _, description = entry.partition("\n")
        assert line.partition(": ")[2] == annotations[f"summary{suffix}"]
        assert description in {"", LONG}
    assert entries[0].startswith(("GANGGUAN", "OUTAGE"))
    guides = ("Panduan" if language == "id" else "Runbook") + ": OfficeOffline, LinkDegraded, DeviceRebooted"
    boards = ("Dasbor" if language == "id" else "Dashboard") + ": dinkes/primary, opd-0/primary"
    told, shown_guides, shown_boards = tail.split("\n")
    assert [told, shown_guides] == [more.format(31 - len(entries)), guides]
    assert shown_boards.startswith(boards)
    assert len(entries) >= 8


@pytest.mark.parametrize(
    "text",
    ["x" * 4096, "&" * 1000, "\N{FIRE}" * 1000, "é" * 2000, "kata " * 900, "<b>\n\t</a>" * 300, '"' * 1000],
    ids=["long", "entities", "emoji", "accents", "words", "tags", "quotes"],
)
def test_no_text_makes_a_message_too_long_or_invalid(render: Render, text: str) -> None:
    alerts = [
        alert(
            f"Kind{place}{text[:40]}",
            severity,
            summary=text,
            description=text[: 300 * place],
            runbook_url=RUNBOOKS + text[:200],
            dashboard_url=DASHBOARDS + str(place) + text[:200],
        )
        for place, severity in enumerate(["info", "ticket", "page", "ticket", "page", "none"])
    ]
    for count in (1, 6):
        message = render("telegram.id", alerts[:count])
        assert length(message) <= 4096
        assert Shown(message).text.startswith(("GANGGUAN: ", "INFO: ")[count == 1])


def test_an_alert_without_texts_is_told_by_its_name_and_one_in_one_language_by_that(render: Render) -> None:
    bare: Alert = {"status": "firing", "labels": {"alertname": "DiskFull"}, "annotations": {}}
    half = alert("OfficeOffline", "page", summary_en="", description_en="", runbook_url="", dashboard_url="")
    assert [Shown(render("telegram.en", [each])).text for each in (bare, half)] == [
        "OUTAGE: DiskFull",
        f"OUTAGE: OfficeOffline tidak terhubung sejak 30/11 13:05 WIB\n{CAUSE}",
    ]


MIXED = [
    alert("WebsiteStale", "info", "Satu"),
    alert("LinkDown", "ticket", f"{AWKWARD} primary", "resolved"),
    alert("LinkDown", "ticket", f"{AWKWARD} backup"),
    alert("OfficeOffline", "page", AWKWARD),
]


def test_an_e_mail_s_text_is_plain_and_lists_all_pages_first(render: Render) -> None:
    assert render("email.text.en", MIXED) == (
        "OUTAGE: Dinas PU & Tata Ruang <UPT Ciruas> is offline since 30/11 13:05 WIB\n"
        f"{CAUSE_EN}\n"
        "\n"
        "TICKET: Dinas PU & Tata Ruang <UPT Ciruas> backup is offline since 30/11 13:05 WIB\n"
        f"{CAUSE_EN}\n"
        "\n"
        "TICKET CLOSED: Dinas PU & Tata Ruang <UPT Ciruas> primary is offline since 30/11 13:05 WIB\n"
        f"{CAUSE_EN}\n"
        "\n"
        "INFO: Satu is offline since 30/11 13:05 WIB\n"
        f"{CAUSE_EN}\n"
        "\n"
        "Runbook: https://runbooks.example/OfficeOffline.md\n"
        "Runbook: https://runbooks.example/LinkDown.md\n"
        "Runbook: https://runbooks.example/WebsiteStale.md\n"
        "Dashboard: https://grafana.example/d/OfficeOffline?var-opd=dinkes&var-link=primary\n"
        "Dashboard: https://grafana.example/d/LinkDown?var-opd=dinkes&var-link=primary\n"
        "Dashboard: https://grafana.example/d/WebsiteStale?var-opd=dinkes&var-link=primary\n"
    )


def test_an_e_mail_s_page_says_the_same_with_names_escaped(render: Render) -> None:
    page = render("email.html.id", MIXED)
    assert page.startswith('<!DOCTYPE html>\n<html lang="id">')
    assert re.findall("<p>(.*?)</p>", page)[0] == (
        "<b>GANGGUAN</b>: Dinas PU &amp; Tata Ruang &lt;UPT Ciruas&gt; tidak terhubung sejak 30/11 13:05 WIB"
        f"<br>{CAUSE}"
    )
    plain = re.sub("<a href.*?>|</?[bp]>|</a>", "", page.partition("<body>\n")[2].partition("\n</body>")[0])
    assert [line.partition(":")[0] for line in plain.split("\n")] == [
        "GANGGUAN",
        "TIKET",
        "TIKET SELESAI",
        "INFO",
        "Panduan",
        "Dasbor",
    ]


def test_a_subject_is_one_line_and_counts_the_others(render: Render) -> None:
    alerts = [*MIXED[:3], alert("OfficeOffline", "page", summary=f"Dinas\r\nBcc: semua {'x' * 200}")]
    assert render("email.subject.id", alerts) == f"GANGGUAN: Dinas Bcc: semua {'x' * 133}, dan 3 lagi"


def test_the_two_languages_differ_by_words_alone() -> None:
    _, *parts = TEMPLATES.read_text(encoding="utf-8").split("{{ define ")
    indonesian, english = parts[:4], parts[4:]
    for one, other in zip(indonesian, english, strict=True):
        text = one
        for word, translation in WORDS.items():
            text = text.replace(word, translation)
        text = re.sub(r"\(or (\.Annotations\.\w+) (\.Annotations\.\w+)", r"(or \2 \1", text)
        text = re.sub(r"with or (\.Annotations\.\w+) (\.Annotations\.\w+)", r"with or \2 \1", text)
        assert text.strip() == other.strip()


def test_the_alternative_s_receivers_use_templates_that_exist() -> None:
    text = (ROOT / "alertmanager" / "telegram-email.yml").read_text(encoding="utf-8")
    used = re.findall(r'\{\{ template "([\w.]+)" \. \}\}', text)
    assert set(used) == set(re.findall(r'define "([\w.]+\.id)"', TEMPLATES.read_text(encoding="utf-8")))
    configured = yaml.safe_load(text)
    assert configured["templates"] == ["templates/terpadu.tmpl"]
    chats = [chat for receiver in configured["receivers"] for chat in receiver.get("telegram_configs", [])]
    assert {chat["parse_mode"] for chat in chats} == {"HTML"}
