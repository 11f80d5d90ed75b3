"""Pages that need nothing else: markup as values, and the frame that lets only its own style and scripts in."""
