"""What a scrape finds: every sample by its name and labels, read by prometheus_client's own parsers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_families
from prometheus_client.parser import text_string_to_metric_families as plain_families

from shared.metrics.registry import Metrics
from tests.services.world import Site

OPEN = {"accept": "application/openmetrics-text; version=1.0.0"}
Sample = tuple[str, frozenset[tuple[str, str]]]


class Scraped(dict[Sample, float]):
    """Samples; a name with some labels is one of them, or none."""

    def of(self, name: str, **labels: str) -> float | None:
        return self.get((name, frozenset(labels.items())))

    def each(self, name: str) -> Mapping[frozenset[tuple[str, str]], float]:
        return {labels: value for (found, labels), value in self.items() if found == name}


def samples(families: Iterable[Metric]) -> Scraped:
    found = Scraped()
    for family in families:
        for one in family.samples:
            sample = one.name, frozenset(one.labels.items())
            assert sample not in found, sample
            found[sample] = one.value
    return found


def scraped(kept: Metrics) -> Scraped:
    """What a process would answer."""
    return samples(plain_families(kept.exposition("plain").decode()))


async def scrape(web: Site) -> Scraped:
    return samples(plain_families((await web.get("/metrics")).text))


async def scrape_open(web: Site) -> Scraped:
    return samples(open_families((await web.get("/metrics", headers=OPEN)).text))
