import os

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.mirrors.bare.settings"

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
call_command("migrate", verbosity=0)
