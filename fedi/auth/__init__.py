"""Who is asking: tokens, passwords, sessions, and the signatures of other servers."""
