"""``python -m tests.federation.faults`` writes the page that partners read."""

import os

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "proconnect.settings.test")
    django.setup()
    from tests.federation.faults import document

    document.PAGE.write_text(document.page())


if __name__ == "__main__":
    main()
