"""Google Wallet: whether Google takes our account and our cards, and what a person has to look at there."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from honeyguide.doctor import pass_types
from honeyguide.doctor.finding import Examined, Finding, failure, good, warning
from honeyguide.wallet.assembly import is_loopback, passes_folder
from honeyguide.wallet.at_google.classes import LOGO, callback_url
from honeyguide.wallet.at_google.setup import DEMO_MODE, self_test
from honeyguide.wallet.faces.template import Template, load_templates
from honeyguide.wallet.faces.template_files import TemplateInvalid
from honeyguide.wallet.google.account import AccountInvalid
from honeyguide.wallet.google.client import GoogleWallet
from honeyguide.wallet.google.limiter import OwnLimiter
from honeyguide.wallet.google.loyalty import BodyIncomplete
from honeyguide.wallet.google.outcomes import Refused, Retry

_SET = "set HONEYGUIDE_GOOGLE_SERVICE_ACCOUNT_FILE and HONEYGUIDE_GOOGLE_ISSUER_ID, if Android phones are to have cards"
_BRING = "bring its JSON key: honeyguide credentials add-google"
_REVIEW = "look into the Google Pay & Wallet console; the next program version is sent for review again"


async def check(examined: Examined) -> Sequence[Finding]:
    settings = examined.settings
    own, troubles = await _own(examined)
    try:
        shared = _shared(examined)
        templates = [one for one in load_templates(passes_folder(settings)).values() if one.google]
    except (AccountInvalid, TemplateInvalid) as error:
        return [failure(f"Google Wallet cannot be used: {error}", "take the JSON key that Google's console gave, and mend the pass style")]
    if isinstance(shared, Finding) and not own:
        return [*troubles, shared]
    issuers = [*([] if isinstance(shared, Finding) else [shared]), *own]
    return [
        *troubles,
        *[await _tested(google, template, settings.url) for google in issuers for template in templates],
        *_callbacks(settings.url),
        *await _classes(examined),
        warning(DEMO_MODE, "look there; this cannot be asked by the API"),
    ]


def _shared(examined: Examined) -> GoogleWallet | Finding:
    """That of the settings, or what it lacks; raises AccountInvalid."""
    settings = examined.settings
    if settings.google_service_account_file is None and not is_loopback(urlsplit(settings.google_api_url).hostname or ""):
        return warning("Google Wallet is not set up: there are no cards for Android phones", _SET)
    google = GoogleWallet.open(settings, examined.egress, lambda: examined.now)
    return warning("Google Wallet has an account and no issuer", _SET) if google is None else google


async def _own(examined: Examined) -> tuple[list[GoogleWallet], list[Finding]]:
    """The issuers that programs brought, each once, and those whose account is gone; what does not open the check of certificates tells."""
    found, _ = await pass_types.own(examined)
    accounts = {one.issuer_id: one.account for one in found.google.values()}
    gone = [issuer_id for issuer_id, account in accounts.items() if account is None]
    ways = [
        GoogleWallet.of(
            examined.settings, issuer_id, account, examined.egress, lambda: examined.now, limiter=lambda _, rate: OwnLimiter(rate)
        )
        for issuer_id, account in accounts.items()
        if account is not None
    ]
    return ways, [failure(f"the issuer {issuer_id} at Google has no account: its cards wait", _BRING) for issuer_id in gone]


async def _tested(google: GoogleWallet, template: Template, url: str) -> Finding:
    logo = f"{url}/wallet/images/{template.style}/{LOGO}"
    try:
        outcome = await self_test(google, template, logo)
    except BodyIncomplete as error:
        return failure(f"the style {template.style} makes no card for Google: {error}", "mend its google.json")
    if isinstance(outcome, Refused):
        what = "give the service account the role of a developer of this issuer, and look at the file of its key; 400: at google.json"
        said = f"{outcome.status} {outcome.reason}"
        return failure(f"Google refuses a card of the style {template.style} under the issuer {google.issuer_id}: {said}", what)
    if isinstance(outcome, Retry):
        return warning(f"Google did not answer properly ({outcome.reason})", "run this again later")
    return good(f"Google takes cards of the style {template.style} under the issuer {google.issuer_id}")


def _callbacks(url: str) -> list[Finding]:
    if callback_url(url) is not None:
        return []
    return [warning("Google cannot tell us who saved or deleted a card: HONEYGUIDE_PUBLIC_URL is not https", "put the server behind TLS")]


async def _classes(examined: Examined) -> list[Finding]:
    """What Google's reviewers said of the classes that there are (G3)."""
    if examined.database is None:
        return []
    rows = await examined.database.fetch("SELECT class_id, review_status, problem FROM google_class ORDER BY class_id LIMIT 100")
    return [
        failure(f"Google's class {row['class_id']} is {row['review_status']}{': ' + row['problem'] if row['problem'] else ''}", _REVIEW)
        for row in rows
        if row["problem"] is not None or row["review_status"] == "REJECTED"
    ]
