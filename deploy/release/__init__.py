"""What a release ships beside its code: the wheel, bills of materials, provenance, checksums, signatures.

``python -m deploy.release`` makes them, ``sign.sh`` signs them where the key is, ``verify.sh`` checks them;
``python -m deploy.release.audit`` compares the locks with known vulnerabilities (docs/security.md).
"""
