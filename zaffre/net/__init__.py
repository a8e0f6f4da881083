"""Sockets: the server protocol, the upstream client, and the values both speak in."""
