"""What an actor can do, once, for both doors: the client API and the inbox end here."""
