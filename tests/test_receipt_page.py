"""The receipt page over HTTP: what it shows to whom, what it refuses, and what it never tells."""

import asyncio
import html
import re
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import structlog

from bot.receipts import REASONS, Answer, Appointment, Cannot, Line, Problem, Reached, Received, Request
from bot.web.receipt import LONGEST_BODY, PRESSES, WRONG_LINKS, page, serving
from bot.web.server import HOST, PortTaken
from docs.screenshots import KEPT
from tests.conftest import ROOT
from tests.requests_in_memory import REQUEST, TOKEN, RequestsInMemory

SITE = "https://relais.example.org"
NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)  # 15:00 in Paris, a Sunday
KEY = bytes(range(32))
OLD, GUESSED = "oldoldoldoldoldoldoldo", "AAAAAAAAAAAAAAAAAAAAAA"
LINKS = [TOKEN, OLD, GUESSED, "short", "x" * 300, "..%2F..%2Fetc%2Fpasswd", "%00", "a'\"><script>"]


class World:
    """The page, a browser that keeps its cookie, and the time."""

    def __init__(self, site: str = SITE, **requests: Request) -> None:
        self.now = NOW
        self.core = RequestsInMemory(**requests)
        self.app = page(self.core, key=KEY, public_url=site, now=lambda: self.now)
        self.http = self.browser()

    def browser(self, address: str = "192.0.2.7") -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app, client=(address, 1)), base_url=SITE)

    async def form(self, link: str = TOKEN) -> str:
        """Open a link and return what its form carries."""
        return carried((await self.http.get(f"/r/{link}")).text)

    async def sees(self, link: str = TOKEN) -> httpx.Response:
        """Open a link and press the button."""
        return await self.http.post(f"/r/{link}", data={"form": await self.form(link)})

    async def answers(self, answer: str, **typed: str) -> httpx.Response:
        """Fill in one of the four answers."""
        form = carried((await self.sees()).text)
        return await self.http.post(f"/r/{TOKEN}/answer", data={"form": form, "answer": answer, **typed})


def carried(shown: str) -> str:
    return re.findall(r'name="form" value="([^"]+)"', shown)[0]


def read(response: httpx.Response) -> str:
    """Return what a person reads."""
    shown = re.sub(r"<head>.*?</head>|<[^>]*>", "", response.text, flags=re.DOTALL)
    return " ".join(html.unescape(shown).split())


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    await world.http.aclose()


# What a scanner sees


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/r/{}", "/r/{}/answer"])
async def test_opening_any_link_shows_the_same_and_looks_at_nothing(world: World, method: str, path: str) -> None:
    shown = set()
    for link in LINKS:
        response = await world.http.request(method, path.format(link))
        if response.status_code == 404:
            assert "%2F" in link  # a path of another shape: there is no such page
            continue
        assert response.status_code == 200
        text = response.text.replace(carried(response.text), "") if response.text else ""
        shown.add(re.sub(r'action="[^"]*"', "", text))
    assert len(shown) == 1
    assert (world.core.looked, world.core.answers) == ([], [])
    assert not any("Amina" in text or "Toulouse" in text for text in shown)


async def test_a_link_typed_by_a_stranger_cannot_leave_its_place_in_the_page(world: World) -> None:
    response = await world.http.get("/r/a'\"><script>alert(1)<")
    assert "<script" not in response.text


@pytest.mark.parametrize("link", [OLD, GUESSED, "short", "é" * 22, "x" * 300])
async def test_a_link_that_is_old_guessed_or_cut_says_the_same_for_all(world: World, link: str) -> None:
    response = await world.sees(link)
    assert response.status_code == 404
    assert response.text == (await world.http.get("/nothing/here")).text
    assert "Ce lien ne montre plus rien" in read(response)
    assert "répondez au message que vous avez reçu" in read(response)
    assert world.core.looked == [link for link in (OLD, GUESSED) if link == response.url.path[3:]]  # of the right shape


