"""One mutation for each rule of a pass (A1-A25, A51): the virtual iPhone refuses it, and our own check names the same rule."""

import copy
import datetime as dt
import hashlib
import io
import json
import zipfile
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs7
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from honeyguide.testing.pass_json_check import check_pass_json
from honeyguide.testing.pkpass_check import check_package
from honeyguide.testing.refusal import PassRefused
from honeyguide.wallet.apple.signer import PASS_TYPE_EXTENSION
from honeyguide.wallet.checks.check_package import check_package as check_here

PASS_TYPE, TEAM = "pass.test.phone", "PHONETEAM1"
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
Files = dict[str, bytes]
Options = pkcs7.PKCS7Options
DETACHED = [Options.Binary, Options.DetachedSignature, Options.NoCapabilities]
POINT = ec.derive_private_key(7, ec.SECP256R1()).public_key()
WHOLE_POINT = b64encode(POINT.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
P256 = b64encode(
    bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + POINT.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
).decode()
QR = {"format": "PKBarcodeFormatQR", "message": "x", "messageEncoding": "iso-8859-1"}
NFC = {"message": "x", "encryptionPublicKey": P256}
FORM = {"requiredPersonalizationFields": ["PKPassPersonalizationFieldEmailAddress"], "description": "Sign up"}
BODY: dict[str, Any] = {
    "formatVersion": 1,
    "passTypeIdentifier": PASS_TYPE,
    "teamIdentifier": TEAM,
    "serialNumber": "s-1",
    "organizationName": "Honeyguide",
    "description": "Card",
    "webServiceURL": "http://127.0.0.1:1/apple",
    "authenticationToken": "t" * 43,
    "barcodes": [QR],
    "storeCard": {
        "headerFields": [{"key": "points", "label": "Points", "value": 120, "changeMessage": "You now have %@ points"}],
        "primaryFields": [{"key": "money", "label": "Cashback", "value": 5, "currencyCode": "EUR"}],
    },
}


@cache
def key(name: str = "leaf", size: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, size)


@dataclass(frozen=True)
class Chain:
    """A signing certificate under an intermediate under a root, each as a mutation wants it."""

    common_name: str = "Pass Type ID: test"
    marked: bool = True
    leaf_size: int = 2048
    begins: dt.datetime = NOW - dt.timedelta(days=10)
    intermediate: tuple[str, str] = ("A test", "G4")  # organisation and unit
    intermediate_ends: dt.datetime = NOW + dt.timedelta(days=1000)

    @property
    def leaf_key(self) -> rsa.RSAPrivateKey:
        return key("leaf", self.leaf_size)

    @cache  # noqa: B019  a handful of chains a run
    def certificates(self) -> tuple[x509.Certificate, x509.Certificate]:
        above = _name(
            (NameOID.COMMON_NAME, "WWDR"),
            (NameOID.ORGANIZATION_NAME, self.intermediate[0]),
            (NameOID.ORGANIZATIONAL_UNIT_NAME, self.intermediate[1]),
        )
        subject = _name((NameOID.USER_ID, PASS_TYPE), (NameOID.COMMON_NAME, self.common_name), (NameOID.ORGANIZATIONAL_UNIT_NAME, TEAM))
        leaf = _certificate(above, subject, self.leaf_key, "intermediate", self.begins, NOW + dt.timedelta(days=300))
        if self.marked:
            leaf = leaf.add_extension(
                x509.UnrecognizedExtension(PASS_TYPE_EXTENSION, b"\x0c" + bytes([len(PASS_TYPE)]) + PASS_TYPE.encode()), critical=False
            )
        between = _certificate(ROOT_NAME, above, key("intermediate"), "root", NOW - dt.timedelta(days=4000), self.intermediate_ends)
        between = between.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        return leaf.sign(key("intermediate"), hashes.SHA256()), between.sign(key("root"), hashes.SHA256())

    def sign(self, manifest: bytes, options: list[pkcs7.PKCS7Options], digest: Any = None, *, alone: bool = False) -> bytes:
        leaf, intermediate = self.certificates()
        builder = pkcs7.PKCS7SignatureBuilder().set_data(manifest).add_signer(leaf, self.leaf_key, digest or hashes.SHA256())
        return (builder if alone else builder.add_certificate(intermediate)).sign(Encoding.DER, options)


def _name(*attributes: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])


