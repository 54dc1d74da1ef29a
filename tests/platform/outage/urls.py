from time import sleep

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from proconnect.platform import one_time


def count(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{User.objects.count()} people")


def write_in_session(request: HttpRequest) -> HttpResponse:
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(str(request.session["visits"]))


@csrf_exempt
def receive(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(len(request.body)))


def take_ticket(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(one_time.take("ticket", "absent")))


def sleep_long(request: HttpRequest) -> HttpResponse:
    sleep(30)
    return HttpResponse()


urlpatterns = [
    path("count", count),
    path("session", write_in_session),
    path("ticket", take_ticket),
    path("receive", receive),
    path("sleep", sleep_long),
    path("", include("proconnect.observability.urls")),
    path("", include("proconnect.pages.urls")),
]
handler400 = "proconnect.pages.views.bad_request"
handler404 = "proconnect.pages.views.not_found"
handler500 = "proconnect.pages.views.server_error"
