"""A bank's own key over what must not be made anew by whoever can write to the database.

HMAC (RFC 2104) with SHA-256 or SM3. The key comes from conf by reference and is never stored; its name is, so
that keys can change: what was signed by a key that is not at hand can be read, and is not called false.
"""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256

from ecif.chaining import Algorithm


@dataclass(frozen=True, slots=True)
class Signer:
    name: str
    key: bytes = field(repr=False)
    algorithm: Algorithm = "sha256"

    def sign(self, content: str) -> str:
        prefix = "" if self.algorithm == "sha256" else f"{self.algorithm}:"
        return prefix + hmac.new(self.key, content.encode(), self.algorithm).hexdigest()

    def signed(self, content: str, signature: str) -> bool:
        """Whether the signature is this key's, by whichever algorithm it names."""
        algorithm: Algorithm = "sm3" if signature.startswith("sm3:") else "sha256"
        return hmac.compare_digest(Signer(self.name, self.key, algorithm).sign(content), signature)


def key_name(key: bytes) -> str:
    """What tells keys apart without telling them."""
    return sha256(b"ecif key name\n" + key).hexdigest()[:16]
