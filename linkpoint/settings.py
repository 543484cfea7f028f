"""Settings, read once from the environment; a missing one stops the start with its name."""

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from linkpoint import environment
from linkpoint.http import LoopbackRoutes
from linkpoint.logs import logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

SECRET_KEY = environment.secret_key(env.str("SECRET_KEY"))
FIELD_KEYS = environment.field_keys(env.list("FIELD_KEYS"))
ALLOWED_HOSTS = environment.allowed_hosts(env.list("ALLOWED_HOSTS"))
PUBLIC_URL = environment.public_url(env.str("PUBLIC_URL", default=""))
SALESFORCE_API_VERSION = environment.api_version(env.str("SALESFORCE_API_VERSION", default="67.0"))
LOOPBACK_HOSTS = LoopbackRoutes.parse(env.str("LOOPBACK_HOSTS", default=""))
SUPPORT_CONTACT = env.str("SUPPORT_CONTACT", default="")
DEBUG = False

DATABASES = {"default": env.db_url("DATABASE_URL")}
if DATABASES["default"].get("ENGINE") != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database (postgres://...).")
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = environment.redis_url(env.str("REDIS_URL"))
# JSON, never pickle: whoever can write to Redis must not make us run code of theirs.
_json = "rq.serializers.JSONSerializer"
_redis: dict[str, object] = {"URL": REDIS_URL, "DEFAULT_TIMEOUT": 120, "SERIALIZER": _json}
_cache_options: dict[str, object] = {"serializer": _json}
if REDIS_URL.startswith("rediss://"):
    # Heroku's Redis has a self-signed certificate.
    _redis["SSL_CERT_REQS"] = _cache_options["ssl_cert_reqs"] = None
RQ_QUEUES = {name: dict(_redis) for name in ("interactive", "push", "poll", "housekeeping")}
RQ = {"WORKER_CLASS": "linkpoint.worker.JsonWorker"}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": _cache_options,
    }
}

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "django_rq",
    "linkpoint.accounts",
    "snapfields",
    "sync",
]
AUTH_USER_MODEL = "accounts.StaffMember"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
MIDDLEWARE = [
    "linkpoint.accounts.cookies.secure_cookies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "linkpoint.urls"
WSGI_APPLICATION = "linkpoint.wsgi.application"
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
                "linkpoint.accounts.context.support",
            ]
        },
    }
]

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = (
    False  # a redirect would drop the body of the Canvas POST; Heroku's router is told to redirect
)
SECURE_REFERRER_POLICY = (
    "same-origin"  # "no-referrer" would make browsers send "Origin: null" with our own forms
)
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin-allow-popups"
_https = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https  # over https they are in any case
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

LOG_FILE = env.str("LOG_FILE", default="")
LOGGING = logging_settings(LOG_FILE)
LOGGING_CONFIG = "logging.config.dictConfig"
