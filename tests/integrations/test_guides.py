"""The guides' own code, run as a reader would: only addresses of servers are others."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.guides import files_of, run, write

VALUES = {"new-checkout": True, "checkout-theme": "dark", "new-search": True, "new-invoice": True}

DJANGO_BASE = """
SECRET_KEY = "of nobody"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "urls"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": ["."]}]
USE_TZ = True
"""
DJANGO_URLS = """
from django.urls import path
from django.views.generic import TemplateView
from shop import views

urlpatterns = [
    path("checkout", views.checkout), path("search", views.search),
    path("page", TemplateView.as_view(template_name="page.html")),
]
"""
DJANGO_DRIVER = """
import django
django.setup()
from django.core.checks import run_checks
from django.test import Client
assert run_checks() == [], run_checks()
for path in ("checkout", "search", "page"):
    print(" ".join(Client().get("/" + path).content.decode().split()))
from unittest import TextTestRunner, defaultTestLoader
outcome = TextTestRunner().run(defaultTestLoader.loadTestsFromName("tests_of_the_guide"))
assert outcome.testsRun == 1 and outcome.wasSuccessful()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "values.json").write_text(json.dumps(VALUES))
    return tmp_path


def test_django(folder: Path) -> None:
    guide = files_of("django.md")
    elsewhere = '"FILE": "values.json",'
    told = guide["settings.py"].replace('"REDIS": "redis://localhost:6379",', elsewhere)
    told = told.replace('    "ENVIRONMENT": "production",\n', "")
    assert elsewhere in told
    (folder / "shop").mkdir()
    write(folder / "shop", {"__init__.py": "", "views.py": guide["views.py"]})
    write(folder, {"settings.py": DJANGO_BASE + told, "urls.py": DJANGO_URLS, "page.html": guide["html"]})
    write(folder, {"tests_of_the_guide.py": guide["tests.py"]})

    printed = run(folder, DJANGO_DRIVER, DJANGO_SETTINGS_MODULE="settings")

    assert printed.splitlines() == [
        "new checkout: True, theme dark",
        "new search",
        'Pay in one step <body class="dark">',
    ]


def test_flask(folder: Path) -> None:
    write(folder, files_of("flask.md"))

    printed = run(
        folder,
        """
from app import create_app
browser = create_app({"FILE": "values.json"}).test_client()
for path in ("/checkout", "/theme", "/search"):
    print(browser.get(path).text)
""",
    )

    assert printed.splitlines() == ["new checkout", "dark, new", "new search"]


def test_celery(folder: Path) -> None:
    guide = files_of("celery.md")
    write(folder, {name: text.replace("redis://localhost:6379/0", "memory://") for name, text in guide.items()})

    printed = run(
        folder,
        """
import tasks, views
from celery.signals import after_task_publish
tasks.flags.client.wait_ready(30)
sent = []
@after_task_publish.connect
def note(headers, **_):
    sent.append(headers["flagsdk_context"])
views.pay("order-1", "ann")
print(sorted(sent[0].items()), tasks.send_invoice.apply(["order-1"]).get())
""",
        FLAGSDK_FILE="values.json",
    )

    assert printed == "[('plan', 'pro'), ('targetingKey', 'ann')] new\n"


def test_pytest(folder: Path) -> None:
    guide = files_of("pytest.md")
    write(folder, guide | {"flags.json": guide["json"]})
    command = [sys.executable, "-m", "pytest", "-p", "flagsdk.integrations.pytest", "-p", "no:cacheprovider"]
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "FLAGSDK_FILE": "values.json", "PYTEST_ADDOPTS": ""}

    result = subprocess.run(
        [*command, "-c", "pytest.toml", "--strict-config", "--strict-markers"],
        cwd=folder, env=os.environ | alone, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip

    assert "3 passed" in result.stdout, result.stdout + result.stderr


def test_monitoring(folder: Path) -> None:
    write(folder, files_of("monitoring.md"))

    printed = run(
        folder,
        """
import metrics, tracing
from prometheus_client import generate_latest
for client in (metrics.client, tracing.client):
    assert client.wait_ready(30)
    client.is_enabled("new-checkout")
print(generate_latest().decode())
tracing.stop()
""",
        FLAGSDK_FILE="values.json",
    )

    assert 'flagsdk_evaluations_total{flag="new-checkout",variant="value"} 1.0' in printed


def test_every_metric_has_its_line(folder: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "monitoring.md").read_text()
    write(folder, files_of("monitoring.md"))
    printed = run(
        folder,
        "import metrics\nfrom prometheus_client import generate_latest\nprint(generate_latest().decode())",
        FLAGSDK_FILE="values.json",
    )

    types = [line.split()[2] for line in printed.splitlines() if line.startswith("# TYPE flagsdk_")]

    assert len(types) > 6
    assert [name for name in types if f"`{name}" not in page] == []


def test_processes(folder: Path) -> None:
    write(folder, files_of("processes.md"))

    printed = run(folder, "import runpy; runpy.run_path('work.py', run_name='__main__')", FLAGSDK_FILE="values.json")

    assert printed == "True\n"
