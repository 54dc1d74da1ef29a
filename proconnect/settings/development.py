"""A developer's machine: state and keys in var/, mails as files."""

from proconnect.settings import env, local

env.provide_defaults(local.defaults())

from proconnect.settings.base import *

ESTABLISHMENT_SOURCE = "identite.connectors.sample.SampleRegistry"  # invented organisations
