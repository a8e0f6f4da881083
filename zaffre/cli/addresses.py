"""Which addresses only this machine can reach."""

import socket
from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether every address of the host is a loopback address."""
    try:
        found = {str(address[0]).partition("%")[0] for _, _, _, _, address in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return bool(found) and all(ip_address(address).is_loopback for address in found)
