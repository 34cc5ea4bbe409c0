"""Everything that leaves."""
