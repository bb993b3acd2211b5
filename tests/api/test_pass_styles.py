"""Operators give pass styles images and templates: checked as a whole, and on every phone without a restart."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from builders.platform import Platform, key
from honeyguide.wallet.faces.template_files import read_folder
from honeyguide.wallet.publishing import outbox
from honeyguide.wallet.store import PassRow, find_pass_of_style
from honeyguide.wallet.style_files.store import drop_superseded, newest_revisions

OPERATIONS = (Path(__file__).parents[2] / "schema/operations/operator/passes.graphql").read_text()
PASSES = Path(__file__).parents[2] / "passes"


def png(width: int, height: int, colour: tuple[int, int, int] = (9, 9, 9)) -> str:
    written = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(written, "PNG")
    return base64.b64encode(written.getvalue()).decode()


def zipped(files: dict[str, bytes]) -> str:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"membership.pass/{name}", content)
    return base64.b64encode(whole.getvalue()).decode()


def _operation(name: str) -> str:
    return next("mutation " + part for part in OPERATIONS.split("mutation ") if part.startswith(name)).split("\n#")[0]


async def upload(platform: Platform, **given: Any) -> Any:
    what = {"idempotencyKey": key(), "style": "membership", "image": "LOGO", **given}
    return (await platform.as_operator(_operation("UploadPassImage"), {"input": what}))["uploadPassImage"]


async def upload_template(platform: Platform, files: dict[str, bytes], **given: Any) -> Any:
    what = {"idempotencyKey": key(), "style": "membership", "zip": zipped(files), **given}
    return (await platform.as_operator(_operation("UploadPassTemplate"), {"input": what}))["uploadPassTemplate"]


async def published(platform: Platform, member: Any) -> PassRow:
    wallet = platform.services.wallet
    row = await find_pass_of_style(platform.services.database.pool, platform.program_id, member, "membership")
    assert row is not None
    return await wallet.current(row)


async def packed(platform: Platform, row: PassRow) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(await platform.services.wallet.package(row))) as package:
        return {name: package.read(name) for name in package.namelist()}


async def redraw(platform: Platform) -> int:
    """What the worker's round does once a second."""
    pool, now = platform.services.database.pool, platform.clock()
    revisions = await newest_revisions(pool, platform.program_id)
    return sum(
        [await outbox.mark_undressed_passes(pool, platform.program_id, style, newest, 500, now) for style, newest in revisions.items()]
    )


async def test_another_image_is_on_every_pass_at_once(platform: Platform) -> None:
    """A24, A26, G20: scaled at upload, taken up by what runs, told to phones as a change; equal content stays as it was."""
    anna = await platform.enrol()
    await platform.as_member(anna, 'mutation { issuePass(input: { style: "membership" }) { __typename } }')
    before = await published(platform, anna)
    given = {"idempotencyKey": key(), "png": png(480, 150)}

    changed = await upload(platform, **given)
    again = await upload(platform, **given)
    german = await upload(platform, png=png(480, 150, (1, 2, 3)), language="de")

    assert (changed["revision"], changed["replayed"], again["revision"], again["replayed"]) == (1, False, 1, True)
    assert changed["sizes"] == [{"scale": n, "width": 160 * n, "height": 50 * n} for n in (1, 2, 3)]
    assert german["revision"] == 2
    assert await redraw(platform) == 1
    after = await published(platform, anna)
    files = await packed(platform, after)
    assert (after.tag > before.tag, after.dressed, await redraw(platform)) == (True, 2, 0)
    assert Image.open(io.BytesIO(files["logo@3x.png"])).getpixel((0, 0)) == (9, 9, 9)
    assert Image.open(io.BytesIO(files["de.lproj/logo@3x.png"])).getpixel((0, 0)) == (1, 2, 3)
    assert await packed(platform, after) == files

    of_tier = await upload(platform, image="STRIP", png=png(750, 246, (7, 8, 9)), tier="fledgling")
    elsewhere = await upload(platform, image="STRIP", png=png(750, 246, (1, 2, 3)), tier="honeyguide")
    await redraw(platform)
    own = await packed(platform, await published(platform, anna))
    assert (of_tier["revision"], elsewhere["revision"], of_tier["sizes"][2]) == (3, 4, {"scale": 3, "width": 1125, "height": 369})
    assert Image.open(io.BytesIO(own["strip@3x.png"])).getpixel((0, 0)) == (7, 8, 9)

    back = await upload(platform, png=None)

    assert (back["revision"], back["sizes"]) == (5, [])
    await redraw(platform)
    plain = await packed(platform, await published(platform, anna))
    assert plain["logo@3x.png"] == (PASSES / "membership.pass" / "logo@3x.png").read_bytes()
    assert "de.lproj/logo@3x.png" in plain
    pool, later = platform.services.database.pool, platform.clock() + timedelta(days=1)
    assert await drop_superseded(pool, platform.program_id, later, 100) == 3
    trail = await pool.fetch("SELECT actor, detail FROM audit WHERE action = 'CHANGE_PASS_STYLE' ORDER BY at, audit_id")
    assert sorted(
        json.loads(row["detail"])["revision"] if isinstance(row["detail"], str) else row["detail"]["revision"] for row in trail
    ) == [1, 2, 3, 4, 5]


