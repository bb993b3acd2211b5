"""The words of the page by language; a language that is missing reads English."""

from __future__ import annotations

from collections.abc import Mapping

from honeyguide.programs.localised import in_language

_ENGLISH = {
    "member": "Member", "nobody": "nobody yet: an anonymous purchase", "erased": "erased: the person is forgotten, the number removed",
    "household": "the pool of a household", "happened": "Happened", "posted": "Posted",
    "decided": "Decided by", "program": "program {code}, version {version}", "since": ", in force since {moment}", "tier": "Tier then",
    "amount": "Amount", "reference": "Reference", "business_date": "business date {day}", "of": "Follows from", "channel": "Channel",
    "flags": "Flags", "tender": "Paid with", "reason": "Reason", "at": "{event} at {partner}",
    "earned": "What it earned", "why": "Why", "missed": "What it did not earn", "lots": "Lots that it moved", "transfers": "Transfers",
    "became": "What became of it", "after": "Balance after it", "related": "Related transactions", "dates": "Dates that it moved",
    "tiers": "Tier", "nothing": "It moved no points.", "nothing_since": "nothing yet: all of it is there",
    "lot": "lot {lot}", "of_lot": "lot", "made_by": "earned by", "earned_on": "earned", "issuer": "issued by", "operator": "the operator", "never": "never",
    "available": "available from {moment}", "expires": "expires {moment}", "never_expires": "never expires",
    "by_rule": "rule {rules}", "by_rules": "rules {rules}", "by_member": "Redeemed by", "receipt": "Receipt", "article": "article",
    "category": "category", "pieces": "number", "comes_back": "came back", "repaid_at_once": "{quantity} of it repaid at once what was owed",
    "input_steps": "full steps: {value}", "input_uncapped": "{value} before the limit",
    "input_at_rate": "{value} at this rate", "input_rounding": "{value}", "rounding_floor": "rounded down", "rounding_ceiling": "rounded up",
    "rounding_half_up": "rounded half up", "rounding_half_even": "rounded half to even",
    "from": "from", "to": "to", "line": "line", "quantity": "quantity", "balance": "balance after", "left": "Now: {parts}", "id": "transaction",
    "of_it": "{quantity} of it {what} by {event} {id} on {moment}", "posted_and_available": "{unit}: posted {posted}, available {available}",
    "posted_only": "{unit}: posted {posted}", "until": "{tier} since {since}, until {until}", "for_good": "{tier} since {since}",
    "moved_date": "{what}: from {before} to {after}", "balance_of": "the whole balance of {unit}", "is": "is",
}  # fmt: skip
_GERMAN = {
    "member": "Mitglied", "nobody": "noch niemand: ein anonymer Einkauf", "erased": "gelöscht: die Person ist vergessen, die Nummer entfernt",
    "household": "der gemeinsame Topf eines Haushalts", "happened": "Geschehen", "posted": "Gebucht",
    "decided": "Entschieden durch", "program": "Programm {code}, Fassung {version}", "since": ", in Kraft seit {moment}", "tier": "Status damals",
    "amount": "Betrag", "reference": "Belegnummer", "business_date": "Geschäftstag {day}", "of": "Folgt aus", "channel": "Kanal",
    "flags": "Vermerke", "tender": "Bezahlt mit", "reason": "Grund", "at": "{event} bei {partner}",
    "earned": "Was er brachte", "why": "Warum", "missed": "Was er nicht brachte", "lots": "Bewegte Posten", "transfers": "Umbuchungen",
    "became": "Was daraus wurde", "after": "Stand danach", "related": "Zusammenhängende Buchungen", "dates": "Verschobene Daten",
    "tiers": "Status", "nothing": "Es wurden keine Punkte bewegt.", "nothing_since": "noch nichts: alles ist da",
    "lot": "Posten {lot}", "of_lot": "Posten", "made_by": "gesammelt durch",
    "earned_on": "gesammelt", "issuer": "ausgegeben von", "operator": "dem Betreiber", "never": "nie",
    "available": "verfügbar ab {moment}", "expires": "verfällt {moment}", "never_expires": "verfällt nie",
    "by_rule": "Regel {rules}", "by_rules": "Regeln {rules}", "by_member": "Eingelöst von", "receipt": "Beleg", "article": "Artikel",
    "category": "Warengruppe", "pieces": "Anzahl", "comes_back": "kam zurück", "repaid_at_once": "{quantity} davon glichen gleich aus, was offen war",
    "input_steps": "volle Stufen: {value}", "input_uncapped": "{value} vor der Grenze",
    "input_at_rate": "{value} zu diesem Satz", "input_rounding": "{value}", "rounding_floor": "abgerundet", "rounding_ceiling": "aufgerundet",
    "rounding_half_up": "kaufmännisch gerundet", "rounding_half_even": "zur geraden Zahl gerundet",
    "from": "von", "to": "an", "line": "Zeile", "quantity": "Menge", "balance": "Stand danach", "left": "Heute: {parts}", "id": "Buchung",
    "of_it": "{quantity} davon {what} durch {event} {id} am {moment}", "posted_and_available": "{unit}: gebucht {posted}, verfügbar {available}",
    "posted_only": "{unit}: gebucht {posted}", "until": "{tier} seit {since}, bis {until}", "for_good": "{tier} seit {since}",
    "moved_date": "{what}: von {before} auf {after}", "balance_of": "der ganze Stand an {unit}", "is": "ist",
}  # fmt: skip

