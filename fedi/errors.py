"""What can be refused, in the words people read.  Errors know no HTTP: each door has its table."""


class FediError(Exception):
    """A refusal that the asker may read: `say` is safe to show."""

    say = "Something went wrong"

    def __init__(self, say: str | None = None) -> None:
        super().__init__(say or self.say)
        if say is not None:
            self.say = say


class NotFound(FediError):
    """No such thing, or the caller may not know that there is."""

    say = "Record not found"


class Unauthorized(FediError):
    """Nobody is signed in, or the token is not good any more."""

    say = "The access token is invalid"


class BadSignature(FediError):
    """The request does not carry a signature that proves who sent it."""

    say = "Request signature could not be verified"


class Forbidden(FediError):
    """Known, and not allowed."""

    say = "This action is not allowed"


class WrongScope(Forbidden):
    """The token is good, for other things."""

    say = "This action is outside the authorized scopes"


class Malformed(FediError):
    """The bytes cannot be read as what they claim to be (P-4, P-5)."""

    say = "The request could not be read"


class Invalid(FediError):
    """Well-formed, and not acceptable; `say` tells what to change."""

    say = "Validation failed"


class TooLarge(FediError):
    say = "The request is too large"


class WrongMediaType(FediError):
    say = "This content type is not accepted"


class TooMany(FediError):
    """Slow down; `retry_after` in seconds."""

    say = "Too many requests"

    def __init__(self, retry_after: int = 60) -> None:
        super().__init__()
        self.retry_after = retry_after


class Gone(FediError):
    """Deleted for good; a tombstone stands."""

    say = "Gone"


class Unreachable(FediError):
    """Another server could not be read.  No detail for users: it would map our network."""

    say = "The remote server could not be reached"


class Unavailable(FediError):
    """Something of ours is not ready; try again."""

    say = "The service is not ready"


def where(error: BaseException) -> str:
    """The kind of an unexpected error and the lines it came through, for logs.

    Never its text: it may hold what somebody wrote, and logs carry no content.
    """
    frames, trace = [], error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rpartition('fedi/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(error).__name__} at {' > '.join(frames[-6:])}"
