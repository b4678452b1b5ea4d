"""A company's own certificate authority, and a server behind one of its certificates, for tests."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Repairs Ltd")])
_PEM = serialization.Encoding.PEM


class PrivateCa:
    """An authority that nobody knows; its own certificate is in `file`, one for 127.0.0.1 with its key in `server`."""

    def __init__(self, folder: Path) -> None:
        self.file, self.server = folder / "ca.pem", folder / "server.pem"
        own_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        own = _begun(own_key, _NAME, 1).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        own = own.add_extension(x509.SubjectKeyIdentifier.from_public_key(own_key.public_key()), critical=False)
        self.file.write_bytes(own.sign(own_key, hashes.SHA256()).public_bytes(_PEM))
        here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        leaf = _begun(key, x509.Name([]), 2).add_extension(here, critical=True)
        issued_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(own_key.public_key())
        signed = leaf.add_extension(issued_by, critical=False).sign(own_key, hashes.SHA256())
        plain = key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        self.server.write_bytes(plain + signed.public_bytes(_PEM))


def _begun(key: ec.EllipticCurvePrivateKey, subject: x509.Name, number: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    named = x509.CertificateBuilder().issuer_name(_NAME).subject_name(subject).public_key(key.public_key())
    lasting = named.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=2))
    return lasting.serial_number(number)


class _Echo(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Stay silent: who does not trust the certificate hangs up."""


@contextmanager
def answering_server(certificate: Path | None = None) -> Iterator[str]:
    """Run a server that answers each request with its own path, over TLS if it has a certificate; its address."""
    server = _Server(("127.0.0.1", 0), _Echo)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
