"""The letters of signing in, in English and German: plain words beside HTML that is escaped, with nothing to load and nobody to tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

import jinja2

from honeyguide.identity.sessions.code import LIFE, shown
from honeyguide.mail import Letter

TOLD_FOR = timedelta(hours=24)  # later nobody needs to be told

# By language, then by letter: subject, paragraphs, what a button says.
TEXTS: Final[Mapping[str, Mapping[str, tuple[str, tuple[str, ...], str]]]] = {
    "en": {
        "code": (
            "Your code for {program}",
            ("Type this code where you asked for it. It works once, for ten minutes.",),
            "",
        ),
        "warning": (
            "",
            ("Nobody of ours will ever ask you for it. If you did not ask for it, there is nothing to do: without it nobody gets in.",),
            "",
        ),
        "have_account": (
            "You are a member of {program} already",
            (
                "Somebody wanted to use this e-mail address for another card of {program}. It belongs to your membership, so nothing was changed.",
                "If that was you: sign in with this address, and your points and your card are there.",
            ),
            "",
        ),
        "changed": (
            "Your e-mail address at {program} was changed",
            (
                "Your membership of {program} has another e-mail address now; this one does not open it any more.",
                "If that was not you, please tell the customer service of {program} at once.",
            ),
            "",
        ),
        "ended": (
            "We signed you out of {program}",
            (
                "An outdated key of one of your devices was used again. That can happen when a phone was restored from a backup; it can also mean that "
                "somebody copied it.",
                "To be safe we ended this sign-in. Your other devices are not affected. Just sign in again with a new code.",
            ),
            "",
        ),
        "guardian": (
            "{name} would like to join {program}",
            (
                "{name} gave us this address as that of a parent or guardian. People of this age become members only when one of them agrees.",
                "Nothing is stored so far. Look at what it is about, and agree or simply do nothing. The link works for seven days.",
            ),
            "Look at it",
        ),
        "guardian_of_member": (
            "{name} has joined {program}",
            (
                "{name} joined {program} in a shop and gave us this address as that of a parent or guardian. At this age nobody agrees to anything "
                "else alone, such as news.",
                "Look at what is kept, and agree or simply do nothing. The link works for seven days.",
            ),
            "Look at it",
        ),
    },
    "de": {
        "code": (
            "Ihr Code für {program}",
            ("Geben Sie diesen Code dort ein, wo Sie ihn angefordert haben. Er gilt einmal, zehn Minuten lang.",),
            "",
        ),
        "warning": (
            "",
            (
                "Von uns wird Sie niemand danach fragen. Falls Sie ihn nicht angefordert haben, müssen Sie nichts tun: Ohne ihn kommt niemand "
                "hinein.",
            ),
            "",
        ),
        "have_account": (
            "Sie sind schon Mitglied bei {program}",
            (
                "Jemand wollte diese E-Mail-Adresse für eine andere Karte von {program} verwenden. Sie gehört zu Ihrer Mitgliedschaft, deshalb wurde "
                "nichts geändert.",
                "Falls Sie das waren: Melden Sie sich mit dieser Adresse an, Ihre Punkte und Ihre Karte sind da.",
            ),
            "",
        ),
        "changed": (
            "Ihre E-Mail-Adresse bei {program} wurde geändert",
            (
                "Ihre Mitgliedschaft bei {program} hat jetzt eine andere E-Mail-Adresse; diese öffnet sie nicht mehr.",
                "Falls Sie das nicht waren, sagen Sie es bitte sofort dem Kundendienst von {program}.",
            ),
            "",
        ),
        "ended": (
            "Wir haben Sie bei {program} abgemeldet",
            (
                "Ein veralteter Schlüssel eines Ihrer Geräte wurde noch einmal benutzt. Das kommt vor, wenn ein Telefon aus einer Sicherung "
                "wiederhergestellt wurde; es kann auch heißen, dass jemand ihn kopiert hat.",
                "Zur Sicherheit haben wir diese Anmeldung beendet. Ihre anderen Geräte sind nicht betroffen. Melden Sie sich einfach mit einem neuen "
                "Code an.",
            ),
            "",
        ),
        "guardian": (
            "{name} möchte Mitglied bei {program} werden",
            (
                "{name} hat uns diese Adresse als die eines Elternteils oder Vormunds genannt. In diesem Alter wird man nur Mitglied, wenn jemand von "
                "ihnen zustimmt.",
                "Bisher ist nichts gespeichert. Sehen Sie sich an, worum es geht, und stimmen Sie zu, oder tun Sie einfach nichts. Der Link gilt sieben "
                "Tage.",
            ),
            "Ansehen",
        ),
        "guardian_of_member": (
            "{name} ist jetzt Mitglied bei {program}",
            (
                "{name} ist in einem Geschäft Mitglied bei {program} geworden und hat uns diese Adresse als die eines Elternteils oder Vormunds "
                "genannt. In diesem Alter stimmt niemand allein weiterem zu, zum Beispiel Neuigkeiten.",
                "Sehen Sie sich an, was aufbewahrt wird, und stimmen Sie zu, oder tun Sie einfach nichts. Der Link gilt sieben Tage.",
            ),
            "Ansehen",
        ),
    },
}


def code_letter(to: str, program: str, language: str, code: str, now: datetime) -> Letter:
    """Later than the code lives, it is not sent."""
    _, warning, _ = TEXTS[language]["warning"]
    return _letter(to, "code", language, now + LIFE, {"program": program}, code=shown(code), after=warning)


def told(
    to: str, kind: str, program: str, language: str, now: datetime, *, link: str | None = None, life: timedelta = TOLD_FOR, **facts: str
) -> Letter:
    """have_account, changed, ended, guardian, guardian_of_member."""
    return _letter(to, kind, language, now + life, {"program": program, **facts}, link=link)


def _letter(
    to: str,
    kind: str,
    language: str,
    ends_at: datetime,
    facts: Mapping[str, str],
    *,
    code: str | None = None,
    link: str | None = None,
    after: tuple[str, ...] = (),
) -> Letter:
    subject, before, button = TEXTS[language][kind]
    values: dict[str, Any] = {
        "language": language,
        "program": facts["program"],
        "subject": subject.format(**facts),
        "before": [text.format(**facts) for text in before],
        "after": list(after),
        "code": code,
        "link": link,
        "button": button,
    }
    parts = [*values["before"], code, link, *after, facts["program"]]
    return Letter(to, values["subject"], "\n\n".join(part for part in parts if part) + "\n", _template()(**values), ends_at)


@cache
def _template() -> Callable[..., str]:
    loader = jinja2.PackageLoader("honeyguide.identity", "templates")
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, auto_reload=False)
    return environment.get_template("letter.html").render