ROOT_NAME = _name((NameOID.COMMON_NAME, "Root of a test"))


def _certificate(
    issuer: x509.Name, subject: x509.Name, of: rsa.RSAPrivateKey, by: str, begins: dt.datetime, ends: dt.datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(issuer, subject, of.public_key(), x509.random_serial_number(), begins, ends)
    return builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key(by).public_key()), critical=False)


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = _certificate(ROOT_NAME, ROOT_NAME, key("root"), "root", NOW - dt.timedelta(days=5000), NOW + dt.timedelta(days=2000))
    path = tmp_path_factory.mktemp("ca") / "root.pem"
    made = root.add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True).sign(key("root"), hashes.SHA256())
    path.write_bytes(made.public_bytes(Encoding.PEM))
    return path


def png(width: int, height: int, text: str = "") -> bytes:
    buffer, info = io.BytesIO(), PngInfo()
    if text:
        info.add_text("Comment", text)
    Image.new("RGB", (width, height)).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def files_of(body: Any) -> Files:
    images = {f"icon{'' if n == 1 else f'@{n}x'}.png": png(29 * n, 29 * n) for n in (1, 2, 3)}
    strings = {
        f"{language}.lproj/pass.strings": f'"Points" = "{word}";\n'.encode() for language, word in (("en", "Points"), ("de", "Punkte"))
    }
    return {"pass.json": json.dumps(body).encode(), **images, **strings}


def manifest_of(files: Files) -> bytes:
    return json.dumps({name: hashlib.sha1(content).hexdigest() for name, content in files.items()}).encode()


def packed(files: Files) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def finished(files: Files, chain: Chain = Chain(), **how: Any) -> Files:
    manifest = how.pop("manifest", None) or manifest_of(files)
    return {**files, "manifest.json": manifest, "signature": chain.sign(manifest, how.pop("options", DETACHED), **how)}


# What goes wrong before the manifest is written and signed: content and images.


def body(**keys: Any) -> Callable[[], Files]:
    return lambda: finished(files_of({**BODY, **keys}))


def without(name: str) -> Callable[[], Files]:
    return lambda: finished(files_of({key: value for key, value in BODY.items() if key != name}))


def field(section: str, **keys: Any) -> Callable[[], Files]:
    def make() -> Files:
        changed = copy.deepcopy(BODY)
        changed["storeCard"].setdefault(section, []).append({"key": "new", "value": "x", **keys})
        return finished(files_of(changed))

    return make


def raw(content: Callable[[bytes], bytes]) -> Callable[[], Files]:
    def make() -> Files:
        files = files_of(BODY)
        return finished({**files, "pass.json": content(files["pass.json"])})

    return make


def beside(chain: Chain = Chain(), **files: bytes) -> Callable[[], Files]:
    """Files by name, underlined where a name has another sign."""
    named = {name.replace("__", ".").replace("_at_", "@"): content for name, content in files.items()}
    return lambda: finished({**files_of(BODY), **named}, chain)


def lacking(*names: str) -> Callable[[], Files]:
    return lambda: finished({name: content for name, content in files_of(BODY).items() if name not in names})


def anonymous(form: Any, *, nfc: bool = True, logo: bool = True) -> Callable[[], Files]:
    def make() -> Files:
        files = files_of({**BODY, **({"nfc": NFC} if nfc else {})})
        files |= {"personalizationLogo@2x.png": png(300, 80)} if logo else {}
        return finished({**files, "personalization.json": json.dumps(form).encode()}, WITH_NFC)

    return make


