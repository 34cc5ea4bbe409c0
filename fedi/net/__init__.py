"""Every connection that fedi opens to another server starts here, and is refused here.

Spec: security.md section 2.
"""

from fedi.net.client import Allow, Client, Response, Sign
from fedi.net.failure import Failure, Failures
from fedi.net.guard import Guard, Target
from fedi.net.hosts import host_of

__all__ = [
    "Allow",
    "Client",
    "Failure",
    "Failures",
    "Guard",
    "Response",
    "Sign",
    "Target",
    "host_of",
]
