"""What a host to listen on means: who can reach it, and how clients on this machine do."""

import socket
from ipaddress import ip_address

from msgspec import structs

from zaffre.net.server.listen import Address


def is_loopback(host: str) -> bool:
    """Whether every address of the host is a loopback address, which only this machine can reach.

    Raises:
        OSError: there is no such host.
    """
    try:
        resolved = socket.getaddrinfo(host, None)
    except socket.gaierror as error:
        raise OSError(error.errno, f"cannot find the host {host}: {error.strerror}") from None
    found = {str(address[0]).partition("%")[0] for _, _, _, _, address in resolved}
    return all(ip_address(address).is_loopback for address in found)


def is_wildcard(host: str) -> bool:
    """Whether it stands for every address of this machine."""
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False


def this_machine() -> str:
    """The name by which others may know this machine."""
    return socket.gethostname()


def from_here(address: Address) -> Address:
    """Where clients on this machine find a server that listens at an address."""
    if not is_wildcard(address.host):
        return address
    return structs.replace(address, host="127.0.0.1" if ip_address(address.host).version == 4 else "::1")
