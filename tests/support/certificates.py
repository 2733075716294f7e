"""A certificate authority that lives as long as a test, a certificate of this host and one of a client."""

import datetime as dt
import os
import pwd
import shutil
import ssl
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = dt.timedelta(days=1)


class Certificates:
    """Files ca, server, server_key, client, client_key (PEM) in a folder; the server's is good for 127.0.0.1 only."""

    def __init__(self, folder: Path) -> None:
        names = ("ca", "server", "server_key", "client", "client_key")
        self.files = {name: folder / f"{name}.pem" for name in names}
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named("authority of a test")
        authority = self._sign("authority of a test", self._key, authority=True)
        self.files["ca"].write_bytes(authority.public_bytes(serialization.Encoding.PEM))
        self._issue("server")
        self._issue("client")

    def copy_to(self, folder: Path) -> dict[str, Path]:
        """Copy the files to where a server of an ordinary user may read them."""
        copies = {name: Path(shutil.copy(file, folder / file.name)) for name, file in self.files.items()}
        if os.geteuid() == 0:
            user = pwd.getpwnam("nobody")
            for copy in copies.values():
                os.chown(copy, user.pw_uid, user.pw_gid)
        return copies

    def trusted(self) -> ssl.SSLContext:
        """Give what a client needs that trusts this authority only."""
        return ssl.create_default_context(cafile=self.files["ca"])

    def _issue(self, name: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(name, key, authority=False)
        self.files[name].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        self.files[f"{name}_key"].write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))

    def _sign(self, name: str, key: ec.EllipticCurvePrivateKey, *, authority: bool) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        host = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        usage = x509.KeyUsage(
            digital_signature=not authority, key_cert_sign=authority, crl_sign=authority,
            content_commitment=False, key_encipherment=False, data_encipherment=False,
            key_agreement=False, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        return (
            x509.CertificateBuilder()
            .subject_name(_named(name))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + DAY)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(host, critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
