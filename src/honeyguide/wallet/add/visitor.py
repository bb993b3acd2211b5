"""What a visitor holds in his hand, by what his browser says of itself; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

# Browsers inside of apps, which cannot hand a pass to the wallet.
_IN_APP = re.compile(
    r"FBA[NV]/|FB_IAB|Instagram|Line/|MicroMessenger|WhatsApp|Snapchat|TikTok|BytedanceWebview|Pinterest|LinkedInApp|GSA/|; wv\)", re.ASCII
)
_OTHER_BROWSERS_OF_IOS = ("CriOS/", "FxiOS/", "EdgiOS/", "OPiOS/", "OPT/", "DuckDuckGo/")


@dataclass(frozen=True, slots=True)
class Visitor:
    """`in_app`: another browser may be needed; `takes_several`: hands .pkpasses to the wallet, as Safari alone does (A47)."""

    device: Literal["apple", "android", "desktop"]
    in_app: bool = False
    takes_several: bool = False


def visitor_of(agent: str) -> Visitor:
    """By the User-Agent header. An iPad says that it is a Mac, and a Mac has room for both buttons and the code."""
    agent = agent[:1000]
    in_app = _IN_APP.search(agent) is not None
    if "iPhone" in agent or "iPad" in agent or "iPod" in agent:
        # What is no browser at all in its own words is an app's view of a page.
        in_app = in_app or ("Safari/" not in agent and "AppleWebKit" in agent)
        return Visitor("apple", in_app, not in_app and not any(name in agent for name in _OTHER_BROWSERS_OF_IOS))
    if "Android" in agent:
        return Visitor("android", in_app)
    return Visitor("desktop", in_app, "Macintosh" in agent and "Safari/" in agent and "Chrome/" not in agent)
