"""curl's options, as far as they matter here: which take a value, which mean one of ours, which mean nothing to us.

Facts of curl 8's manual. Knows no shell.
"""

SHORT = {
    "#": "progress-bar", "0": "http1.0", "1": "tlsv1", "2": "sslv2", "3": "sslv3", "4": "ipv4", "6": "ipv6",
    "A": "user-agent", "B": "use-ascii", "C": "continue-at", "D": "dump-header", "E": "cert", "F": "form", "G": "get",
    "H": "header", "I": "head", "J": "remote-header-name", "K": "config", "L": "location", "M": "manual",
    "N": "no-buffer", "O": "remote-name", "P": "ftp-port", "Q": "quote", "R": "remote-time", "S": "show-error",
    "T": "upload-file", "U": "proxy-user", "V": "version", "X": "request", "Y": "speed-limit", "Z": "parallel",
    "a": "append", "b": "cookie", "c": "cookie-jar", "d": "data", "e": "referer", "f": "fail", "g": "globoff",
    "h": "help", "i": "include", "j": "junk-session-cookies", "k": "insecure", "l": "list-only", "m": "max-time",
    "n": "netrc", "o": "output", "p": "proxytunnel", "q": "disable", "r": "range", "s": "silent", "t": "telnet-option",
    "u": "user", "v": "verbose", "w": "write-out", "x": "proxy", "y": "speed-time", "z": "time-cond", ":": "next",
}  # fmt: skip
"""Letters to long names."""

SAME = {
    "header": "header", "cookie": "cookie", "user": "user", "user-agent": "user-agent", "referer": "referer",
    "netrc-file": "netrc-file", "cacert": "cacert", "capath": "cacert", "key": "key", "pass": "pass",
    "proxy": "proxy", "noproxy": "noproxy", "resolve": "resolve", "connect-timeout": "connect-timeout",
    "max-time": "max-time", "unix-socket": "unix-socket", "abstract-unix-socket": "unix-socket",
    "interface": "interface", "max-redirs": "max-redirs", "tls-max": "tls-max", "proxy-cacert": "proxy-cacert",
}  # fmt: skip
"""Options whose value is that of an option of ours."""

FLAGS = {
    "insecure": "insecure", "ipv4": "ipv4", "ipv6": "ipv6", "netrc": "netrc", "proxy-insecure": "proxy-insecure",
}  # fmt: skip
"""Flags that are a flag of ours."""

LOWEST = {"tlsv1": "1.0", "tlsv1.0": "1.0", "tlsv1.1": "1.1", "tlsv1.2": "1.2", "tlsv1.3": "1.3"}
"""Flags that say the lowest version of TLS."""

SOCKS = {"socks4": "socks4", "socks4a": "socks4a", "socks5": "socks5", "socks5-hostname": "socks5h", "proxy1.0": "http"}
"""Options whose value is a proxy without its scheme."""

REPEATED = frozenset({"header", "cookie", "resolve"})
"""Options of ours that add up."""

DATA = frozenset({"data", "data-ascii", "data-binary", "data-raw", "data-urlencode", "json", "url-query"})

QUIET_FLAGS = frozenset(
    {"location", "location-trusted", "silent", "show-error", "compressed", "http1.1", "include", "verbose", "globoff"}
    | {"buffer", "no-buffer", "progress-bar", "progress-meter", "fail", "fail-with-body", "fail-early", "keepalive"}
    | {"tcp-nodelay", "remote-name", "remote-name-all", "remote-header-name", "remote-time", "ssl-no-revoke", "disable"}
    | {"ssl-revoke-best-effort", "create-dirs", "clobber", "raw", "styled-output", "path-as-is", "basic", "parallel"}
    | {"junk-session-cookies", "trace-time", "sessionid", "npn", "get", "proxy-basic", "proxytunnel", "use-ascii"}
    | {"parallel-immediate", "remove-on-error", "suppress-connect-headers", "xattr", "ssl", "ssl-reqd", "out-null"}
)
"""Flags without which we do the same; some follow redirects, others are about what curl prints."""

