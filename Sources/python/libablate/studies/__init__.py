"""The five studies of single units that this library stands on, run again: `ablate reproduce`."""

from .catalogue import STUDIES, Study, reproduce
from .settings import Settings

__all__ = ["STUDIES", "Settings", "Study", "reproduce"]
