"""Settings of a cluster: every address and secret comes from the environment, https only."""

from adplatform.settings import env
from adplatform.settings.base import *  # noqa: F403
from adplatform.settings.base import ALLOWED_HOSTS, BASE_URL

DEBUG = False
SECRET_KEY = env.secret("SECRET_KEY")
TOKEN_KEYS = env.token_keys("TOKEN_KEYS", env.secret("TOKEN_KEYS"))
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", BASE_URL)
for _name in ("DATABASE_URL", "REDIS_URL", "KAFKA_BOOTSTRAP_SERVERS", "CLICKHOUSE_URL"):
    env.secret(_name)
if not ALLOWED_HOSTS:
    raise env.BadSetting("ALLOWED_HOSTS is not set: name the host names that this platform serves")

SECURE_SSL_REDIRECT = env.boolean("SECURE_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = env.integer("SECURE_HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SESSION_COOKIE_SAMESITE = "Lax"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
