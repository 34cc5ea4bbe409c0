"""Through whose eyes an answer is drawn: every entity is rendered for one viewer."""

from dataclasses import dataclass
from datetime import datetime

from fedi.config import Settings
from fedi.media.links import Links
from fedi.model.viewer import Class, Viewer


@dataclass(frozen=True, slots=True)
class View:
    settings: Settings
    links: Links
    viewer: Viewer
    now: datetime

    @property
    def inside(self) -> bool:
        """Signed in; everybody else is told only what exists outside."""
        return self.viewer.kind is Class.INSIDER