async def test_another_structures_link_shows_the_other_request_alone(world: World) -> None:
    world.core.requests[OLD] = replace(REQUEST, structure="Habitat Jeunes Albi", lines=(Line("Prénom", "Bilal"),))
    assert "Bilal" in read(await world.sees(OLD))
    assert "Bilal" not in read(await world.sees(TOKEN))


async def test_a_form_of_one_link_opens_no_other(world: World) -> None:
    form = await world.form(OLD)
    assert (await world.http.post(f"/r/{TOKEN}", data={"form": form})).status_code == 403
    assert world.core.looked == []


async def test_robots_are_told_to_stay_away(world: World) -> None:
    assert (await world.http.get("/robots.txt")).text == "User-agent: *\nDisallow: /\n"


# The request and the four answers


async def test_pressing_the_button_shows_what_the_person_agreed_to_send(world: World) -> None:
    response = await world.sees()
    assert response.status_code == 200
    for line in REQUEST.lines:
        assert f"{line.label} {line.value}" in read(response)
    assert "Envoyée le 20 novembre 2026" in read(response)
    assert 'href="tel:0639984512"' in response.text
    assert world.core.answers == []


@pytest.mark.parametrize(
    ("answer", "typed", "kept", "told"),
    [
        ("received", {}, Received(), "Bien reçu."),
        ("received", {"message": " Un mot.\r\nÀ bientôt "}, Received("Un mot.\nÀ bientôt"), "À bientôt"),
        (
            "appointment",
            {"on": "2026-11-26", "at": "14:30", "place": "12 rue des Lois"},
            Appointment(date(2026, 11, 26), time(14, 30), "12 rue des Lois"),
            "Rendez-vous le 26 novembre 2026 à 14 h 30, 12 rue des Lois.",
        ),
        ("cannot", {"reason": "full", "other": "CLLAJ"}, Cannot("full", "CLLAJ"), "Nous n'avons pas de place"),
        ("reached", {"reached": "yes"}, Reached(True), "Vous vous êtes parlé."),
        ("reached", {"reached": "no"}, Reached(False), "Pas de réponse"),
    ],
)  # fmt: skip
async def test_an_answer_is_kept_and_told(
    world: World, answer: str, typed: dict[str, str], kept: Answer, told: str
) -> None:
    response = await world.answers(answer, **typed)
    assert response.status_code == 200
    assert world.core.answers == [kept]
    assert "C'est noté, merci" in read(response)
    assert told in read(response)
    assert "Relais va le dire à la personne sur Telegram" in read(response)


async def test_an_answer_sent_twice_changes_nothing_twice(world: World) -> None:
    form = await world.form()
    first, again = await asyncio.gather(
        *(world.http.post(f"/r/{TOKEN}/answer", data={"form": form, "answer": "received"}) for _ in range(2))
    )
    assert first.status_code == again.status_code == 200
    assert world.core.answers == [Received()]


async def test_a_second_thought_is_an_answer_too(world: World) -> None:
    await world.answers("received")
    response = await world.answers("reached", reached="yes")
    assert world.core.answers == [Received(), Reached(True)]
    assert "Bien reçu. Vous vous êtes parlé." in read(response)
    assert "Déjà répondu Bien reçu. Vous vous êtes parlé. Compléter ou corriger" in read(await world.sees())


async def test_a_closed_request_shows_no_form_and_takes_no_answer(world: World) -> None:
    form = carried((await world.sees()).text)
    world.core.requests[TOKEN] = replace(REQUEST, state=Problem.CLOSED)
    answered = await world.http.post(f"/r/{TOKEN}/answer", data={"form": form, "answer": "received"})
    for response in (answered, await world.sees()):
        assert "Cette demande est close" in read(response)
        assert "<button" not in response.text
    assert world.core.answers == []


