"""What other servers push: taken at the door, kept, then applied by the handlers."""
