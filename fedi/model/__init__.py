"""The words of fedi as frozen dataclasses and enums.  No I/O, no SQL, no protocol."""