async def test_a_request_withdrawn_while_it_is_read_shows_nothing_any_more(world: World) -> None:
    form = carried((await world.sees()).text)
    del world.core.requests[TOKEN]
    response = await world.http.post(f"/r/{TOKEN}/answer", data={"form": form, "answer": "received"})
    assert response.status_code == 404
    assert world.core.answers == []


# What cannot be taken


@pytest.mark.parametrize(
    ("on", "at", "kept"),
    [
        ("31/12/2026", "14h30", (date(2026, 12, 31), time(14, 30))),
        ("31/12/26", "9h", (date(2026, 12, 31), time(9))),
        ("31.12.2026", "9 h 05", (date(2026, 12, 31), time(9, 5))),
        ("jeudi 3 décembre", "09:00:00", (date(2026, 12, 3), time(9))),
        ("demain", "10 heures", (date(2026, 11, 23), time(10))),
        ("05/12/26", "0h00", (date(2026, 12, 5), time(0))),
        ("2026-11-22", "15:00", (date(2026, 11, 22), time(15))),
        ("2027-11-23", "23:59", (date(2027, 11, 23), time(23, 59))),
    ],
)
async def test_a_day_and_an_hour_are_read_as_people_type_them(
    world: World, on: str, at: str, kept: tuple[date, time]
) -> None:
    await world.answers("appointment", on=on, at=at, place="par téléphone")
    assert world.core.answers == [Appointment(*kept, "par téléphone")]


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"on": ""}, "on", "Indiquez le jour du rendez-vous."),
        ({"on": "21/11/2026"}, "on", "Ce jour est passé. Choisissez un jour à venir."),
        ({"on": "1980-01-01"}, "on", "Ce jour est passé. Choisissez un jour à venir."),
        ({"on": "2027-11-24"}, "on", "Ce jour est dans plus d'un an. Vérifiez l'année."),
        ({"on": "9999-12-31"}, "on", "Ce jour est dans plus d'un an. Vérifiez l'année."),
        ({"on": "31/02/2027"}, "on", "Ce jour n'existe pas dans le calendrier."),
        ({"on": "03/13/2027"}, "on", "Ce mois n'existe pas : il y en a douze."),
        ({"on": "bientôt"}, "on", "Ce jour n'est pas lisible. Écrivez-le ainsi : 31/12/2026."),
        ({"on": "décembre 2026"}, "on", "Ce jour n'est pas lisible. Écrivez-le ainsi : 31/12/2026."),
        ({"at": ""}, "at", "Indiquez l'heure du rendez-vous."),
        ({"at": "25h"}, "at", "Cette heure n'est pas lisible. Écrivez-la ainsi : 14h30."),
        ({"at": "14h75"}, "at", "Cette heure n'est pas lisible. Écrivez-la ainsi : 14h30."),
        ({"at": "l'après-midi"}, "at", "Cette heure n'est pas lisible. Écrivez-la ainsi : 14h30."),
        ({"on": "22/11/2026", "at": "14h59"}, "at", "Cette heure est déjà passée aujourd'hui."),
        ({"place": " \u200f\n "}, "place", "Indiquez où la personne est attendue."),
        ({"place": "a" * 201}, "place", "C'est un peu long : 201 caractères. Gardez-en 200 au plus."),
        ({"message": "é" * 501}, "message", "Ce mot fait 501 caractères. Gardez-en 500 au plus."),
    ],
)
async def test_what_is_wrong_is_told_beside_its_field_and_what_was_typed_stays(
    world: World, typed: dict[str, str], field: str, said: str
) -> None:
    right = {"on": "26/11/2026", "at": "14h30", "place": "12 rue des Lois", "message": "Apportez vos papiers"}
    response = await world.answers("appointment", **(right | typed))
    assert response.status_code == 422
    assert world.core.answers == []
    [tag] = re.findall(rf'<(?:input|textarea)[^>]* id="appointment-{field}"[^>]*>', response.text)
    assert 'aria-invalid="true" autofocus' in tag
    assert f'aria-describedby="appointment-{field}-wrong' in tag
    assert f"Erreur : {said}" in read(response)
    for name, value in (right | typed).items():
        kept = html.escape(value) if name == "message" else f'value="{html.escape(value)}"'
        assert kept in response.text.replace("&#39;", "&#x27;")
    assert response.text.count('<details name="answer" open>') == 1