_ENGLISH_EVENTS = {
    "ENROLMENT": "Enrolment", "PURCHASE": "Purchase", "REDEMPTION": "Redemption", "AUTHORIZATION": "Reservation",
    "APPROVAL": "Reservation approved in the app", "VOID": "Reservation given back", "LAPSE": "Reservation that ran out",
    "ADJUSTMENT": "Adjustment", "ACTIVATION": "Activation",
    "TIER_REVIEW": "Tier review", "TIER_WARNING": "Tier warning", "TIER_ASSIGNMENT": "Tier assigned by hand", "REVERSAL": "Reversal",
    "ACTIVITY": "Activity", "EXPIRY": "Expiry", "REINSTATEMENT": "Reinstatement", "TRANSFER": "Transfer", "MERGE": "Merge", "UNMERGE": "Unmerge",
    "CLOSURE": "Closure", "ERASURE": "Erasure",
}  # fmt: skip
_GERMAN_EVENTS = {
    "ENROLMENT": "Beitritt", "PURCHASE": "Einkauf", "REDEMPTION": "Einlösung", "AUTHORIZATION": "Reservierung",
    "APPROVAL": "In der App bestätigte Reservierung", "VOID": "Aufgehobene Reservierung", "LAPSE": "Abgelaufene Reservierung",
    "ADJUSTMENT": "Berichtigung", "ACTIVATION": "Freigabe",
    "TIER_REVIEW": "Statusprüfung", "TIER_WARNING": "Statuswarnung", "TIER_ASSIGNMENT": "Von Hand zugewiesener Status", "REVERSAL": "Rückbuchung",
    "ACTIVITY": "Aktivität", "EXPIRY": "Verfall", "REINSTATEMENT": "Wiedergutschrift", "TRANSFER": "Übertragung", "MERGE": "Zusammenlegung",
    "UNMERGE": "Trennung", "CLOSURE": "Austritt", "ERASURE": "Löschung",
}  # fmt: skip

