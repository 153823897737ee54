"""Settings of the office, all from the environment.

YIZHAN_CENTRAL_DATA     folder of everything kept; `data/central`
YIZHAN_DATABASE_URL     postgresql://user:password@host/name; else SQLite in the folder
YIZHAN_CENTRAL_URL      address that stations and browsers use; https here turns on secure cookies
                        and means a proxy on this machine, whose X-Forwarded-For and -Proto are believed
YIZHAN_CENTRAL_HOSTS    further host names it answers to, comma separated; loopback always
YIZHAN_SYNC_PERIOD_S    how often a station syncs; 60
YIZHAN_SYNC_THREADS     stations served at the same moment, each with a database connection of its own; 4
YIZHAN_SYNC_WAITING     further ones that may wait for it; beyond, the answer is 503 and when to come again; 64
YIZHAN_CONNECTIONS      open connections; beyond, new ones are closed at once; 800. A desk, and a station whose
                        worker waits or talks, each hold one
YIZHAN_STUN_URLS        STUN servers of video calls, comma separated: stun:HOST:PORT. Empty, like the next one: calls
                        work within one network only
YIZHAN_TURN_URLS        TURN servers of video calls, comma separated: turn:HOST:PORT?transport=udp, turns:HOST:PORT
YIZHAN_TURN_SECRET_FILE file with coturn's `static-auth-secret` (with `use-auth-secret`); pages get credentials made
                        of it that end
YIZHAN_DOCTOR_HOURS     when doctors are on duty, in words that stations show while there is none: 每天 8:00–20:00
YIZHAN_DRAWN_CAMERA     1: a doctor whose computer has no camera and no microphone takes part with a drawn picture that
                        says so; for demonstrations
YIZHAN_PROVIDER_FILE    JSON file of another provider of consultations, see consult/provider.py; none: our own desk
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from sync.central.folder import data_folder, find_secret_key
from sync.central.logs import is_no_503
from sync.protocol.calls import MAX_SIGNAL_BYTES
from sync.protocol.wire import MAX_BODY_BYTES

_HERE: Final = Path(__file__).resolve().parent


def database_at(url: str, folder: Path) -> dict[str, Any]:
    """Django's database entry for a URL; SQLite in the data folder if there is none."""
    parts = urlsplit(url)
    if not url or parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path[1:]) if url else str(folder / "office.db"),
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                # FULL: an event we acknowledged must outlive a power cut.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("YIZHAN_DATABASE_URL：要写成 postgresql://… 或 sqlite:///…")
    # Whoever waits longer, for a lock or for a server that is gone, is told to come again.
    patience = {"options": "-c lock_timeout=20s", "connect_timeout": "10", "tcp_user_timeout": "20000"}
    options = {**patience, **dict(parse_qsl(parts.query))}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }


def _number(name: str, default: float, lowest: float) -> float:
    try:
        value = float(os.environ.get(name) or default)
    except ValueError as cause:
        raise ImproperlyConfigured(f"{name}：要写一个数") from cause
    if value < lowest:
        raise ImproperlyConfigured(f"{name}：至少是 {lowest:g}")
    return value


def _names(name: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in os.environ.get(name, "").split(",") if one.strip())


def _content(name: str) -> str:
    path = os.environ.get(name)
    try:
        return Path(path).read_text("utf-8").strip() if path else ""
    except (OSError, UnicodeDecodeError) as cause:
        raise ImproperlyConfigured(f"{name}：文件 {path} 读不了") from cause


