"""Recordings played again, from either side of a connection. What is compared is `comparing`'s."""
