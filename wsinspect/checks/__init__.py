"""Checks: what is to be seen on a WebSocket, as a file says it; and the machine that judges what is seen."""
