import uuid

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import oauth2_provider.generators
import oauth2_provider.models
from django.conf import settings
from django.db import migrations, models

import federation.models.provider


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                (
                    "sub",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="créé le")),
                ("last_connection_at", models.DateTimeField(null=True, verbose_name="dernière connexion")),
                ("blocked_at", models.DateTimeField(blank=True, null=True, verbose_name="bloqué le")),
            ],
            options={
                "verbose_name": "compte",
                "verbose_name_plural": "comptes",
            },
        ),
        migrations.CreateModel(
            name="Client",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "redirect_uris",
                    models.TextField(
                        blank=True,
                        help_text="Allowed URIs list, space separated",
                        verbose_name="redirect URIs",
                    ),
                ),
                (
                    "post_logout_redirect_uris",
                    models.TextField(
                        blank=True,
                        default="",
                        help_text="Allowed Post Logout URIs list, space separated",
                        verbose_name="post logout redirect URIs",
                    ),
                ),
                (
                    "client_type",
                    models.CharField(
                        choices=[("confidential", "Confidential"), ("public", "Public")],
                        max_length=32,
                        verbose_name="client type",
                    ),
                ),
                (
                    "authorization_grant_type",
                    models.CharField(
                        choices=[
                            ("authorization-code", "Authorization code"),
                            ("urn:ietf:params:oauth:grant-type:device_code", "Device Code"),
                            ("implicit", "Implicit"),
                            ("password", "Resource owner password-based"),
                            ("client-credentials", "Client credentials"),
                            ("openid-hybrid", "OpenID connect hybrid"),
                        ],
                        max_length=44,
                        verbose_name="authorization grant type",
                    ),
                ),
                (
                    "client_secret",
                    oauth2_provider.models.ClientSecretField(
                        blank=True,
                        db_index=True,
                        default=oauth2_provider.generators.generate_client_secret,
                        help_text="Client secret for authentication",
                        max_length=255,
                        verbose_name="client secret",
                    ),
                ),
                ("hash_client_secret", models.BooleanField(default=True, verbose_name="hash client secret")),
                ("skip_authorization", models.BooleanField(default=False, verbose_name="skip authorization")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "algorithm",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "No OIDC support"),
                            ("RS256", "RSA with SHA-2 256"),
                            ("HS256", "HMAC with SHA-2 256"),
                        ],
                        default="",
                        max_length=5,
                        verbose_name="algorithm",
                    ),
                ),
                (
                    "allowed_origins",
                    models.TextField(
                        blank=True,
                        default="",
                        help_text="Allowed origins list to enable CORS, space separated",
                        verbose_name="allowed origins",
                    ),
                ),
                (
                    "registration_source",
                    models.CharField(
                        choices=[
                            ("manual", "Manual"),
                            ("dcr", "Dynamic Client Registration"),
                            ("cimd", "Client ID Metadata Document"),
                        ],
                        default="manual",
                        help_text="How this application was registered (manual, DCR per RFC 7591, or CIMD)",
                        max_length=32,
                        verbose_name="registration source",
                    ),
                ),
                (
                    "cimd_expires_at",
                    models.DateTimeField(
                        blank=True,
                        default=None,
                        help_text="When the cached Client ID Metadata Document should be re-fetched",
                        null=True,
                        verbose_name="CIMD expires at",
                    ),
                ),
                (
                    "client_id",
                    models.CharField(
                        max_length=64,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[\\x21-\\x7e]{1,64}$", "1 à 64 caractères ASCII, sans espace."
                            )
                        ],
                        verbose_name="identifiant (client_id)",
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="Montré aux personnes qui se connectent.",
                        max_length=120,
                        verbose_name="nom",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("fs", "Fournisseur de service (FS)"),
                            ("fd", "Fournisseur de données (FD)"),
                        ],
                        default="fs",
                        max_length=2,
                        verbose_name="nature",
                    ),
                ),
                ("description", models.TextField(blank=True, verbose_name="description")),
                ("site_url", models.URLField(blank=True, verbose_name="adresse du service")),
                (
                    "support_email",
                    models.EmailField(blank=True, max_length=254, verbose_name="contact d’assistance"),
                ),
                (
                    "environment",
                    models.CharField(
                        choices=[("integration", "Intégration"), ("production", "Production")],
                        default="integration",
                        max_length=12,
                        verbose_name="environnement",
                    ),
                ),
                (
                    "listed_publicly",
                    models.BooleanField(default=False, verbose_name="dans la liste publique des services"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="en service")),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=255),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="scopes autorisés",
                    ),
                ),
                (
                    "accepts_private_sector",
                    models.BooleanField(
                        default=False,
                        help_text="Sinon, seuls les agents publics peuvent entrer.",
                        verbose_name="ouvert au secteur privé",
                    ),
                ),
                (
                    "allowed_email_domains",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=255),
                        blank=True,
                        default=list,
                        help_text="Aucun : tous.",
                        size=None,
                        verbose_name="domaines d’e-mail admis",
                    ),
                ),
                (
                    "allowed_providers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(),
                        blank=True,
                        default=list,
                        help_text="Aucun : tous.",
                        size=None,
                        verbose_name="FI admis",
                    ),
                ),
                (
                    "token_endpoint_auth_method",
                    models.CharField(
                        choices=[
                            ("private_key_jwt", "private_key_jwt (conseillé)"),
                            ("client_secret_basic", "client_secret_basic"),
                            ("client_secret_post", "client_secret_post"),
                        ],
                        default="client_secret_basic",
                        max_length=24,
                        verbose_name="authentification du client",
                    ),
                ),
                ("previous_secret", models.CharField(blank=True, editable=False, max_length=255)),
                ("previous_secret_expires_at", models.DateTimeField(editable=False, null=True)),
                (
                    "sealed_secret",
                    models.TextField(
                        blank=True,
                        editable=False,
                        help_text="The secret itself, encrypted: kept for HS256 alone, whose key it is.",
                    ),
                ),
                ("jwks", models.JSONField(blank=True, null=True, verbose_name="clés publiques (JWKS)")),
                (
                    "jwks_uri",
                    models.URLField(blank=True, null=True, verbose_name="adresse des clés publiques"),
                ),
                (
                    "id_token_signed_response_alg",
                    models.CharField(
                        choices=[
                            ("ES256", "ES256 (conseillé)"),
                            ("RS256", "RS256"),
                            ("HS256", "HS256 (déconseillé)"),
                        ],
                        default="ES256",
                        max_length=5,
                        verbose_name="signature de l’ID token",
                    ),
                ),
                (
                    "userinfo_signed_response_alg",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("ES256", "ES256 (conseillé)"),
                            ("RS256", "RS256"),
                            ("HS256", "HS256 (déconseillé)"),
                        ],
                        help_text="Aucune : réponse en JSON.",
                        max_length=5,
                        null=True,
                        verbose_name="signature de userinfo",
                    ),
                ),
                (
                    "introspection_signed_response_alg",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("ES256", "ES256 (conseillé)"),
                            ("RS256", "RS256"),
                            ("HS256", "HS256 (déconseillé)"),
                        ],
                        max_length=5,
                        null=True,
                        verbose_name="signature de l’introspection",
                    ),
                ),
                ("require_pkce", models.BooleanField(default=True, verbose_name="PKCE exigé")),
                (
                    "backchannel_logout_uri",
                    models.URLField(blank=True, null=True, verbose_name="déconnexion par canal arrière"),
                ),
                ("code_lifetime", models.DurationField(blank=True, null=True, verbose_name="durée du code")),
                (
                    "access_token_lifetime",
                    models.DurationField(blank=True, null=True, verbose_name="durée du jeton d’accès"),
                ),
                (
                    "refresh_token_lifetime",
                    models.DurationField(
                        blank=True, null=True, verbose_name="durée du jeton de rafraîchissement"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(app_label)s_%(class)s",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "fournisseur de service ou de données",
                "verbose_name_plural": "fournisseurs de service et de données",
                "ordering": ["name"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ConfigurationVersion",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="a_single_version_row")
                ],
            },
        ),
        migrations.CreateModel(
            name="Grant",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("sid", models.UUIDField(db_index=True)),
                ("session_ends_at", models.DateTimeField()),
                ("issued_at", models.DateTimeField()),
                ("code_hash", models.BinaryField(unique=True)),
                ("code_expires_at", models.DateTimeField()),
                ("redirect_uri", models.TextField()),
                ("code_challenge", models.CharField(blank=True, max_length=128)),
                ("consumed_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("scopes", models.TextField()),
                ("nonce", models.TextField(blank=True)),
                ("acr", models.CharField(max_length=80)),
                ("amr", models.JSONField(default=list)),
                ("authenticated_at", models.DateTimeField()),
                ("claims", models.JSONField(default=dict)),
                ("id_token_claims", models.JSONField(default=list)),
                ("access_hash", models.BinaryField(null=True, unique=True)),
                ("access_expires_at", models.DateTimeField(null=True)),
                ("refresh_hash", models.BinaryField(null=True)),
                ("refresh_expires_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="federation.account"
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Provider",
            fields=[
                (
                    "uid",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        help_text="Valeur de idp_id et de idp_hint.",
                        primary_key=True,
                        serialize=False,
                        verbose_name="identifiant (idp_id)",
                    ),
                ),
                ("name", models.CharField(max_length=120, unique=True, verbose_name="nom technique")),
                (
                    "title",
                    models.CharField(
                        help_text="Montré quand plusieurs FI servent un même domaine.",
                        max_length=120,
                        verbose_name="titre",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="en service")),
                (
                    "is_routed",
                    models.BooleanField(
                        default=True,
                        help_text="Sinon, il n’est joignable que par idp_hint, pour la recette.",
                        verbose_name="proposé",
                    ),
                ),
                (
                    "network",
                    models.CharField(
                        choices=[
                            ("internet", "Internet"),
                            ("rie", "RIE"),
                            ("hybrid", "RIE, joint depuis Internet par le relais"),
                        ],
                        default="internet",
                        max_length=8,
                        verbose_name="réseau",
                    ),
                ),
                ("issuer", models.CharField(blank=True, max_length=255, verbose_name="émetteur (issuer)")),
                ("discovery", models.BooleanField(default=True, verbose_name="découverte automatique")),
                ("authorization_endpoint", models.URLField(blank=True, max_length=255, null=True)),
                ("token_endpoint", models.URLField(blank=True, max_length=255, null=True)),
                ("userinfo_endpoint", models.URLField(blank=True, max_length=255, null=True)),
                ("jwks_uri", models.URLField(blank=True, max_length=255, null=True)),
                ("end_session_endpoint", models.URLField(blank=True, max_length=255, null=True)),
                (
                    "client_id",
                    models.CharField(blank=True, max_length=255, verbose_name="notre client_id chez ce FI"),
                ),
                ("sealed_secret", models.TextField(blank=True, editable=False)),
                (
                    "token_endpoint_auth_method",
                    models.CharField(
                        choices=[
                            ("private_key_jwt", "private_key_jwt (conseillé)"),
                            ("client_secret_basic", "client_secret_basic"),
                            ("client_secret_post", "client_secret_post"),
                        ],
                        default="client_secret_post",
                        max_length=24,
                        verbose_name="notre authentification chez ce FI",
                    ),
                ),
                (
                    "id_token_signed_response_algs",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("ES256", "ES256 (conseillé)"),
                                ("RS256", "RS256"),
                                ("HS256", "HS256 (déconseillé)"),
                            ],
                            max_length=5,
                        ),
                        default=federation.models.provider.asymmetric_algorithms,
                        size=None,
                        verbose_name="signatures admises",
                    ),
                ),
                (
                    "userinfo_signed_response_alg",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("ES256", "ES256 (conseillé)"),
                            ("RS256", "RS256"),
                            ("HS256", "HS256 (déconseillé)"),
                        ],
                        max_length=5,
                        null=True,
                        verbose_name="signature de userinfo",
                    ),
                ),
                (
                    "userinfo_encrypted_response_alg",
                    models.CharField(
                        blank=True, max_length=16, null=True, verbose_name="chiffrement de userinfo"
                    ),
                ),
                (
                    "userinfo_encrypted_response_enc",
                    models.CharField(
                        blank=True, max_length=16, null=True, verbose_name="méthode de chiffrement"
                    ),
                ),
                (
                    "block_unlisted_domains",
                    models.BooleanField(
                        default=True,
                        help_text="Vaut pour l’e-mail que le FI renvoie.",
                        verbose_name="refuser les domaines non déclarés",
                    ),
                ),
                (
                    "is_mfa_capable",
                    models.BooleanField(default=False, verbose_name="sait faire une double authentification"),
                ),
                (
                    "quirks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="écarts connus à la norme",
                    ),
                ),
                (
                    "default_siret",
                    models.CharField(blank=True, max_length=14, null=True, verbose_name="SIRET par défaut"),
                ),
                (
                    "support_email",
                    models.EmailField(
                        blank=True, max_length=254, null=True, verbose_name="contact d’assistance"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "verbose_name": "fournisseur d’identité",
                "verbose_name_plural": "fournisseurs d’identité",
                "ordering": ["title"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("issuer", ""), _negated=True),
                        fields=("issuer", "client_id"),
                        name="one_provider_per_issuer_and_client",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AccountLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("provider_sub", models.CharField(max_length=256)),
                ("email", models.CharField(max_length=254)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("seen_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="federation.account",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="federation.provider",
                    ),
                ),
            ],
            options={
                "verbose_name": "identité d’un compte",
                "verbose_name_plural": "identités des comptes",
            },
        ),
        migrations.CreateModel(
            name="ProviderDomain",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=253, verbose_name="domaine")),
                (
                    "is_routed",
                    models.BooleanField(
                        default=True,
                        help_text="Sinon, accepté en retour sans que ses adresses soient envoyées à ce FI.",
                        verbose_name="routé",
                    ),
                ),
                ("proved_at", models.DateTimeField(blank=True, null=True, verbose_name="prouvé le")),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="domains",
                        to="federation.provider",
                    ),
                ),
            ],
            options={
                "verbose_name": "domaine d’e-mail",
                "verbose_name_plural": "domaines d’e-mail",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="SigningKey",
            fields=[
                ("kid", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("algorithm", models.CharField(max_length=5)),
                (
                    "state",
                    models.CharField(
                        choices=[("next", "prochaine"), ("active", "active"), ("retired", "retirée")],
                        max_length=8,
                    ),
                ),
                ("public_jwk", models.JSONField()),
                ("sealed_private_jwk", models.TextField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("activated_at", models.DateTimeField(null=True)),
                ("retired_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "clé de signature",
                "verbose_name_plural": "clés de signature",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "active")),
                        fields=("algorithm",),
                        name="one_active_key_per_algorithm",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="client",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "fs"), _negated=True), ("scopes__contains", ["openid"]), _connector="OR"
                ),
                name="scopes_of_a_fs_hold_openid",
            ),
        ),
        migrations.AddConstraint(
            model_name="client",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("previous_secret", ""), ("previous_secret_expires_at__isnull", False), _connector="OR"
                ),
                name="previous_secret_has_an_end",
            ),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(fields=["session_ends_at"], name="federation__session_5420ef_idx"),
        ),
        migrations.AddIndex(
            model_name="accountlink",
            index=models.Index(fields=["email"], name="federation__email_fea053_idx"),
        ),
        migrations.AddConstraint(
            model_name="accountlink",
            constraint=models.UniqueConstraint(
                fields=("provider", "provider_sub"), name="one_account_per_provider_sub"
            ),
        ),
        migrations.AddIndex(
            model_name="providerdomain",
            index=models.Index(fields=["name"], name="federation__name_59a454_idx"),
        ),
        migrations.AddConstraint(
            model_name="providerdomain",
            constraint=models.UniqueConstraint(
                fields=("provider", "name"), name="a_domain_once_per_provider"
            ),
        ),
        migrations.AddConstraint(
            model_name="providerdomain",
            constraint=models.CheckConstraint(
                condition=models.Q(("name__regex", "^[a-z0-9.-]+$")), name="domain_is_lower_case_ascii"
            ),
        ),
    ]
