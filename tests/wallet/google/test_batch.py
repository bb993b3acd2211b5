"""Batches: every call keeps its own answer, whatever order or nonsense comes back (G9)."""

from __future__ import annotations

import random

from honeyguide.wallet.google.batch import batch_answers, batch_body

ANSWER = (
    "--x\r\nContent-Type: application/http\r\nContent-ID: <response-{place}>\r\n\r\n"
    "HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\n\r\n{body}\r\n"
)


def test_g9_answers_are_told_apart_by_their_ids_and_what_is_missing_is_none() -> None:
    body = (
        "".join(ANSWER.format(place=place, status=status, body=f'{{"n":{place}}}') for place, status in ((2, 200), (0, 409), (9, 200)))
        + "--x--"
    )

    answers = batch_answers("multipart/mixed; boundary=x", body.encode(), 3)

    assert [answer and (answer[0], answer[1].strip()) for answer in answers] == [(409, b'{"n":0}'), None, (200, b'{"n":2}')]


def test_g9_an_answer_that_is_no_batch_answers_nothing() -> None:
    chance, good = random.Random(9), ANSWER.format(place=0, status=200, body="{}") + "--x--"

    for content_type, body in (("", b""), ("text/plain", b"x"), ("multipart/mixed", b"--"), ("multipart/mixed; boundary=é", b"\xff")):
        assert batch_answers(content_type, body, 2) == [None, None]
    for _ in range(200):
        at = chance.randrange(len(good))
        batch_answers("multipart/mixed; boundary=x", (good[:at] + chr(chance.randrange(256)) + good[at + 1 :]).encode("latin-1"), 1)


def test_g9_the_calls_of_a_batch_begin_at_the_root_of_the_api() -> None:
    body = batch_body("POST", "/walletobjects/v1/loyaltyObject", [{"id": "1.a"}, {"id": "1.b"}]).decode()

    assert body.count("POST /walletobjects/v1/loyaltyObject HTTP/1.1") == 2
    assert "Content-ID: <1>" in body and body.endswith("--honeyguide_batch--\r\n")
