"""What an answer to a delivery means: delivered, try again at this moment, or never again.

Pure.  Spec: federation.md X-5.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from random import SystemRandom

from fedi.store.courier import LIMIT, End, Health, Outcome, Waiting

# Before attempt n; the first is made at once.
_BEFORE = [timedelta(minutes=minutes) for minutes in (0, 1, 5, 15, 60, 180, 360, 720, 1440, 2880)]
_JITTER = 0.2  # either way, so that a server that comes back is not hit by everything at once
_PERMANENT = frozenset({400, 403, 404, 405, 406, 410, 413, 415, 422, 501})
_HOPELESS = frozenset({"tls name", "refused url", "not signed"})  # reasons of net.Failure
_UNAUTHORIZED, _UNAUTHORIZED_TRIES = 401, 3  # a clock or a key that is fetched too late
_OK, _NOT_OK, _BROKEN = 200, 300, 500

_WINDOW = timedelta(minutes=10)  # in which LIMIT failures in a row open the circuit
_OPEN = timedelta(minutes=30)
_DEAD_AFTER = timedelta(days=7)
_DEAD_PROBE = timedelta(days=7)
_PAUSE = timedelta(seconds=15)  # how late a peer that goes on may get its first letter
_dice = SystemRandom()


def answered(waiting: Waiting, status: int, wait: int | None, *, now: datetime) -> Outcome:
    """The peer answered `status`; `wait`: its Retry-After in seconds, at most a day."""
    if _OK <= status < _NOT_OK:
        return Outcome(waiting, End.SENT)
    tired = status == _UNAUTHORIZED and waiting.attempts >= _UNAUTHORIZED_TRIES
    if status in _PERMANENT or tired:
        return Outcome(waiting, End.DEAD, f"status {status}")
    return _again(waiting, f"status {status}", now, timedelta(seconds=wait or 0))


def unanswered(waiting: Waiting, reason: str, *, now: datetime) -> Outcome:
    """There was no answer; `reason` is that of net.Failure."""
    if reason in _HOPELESS:
        return Outcome(waiting, End.DEAD, reason)
    return _again(waiting, reason, now, timedelta(0))


def is_sick(status: int) -> bool:
    """Whether an answer says that the whole server is in trouble, and not only with this letter."""
    return status >= _BROKEN and status not in _PERMANENT


def health(before: Health, *, well: int, sick: int, now: datetime) -> Health:
    """A host's health after `well` answers and `sick` ones: any sign of life closes the circuit."""
    if well:
        return Health()
    if not sick:
        return before
    fails, since = before.fails, before.failing_since
    if since is None or (fails < LIMIT and now - since > _WINDOW):
        fails, since = 0, now
    fails += sick
    if fails < LIMIT:
        return Health(fails, since)
    dead = now - since >= _DEAD_AFTER
    return Health(fails, since, now + (_DEAD_PROBE if dead else _OPEN), dead)


def resting(before: Health, *, now: datetime) -> Health:
    """We paused it ourselves: not its fault, and soon to be looked at again."""
    return replace(before, open_until=now + _PAUSE)


def _again(waiting: Waiting, error: str, now: datetime, least: timedelta) -> Outcome:
    """The peer may ask for a longer pause, never for a shorter: the attempts would be used up."""
    if waiting.attempts >= len(_BEFORE):
        return Outcome(waiting, End.DEAD, error)
    pause = _BEFORE[waiting.attempts] * _dice.uniform(1 - _JITTER, 1 + _JITTER)
    return Outcome(waiting, End.FAILED, error, now + max(pause, least))
