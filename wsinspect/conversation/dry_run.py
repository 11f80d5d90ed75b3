"""The request that would be sent, and where to, without a connection. Opens nothing and asks no resolver."""

from collections.abc import Callable

from wsinspect.connecting import Connecting
from wsinspect.conversation.wishes import Wishes
from wsinspect.errors import Exit
from wsinspect.events import Moment
from wsinspect.net.request import client_protocol, request_of
from wsinspect.redact import redact_headers, redact_url
from wsinspect.render.safe import neutral
from wsinspect.term.screen import put, say


def dry_run(wishes: Wishes, connecting: Connecting, clock: Callable[[], Moment]) -> int:
    """Say where the request would go, and print it; raises `InspectError` where it could not be made."""
    request = request_of(client_protocol(connecting), connecting, clock().wall)
    headers, resource = list(request.headers.raw_items()), request.path
    if not wishes.show_secrets:
        headers, resource = redact_headers(headers, connecting.secrets), redact_url(resource)
    if not wishes.quiet:
        style = wishes.talk.palette
        said = "".join(f"{style.dim}● {neutral(line)}{style.reset}\n" for line in way(connecting, wishes.show_secrets))
        say(said)
    lines = [f"GET {resource} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    put("".join(f"{neutral(line)}\n" for line in [*lines, ""]))
    return Exit.OK


def way(connecting: Connecting, show_secrets: bool) -> list[str]:
    """Return in words where a connection would go, one fact a line."""
    target = connecting.target
    url = target.url if show_secrets else redact_url(target.url)
    return [f"would connect to {url}", _road(connecting), *_tls(connecting)]


def _road(connecting: Connecting) -> str:
    target, network = connecting.target, connecting.network
    if network.unix_socket is not None:
        return f"over the unix socket {network.unix_socket}"
    from wsinspect.proxies import proxy_of

    proxy = proxy_of(target, network)
    by = f" from {network.interface}" if network.interface else ""
    server = f"{f'[{target.host}]' if ':' in target.host else target.host}:{target.port}"
    pins = network.pins(target.host, target.port)
    pinned = f", taken as {', '.join(pins)}" if pins else ""
    if proxy is not None:
        credentials = ", with credentials" if proxy.user is not None else ""
        return f"through the proxy {proxy.name}{credentials}{by}, to {server}{pinned}"
    return f"straight to {server}{pinned}{by}"


def _tls(connecting: Connecting) -> list[str]:
    if not connecting.target.secure:
        return ["without TLS"]
    from wsinspect.net.tls import offered_versions, server_name, tls_context

    tls = connecting.tls
    # Files that cannot be used are told now, not when it counts.
    tls_context(tls)
    lowest, highest = offered_versions(tls)
    versions = lowest if lowest == highest else f"{lowest} to {highest}"
    facts = [f"with TLS {versions}", f"server name {server_name(tls, connecting.target.host)}"]
    if tls.alpn:
        facts.append(f"ALPN {', '.join(tls.alpn)}")
    facts.append(f"trusting {tls.authorities or 'the authorities of the system'}" if tls.verify else "not verified")
    if tls.certificate is not None:
        facts.append(f"showing the certificate in {tls.certificate}")
    return [", ".join(facts)]
