"""What OAuth says no with: a code for the client, a sentence for people.

Spec: RFC 6749, 4.1.2.1 and 5.2
"""

from fedi.errors import Invalid


class OAuthRefusal(Invalid):
    """`code` is one of RFC 6749's; `status` the one it wants over HTTP."""

    code = "invalid_request"
    status = 400


class BadClient(OAuthRefusal):
    """Clients register anew when, and only when, they read these words."""

    code = "invalid_client"
    status = 401
    say = (
        "Client authentication failed due to unknown client, no client authentication included,"
        " or unsupported authentication method."
    )


class BadGrant(OAuthRefusal):
    code = "invalid_grant"
    say = (
        "The provided authorization grant is invalid, expired, revoked, does not match the"
        " redirection URI used in the authorization request, or was issued to another client."
    )


class BadScope(OAuthRefusal):
    code = "invalid_scope"
    say = "The requested scope is invalid, unknown, or malformed."


class BadGrantType(OAuthRefusal):
    code = "unsupported_grant_type"
    say = "The authorization grant type is not supported by the authorization server."


class BadResponseType(OAuthRefusal):
    code = "unsupported_response_type"
    say = "The authorization server does not support this response type."
