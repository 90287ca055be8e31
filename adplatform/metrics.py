"""Every metric name of the platform, in one list; docs/operations.md explains each."""

from prometheus_client import Counter, Gauge, Histogram

ENGINE_CALLS = Counter(
    "adplatform_engine_calls_total",
    "Calls to an outside engine by outcome (ok, error, unavailable).",
    ["engine", "outcome"],
)
REQUESTS = Counter(
    "adplatform_requests_total", "Hot-door requests by door and HTTP status.", ["door", "status"]
)
REQUEST_SECONDS = Histogram(
    "adplatform_request_seconds",
    "Time a hot door took.",
    ["door"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
DECISIONS = Counter(
    "adplatform_decisions_total", "Decisions by outcome (served, no_ad).", ["outcome"]
)
BIDS = Counter(
    "adplatform_bids_total", "Bid requests by outcome: bid, or why there was none.", ["outcome"]
)
REASONS = Counter(
    "adplatform_reasons_total",
    "Why a line item was filtered or an event refused, by flow and reason.",
    ["flow", "reason"],
)
EVENTS_ACCEPTED = Counter(
    "adplatform_events_accepted_total", "Events acknowledged by the broker.", ["event_type"]
)
EVENTS_SPOOLED = Counter(
    "adplatform_events_spooled_total", "Beacon events kept on disk while the broker was away."
)
EVENTS_LOST = Counter(
    "adplatform_events_lost_total", "Beacon events lost because the spool was full."
)
EVENTS_CONSUMED = Counter(
    "adplatform_events_consumed_total",
    "Consumed messages by outcome (inserted, duplicate, dead_letter).",
    ["outcome"],
)
EVENTS_OUT_OF_TURN = Counter(
    "adplatform_events_out_of_turn_total",
    "Offsets that Kafka skipped (missing) or delivered below the ledger (again).",
    ["kind"],
)
CONSUMER_HALTED = Gauge(
    "adplatform_consumer_halted",
    "1 while a consumer stands still because too many messages are poison.",
    multiprocess_mode="max",
)
CONSUMER_VERIFYING = Gauge(
    "adplatform_consumer_verifying",
    "1 while ClickHouse is asked for duplicates because Redis's claims are incomplete.",
    multiprocess_mode="max",
)
USER_IDS_LEFT_OUT = Counter(
    "adplatform_user_ids_left_out_total",
    "User ids that were not stored since their account hashes them and no salt was loaded.",
)
UNCOUNTED = Counter(
    "adplatform_uncounted_total",
    "What was served without its check or count because an engine was away.",
    ["what"],
)
SNAPSHOT_LOADED = Gauge(
    "adplatform_snapshot_loaded_timestamp_seconds",
    "When this process last swapped its configuration snapshot.",
    multiprocess_mode="min",
)
SNAPSHOT_LINE_ITEMS = Gauge(
    "adplatform_snapshot_line_items", "Live line items in the snapshot.", multiprocess_mode="max"
)
BID_BOOKS_SECONDS = Histogram(
    "adplatform_bid_books_seconds",
    "Time one compilation of what all accounts have to bid with took, until it was swapped in.",
)
SNAPSHOT_COMPILE_SECONDS = Histogram(
    "adplatform_snapshot_compile_seconds", "Time one compilation of the snapshot took."
)
LEDGER_SETTLED = Counter(
    "adplatform_ledger_settled_total",
    "Bills by outcome (first, late: without a hold, duplicate).",
    ["outcome"],
)
LEDGER_REBUILDS = Counter(
    "adplatform_ledger_rebuilds_total",
    "Steps of rebuilding an account's budget ledger by outcome (done, waiting, void).",
    ["outcome"],
)
RTB_LEARNED = Gauge(
    "adplatform_rtb_learned_timestamp_seconds",
    "When what a process bids with was learned: pace, prices or rates; the oldest account's.",
    ["what"],
    multiprocess_mode="min",
)
RECONCILE_DIFFERENCES = Counter(
    "adplatform_reconcile_differences_total",
    "Hours and days of a tier that differed from the raw events, by tier and outcome.",
    ["tier", "outcome"],
)
RETRAINS = Counter(
    "adplatform_retrains_total",
    "Retrainings of a template by engine and state (done, failed, skipped).",
    ["engine", "state"],
)
POLICY_FAILURES = Counter(
    "adplatform_policy_failures_total",
    "Policies that denied because they could not be asked (error, slow, refused).",
    ["why"],
)
