"""The wire form of signatures, with httpsig: the only file that knows how old that library is.

Used: what bytes a signature covers, and how its header is written.  Not used: its verifier, which
believes the algorithm that the sender names and can be forged with the public key as an HMAC
secret; its signer, four times slower than `cryptography`; its parser, which silently drops
repeated parameters and costs more than the RSA check (28 µs against 1).

Spec: draft-cavage-http-signatures-12
"""

import importlib
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType, SimpleNamespace

from fedi.errors import BadSignature

Headers = Mapping[str, Sequence[str]]  # {lower-case name: every value received under it}

_MAX_HEADER = 8192  # characters

# Parameters as the draft writes them, and nothing else: no escapes, no stray text, so that every
# reader finds the same names and values in one header.
_PARAMETER = r'[ \t]*([A-Za-z]+)=(?:"([ !#-\[\]-~]*)"|([0-9]+))[ \t]*'
_EACH_PARAMETER = re.compile(_PARAMETER)
_PARAMETERS = re.compile(f"{_PARAMETER}(?:,{_PARAMETER})*")


def _import_utils() -> ModuleType:
    """httpsig asks pkg_resources for its own version, and pkg_resources is gone from setuptools.

    A stand-in for the moment of the import is enough: nobody reads that version.
    """
    stand_in = ModuleType("pkg_resources")
    vars(stand_in).update(
        DistributionNotFound=LookupError, get_distribution=lambda _: SimpleNamespace(version="")
    )
    present = sys.modules.get("pkg_resources")
    sys.modules["pkg_resources"] = stand_in
    try:
        return importlib.import_module("httpsig.utils")
    finally:
        del sys.modules["pkg_resources"]
        if present is not None:
            sys.modules["pkg_resources"] = present


_utils = _import_utils()
_build: Callable[[str, str, Sequence[str], str], str] = _utils.build_signature_template
_generate: Callable[[Sequence[str], Mapping[str, str], str | None, str, str], bytes]
_generate = _utils.generate_message


def parameters(headers: Headers) -> dict[str, str]:
    """The parameters of a request's one signature, names in lower case (S-2, S-7, S-8).

    raises    BadSignature when there is none, more than one, or one that is malformed

    >>> parameters({"signature": ['keyId="https://a.example/1#k",created=17']})
    {'keyid': 'https://a.example/1#k', 'created': '17'}
    """
    value = _signature_of(headers)
    if len(value) > _MAX_HEADER or not _PARAMETERS.fullmatch(value):
        raise BadSignature("The signature header could not be read")
    each = _EACH_PARAMETER.findall(value)
    found = {name.lower(): quoted or bare for name, quoted, bare in each}
    if len(found) != len(each):
        raise BadSignature("The signature header gives a parameter twice")
    return found


def _signature_of(headers: Headers) -> str:
    if "signature-input" in headers:
        raise BadSignature("RFC 9421 signatures are not accepted here; sign by draft-cavage-12")
    found = [
        *headers.get("signature", ()),
        *(v for v in headers.get("authorization", ()) if v[:10].lower() == "signature "),
    ]
    if len(found) != 1:
        raise BadSignature("The request must carry one signature")
    value = found[0].strip()
    return value[10:] if value[:10].lower() == "signature " else value


def signing_string(
    covered: Sequence[str], values: Mapping[str, str], *, method: str, target: str
) -> bytes:
    r"""The bytes that a signature covers: one "name: value" per line, no newline at the end.

    covered   lower-case names in the signer's order
    values    {lower-case name: value} for each of them but (request-target)
    target    the path, with its query string; not empty
    raises    UnicodeEncodeError when something is not ASCII

    Source: draft-cavage-http-signatures-12 section 2.3.

    >>> signing_string(["(request-target)", "date"], {"date": "now"}, method="GET", target="/")
    b'(request-target): get /\ndate: now'
    """
    return _generate(covered, values, None, method, target)


def signature_header(key_id: str, covered: Sequence[str], signature: str) -> str:
    """The value of a Signature header, `algorithm="rsa-sha256"` (S-1).

    >>> signature_header("https://a.example/1#k", ["date"], "QQ==")
    'keyId="https://a.example/1#k",algorithm="rsa-sha256",signature="QQ==",headers="date"'
    """
    template = _build(key_id, "rsa-sha256", covered, "signature")
    # Not `%`: a percent-encoded key id would be taken for a place to fill in.
    return template.replace('signature="%s"', f'signature="{signature}"')