# What goes wrong in the manifest, the signature or the zip.


def signed(chain: Chain = Chain(), **how: Any) -> Callable[[], Files]:
    return lambda: finished(files_of(BODY), chain, **how)


def after(change: Callable[[Files], Files]) -> Callable[[], Files]:
    return lambda: change(finished(files_of(BODY)))


def flipped(name: str) -> Callable[[], Files]:
    return after(lambda files: {**files, name: files[name][:-1] + bytes([files[name][-1] ^ 1])})


def manifest(change: Callable[[dict[str, str]], dict[str, str]]) -> Callable[[], Files]:
    """A manifest that is signed as it is."""
    return lambda: finished(files_of(BODY), manifest=json.dumps(change(json.loads(manifest_of(files_of(BODY))))).encode())


def signing_time(at: dt.datetime, chain: Chain = Chain()) -> Callable[[], Files]:
    """A signature of another moment, true in everything else."""

    def make() -> Files:
        files = finished(files_of(BODY), chain)
        content = cms.ContentInfo.load(files["signature"])
        signer = content["content"]["signer_infos"][0]
        for attribute in signer["signed_attrs"]:
            if attribute["type"].native == "signing_time":
                attribute["values"] = [cms.Time({"utc_time": at})]
        signer["signature"] = chain.leaf_key.sign(signer["signed_attrs"].untag().dump(force=True), PKCS1v15(), hashes.SHA256())
        return {**files, "signature": content.dump(force=True)}

    return make


def rewritten_line_ends() -> Files:
    """As a signer does that takes the manifest for text."""
    manifest = manifest_of(files_of(BODY)).replace(b", ", b",\n")
    return finished(files_of(BODY), manifest=manifest, options=DETACHED[1:])


