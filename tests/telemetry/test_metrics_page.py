"""docs/metrics.md explains what /metrics shows: each metric, its type and its labels, and nothing that is not there."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module
from pathlib import Path

from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

import honeyguide
import honeyguide.mail.outbox
import honeyguide.wallet.at_google.callbacks
from honeyguide.api.metrics import Outcome

PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()
ROW = re.compile(r"^\| `(honeyguide_\w+)` \| (\w+) \| ([\w, ]*?) ?\| (.+) \|$", re.MULTILINE)


def shown() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Name, type and labels of what every module of metrics registers."""
    for module in pkgutil.walk_packages(honeyguide.__path__, "honeyguide."):
        if module.name.endswith("metrics"):
            import_module(module.name)
    collectors = {one for one in REGISTRY._collector_to_names if isinstance(one, MetricWrapperBase)}
    return {
        one._name + ("_total" if one._type == "counter" else ""): (one._type, tuple(one._labelnames))
        for one in collectors
        if one._name.startswith("honeyguide_")
    }


def test_t5_each_metric_stands_in_the_page_with_its_type_and_labels() -> None:
    told = {name: (type_, tuple(label for label in labels.split(", ") if label)) for name, type_, labels, _ in ROW.findall(PAGE)}

    assert told == shown()


def test_each_outcome_is_explained() -> None:
    assert set(re.findall(r"^\| `(\w+)` \| [^|]+ \|$", PAGE, re.MULTILINE)) == {outcome.value for outcome in Outcome}
