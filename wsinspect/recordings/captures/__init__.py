"""Captures of a network, from the file down to WebSockets: files, packets, TCP, HTTP, frames. Knows no file's name."""
