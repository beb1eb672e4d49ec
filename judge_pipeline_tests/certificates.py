"""One certificate authority where each client would load 140, which takes it 50 ms."""

from pathlib import Path

import certifi

PEM_END = "-----END CERTIFICATE-----\n"


def one_authority(folder: Path) -> Path:
    """A file to name in SSL_CERT_FILE."""
    file = folder / "one.pem"
    file.write_text(Path(certifi.where()).read_text().partition(PEM_END)[0] + PEM_END)
    return file
