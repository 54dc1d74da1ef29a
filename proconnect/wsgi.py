import os

from django.core.wsgi import get_wsgi_application

from proconnect.observability import health

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "proconnect.settings.production")
site = get_wsgi_application()

from federation.op.front import ShortWay  # noqa: E402  needs the apps to be there

application = ShortWay(site)
health.run_all()  # reads FS, FI and keys before the first visitor, so that an outage finds them in memory
