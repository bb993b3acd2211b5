"""The images of an uploaded template: all judged by their headers, then decoded one by one, and scaled where they are of another size (A24)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from honeyguide.wallet.apple.broken import Broken
from honeyguide.wallet.apple.package_files import broken_images
from honeyguide.wallet.faces.clean_png import MOST_PIXELS, ImageRefused, clean_png, size_of
from honeyguide.wallet.style_files.image_sizes import ImageKind, read_path
from honeyguide.wallet.style_files.scale_image import check_image, scale_image

# Two hundred small files can be a gigabyte once they are decoded; a strip for each of six tiers in six languages is a third of this.
MOST_TOGETHER: Final = 8 * MOST_PIXELS
_Image = tuple[ImageKind, str | None, str | None]


@dataclass(frozen=True, slots=True)
class FittedImages:
    """The files by their paths, and which of them were scaled."""

    files: dict[str, bytes]
    scaled: tuple[Broken, ...] = ()


def fit_images(images: Mapping[str, bytes]) -> FittedImages | Broken:
    """An image that is there in a wrong size, or not at every scale, is made anew from the largest of its files. Never on the event loop."""
    path, clean, sets = "", dict[str, bytes](), dict[_Image, list[str]]()
    try:
        for path, content in images.items():
            clean[path] = clean_png(content)
            sets.setdefault(_known(path), []).append(path)
        areas = {path: width * height for path, (width, height) in ((path, size_of(content)) for path, content in clean.items())}
        if (together := sum(areas.values())) > MOST_TOGETHER:
            return Broken("A24", "images", f"{together} pixels together, at most {MOST_TOGETHER}")
        files, scaled = dict[str, bytes](), list[Broken]()
        for (kind, language, tier), paths in sets.items():
            own = {path: clean[path] for path in paths}
            if broken := broken_images(own):
                path = max(paths, key=areas.__getitem__)
                files |= scale_image(kind, clean[path], language, tier).files
                scaled.append(Broken("A24", path, f"scaled to the sizes that phones show, for {broken[0].place}: {broken[0].reason}"))
            else:
                for path in own:
                    check_image(clean[path])
                files |= own
    except ImageRefused as refused:
        return Broken("A24", path, str(refused))
    return FittedImages(files, tuple(scaled))


def _known(path: str) -> _Image:
    found = read_path(path)
    if found is None:
        raise ImageRefused("no image that Wallet knows")
    return found
