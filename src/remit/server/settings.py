"""Django's settings. What differs between installations is read in `environment`; the rest is fixed here."""

from __future__ import annotations

from datetime import timedelta

from csp.constants import NONCE, NONE, SELF

from remit.records.database import database
from remit.server.environment import LOOPBACK_HOSTS, installation

INSTALLATION = installation()
DATA_DIR = INSTALLATION.data_dir
DEMO = INSTALLATION.demo
SECRET_KEY = INSTALLATION.secret_key
DEBUG = False
ALLOWED_HOSTS = [*INSTALLATION.allowed_hosts, *(LOOPBACK_HOSTS if INSTALLATION.loopback or DEMO else ())]
ROOT_URLCONF = "remit.web.urls"

INSTALLED_APPS = [
    "remit.web",
    "django.forms",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_htmx",
    "simple_history",
    "rules.apps.AutodiscoverRulesConfig",
    "remit.records",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "remit.web.middleware.PlainText",
    "remit.web.middleware.WhoAndWhere",
    "remit.web.middleware.IdleLock",
    "remit.web.middleware.Refusals",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["remit.web.templatetags.remit"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "remit.web.shell.context",
            ],
        },
    }
]
FORM_RENDERER = "remit.web.forms.Renderer"

DATABASES = {"default": database(INSTALLATION.database_url, DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
USE_I18N = False

# Static files: WhiteNoise reads them where the package has them, so that nothing must be collected first.
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True

# Sign-in: by e-mail and password, a second factor where the account has one; nobody signs up alone.
AUTH_USER_MODEL = "records.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "remit.web.sign_in.Backend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {"user_attributes": ("email", "display_name")}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "remit.web.sign_in.Adapter"
ACCOUNT_FORMS = {"login": "remit.web.sign_in.LoginForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# Only against floods: failures are counted by axes, and a whole clinic may share one address.
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip"}
MFA_ADAPTER = "remit.web.sign_in.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Remit"
# One step before and after: a telephone's clock may be half a minute off.
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = INSTALLATION.demo

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
# By account and address together: nobody elsewhere can lock out the nurse who is beside a patient.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "login"
AXES_CLIENT_IP_CALLABLE = "remit.web.sign_in.client_address"
AXES_USERNAME_CALLABLE = "remit.web.sign_in.attempted_email"
AXES_LOCKOUT_CALLABLE = "remit.web.sign_in.locked_out"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# A shift; the idle lock acts long before.
SESSION_ENGINE = "remit.records.browser_sessions"
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "remit_session"
CSRF_COOKIE_NAME = "remit_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "remit.web.errors.csrf"
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in INSTALLATION.allowed_hosts if INSTALLATION.https]

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = INSTALLATION.https
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if INSTALLATION.https else 0
SECURE_SSL_REDIRECT = False
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

# What reads a monitor's message for the acts, which the interface itself is built upon.
MONITOR_READER = "remit.hl7.observations.read"

# Mail: the alert channel. Without a server nothing is sent, and `remit check` says so; the demo writes to a folder.
_MAIL = INSTALLATION.mail
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if _MAIL else 'filebased' if DEMO else 'dummy'}.EmailBackend"
EMAIL_FILE_PATH = DATA_DIR / "mail"
if _MAIL:
    EMAIL_HOST, EMAIL_PORT = _MAIL.host, _MAIL.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL.user, _MAIL.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = _MAIL.starttls, _MAIL.tls
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = SERVER_EMAIL = INSTALLATION.mail_from or "remit@localhost"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["remit.web.uploads.Quota", "django.core.files.uploadhandler.MemoryFileUploadHandler"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "remit": {"level": "INFO"},
        "axes": {"level": "ERROR"},
        # A refusal is an answer, no fault of the server.
        "django.request": {"level": "ERROR"},
        # Anybody can send any host name; the answer is 400 and no alarm.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
