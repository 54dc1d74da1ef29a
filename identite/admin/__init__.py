"""Pages of the operators' site about Identité."""

from identite.admin import staff

__all__ = ["staff"]
