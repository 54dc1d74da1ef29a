import os

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.mirrors.service.settings"

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

from tests.mirrors.static_files import with_static_files

application = with_static_files(get_wsgi_application())
call_command("migrate", verbosity=0)
