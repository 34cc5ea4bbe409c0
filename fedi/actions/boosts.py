"""A boost as a draft: how far it may travel is decided by what it boosts (W-3)."""

from datetime import datetime

from fedi import ids
from fedi.config import Settings
from fedi.errors import Invalid
from fedi.model.account import Account
from fedi.model.status import Draft, Status
from fedi.policy.reach import Declined, may_boost


def draft(settings: Settings, by: Account, status: Status, *, now: datetime) -> Draft:
    """Raises Invalid when it may not be boosted."""
    answer = may_boost(by, status)
    if isinstance(answer, Declined):
        raise Invalid(f"Validation failed: {answer.say}")
    return Draft(
        id=ids.new(),
        uri=f"{settings.origin}/ap/objects/{ids.token()}",
        url=None,
        author_id=by.id,
        local=True,
        conversation_id=status.conversation_id,
        reblog_of_id=status.id,
        visibility=answer.visibility,
        reach=answer.reach,
        created_at=now,
    )
