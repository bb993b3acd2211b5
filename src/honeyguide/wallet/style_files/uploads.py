"""What an operator uploads becomes files of a style: one image at all scales, or a whole template out of a zip."""

from __future__ import annotations

from dataclasses import dataclass

from honeyguide.wallet.apple.broken import Broken
from honeyguide.wallet.checks.finding import Finding, finding_of_text, findings_of
from honeyguide.wallet.faces.clean_png import ImageRefused
from honeyguide.wallet.faces.template_files import TemplateInvalid
from honeyguide.wallet.faces.template_zip import read_zip
from honeyguide.wallet.style_files.image_sizes import SCALES, ImageKind
from honeyguide.wallet.style_files.scale_image import scale_image
from honeyguide.wallet.style_files.template_images import fit_images


@dataclass(frozen=True, slots=True)
class Prepared:
    """Files for `change_style`, and what to tell of them."""

    files: dict[str, bytes | None]
    warnings: tuple[Finding, ...] = ()
    sizes: tuple[tuple[int, int, int], ...] = ()  # scale, width, height


def prepare_image(kind: ImageKind, content: bytes, language: str | None, tier: str | None = None) -> Prepared | Finding:
    """Works for a while, so never on the event loop."""
    name = kind.path(1, language, tier)
    try:
        scaled = scale_image(kind, content, language, tier)
    except ImageRefused as refused:
        return Finding(name, "A24", name, str(refused))
    blurred = f"is smaller than the {kind.width * SCALES[-1]}x{kind.height * SCALES[-1]} pixels of newer phones, which show it blurred"
    warnings = (Finding(name, "A24", name, blurred, is_error=False),) if scaled.is_blurred else ()
    return Prepared(dict(scaled.files), warnings, tuple((scale, *size) for scale, size in scaled.sizes.items()))


def without_image(kind: ImageKind, language: str | None, tier: str | None = None) -> Prepared:
    """The folder's own has its place again."""
    return Prepared({kind.path(scale, language, tier): None for scale in SCALES})


def prepare_template(name: str, content: bytes) -> Prepared | Finding:
    """Works for a while, so never on the event loop."""
    try:
        sources = read_zip(content)
    except TemplateInvalid as refused:
        return finding_of_text(name, str(refused), otherwise="A1")
    fitted = fit_images({path: content for path, content in sources.files.items() if path.endswith(".png")})
    if isinstance(fitted, Broken):
        return findings_of(name, [fitted])[0]
    files = {path: content for path, content in sources.files.items() if not path.endswith(".png")} | fitted.files
    left_out = [Finding(name, "A1", path[:120], "is no part of a pass and was left out", is_error=False) for path in sources.left_out]
    return Prepared(dict(files), (*findings_of(name, fitted.scaled, is_error=False), *left_out))