KEYED = [{"key": f"f{n}", "value": n} for n in range(5)]
WITH_NFC = Chain("Pass Type ID with NFC: test")
MUTATIONS: list[tuple[str, str, Callable[[], Files]]] = [
    ("A1", "icon dropped", lacking("icon.png", "icon@2x.png", "icon@3x.png")),
    ("A1", "no signature", after(lambda files: {name: one for name, one in files.items() if name != "signature"})),
    ("A1", "no manifest", after(lambda files: {name: one for name, one in files.items() if name != "manifest.json"})),
    ("A1", ".DS_Store", lambda: finished({**files_of(BODY), ".DS_Store": b"x"})),
    ("A1", "__MACOSX", lambda: finished({**files_of(BODY), "__MACOSX/icon.png": b"x"})),
    ("A1", "enclosing folder", after(lambda files: {f"pass/{name}": one for name, one in files.items()})),
    ("A1", "directory entry", lambda: finished({**files_of(BODY), "en.lproj/": b""})),
    ("A2", "extra file", after(lambda files: {**files, "logo.png": png(1, 1), "logo@2x.png": png(1, 1), "logo@3x.png": png(1, 1)})),
    ("A2", "missing manifest entry", manifest(lambda listed: {name: one for name, one in listed.items() if name != "icon.png"})),
    ("A2", "entry without a file", manifest(lambda listed: {**listed, "strip.png": "0" * 40})),
    ("A2", "upper-case digest", manifest(lambda listed: {name: one.upper() for name, one in listed.items()})),
    ("A2", "SHA-256 digest", manifest(lambda listed: {name: hashlib.sha256(b"").hexdigest() for name in listed})),
    ("A2", "byte of pass.json flipped", after(lambda files: {**files, "pass.json": files["pass.json"].replace(b"s-1", b"s-2")})),
    ("A2", "byte of the icon flipped", flipped("icon.png")),
    ("A3", "byte of the signature flipped", flipped("signature")),
    ("A3", "no CMS", after(lambda files: {**files, "signature": b"not a signature"})),
    ("A3", "attached signature", signed(options=[Options.Binary, Options.NoCapabilities])),
    ("A3", "no signing time", signed(options=[*DETACHED[:2], Options.NoAttributes])),
    ("A3", "no certificates", signed(options=[*DETACHED, Options.NoCerts])),
    ("A3", "signer without intermediate", signed(alone=True)),
    ("A3", "SHA-512", signed(digest=hashes.SHA512())),
    ("A4", "CRLF manifest, signed with LF", after(lambda files: {**files, "manifest.json": files["manifest.json"].replace(b", ", b",\r\n")})),
    ("A4", "line ends rewritten by the signer", rewritten_line_ends),
    ("A5", "signed tomorrow", signing_time(NOW + dt.timedelta(days=1))),
    ("A5", "signed before the certificate began", signing_time(NOW - dt.timedelta(days=20))),
    ("A6", "another pass type", body(passTypeIdentifier="pass.test.other")),
    ("A6", "another team", body(teamIdentifier="OTHERTEAM1")),
    ("A6", "no Pass Type ID certificate", signed(Chain(marked=False))),
    ("A7", "G1 chain", signed(Chain(intermediate=("Apple Inc.", "G1"), intermediate_ends=dt.datetime(2023, 2, 7, tzinfo=dt.UTC)))),
    ("A7", "G3 chain, still valid", signed(Chain(intermediate=("Apple Inc.", "G3")))),
    ("A9", "a key of 1024 bits", signed(Chain(leaf_size=1024))),
    ("A10", "formatVersion as text", body(formatVersion="1")),
    ("A10", "no description", without("description")),
    ("A10", "no style", without("storeCard")),
    ("A10", "two styles", body(coupon={})),
    ("A11", "null", body(logoText=None)),
    ("A11", "empty string", body(logoText="")),
    ("A11", "duplicate key", raw(lambda content: content.replace(b'"formatVersion"', b'"formatVersion": 1, "formatVersion"'))),
    ("A11", "byte order mark", raw(lambda content: b"\xef\xbb\xbf" + content)),
    ("A11", "UTF-16", raw(lambda content: content.decode().encode("utf-16"))),
    ("A11", "a field key twice", field("backFields", key="points")),
    ("A12", "two primary fields", field("primaryFields")),
    ("A12", "five fields below", body(storeCard={"secondaryFields": KEYED[:3], "auxiliaryFields": KEYED[3:]})),
    ("A13", "textAlignment on primary", body(storeCard={"primaryFields": [{"key": "k", "value": 1, "textAlignment": "PKTextAlignmentLeft"}]})),
    ("A13", "currencyCode and numberStyle", field("headerFields", value=1, currencyCode="EUR", numberStyle="PKNumberStyleDecimal")),
    ("A13", "float balance", field("headerFields", value=12.299999999999999)),
    ("A13", "date without zone", field("backFields", value="2027-01-01T00:00", dateStyle="PKDateStyleShort")),
    ("A14", "changeMessage without %@", field("headerFields", changeMessage="Something changed")),
    ("A15", "iOS 27 barcode without fallback", body(barcodes=[{**QR, "format": "PKBarcodeFormatEAN13"}])),
    ("A15", "message not in its encoding", body(barcodes=[{**QR, "message": "王"}])),
    ("A15", "legacy barcode of another symbology", body(barcode={**QR, "format": "PKBarcodeFormatAztec"})),
    ("A16", "bad colour", body(backgroundColor="#ffffff")),
    ("A17", "date without time", body(expirationDate="2027-01-01")),
    ("A17", "voided as text", body(voided="true")),
    ("A18", "11 locations", body(locations=[{"latitude": 1, "longitude": 2}] * 11)),
    ("A18", "relevantDates with the old name alone", body(relevantDates=[{"date": "2027-01-01T00:00:00Z"}])),
    ("A19", "string store id", body(associatedStoreIdentifiers=["1"])),
    ("A19", "groupingIdentifier on storeCard", body(groupingIdentifier="g")),
    ("A20", "semantics of another style", body(semantics={"seats": []})),
    ("A21", "nfc without NFC certificate", body(nfc=NFC)),
    ("A21", "an nfc key whose point is whole", lambda: finished(files_of({**BODY, "nfc": {**NFC, "encryptionPublicKey": WHOLE_POINT}}), WITH_NFC)),
    ("A21", "message of 65 bytes", lambda: finished(files_of({**BODY, "nfc": {**NFC, "message": "ü" * 33}}), WITH_NFC)),
    ("A22", "three actions", body(featuredActions=[{"identifier": "a", "type": "t", "url": "https://x.test"}] * 3)),
    ("A23", "missing translation key", lambda: finished({**files_of(BODY), "de.lproj/pass.strings": b'"Cashback" = "Geld";\n'})),
    ("A23", "UTF-16 cut in two", lambda: finished({**files_of(BODY), "de.lproj/pass.strings": b"\xff\xfe\x00"})),
    ("A24", "oversize image", beside(icon__png=png(30, 30))),
    ("A24", "no PNG", beside(icon__png=b"GIF89a")),
    ("A24", "no @3x", lacking("icon@3x.png")),
    ("A24", "metadata", beside(icon__png=png(29, 29, "where and when"))),
    ("A24", "more than a megabyte", beside(icon__png=png(29, 29) + b"x" * 1_000_000)),
    ("A25", "/v1 in webServiceURL", body(webServiceURL="https://passes.test/apple/v1")),
    ("A25", "http", body(webServiceURL="http://passes.test/apple")),
    ("A25", "short token", body(authenticationToken="short")),
    ("A51", "a form that nobody can fill", anonymous({**FORM, "requiredPersonalizationFields": ["Shoe size"]})),
    ("A51", "a form without logo", anonymous(FORM, logo=False)),
    ("A51", "a form without nfc", anonymous(FORM, nfc=False)),
]  # fmt: skip
# Apple's own check says nothing of these, or they are of the server's own doing: certificates' ends are watched (A8), equal inputs are tested
# where packages are made (A26).
ELSEWHERE = {"A8", "A26"}
AT_START = {"A9"}  # our side names it when it loads the key, wallet/apple/test_signer.py


