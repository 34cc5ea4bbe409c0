"""JSON-LD contexts as data: the terms that fedi and its peers use, with their published ids."""
