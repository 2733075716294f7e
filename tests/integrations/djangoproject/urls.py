"""Views that ask flags: synchronous, asynchronous, guarded, in templates."""

import os
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.template import Context, Template
from django.urls import path

from flagsdk.integrations.context import current_context
from flagsdk.integrations.django import flag_required, flags

PAGE = """{% load flags %}{% flag "vip" %}vip{% else %}guest{% endflag %}, {% flag key %}sale{% endflag %},
{% flag_value "theme" "plain" as theme %}{{ theme }}, {% flag_value "none" 3 %}, {% flag_value "markup" %}"""


def value(request: Any) -> Any:
    context, cohort = dict(current_context()), flags.cohort("checkout")
    return JsonResponse({"vip": flags.is_enabled("vip"), "context": context, "cohort": cohort, "pid": os.getpid()})


async def async_value(request: Any) -> Any:
    return value(request)


def page(request: Any) -> Any:
    return HttpResponse(Template(PAGE).render(Context({"key": "sale"})))


def plain(request: Any) -> Any:
    return HttpResponse("no flags")


def closed(request: Any, number: int) -> Any:
    return HttpResponse(f"closed {number}")


@flag_required("vip")
def guarded(request: Any) -> Any:
    return HttpResponse("only for some")


@flag_required("vip", else_=closed)
async def async_guarded(request: Any, number: int) -> Any:
    return HttpResponse(f"open {number}")


urlpatterns = [
    path("", value),
    path("async", async_value),
    path("page", page),
    path("plain", plain),
    path("guarded", guarded),
    path("guarded/<int:number>", async_guarded),
]