QUIET_VALUES = frozenset(
    {"output", "write-out", "stderr", "trace", "trace-ascii", "trace-config", "output-dir", "dump-header"}
    | {"keepalive-time", "libcurl", "limit-rate", "max-filesize", "expect100-timeout", "create-file-mode"}
    | {"parallel-max", "happy-eyeballs-timeout-ms", "cookie-jar", "etag-save", "random-file", "egd-file", "proto"}
    | {"proto-default", "proto-redir"}
)
"""The same, with a value."""

OTHER_VALUES = frozenset(
    {"alt-svc", "aws-sigv4", "cert", "cert-type", "ciphers", "config", "connect-to", "continue-at", "crlfile", "curves"}
    | {"delegation", "dns-interface", "dns-ipv4-addr", "dns-ipv6-addr", "dns-servers", "doh-url", "ech", "engine"}
    | {"etag-compare", "form", "form-string", "ftp-account", "ftp-alternative-to-user", "ftp-method", "ftp-port"}
    | {"ftp-ssl-ccc-mode", "haproxy-clientip", "help", "hostpubmd5", "hostpubsha256", "hsts", "ip-tos", "ipfs-gateway"}
    | {"keepalive-cnt", "key-type", "krb", "local-port", "login-options", "mail-auth", "mail-from", "mail-rcpt"}
    | {"oauth2-bearer"}
    | {"pinnedpubkey", "preproxy", "proxy-capath", "proxy-cert", "proxy-cert-type", "proxy-ciphers", "proxy-crlfile"}
    | {"proxy-header", "proxy-key", "proxy-key-type", "proxy-pass", "proxy-pinnedpubkey", "proxy-service-name"}
    | {"proxy-tls13-ciphers", "proxy-tlsauthtype", "proxy-tlspassword", "proxy-tlsuser", "proxy-user", "pubkey"}
    | {"quote", "range", "rate", "request", "request-target", "retry", "retry-delay", "retry-max-time"}
    | {"sasl-authzid", "service-name", "signature-algorithms", "socks5-gssapi-service", "speed-limit", "speed-time"}
    | {"telnet-option", "tftp-blksize", "time-cond", "tls13-ciphers", "tlsauthtype", "tlspassword", "tlsuser"}
    | {"upload-file", "upload-flags", "url", "variable", "vlan-priority"}
)
"""Options with a value that are looked at one by one, or not at all."""

VALUED = frozenset(SAME) | frozenset(SOCKS) | DATA | QUIET_VALUES | OTHER_VALUES

OTHER_FLAGS = frozenset(
    {"anyauth", "append", "ca-native", "cert-status", "compressed-ssh", "crlf", "digest", "disable-eprt"}
    | {"disable-epsv", "disallow-username-in-url", "doh-cert-status", "doh-insecure", "false-start", "ftp-create-dirs"}
    | {"ftp-pasv", "ftp-pret", "ftp-skip-pasv-ip", "ftp-ssl-ccc", "ftp-ssl-control", "haproxy-protocol", "head"}
    | {"http0.9", "http1.0", "http2", "http2-prior-knowledge", "http3", "http3-only", "ignore-content-length"}
    | {"list-only", "mail-rcpt-allowfails", "manual", "metalink", "mptcp", "negotiate", "netrc-optional", "next"}
    | {"ntlm", "ntlm-wb", "post301", "post302", "post303", "proxy-anyauth", "proxy-ca-native", "proxy-digest"}
    | {"proxy-http2", "proxy-negotiate", "proxy-ntlm", "proxy-ssl-allow-beast", "proxy-ssl-auto-client-cert"}
    | {"proxy-tlsv1", "retry-all-errors", "retry-connrefused", "sasl-ir", "skip-existing", "socks5-basic"}
    | {"socks5-gssapi", "socks5-gssapi-nec", "ssl-allow-beast", "ssl-auto-client-cert", "sslv2", "sslv3"}
    | {"tcp-fastopen", "tftp-no-options", "tls-earlydata", "tr-encoding", "version", "alpn", "form-escape"}
)
"""Flags that are told as ignored."""

KNOWN = VALUED | QUIET_FLAGS | OTHER_FLAGS | frozenset(FLAGS) | frozenset(LOWEST)
