"""What somebody who only drafts for a company account may not do in its name."""

from fedi.api.call import Call
from fedi.errors import Forbidden
from fedi.model.account import DeskRole
from fedi.store import Conn, desk


async def refuse_authors(call: Call, conn: Conn) -> None:
    """Raises Forbidden: what authors do would have to wait for an approver, and this cannot."""
    human = call.token.human_id if call.token else None
    if human is None or human == call.account.id:
        return
    if await desk.role_of(conn, call.account.id, human) in (None, DeskRole.AUTHOR):
        raise Forbidden(f"Your role on @{call.account.username} lets you write drafts only")
