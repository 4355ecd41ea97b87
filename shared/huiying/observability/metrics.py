"""Every metric, with a sentence. Labels are few and bounded: services, topics, groups; never a person or a brand."""

from prometheus_client import Counter, Gauge, Histogram

RELAYED_FACTS = Counter("huiying_relayed_facts", "Facts sent from an outbox to the bus.", ["service"])
CONSUMED_RECORDS = Counter("huiying_consumed_records", "Records taken in.", ["service", "topic"])
REPEATED_RECORDS = Counter(
    "huiying_repeated_records", "Records dropped because they had been taken in.", ["service", "topic"]
)
DEAD_LETTERS = Counter("huiying_dead_letters", "Records set aside.", ["service", "topic", "code"])
BATCH_SECONDS = Histogram(
    "huiying_batch_seconds",
    "How long a batch took, its transaction included.",
    ["service"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
BATCH_RECORDS = Histogram(
    "huiying_batch_records",
    "How many records a batch held.",
    ["service"],
    buckets=(1, 5, 10, 25, 50, 100, 250, 500, 1000),
)
LAG_RECORDS = Gauge("huiying_lag_records", "Records not yet taken in.", ["service", "topic"])
LAG_AGE_SECONDS = Gauge(
    "huiying_lag_age_seconds", "Age of the oldest record that is being taken in, 0 when none is.", ["service", "topic"]
)
CONSUMER_RESTARTS = Counter("huiying_consumer_restarts", "Times a consumer joined anew after a fault.", ["service"])
ACCEPTED_DELIVERIES = Counter("huiying_accepted_deliveries", "Deliveries acknowledged.", ["platform", "path"])
REFUSED_DELIVERIES = Counter("huiying_refused_deliveries", "Deliveries not taken.", ["platform", "code"])
SPOOLED_RECORDS = Gauge("huiying_spooled_records", "Deliveries that wait in the local spool.")
SPOOLED_BYTES = Gauge("huiying_spooled_bytes", "Size of the local spool.")
JOBS_DONE = Counter("huiying_jobs", "Jobs that ended, by outcome.", ["service", "kind", "outcome"])
JOBS_DUE_AGE_SECONDS = Gauge("huiying_jobs_due_age_seconds", "How long the oldest due job has waited.", ["service"])
STREAM_CLIENTS = Gauge("huiying_stream_clients", "Consoles that listen.", ["service"])
ACCOUNTS = Gauge("huiying_accounts", "Connected accounts, by how they do.", ["platform", "status"])
GAPS = Counter(
    "huiying_gaps", "Interactions that lists showed and no push had brought, and those that came late.", ["what"]
)
READING_PROCESS_FAILURES = Counter(
    "huiying_reading_process_failures", "Batches that the process that reads texts lost, and that were read without it."
)
OWN_MODEL_FAILURES = Counter(
    "huiying_own_model_failures",
    "Times the operator's own model was refused at the start, or failed with a batch.",
    ["at"],
)
