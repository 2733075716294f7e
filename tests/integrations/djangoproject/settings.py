"""Settings; the test names the database and the file of flags in the environment."""

import os

SECRET_KEY = "of nobody"  # noqa: S105 - guards nothing
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tests.integrations.djangoproject.urls"
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "flagsdk.integrations.django",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "flagsdk.integrations.django.FlagsMiddleware",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["TEST_DATABASE"]}}
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
FLAGSDK = {"FILE": os.environ["TEST_FLAGS"], "START_SECONDS": 30}