async def test_what_is_no_image_is_refused_with_its_rule_and_changes_nothing(platform: Platform) -> None:
    """A24: hostile images, unknown styles and languages, keys used twice."""
    used = key()
    await upload(platform, png=png(160, 50), idempotencyKey=used)

    gif = await upload(platform, png=base64.b64encode(b"GIF89a" + bytes(50)).decode())
    assert (gif["__typename"], gif["code"], gif["path"]) == ("PassStyleInvalid", "INVALID_STYLE", ["png"])
    assert [(one["rule"], one["place"]) for one in gif["broken"]] == [("A24", "logo.png")]
    assert (await upload(platform, png="no base64!"))["path"] == ["png"]
    assert (await upload(platform, png=png(9, 9), style="nothing"))["code"] == "NOT_FOUND"
    assert (await upload(platform, png=png(9, 9), language="tlh"))["path"] == ["language"]
    assert (await upload(platform, png=png(375, 123), tier="honeyguide"))["path"] == ["tier"]  # a logo is no tier's own
    assert (await upload(platform, png=png(375, 123), image="STRIP", tier="nobodys"))["path"] == ["tier"]
    assert (await upload(platform, png=png(9, 9), idempotencyKey=used))["__typename"] == "IdempotencyConflict"
    assert (await upload(platform, png=png(9, 9)))["warnings"][0]["rule"] == "A24"
    assert await platform.services.database.pool.fetchval("SELECT max(revision) FROM pass_file") == 2


async def test_a_template_comes_in_a_zip_and_is_judged_with_the_programs_words(platform: Platform) -> None:
    """A1, A16, A23, A24 and zip bombs."""
    files = dict(read_folder(PASSES / "membership.pass").files)
    apple = json.loads(files["pass.json"])
    coloured = {**files, "pass.json": json.dumps({**apple, "stripColor": "rgb(1, 2, 3)"}).encode(), "notes.txt": b"x"}

    changed = await upload_template(platform, coloured)
    broken = await upload_template(platform, {**files, "pass.json": json.dumps({**apple, "stripColor": "red"}).encode()})
    bomb = await upload_template(platform, {"icon.png": bytes(1_500_000)})
    image = await upload_template(platform, {**files, "logo.png": files["logo.png"][:-9]})

    assert (changed["__typename"], changed["revision"]) == ("PassStyleChanged", 1)
    assert ("A1", "membership.pass/notes.txt") in {(one["rule"], one["place"]) for one in changed["warnings"]}
    assert {one["rule"] for one in broken["broken"]} == {"A16"}
    assert {one["rule"] for one in bomb["broken"]} == {"A24"}
    assert [(one["rule"], one["place"]) for one in image["broken"]] == [("A24", "logo.png")]
    anna = await platform.enrol()
    await platform.as_member(anna, 'mutation { issuePass(input: { style: "membership" }) { __typename } }')
    body = json.loads((await packed(platform, await published(platform, anna)))["pass.json"])
    assert body["stripColor"] == "rgb(1, 2, 3)"


async def test_applying_a_program_says_what_it_makes_of_passes(platform: Platform) -> None:
    """A12 warnings, and a style that nobody can get."""
    source = platform.services.programs.current(platform.program_id).source
    style = "  voucher2:\n    title: {en: Voucher, de: Gutschein}\n    balances: [points]\n"
    changed = source.replace("\npasses:\n", f"\npasses:\n{style}", 1)
    assert changed != source
    given = {"idempotencyKey": key(), "source": changed, "expectedVersion": 1}

    apply = "mutation ($input: ApplyProgramInput!) { applyProgram(input: $input) { __typename ... on ProgramApplied { passFindings { rule place } } } }"
    applied = (await platform.as_operator(apply, {"input": given}))["applyProgram"]

    assert applied["__typename"] == "ProgramApplied", applied
    assert {"rule": "A10", "place": "passes.voucher2"} in applied["passFindings"]
