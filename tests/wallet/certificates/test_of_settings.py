"""The development CA: made once, private, and for development only."""

import datetime as dt
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from honeyguide.settings import Settings
from honeyguide.wallet.apple.signer import SigningRefused
from honeyguide.wallet.certificates.of_settings import CertificateMissing, apple_files, development_certificates
from honeyguide.wallet.certificates.pass_types import PassType
from honeyguide.wallet.certificates.signing import shared_pass_type

NOW = dt.datetime.now(dt.UTC)


def make(folder: Path, pass_type: str = "pass.test.honeyguide", now: dt.datetime = NOW) -> bytes:
    return development_certificates(folder, pass_type, "HONEYGUIDE", now).signing.certificate.read_bytes()


def test_certificates_are_made_once_and_kept_private(tmp_path: Path) -> None:
    first = make(tmp_path / "data")

    assert make(tmp_path / "data") == first
    assert stat.S_IMODE((tmp_path / "data" / "apple").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data" / "apple").iterdir()} == {0o600}


def test_other_names_or_an_approaching_end_make_new_ones(tmp_path: Path) -> None:
    first = make(tmp_path)

    second = make(tmp_path, pass_type="pass.test.other")
    third = make(tmp_path, pass_type="pass.test.other", now=NOW + dt.timedelta(days=365))

    assert len({first, second, third}) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["apple"]


def test_two_processes_that_start_together_end_with_one_set(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: make(tmp_path), range(2)))

    files = development_certificates(tmp_path, "pass.test.honeyguide", "HONEYGUIDE", NOW)
    assert files.ca is not None
    verify = ["openssl", "verify", "-CAfile", str(files.ca), "-untrusted", str(files.signing.intermediate), str(files.signing.certificate)]
    assert subprocess.run(verify, capture_output=True, timeout=20, check=False).returncode == 0


def test_the_push_service_certificate_is_for_this_machine(tmp_path: Path) -> None:
    make(tmp_path)
    apple = tmp_path / "apple"

    verify = ["openssl", "verify", "-CAfile", "ca.pem", "-purpose", "sslserver", "-verify_ip", "127.0.0.1", "apns.pem"]

    assert subprocess.run(verify, cwd=apple, capture_output=True, timeout=20, check=False).returncode == 0


def test_production_makes_nothing_up(tmp_path: Path) -> None:
    settings = Settings(environment="production", data_dir=tmp_path, secret_key="x" * 32, public_url="https://loyalty.test")

    with pytest.raises(CertificateMissing):
        apple_files(settings, NOW)
    assert list(tmp_path.iterdir()) == []


def test_development_certificates_do_not_sign_for_the_world(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, public_url="https://loyalty.test")

    with pytest.raises(CertificateMissing, match="loopback only"):
        apple_files(settings, NOW)
    assert list(tmp_path.iterdir()) == []


def test_the_operators_own_certificates_come_first(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path,
        apple_certificate=tmp_path / "c.pem",
        apple_key=tmp_path / "k.pem",
        apple_wwdr=tmp_path / "w.pem",
        apple_key_password="p",
    )

    files = apple_files(settings, NOW)

    assert files.signing.certificate == tmp_path / "c.pem"
    assert files.ca is None


def test_the_start_refuses_what_does_not_fit_by_its_rule_and_an_ended_certificate_only_stops_passes(tmp_path: Path) -> None:
    """A5, A6, A7: tills go on without passes; a certificate for something else is an operator's slip, told at once."""
    files = development_certificates(tmp_path, "pass.test.honeyguide", "HONEYGUIDE", NOW).signing

    def start(now: dt.datetime = NOW, **changed: object) -> PassType:
        given = {
            "data_dir": tmp_path,
            "secret_key": "s" * 40,
            "apple_certificate": files.certificate,
            "apple_key": files.key,
            "apple_wwdr": files.intermediate,
            "apple_pass_type_id": "pass.test.honeyguide",
        }
        return shared_pass_type(Settings(**{**given, **changed}), lambda: now)  # type: ignore[arg-type]

    for changed, rule in (
        ({"apple_pass_type_id": "pass.other"}, "A6: the certificate's UID"),
        ({"apple_team_id": "OTHER"}, "A6: the certificate's OU"),
        ({"apple_key": files.intermediate}, "A9"),
        ({"apple_wwdr": files.certificate}, "A6: the certificate was not issued"),
        ({"public_url": "https://loyalty.test"}, "A7: the intermediate is not Apple's WWDR G4; a development CA works on loopback only"),
    ):
        with pytest.raises(SigningRefused, match=rule):
            start(**changed)
    for now in (NOW + dt.timedelta(days=400), NOW - dt.timedelta(days=2)):
        pass_type = start(now)
        assert not pass_type.is_usable(now)
        with pytest.raises(SigningRefused, match="A5"):
            pass_type.signer(now)
