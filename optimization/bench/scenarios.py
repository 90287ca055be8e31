"""What each simulated world is made of: docs/optimiser.md, Benchmark (pure)."""

from dataclasses import dataclass, replace

Q = 8


@dataclass(frozen=True, slots=True)
class Scenario:
    """Standard deviations are log-odds; the defaults are S1, calibrated on real tests."""

    name: str
    says: str
    sizes: tuple[int, ...] = (10, 10, 10)
    base_rate: float = 0.01
    main_sd: tuple[float, ...] = (0.22, 0.17, 0.10, 0.15, 0.12, 0.10)
    pair_sd: float = 0.06
    cell_sd: float = 0.0  # independent per combination
    text_share: float = 0.18  # of a main effect's variance that its text explains
    literal_sd: float = 0.0  # > 0: the truth is a GP draw on the concatenated embedding instead
    overdispersion: float = 0.11  # per ad and round
    traffic: tuple[float, ...] = (1.0,)  # share of each segment
    segment_sd: float = 0.0  # of a segment's own main effects, as a share of main_sd
    intercept_sd: float = 0.0
    phi: float = 1.0  # AR(1) of the main effects from round to round
    rounds: int = 20
    impressions: int = 5_000  # a round
    scored_from: int = 0  # first round that counts
    q: int = Q
    with_texts: bool = True  # else random 32-d embeddings


def _scenarios() -> tuple[Scenario, ...]:
    one = Scenario("S1", "calibrated on real tests")
    segments = replace(
        one, text_share=0.0, traffic=(0.4, 0.3, 0.2, 0.1), intercept_sd=0.25, segment_sd=0.5
    )
    drift = replace(one, rounds=40, impressions=20_000, scored_from=10)
    sizes = replace(one, with_texts=False)
    return (
        one,
        replace(one, name="S1-10x", says="S1 with 50,000 a round", impressions=50_000),
        replace(one, name="S2", says="strong interactions", pair_sd=0.20, cell_sd=0.10),
        replace(one, name="S3", says="truth on the concatenated embedding", literal_sd=0.32),
        replace(one, name="S4", says="CTR 0.2 %", base_rate=0.002),
        replace(one, name="S5", says="CTR 5 %", base_rate=0.05),
        replace(segments, name="S6", says="four segments, own effects half as large"),
        replace(segments, name="S6-same", says="four segments alike", segment_sd=0.0),
        replace(segments, name="S6-own", says="four segments, own effects as large", segment_sd=1),
        replace(drift, name="S7", says="drift, phi .93", phi=0.93),
        replace(drift, name="S7-still", says="no drift, as long as S7", phi=1.0),
        replace(drift, name="S7-slow", says="drift, phi .98", phi=0.98),
        replace(drift, name="S7-fast", says="drift, phi .8", phi=0.80),
        replace(sizes, name="S8", says="1,000,000 = 10^6", sizes=(10,) * 6),
        replace(sizes, name="S8-27", says="27 = 3^3", sizes=(3,) * 3),
        replace(sizes, name="S8-1e3", says="1,000 = 10^3, random embeddings"),
        replace(sizes, name="S8-1e5", says="100,000 = 10^5", sizes=(10,) * 5),
        replace(sizes, name="S8-wide", says="1,000,000 = 100^3", sizes=(100,) * 3),
        replace(
            sizes, name="S8-50k", says="10^6, 50,000 a round, q 32", sizes=(10,) * 6,
            impressions=50_000, q=32,
        ),
    )  # fmt: skip


SCENARIOS = {each.name: each for each in _scenarios()}


class UnknownScenario(Exception):
    """No scenario of that name."""


def find(name: str) -> Scenario:
    """Raises UnknownScenario, which lists the names."""
    try:
        return SCENARIOS[name]
    except KeyError:
        known = ", ".join(SCENARIOS)
        raise UnknownScenario(f"no scenario is called {name!r}: choose from {known}") from None
