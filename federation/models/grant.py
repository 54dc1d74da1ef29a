"""One authorization given to one FS. Read and written by the hand-made statements of ``op.grants``, never as instances."""

from uuid import uuid4

from django.db import models


class Grant(models.Model):
    """Hashes of one code and of the tokens it became, and the claims this FS may read.

    Purged once its last token is dead, so that personal data lives no longer than the login it served.
    Hashes are SHA-256 of 256-bit random values: a copy of the table opens nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    client = models.ForeignKey(
        "federation.Client", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    account = models.ForeignKey("federation.Account", on_delete=models.CASCADE, related_name="+")
    sid = models.UUIDField(db_index=True)  # the SSO session it was given in
    session_ends_at = models.DateTimeField()  # no token outlives it
    issued_at = models.DateTimeField()

    code_hash = models.BinaryField(unique=True)
    code_expires_at = models.DateTimeField()
    redirect_uri = models.TextField()
    code_challenge = models.CharField(max_length=128, blank=True)  # S256; empty: begun without PKCE
    consumed_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    scopes = models.TextField()  # as granted, separated by spaces
    nonce = models.TextField(blank=True)
    acr = models.CharField(max_length=80)
    amr = models.JSONField(default=list)
    authenticated_at = models.DateTimeField()
    claims = models.JSONField(default=dict)  # snapshot: what userinfo answers, nothing more
    id_token_claims = models.JSONField(default=list)  # names asked for through the claims parameter

    access_hash = models.BinaryField(null=True, unique=True)
    access_expires_at = models.DateTimeField(null=True)
    refresh_hash = models.BinaryField(
        null=True
    )  # of the last one; an earlier one seen again: the family dies
    refresh_expires_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["session_ends_at"])]

    def __str__(self) -> str:
        return str(self.id)
