import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "proconnect.settings.production")

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

from proconnect.observability import health

application = get_wsgi_application()
for front in settings.WSGI_FRONTS:
    application = import_string(front)(application)
health.run_all()  # reads FS, FI and keys before the first visitor, so that an outage finds them in memory