YIZHAN_DATA: Final = data_folder()
# The address stations and browsers use; it goes into enrolment QR codes.
YIZHAN_URL: Final = (os.environ.get("YIZHAN_CENTRAL_URL") or "").rstrip("/")
YIZHAN_LISTENS = "127.0.0.1"    # where `serve` listens; it says so itself
YIZHAN_SYNC_PERIOD_S: Final = _number("YIZHAN_SYNC_PERIOD_S", 60, 1)
YIZHAN_SYNC_THREADS: Final = int(_number("YIZHAN_SYNC_THREADS", 4, 1))
YIZHAN_SYNC_WAITING: Final = int(_number("YIZHAN_SYNC_WAITING", 64, 0))
YIZHAN_CONNECTIONS: Final = int(_number("YIZHAN_CONNECTIONS", 800, 10))
YIZHAN_LINE_BYTES: Final = MAX_SIGNAL_BYTES + 1_024    # longest message on a WebSocket
YIZHAN_STUN_URLS: Final = _names("YIZHAN_STUN_URLS")
YIZHAN_TURN_URLS: Final = _names("YIZHAN_TURN_URLS")
YIZHAN_TURN_SECRET: Final = _content("YIZHAN_TURN_SECRET_FILE")
YIZHAN_DOCTOR_HOURS: Final = (os.environ.get("YIZHAN_DOCTOR_HOURS") or "")[:64]
YIZHAN_DRAWN_CAMERA: Final = os.environ.get("YIZHAN_DRAWN_CAMERA") == "1"
YIZHAN_PROVIDER: Final = _content("YIZHAN_PROVIDER_FILE")
if YIZHAN_TURN_URLS and not YIZHAN_TURN_SECRET:
    raise ImproperlyConfigured("YIZHAN_TURN_SECRET_FILE：用 YIZHAN_TURN_URLS 时必须有")
_PUBLIC: Final = urlsplit(YIZHAN_URL)
if YIZHAN_URL and (_PUBLIC.scheme not in {"http", "https"} or not _PUBLIC.hostname):
    raise ImproperlyConfigured("YIZHAN_CENTRAL_URL：要写成 http(s)://主机名[:端口]")

DEBUG = False
# Before the first start there is no key yet; a passing one lets tests and checks import this.
SECRET_KEY = find_secret_key(YIZHAN_DATA) or secrets.token_urlsafe(64)
ALLOWED_HOSTS = [
    "127.0.0.1",
    "localhost",
    "[::1]",
    *([_PUBLIC.hostname] if _PUBLIC.hostname else []),
    *(host for host in os.environ.get("YIZHAN_CENTRAL_HOSTS", "").split(",") if host),
]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "sync.central.core",
    "sync.central.visits",
    "sync.central.library",     # locks copies, then the counter of revisions: whoever else publishes stands below
    "sync.central.faults",
    "sync.central.fleet",
    "sync.central.consult",
    "sync.central.setup",
    "sync.central.office",
    "sync.central.stations",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "sync.central.office.security.page_policy",
    "sync.central.office.security.without_nul",
    "sync.central.office.statics.StaticFiles",
    "sync.central.office.ways.as_asked",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "sync.central.office.ways.LoginRequired",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "sync.central.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "sync.central.office.menu.with_menu",
            ],
        },
    },
]

DATABASES = {"default": database_at(os.environ.get("YIZHAN_DATABASE_URL", ""), YIZHAN_DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [_HERE / "static", ("page", _HERE.parent / "protocol/page")]    # the latter is the kiosk's too
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 300

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "sync.central.office.faults.csrf_refused"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
if _PUBLIC.scheme == "https":
    CSRF_TRUSTED_ORIGINS = [YIZHAN_URL]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s", "datefmt": "%Y-%m-%d %H:%M:%S%z"},
    },
    "filters": {
        "bounded": {"()": "sync.central.logs.Bounded"},
        "no_503": {"()": "django.utils.log.CallbackFilter", "callback": is_no_503},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["bounded"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "sync": {"level": "INFO"},
        # One line per 4xx would let any stranger fill the disk.
        "django.request": {"level": "ERROR", "filters": ["no_503"]},
        "django.security": {"level": "CRITICAL"},
        "uvicorn.error": {"level": "ERROR"},
    },
}
