"""fedi: a microblog for companies that speaks ActivityPub."""

VERSION = "0.1.0"
