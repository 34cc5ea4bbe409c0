"""Text, pure: what strangers wrote made safe, and what our people typed read and rendered."""
