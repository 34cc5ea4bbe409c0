"""Pictures, pure: what the bytes are, and safe small copies of them made in other processes."""
