"""Settings, read from the environment; docs/configuration.md lists them all."""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

SECRET_KEY = env("SECRET_KEY")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "equilibrate_site",
    "audit",
    "customers",
    "risk",
    "ingest",
    "interventions",
    # Before Django's admin, whose templates they replace.
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "channels",
    "csp",
    "django_htmx",
    "pgtrigger",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "equilibrate_site.static_files.StaticFilesMiddleware",
    "csp.middleware.CSPMiddleware",
    "equilibrate_site.admin_policy.AdminContentPolicy",
    "equilibrate_site.request_ids.RequestIdMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "interventions.preferences_middleware.PreferencesMiddleware",
    "equilibrate_site.login_required.StaffLoginRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "equilibrate_site.second_factor.SecondFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "equilibrate_site.urls"
ASGI_APPLICATION = "equilibrate_site.asgi.application"
WSGI_APPLICATION = None

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
                "equilibrate_site.admin_look.frame",
            ],
        },
    },
]

FORM_RENDERER = "equilibrate_site.form_renderer.AtOnce"

# The application's role owns nothing; `migrate` connects as the owner (equilibrate_site.grants explains).
_database = env.db("DATABASE_URL")
_idle_seconds = env.int("DATABASE_IDLE_IN_TRANSACTION_SECONDS", default=120)
DATABASES = {
    "default": {
        **_database,
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 0,
        # A server that has gone without a word is noticed in seconds, and a process that has stopped in the middle of
        # a transaction lets go of its locks. What DATABASE_URL says in its query comes first.
        "OPTIONS": {
            "connect_timeout": env.int("DATABASE_CONNECT_TIMEOUT_SECONDS", default=5),
            "tcp_user_timeout": 1000 * env.int("DATABASE_SILENCE_SECONDS", default=15),
            "keepalives": 1,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "options": f"-c idle_in_transaction_session_timeout={1000 * _idle_seconds}",
            **_database.get("OPTIONS", {}),
        },
    }
}
DATABASE_OWNER_URL = env("DATABASE_OWNER_URL", default="")
DATABASE_APPLICATION_ROLE = env("DATABASE_APPLICATION_ROLE", default=DATABASES["default"]["USER"])
if DATABASE_POOL_MAX := env.int("DATABASE_POOL_MAX", default=0):
    # Under ASGI every request may run in a thread of its own: a bounded pool instead of kept connections. Each is
    # tried before it is given out, so that none of a server that was restarted reaches a page.
    DATABASES["default"] |= {"CONN_HEALTH_CHECKS": True}
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": DATABASE_POOL_MAX}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL")
CACHE_URL = env("CACHE_URL")
# It counts attempts to log in, which must not be evicted with the profiles behind CACHE_URL.
CACHES = {
    "default": {
        "BACKEND": "equilibrate_site.caches.AttemptsCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "django",
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
    }
}
CHANNEL_LAYER_PREFIX = "equilibrate"
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": CHANNEL_LAYER_PREFIX},
    }
}