# Codes of tenders, lines, channels and reasons.
_ENGLISH_CODES = {
    "tender_CASH": "cash", "tender_CARD": "card", "tender_POINTS": "points", "tender_VOUCHER": "voucher", "tender_GIFT_CARD": "gift card",
    "tender_STORE_CREDIT": "store credit", "tender_OTHER": "other", "TAX": "tax", "SHIPPING": "shipping", "GIFT_CARD": "gift card",
    "DISCOUNT": "discount", "STORE": "in the shop", "ONLINE": "online", "APP": "in the app", "PHONE": "by phone",
    "GOODWILL": "goodwill", "CORRECTION": "a correction", "MIGRATION": "brought from another program", "OTHER": "other",
    "household_earnings": "earned by a member of the household", "household_join": "a member joined the household",
    "AHEAD_OF_CLOCK": "the till's clock was ahead", "RECORDED_OFFLINE": "recorded offline", "household_leave": "a member left the household",
}  # fmt: skip
_GERMAN_CODES = {
    "tender_CASH": "bar", "tender_CARD": "Karte", "tender_POINTS": "Punkte", "tender_VOUCHER": "Gutschein", "tender_GIFT_CARD": "Geschenkkarte",
    "tender_STORE_CREDIT": "Guthaben im Laden", "tender_OTHER": "anderes", "TAX": "Steuer", "SHIPPING": "Versand", "GIFT_CARD": "Geschenkkarte",
    "DISCOUNT": "Rabatt", "STORE": "im Laden", "ONLINE": "online", "APP": "in der App", "PHONE": "am Telefon",
    "GOODWILL": "Kulanz", "CORRECTION": "eine Korrektur", "MIGRATION": "aus einem anderen Programm übernommen", "OTHER": "anderes",
    "household_earnings": "gesammelt von einem Mitglied des Haushalts", "household_join": "ein Mitglied trat dem Haushalt bei",
    "AHEAD_OF_CLOCK": "die Uhr der Kasse ging vor", "RECORDED_OFFLINE": "offline erfasst", "household_leave": "ein Mitglied verließ den Haushalt",
}  # fmt: skip

# Kinds of accounts and moves as the ledger names them; a partner's account carries the partner's name.
_ENGLISH_BOOKS = {
    "issued": "issued", "redeemed": "redeemed", "adjusted": "adjusted by the operator", "breakage": "breakage", "written_off": "written off",
    "transit": "between members", "forfeited": "forfeited", "paid_out": "paid out", "accrue": "given", "accrue_pending": "given, pending",
    "activate": "activated", "burn": "burned", "hold": "held", "release": "released", "capture": "burned", "expire": "expired",
    "claw": "taken back", "repay": "withheld for a debt", "claw_pending": "taken back while pending", "restore": "given back", "reinstate": "reinstated",
    "move_out": "handed on", "move_out_pending": "handed on while pending", "move_back": "handed back",
    "move_back_pending": "handed back while pending",
    "pending": "pending", "open": "open", "held": "held", "burned": "burned", "expired": "expired", "clawed": "taken back", "moved": "handed on",
}  # fmt: skip
_GERMAN_BOOKS = {
    "issued": "ausgegeben", "redeemed": "eingelöst", "adjusted": "vom Betreiber berichtigt", "breakage": "Verfallenes", "written_off": "erlassen",
    "transit": "zwischen Mitgliedern", "forfeited": "verwirkt", "paid_out": "ausgezahlt", "accrue": "gegeben", "accrue_pending": "gegeben, schwebend",
    "activate": "freigegeben", "burn": "verbraucht", "hold": "reserviert", "release": "wieder frei", "capture": "verbraucht", "expire": "verfallen",
    "claw": "zurückgenommen",
    "repay": "für eine Schuld einbehalten", "claw_pending": "schwebend zurückgenommen", "restore": "zurückgegeben", "reinstate": "wieder da",
    "move_out": "weitergegeben", "move_out_pending": "schwebend weitergegeben", "move_back": "zurückerhalten",
    "move_back_pending": "schwebend zurückerhalten",
    "pending": "schwebend", "open": "offen", "held": "reserviert", "burned": "verbraucht", "expired": "verfallen", "clawed": "zurückgenommen",
    "moved": "weitergegeben",
}  # fmt: skip

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {**_ENGLISH, **_ENGLISH_EVENTS, **_ENGLISH_CODES, **_ENGLISH_BOOKS},
    "de": {**_GERMAN, **_GERMAN_EVENTS, **_GERMAN_CODES, **_GERMAN_BOOKS},
}


def words(language: str) -> Mapping[str, str]:
    return in_language(_WORDS, language, "en")