def test_every_rule_of_a_package_has_its_mutation() -> None:
    assert {rule for rule, _, _ in MUTATIONS} | ELSEWHERE >= {f"A{n}" for n in range(1, 27)}


@pytest.mark.parametrize("chain", [Chain(), WITH_NFC])
@pytest.mark.parametrize("quick", [False, True])
def test_what_no_mutation_touched_is_taken(chain: Chain, quick: bool, ca: Path) -> None:
    package = packed(finished(files_of(BODY), chain))

    assert check_package(package, ca=ca, quick=quick).strings["de"]["Points"] == "Punkte"
    assert [finding for finding in check_here("a.pkpass", package, dt.datetime.now(dt.UTC), development=True) if finding.is_error] == []


@pytest.mark.parametrize(("rule", "why", "make"), MUTATIONS, ids=lambda one: one if isinstance(one, str) else "")
def test_a_mutation_is_refused_by_the_phone_and_by_our_own_check(rule: str, why: str, make: Callable[[], Files], ca: Path) -> None:
    package = packed(make())

    with pytest.raises(PassRefused) as refused:
        check_package(package, ca=ca)
    assert refused.value.rule == rule
    with pytest.raises(PassRefused) as quickly:
        check_package(package, ca=ca, quick=True)
    assert quickly.value.rule == rule
    assert rule in AT_START | {finding.rule for finding in check_here("a.pkpass", package, dt.datetime.now(dt.UTC), development=True)}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from([*BODY, "barcode", "nfc", "locations", "beacons", "relevantDates", "semantics", "featuredActions", "backgroundColor"]),
)
def test_whatever_a_pass_says_the_phone_refuses_it_or_takes_it(node: Any, name: str) -> None:
    with suppress(PassRefused):
        check_pass_json({**BODY, name: node}, loopback=True)
