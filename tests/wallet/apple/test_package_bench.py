"""How near a signed package comes to what RSA itself costs on this machine: the gate of wallet.md, measured in turns in one minute."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from honeyguide.wallet.apple.package import Package
from honeyguide.wallet.apple.pass_json import PassIdentity, pass_json
from honeyguide.wallet.apple.signer import Signer
from honeyguide.wallet.faces.card import Card
from honeyguide.wallet.faces.template import Template

TURNS, PASSES, GATE = 7, 300, 0.70


@pytest.mark.bench
@pytest.mark.timeout(120)
def test_a_package_costs_little_more_than_its_signature(
    make_card: Callable[..., Card], template: Template, identity: PassIdentity, signer: Signer
) -> None:
    """Packages a second of a core, against bare RSA-2048 signatures; the drawing of pass.json comes on top, and is printed."""
    package, card = Package(template), make_card()
    body = pass_json(card, template, identity)

    def a_second(work: Callable[[], object]) -> float:
        began = time.process_time()
        for _ in range(PASSES):
            work()
        return PASSES / (time.process_time() - began)

    works: dict[str, Callable[[], object]] = {
        "signature": lambda: signer._key.sign(body[:200], padding.PKCS1v15(), hashes.SHA256()),
        "package": lambda: package.build(body, signer),
        "with its pass.json": lambda: package.build(pass_json(card, template, identity), signer),
    }
    rates: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(TURNS):
        for name, work in works.items():
            rates[name].append(a_second(work))

    medians = {name: statistics.median(measured) for name, measured in rates.items()}
    ratio = statistics.median(package / bare for package, bare in zip(rates["package"], rates["signature"], strict=True))
    print("\n" + ", ".join(f"{name} {rate:,.0f}/s" for name, rate in medians.items()) + f"; ratio {ratio:.2f}, at least {GATE}")
    assert ratio >= GATE