async def test_the_first_wrong_field_has_the_focus_alone(world: World) -> None:
    response = await world.answers("appointment", on="", at="", place="")
    assert response.text.count("aria-invalid") == 3
    assert re.findall(r'id="([\w-]+)"[^>]*autofocus', response.text) == ["appointment-on"]


@pytest.mark.parametrize("reason", ["", "fully", "Full", "<b>"])
async def test_a_refusal_needs_a_reason_of_the_list(world: World, reason: str) -> None:
    response = await world.answers("cannot", reason=reason)
    assert "Erreur : Choisissez la raison qui convient le mieux." in read(response)
    assert world.core.answers == []


@pytest.mark.parametrize("typed", [{"answer": "erase"}, {"answer": ""}, {"answer": "reached", "reached": "perhaps"}])
async def test_an_answer_that_is_none_of_the_four_is_asked_again(world: World, typed: dict[str, str]) -> None:
    response = await world.answers(**typed)
    assert "Votre réponse" in read(response)
    assert world.core.answers == []


async def test_an_hour_is_that_of_the_structure() -> None:
    """It is 15:00 in Paris and 10:00 in Guadeloupe, on the same Sunday."""
    world = World(**{TOKEN: replace(REQUEST, zone="America/Guadeloupe")})
    await world.answers("appointment", on="2026-11-22", at="11:00", place="ici")
    assert world.core.answers == [Appointment(date(2026, 11, 22), time(11), "ici")]


async def test_signs_that_nobody_sees_are_not_kept(world: World) -> None:
    await world.answers("received", message="a\x00b\u202ec\u2066d\ud800e\x1b[31m".encode("utf-8", "replace").decode())
    assert world.core.answers == [Received("abcd?e[31m")]


# Forms of others, and old ones


async def test_a_form_without_its_seal_shows_the_first_page_and_keeps_what_was_typed(world: World) -> None:
    await world.form()
    typed = {"answer": "appointment", "on": "2026-11-26", "at": "14:30", "place": 'Rue "X" <b>', "message": "a\nb"}
    response = await world.http.post(f"/r/{TOKEN}/answer", data=typed)
    assert response.status_code == 403
    assert "Cette page était ouverte depuis longtemps." in read(response)
    assert "Ce que vous aviez écrit est gardé" in read(response)
    assert world.core.looked == []
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', response.text))
    again = await world.http.post(f"/r/{TOKEN}", data={name: html.unescape(value) for name, value in hidden.items()})
    assert '<details name="answer" open>' in again.text
    assert 'value="Rue &#34;X&#34; &lt;b&gt;"' in again.text
    assert "\na\nb</textarea>" in again.text
    assert world.core.answers == []


async def test_a_form_is_good_for_two_hours(world: World) -> None:
    form = await world.form()
    world.now += timedelta(hours=2)
    assert (await world.http.post(f"/r/{TOKEN}", data={"form": form})).status_code == 200
    world.now += timedelta(seconds=1)
    assert (await world.http.post(f"/r/{TOKEN}", data={"form": form})).status_code == 403