KAFKA_BOOTSTRAP_SERVERS = env.list("KAFKA_BOOTSTRAP_SERVERS")
KAFKA_SECURITY_PROTOCOL = env("KAFKA_SECURITY_PROTOCOL", default="PLAINTEXT")
KAFKA_SASL_MECHANISM = env("KAFKA_SASL_MECHANISM", default=None)
KAFKA_SASL_USERNAME = env("KAFKA_SASL_USERNAME", default=None)
KAFKA_SASL_PASSWORD = env("KAFKA_SASL_PASSWORD", default=None)
KAFKA_SSL_CAFILE = env("KAFKA_SSL_CAFILE", default=None)
KAFKA_TOPIC = env("KAFKA_TOPIC", default="transactions")
KAFKA_GROUP = env("KAFKA_GROUP", default="equilibrate")
KAFKA_PARTITIONS = env.int("KAFKA_PARTITIONS", default=8)
KAFKA_REPLICATION_FACTOR = env.int("KAFKA_REPLICATION_FACTOR", default=1)
KAFKA_RETENTION_HOURS = env.int("KAFKA_RETENTION_HOURS", default=168)

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "socket_keepalive": True,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# Well under the visibility timeout: a task that outlives it would be delivered a second time while it runs.
CELERY_TASK_TIME_LIMIT = 120
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_DB_REUSE_MAX = 1000
CELERY_TIMEZONE = "UTC"
# Redis is asked first for messages of priority 0, which the others have: no tick waits behind cycles.
CELERY_TASK_ROUTES = {
    "risk.tasks.cycle": {"priority": 9},
    "risk.tasks.monitor": {"priority": 9},
    "risk.tasks.portfolio": {"priority": 9},
    "interventions.tasks.decide": {"priority": 9},
}
CELERY_BEAT_SCHEDULE = {
    "risk-cycle": {
        "task": "risk.tasks.cycle",
        "schedule": env.float("RISK_CYCLE_SECONDS", default=5.0),
        "options": {"expires": 5},
    },
    "audit-seal": {"task": "audit.tasks.seal", "schedule": 5.0, "options": {"expires": 5}},
    "audit-checkpoint": {
        "task": "audit.tasks.checkpoint",
        "schedule": env.float("AUDIT_CHECKPOINT_SECONDS", default=60.0),
        "options": {"expires": 60},
    },
    "audit-verify": {
        "task": "audit.tasks.verify",
        "schedule": env.float("AUDIT_VERIFY_SECONDS", default=300.0),
        "options": {"expires": 60},
    },
    # What the status page is told of workers, and of the audit.
    "tick": {"task": "risk.tasks.tick", "schedule": 5.0, "options": {"expires": 5}},
    "audit-look": {"task": "risk.tasks.look_at_audit", "schedule": 30.0, "options": {"expires": 30}},
    "day-tick": {"task": "risk.tasks.day_tick", "schedule": 5.0, "options": {"expires": 5}},
    "monitoring": {"task": "risk.tasks.monitor", "schedule": 60.0, "options": {"expires": 60}},
    "risk-trend": {"task": "risk.tasks.trend", "schedule": 60.0, "options": {"expires": 60}},
    "portfolio": {"task": "risk.tasks.portfolio", "schedule": 60.0, "options": {"expires": 60}},
    "decide": {"task": "interventions.tasks.decide", "schedule": 5.0, "options": {"expires": 5}},
    "look-for-holidays": {
        "task": "interventions.tasks.look_for_holidays",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "tend-cases": {"task": "interventions.tasks.tend_cases", "schedule": 10.0, "options": {"expires": 10}},
    "promises": {"task": "interventions.tasks.settle_promises", "schedule": 10.0, "options": {"expires": 10}},
    "offers": {"task": "interventions.tasks.expire_offers", "schedule": 60.0, "options": {"expires": 60}},
    "holdouts": {"task": "interventions.tasks.end_holdouts", "schedule": 10.0, "options": {"expires": 10}},
    "agreements": {
        "task": "interventions.tasks.end_agreements",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "send": {"task": "interventions.tasks.send", "schedule": 2.0, "options": {"expires": 5}},
    "reap": {"task": "interventions.tasks.reap", "schedule": 10.0, "options": {"expires": 10}},
    "take-back": {
        "task": "interventions.tasks.take_back_outdated",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "reconsider-cases": {
        "task": "interventions.tasks.reconsider_cases",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "tell-staff": {"task": "interventions.tasks.tell_staff", "schedule": 30.0, "options": {"expires": 30}},
    "send-digests": {
        "task": "interventions.tasks.send_digests",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "forget-notices": {
        "task": "interventions.tasks.forget_notices",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "event-log-lag": {"task": "ingest.tasks.probe_lag", "schedule": 5.0, "options": {"expires": 5}},
    "partitions-ahead": {
        "task": "customers.tasks.prepare_partitions",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
}

# Checkpoints of the audit: the key and the files are outside the database (docs/audit.md).
AUDIT_SIGNING_KEY_FILE = env("AUDIT_SIGNING_KEY_FILE", default="")
AUDIT_PUBLIC_KEY_FILES = env.list("AUDIT_PUBLIC_KEY_FILES", default=[])
AUDIT_CHECKPOINT_DIRECTORY = env(
    "AUDIT_CHECKPOINT_DIRECTORY", default=str(BASE_DIR / "var/audit-checkpoints")
)
AUDIT_CHECKPOINT_STORAGE = env("AUDIT_CHECKPOINT_STORAGE", default="audit.storage.WriteOnceStorage")
AUDIT_CHECKPOINT_STORAGE_OPTIONS = env.json("AUDIT_CHECKPOINT_STORAGE_OPTIONS", default={})
AUDIT_CHECKPOINT_MAIL = env.list("AUDIT_CHECKPOINT_MAIL", default=[])
AUDIT_CHECKPOINT_MAIL_SECONDS = env.int("AUDIT_CHECKPOINT_MAIL_SECONDS", default=86_400)
# Who reads the audit, and by which functions a bank's number of a customer becomes ours, and ours the bank's: the audit
# knows no other app.
AUDIT_READERS = "Compliance officers"
AUDIT_CUSTOMER_KEYS = "equilibrate_site.audited.customer_keys"
AUDIT_CUSTOMER_NUMBERS = "equilibrate_site.audited.customer_numbers"
# Who keeps rows that the audit vouches for, and compares them with it part by part.
AUDIT_ALSO_VERIFIED = ["interventions.proof.receipt_parts.next_part"]

BANK_TIME_ZONE = env("BANK_TIME_ZONE", default="Asia/Kolkata")
BANK_CURRENCY = env("BANK_CURRENCY", default="INR")
# Business hours, in which the deadlines of cases run; holidays come from `import_holidays`.
BANK_HOURS = env("BANK_HOURS", default="mon-sat 09:30-17:30")
BANK_CLOSED_SATURDAYS = env.list("BANK_CLOSED_SATURDAYS", cast=int, default=[2, 4])
BANK_REGION = env("BANK_REGION", default="")
# Days that never pass without a holiday: where none is known within them, the list has run out.
HOLIDAYS_AHEAD_DAYS = env.int("HOLIDAYS_AHEAD_DAYS", default=60)
# What messages to customers say of the bank; the defaults are nobody's, and `check --deploy` says so.
BANK_NAME = env("BANK_NAME", default="Example Bank")
BANK_PHONE = env("BANK_PHONE", default="000 000 0000")
ADVICE_LINE = env("ADVICE_LINE", default="000 000 0001")
# Conditions of relief that differ from those of interventions/help/relief.py, as JSON: {"free_days": 180}.
RELIEF_RULES = env.json("RELIEF_RULES", default={})
# Of each arm; below it no figure of the comparison is shown.
MEASURING_FEWEST_PER_ARM = env.int("MEASURING_FEWEST_PER_ARM", default=50)
# Ended cases below which a what-if does not go by how long staff took, and the days it assumes then.
WHAT_IF_FEWEST_ENDED = env.int("WHAT_IF_FEWEST_ENDED", default=30)
WHAT_IF_HANDLED_DAYS = env.int("WHAT_IF_HANDLED_DAYS", default=3)
# Bank seconds per wall second; 0 is the wall clock. Anything else is for demonstrations only.
BANK_CLOCK_SPEED = env.float("BANK_CLOCK_SPEED", default=0.0)
# Stored in every receipt; the deployment sets it to the commit it runs.
CODE_VERSION = env("CODE_VERSION", default="unversioned")
# Whoever has a shell can name any user with --by; in the admin people log in.
MODEL_DECISIONS_BY_COMMAND = env.bool("MODEL_DECISIONS_BY_COMMAND", default=False)
POLICY_DECISIONS_BY_COMMAND = env.bool("POLICY_DECISIONS_BY_COMMAND", default=False)
RETENTION_YEARS = env.int("RETENTION_YEARS", default=10)
CONSUMER_BATCH_MAX = env.int("CONSUMER_BATCH_MAX", default=20_000)
CONSUMER_LOCK_TIMEOUT_SECONDS = env.int("CONSUMER_LOCK_TIMEOUT_SECONDS", default=30)
CONSUMER_INVALID_RUN_LIMIT = env.int("CONSUMER_INVALID_RUN_LIMIT", default=1_000)

# How each channel reaches people: `sandbox` reaches nobody, `twilio` and `smtp` do. A person makes the calls.
TRANSPORTS = {
    "sms": env("TRANSPORT_SMS", default="sandbox"),
    "whatsapp": env("TRANSPORT_WHATSAPP", default="sandbox"),
    "email": env("TRANSPORT_EMAIL", default="sandbox"),
    "voice": env("TRANSPORT_VOICE", default="sandbox"),
}
TWILIO_API_URL = env("TWILIO_API_URL", default="https://api.twilio.com")
TWILIO_ACCOUNT_SID = env("TWILIO_ACCOUNT_SID", default="")
TWILIO_AUTH_TOKEN = env("TWILIO_AUTH_TOKEN", default="")
TWILIO_SMS_FROM = env("TWILIO_SMS_FROM", default="")
TWILIO_WHATSAPP_FROM = env("TWILIO_WHATSAPP_FROM", default="")
TWILIO_VOICE_FROM = env("TWILIO_VOICE_FROM", default="")
SMTP_HOST = env("SMTP_HOST", default="")
SMTP_PORT = env.int("SMTP_PORT", default=587)
SMTP_SECURITY = env("SMTP_SECURITY", default="starttls")
SMTP_USER = env("SMTP_USER", default="")
SMTP_PASSWORD = env("SMTP_PASSWORD", default="")
SMTP_FROM = env("SMTP_FROM", default="")
# Providers' callbacks and the links in e-mails come in under it; behind a proxy we cannot know it ourselves.
PUBLIC_BASE_URL = env("PUBLIC_BASE_URL", default="")
BANK_PHONE_REGION = env("BANK_PHONE_REGION", default="IN")
SEND_TIMEOUT_SECONDS = env.float("SEND_TIMEOUT_SECONDS", default=20.0)
SEND_REAP_SECONDS = env.float("SEND_REAP_SECONDS", default=2 * SEND_TIMEOUT_SECONDS)
SEND_ATTEMPTS_MAX = env.int("SEND_ATTEMPTS_MAX", default=8)
SEND_AT_ONCE_MAX = env.int("SEND_AT_ONCE_MAX", default=2)
# Days of the bank's clock.
MESSAGE_WAITS_DAYS_MAX = env.int("MESSAGE_WAITS_DAYS_MAX", default=14)
# The customers' own page, which links in messages lead to; it needs PUBLIC_BASE_URL. Days of the bank's clock.
CUSTOMER_PAGE = env.bool("CUSTOMER_PAGE", default=True)
CUSTOMER_PAGE_DAYS = env.int("CUSTOMER_PAGE_DAYS", default=30)
CUSTOMER_PAUSE_DAYS_MAX = env.int("CUSTOMER_PAUSE_DAYS_MAX", default=60)

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("hi", _("Hindi"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = BANK_TIME_ZONE
USE_TZ = True
USE_I18N = True

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
# A session ends with the working day (SESSION_COOKIE_AGE); the login form does not ask.
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# Staff accounts are made by an administrator; nobody signs up by themselves.
ACCOUNT_ADAPTER = "equilibrate_site.accounts.ClosedAccountAdapter"
# Our own lockout, by account and address, comes first (docs/accounts.md); these hold whoever spreads attempts out.
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,50/h/key"}
LOGIN_LOCK_AFTER = env.int("LOGIN_LOCK_AFTER", default=5)
LOGIN_LOCK_SECONDS = env.int("LOGIN_LOCK_SECONDS", default=900)
# How long "it is me" holds for what asks for it again: second factors, and approvals where the next but one says so.
ACCOUNT_REAUTHENTICATION_TIMEOUT = env.int("CONFIRM_IDENTITY_SECONDS", default=300)
# Roles whose members need a second factor, and "Administrators"; without one they get to nothing else.
SECOND_FACTOR_ROLES = env.list("SECOND_FACTOR_ROLES", default=[])
APPROVALS_CONFIRM_IDENTITY = env.bool("APPROVALS_CONFIRM_IDENTITY", default=False)
MFA_ADAPTER = "equilibrate_site.accounts.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Addresses of staff are entered by an administrator.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Equilibrate"
# A telephone's clock may be half a minute off.
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "equilibrate_site.accounts_forms.AuthenticateForm",
    "reauthenticate": "equilibrate_site.accounts_forms.ReauthenticateForm",
    "authenticate_webauthn": "equilibrate_site.accounts_forms.AuthenticatePasskeyForm",
    "login_webauthn": "equilibrate_site.accounts_forms.LoginPasskeyForm",
    "reauthenticate_webauthn": "equilibrate_site.accounts_forms.ReauthenticatePasskeyForm",
    "add_webauthn": "equilibrate_site.accounts_forms.AddPasskeyForm",
    "edit_webauthn": "equilibrate_site.accounts_forms.EditPasskeyForm",
}
# To staff alone: digests of alerts, and checkpoints of the audit. What goes to customers has SMTP_HOST and its kin.
EMAIL_BACKEND = env("EMAIL_BACKEND", default="django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = env("EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = env.float("EMAIL_TIMEOUT", default=20.0)
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="equilibrate@localhost")

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 10 * 3600
CSRF_COOKIE_HTTPONLY = False
SECURE_TLS = env.bool("SECURE_TLS", default=not DEBUG)
SESSION_COOKIE_SECURE = SECURE_TLS
LANGUAGE_COOKIE_SECURE = SECURE_TLS
CSRF_COOKIE_SECURE = SECURE_TLS
SECURE_SSL_REDIRECT = SECURE_TLS
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_TLS else 0
# Both bind a whole domain, and browsers remember it for a year: whoever owns the bank's domain decides.
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_TLS and env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = SECURE_TLS and env.bool("SECURE_HSTS_PRELOAD", default=False)
# The deployment check asks for both of them.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_TLS else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "media-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}

UNFOLD = {
    "SITE_TITLE": "Equilibrate",
    "SITE_HEADER": "Equilibrate",
    "SITE_SUBHEADER": _("policy, approvals, history"),
    "SITE_SYMBOL": "balance",
    "SITE_URL": "/",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": ["equilibrate_site.admin_look.styles"],
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "equilibrate_site.admin_look.icon"}],
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": "equilibrate_site.admin_look.navigation",
    },
    "COLORS": {
        "primary": {
            "50": "#eff6ff", "100": "#dbeafe", "200": "#bfdbfe", "300": "#93c5fd", "400": "#60a5fa", "500": "#3b82f6",
            "600": "#1d5fd1", "700": "#1d4ed8", "800": "#1e40af", "900": "#1e3a8a", "950": "#172554",
        },
    },
}  # fmt: skip

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# From source: as the files lie, for demonstrations and tests. Otherwise what `collectstatic` wrote, hashed.
WHITENOISE_USE_FINDERS = env.bool("SERVE_STATIC_FROM_SOURCE", default=False)
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS
STATIC_ROOT = (
    None if WHITENOISE_USE_FINDERS else Path(env("STATIC_ROOT", default=str(BASE_DIR / "var/static")))
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if WHITENOISE_USE_FINDERS
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
    "audit_checkpoints": {
        "BACKEND": AUDIT_CHECKPOINT_STORAGE,
        "OPTIONS": AUDIT_CHECKPOINT_STORAGE_OPTIONS or {"location": AUDIT_CHECKPOINT_DIRECTORY},
    },
}

LOG_LEVEL = env("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "structlog.stdlib.ProcessorFormatter",
            "processors": "ext://equilibrate_site.logs.FINAL_PROCESSORS",
            "foreign_pre_chain": "ext://equilibrate_site.logs.SHARED_PROCESSORS",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "kafka": {"level": "WARNING"},
        # It warns whenever its event loop pauses for a tenth of a second, which any busy machine does.
        "kafka.net.selector": {"level": "ERROR"},
        "uvicorn.access": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        # They tell of each font that goes into a PDF, and which letters of whose words it lacks.
        "fontTools": {"level": "WARNING"},
        "fpdf": {"level": "ERROR"},
    },
}
