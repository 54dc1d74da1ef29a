from django.urls import include, path

from federation.journey import sign_out, signed_out_elsewhere, views
from federation.provider_state.page import providers_state
from federation.rp.published_keys import published_keys

app_name = "federation"

urlpatterns = [
    path("authorize", views.authorize, name="authorize"),
    path("interaction/<uuid:journey_id>/", views.email_page, name="email"),
    path("interaction/<uuid:journey_id>/fournisseur/", views.provider_page, name="provider"),
    path("interaction/<uuid:journey_id>/code/", views.code_page, name="code"),
    path("interaction/<uuid:journey_id>/code/envoi/", views.send_code, name="send-code"),
    path("oidc-callback", views.callback, name="oidc-callback"),
    path("session/end", sign_out.end_session, name="end-session"),
    path("session/end/confirm", sign_out.confirm, name="end-session-confirm"),
    path("client/logout-callback", sign_out.back_from_provider, name="logout-callback"),
    path("client/backchannel-logout", signed_out_elsewhere.back_channel, name="backchannel-logout"),
    path("client/frontchannel-logout", signed_out_elsewhere.front_channel, name="frontchannel-logout"),
    path("client/.well-known/keys", published_keys, name="keys-for-providers"),
    path("etat-des-fournisseurs", providers_state, name="providers-state"),
    path("", include("federation.op.urls")),
]