SPOILT = {
    "its seal": lambda form: form[:-1] + ("0" if form[-1] != "0" else "1"),
    "its time": lambda form: "1" + form,
    "its form": lambda form: form.replace(".", ""),
    "everything": lambda _: "²²².é",
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
async def test_a_form_that_somebody_changed_is_not_ours(world: World, spoil: Any) -> None:
    response = await world.http.post(f"/r/{TOKEN}", data={"form": spoil(await world.form())})
    assert response.status_code == 403
    assert world.core.looked == []


async def test_a_form_goes_with_the_cookie_of_its_browser(world: World) -> None:
    form = await world.form()
    async with world.browser() as other:
        assert (await other.post(f"/r/{TOKEN}", data={"form": form})).status_code == 403
        await other.get(f"/r/{TOKEN}")
        assert (await other.post(f"/r/{TOKEN}", data={"form": form})).status_code == 403


async def test_two_pages_open_in_one_browser_both_work(world: World) -> None:
    first, second = await world.form(), await world.form()
    for form in (second, first):
        assert (await world.http.post(f"/r/{TOKEN}", data={"form": form})).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": SITE}, 200),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": SITE, "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "http://relais.example.org"}, 403),
        ({"Origin": f"{SITE}.example"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": SITE, "Sec-Fetch-Site": "same-site"}, 403),
    ],
)
async def test_a_form_sent_by_another_site_is_refused(world: World, headers: dict[str, str], status: int) -> None:
    form = await world.form()
    response = await world.http.post(f"/r/{TOKEN}", data={"form": form}, headers=headers)
    assert response.status_code == status
    assert bool(world.core.looked) is (status == 200)


# Limits


async def test_too_many_presses_in_a_minute_are_asked_to_wait(world: World) -> None:
    form = await world.form()
    for _ in range(PRESSES[0]):
        assert (await world.http.post(f"/r/{TOKEN}", data={"form": form})).status_code == 200
    response = await world.http.post(f"/r/{TOKEN}", data={"form": form})
    assert (response.status_code, response.headers["Retry-After"]) == (429, "60")
    assert "Trop d'essais en peu de temps" in read(response)
    assert len(world.core.looked) == PRESSES[0]
    world.now += PRESSES[1]
    assert (await world.http.post(f"/r/{TOKEN}", data={"form": form})).status_code == 200


async def test_one_link_pressed_from_many_places_is_held_back_and_the_others_are_not(world: World) -> None:
    world.core.requests[OLD] = REQUEST
    for number in range(PRESSES[0]):
        async with world.browser(f"198.51.100.{number}") as other:
            await other.post(f"/r/{TOKEN}")
    assert (await world.sees(TOKEN)).status_code == 429
    assert (await world.sees(OLD)).status_code == 200


async def test_one_place_that_presses_on_many_links_is_held_back(world: World) -> None:
    for _ in range(PRESSES[0] // 2):
        await world.http.post(f"/r/{TOKEN}")
        await world.http.post(f"/r/{OLD}")
    assert (await world.sees(TOKEN)).status_code == 429
    async with world.browser("192.0.2.8") as other:
        assert (await other.post(f"/r/{TOKEN}")).status_code == 403


async def test_whoever_guesses_links_gets_nothing_for_an_hour_and_others_go_on(world: World) -> None:
    for number in range(WRONG_LINKS[0]):
        assert (await world.sees(f"{GUESSED[:-1]}{number}")).status_code == 404
    assert (await world.sees(TOKEN)).status_code == 429
    async with world.browser("192.0.2.8") as other:
        form = carried((await other.get(f"/r/{TOKEN}")).text)
        assert (await other.post(f"/r/{TOKEN}", data={"form": form})).status_code == 200
    world.now += WRONG_LINKS[1]
    assert (await world.sees(TOKEN)).status_code == 200


async def test_one_subscriber_with_many_ipv6_addresses_is_one_visitor(world: World) -> None:
    for number in range(WRONG_LINKS[0] + 1):
        async with world.browser(f"2001:db8:1:2::{number:x}") as other:
            form = carried((await other.get(f"/r/{GUESSED}")).text)
            status = (await other.post(f"/r/{GUESSED}", data={"form": form})).status_code
    assert status == 429


@pytest.mark.parametrize("size", [LONGEST_BODY, LONGEST_BODY + 1])
async def test_a_form_that_is_too_big_is_refused(world: World, size: int) -> None:
    form = await world.form()
    start = urlencode({"form": form, "answer": "received", "message": ""})
    response = await world.http.post(f"/r/{TOKEN}/answer", content=start + "a" * (size - len(start)))
    assert response.status_code == (422 if size == LONGEST_BODY else 413)
    assert world.core.answers == []


async def test_the_longest_word_to_the_person_fits_whatever_its_letters(world: World) -> None:
    for letter in ("é", "ع", "\r\n", "漢"):
        message = "a" + letter * 498 + "z"
        assert (await world.answers("received", message=message)).status_code == 200
    assert len(world.core.answers) == 4


@pytest.mark.parametrize("body", [b"\xff\xfe", b"&".join(b"a=1" for _ in range(50)), b"=&=&%zz=%", b"{}", b""])
async def test_a_body_that_no_browser_sends_is_no_form_of_ours(world: World, body: bytes) -> None:
    assert (await world.http.post(f"/r/{TOKEN}/answer", content=body)).status_code == 403
    assert world.core.looked == []


# What is written by others stands as text


@pytest.mark.parametrize(
    "hostile",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}{% raw %}", "&lt;b&gt;",
     "javascript:alert(1)", "\u202eرمز\u2066", "a" * 256, "ligne\r\nSet-Cookie: x=1", "tel:+33; DROP"],
)  # fmt: skip
async def test_whatever_a_request_holds_is_shown_as_text(hostile: str) -> None:
    request = Request(hostile, hostile, date(2026, 11, 20), (Line(hostile, hostile),), "open", (hostile,))
    response = await World(**{TOKEN: request}).sees()
    assert response.status_code == 200
    assert response.text.count(html.escape(hostile).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")) == 5
    assert not re.search(r"<(script|img)|href=\"javascript", response.text)
    assert response.text.count("<bdi>") >= 4
    assert "x=1" not in response.headers.get("Set-Cookie", "")


# What every answer carries


async def test_every_answer_has_the_strict_headers(world: World) -> None:
    form = await world.form()
    answers = [
        await world.http.get(f"/r/{TOKEN}"),
        await world.http.head(f"/r/{TOKEN}"),
        await world.http.post(f"/r/{TOKEN}", data={"form": form}),
        await world.http.post(f"/r/{TOKEN}/answer", data={"form": form, "answer": "received"}),
        await world.http.post(f"/r/{TOKEN}"),
        await world.http.post(f"/r/{TOKEN}", headers={"Sec-Fetch-Site": "cross-site"}),
        await world.http.get("/style.css"),
        await world.http.get("/robots.txt"),
        await world.http.get("/favicon.ico"),
        await world.http.put(f"/r/{TOKEN}"),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 403, 403, 200, 200, 404, 404]
    for answer in answers:
        assert answer.headers["Content-Security-Policy"] == (
            "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        )
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert "geolocation=()" in answer.headers["Permissions-Policy"]
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert "Server" not in answer.headers
        assert "<script" not in answer.text
        assert "style=" not in answer.text


async def test_the_cookie_means_nothing_and_belongs_to_this_site_alone(world: World) -> None:
    cookie = (await world.http.get(f"/r/{TOKEN}")).headers["Set-Cookie"]
    assert re.fullmatch(r"__Host-relais=[\w-]{22}; HttpOnly; Max-Age=7200; Path=/; SameSite=lax; Secure", cookie)


async def test_without_https_nothing_claims_it() -> None:
    response = await World("http://127.0.0.1:8080").http.get(f"/r/{TOKEN}")
    assert response.headers["Set-Cookie"].startswith("relais=")
    assert "Secure" not in response.headers["Set-Cookie"]
    assert "Strict-Transport-Security" not in response.headers


async def test_nothing_comes_from_elsewhere(world: World) -> None:
    shown = [await world.http.get(f"/r/{TOKEN}"), await world.sees(), await world.http.get("/style.css")]
    for response in shown:
        assert not re.search(r"(https?:)?//(?!127)", response.text), response.url
        assert "url(" not in response.text


# What is never told


class Failing(RequestsInMemory):
    async def look(self, token: str) -> Request | None:
        raise LookupError(token, "Amina", "06 39 98 45 12")


async def test_a_failure_of_the_core_is_a_kind_page_and_a_log_without_a_value() -> None:
    world = World()
    world.core.look = Failing().look  # type: ignore[method-assign]
    with structlog.testing.capture_logs() as logged:
        response = await world.sees()
    assert response.status_code == 500
    assert "La page est en panne" in read(response)
    assert response.headers["Cache-Control"] == "no-store"
    assert logged == [{"event": "receipt_page_failed", "error": "LookupError", "log_level": "error"}]


def test_the_values_do_not_show_in_what_is_raised() -> None:
    values = [
        Line("Prénom", "Amina"), Received("Amina"), Cannot("full", "Amina", "Amina"), Reached(True, "Amina"),
        Appointment(date(2026, 1, 1), time(1), "Amina", "Amina"), replace(REQUEST, answered=("Amina",)),
    ]  # fmt: skip
    assert "Amina" not in repr(values)


def test_every_reason_has_a_label_that_a_reader_understands() -> None:
    assert all(label[0].isupper() and not label.endswith(".") for label in REASONS.values())


# The server and the pictures


@pytest.fixture
def port() -> Iterator[int]:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        found = int(probe.getsockname()[1])
    yield found
    with socket.socket() as probe:
        assert probe.connect_ex((HOST, found)) != 0, "somebody still listens"


async def test_the_page_is_served_for_the_time_of_the_block_and_believes_its_proxy(
    port: int, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    core, asked = RequestsInMemory(), {"key": KEY, "public_url": SITE, "now": lambda: NOW}
    async with (
        serving(core, port, **asked),
        httpx.AsyncClient(base_url=f"http://{HOST}:{port}", trust_env=False) as http,
    ):
        with pytest.raises(PortTaken, match="WEB_PORT: nothing can listen"):
            async with serving(core, port, **asked):
                pass
        first = await http.get(f"/r/{TOKEN}")
        assert "server" not in first.headers
        cookie = {"Cookie": first.headers["Set-Cookie"].partition(";")[0]}
        for number in range(WRONG_LINKS[0] + 1):
            far = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", **cookie}
            link = f"{GUESSED[:-2]}{number:02}"
            form = carried((await http.get(f"/r/{link}", headers=cookie)).text)
            refused = await http.post(f"/r/{link}", data={"form": form}, headers=far)
        assert refused.status_code == 429
        seen = await http.post(f"/r/{TOKEN}", data={"form": carried(first.text)}, headers=cookie)
        assert seen.status_code == 200
    printed = "".join(capfd.readouterr()) + caplog.text
    assert TOKEN not in printed
    assert "/r/" not in printed


async def test_without_a_port_there_is_no_page() -> None:
    async with serving(RequestsInMemory(), None, key=KEY, public_url=SITE, now=lambda: NOW):
        pass


async def test_a_form_that_stops_on_the_way_changes_nothing(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.receipt.SLOWEST_BODY", 0.2)
    core = RequestsInMemory()
    async with serving(core, port, key=KEY, public_url=SITE, now=lambda: NOW):
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(f"POST /r/{TOKEN}/answer HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nform=".encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        writer.close()
        _, gone = await asyncio.open_connection(HOST, port)
        gone.write(f"POST /r/{TOKEN}/answer HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nform=".encode())
        await gone.drain()
        gone.close()
    assert (core.looked, core.answers) == ([], [])


def test_the_pictures_are_there_and_small() -> None:
    """If this fails after a change of the page: `make screenshots`."""
    pictures = {path.name: path.stat().st_size for path in (ROOT / "docs").glob("receipt-*.png")}
    assert sorted(pictures) == sorted(f"receipt-{name}.png" for name in KEPT)
    assert max(pictures.values()) < 150_000
