import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "proconnect.settings.production")

from proconnect.observability import health
from proconnect.platform import short_way

application = short_way.site()
health.run_all()  # reads FS, FI and keys before the first visitor, so that an outage finds them in memory
