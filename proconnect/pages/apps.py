from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "proconnect.pages"
    label = "pages"
