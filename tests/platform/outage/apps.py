from django.apps import AppConfig


class OutageConfig(AppConfig):
    name = "tests.platform.outage"
    label = "outage"
