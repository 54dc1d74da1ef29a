from django.urls import path

from identite.account import views as account
from identite.sign_in import views as sign_in

app_name = "identite"

PASSAGE = "connexion/<uuid:sign_in_id>"

urlpatterns = [
    path(f"{PASSAGE}/", sign_in.password, name="sign-in"),
    path(f"{PASSAGE}/adresse/", sign_in.email, name="email"),
    path(f"{PASSAGE}/mot-de-passe-oublie/", sign_in.forgotten_password, name="forgotten-password"),
    path(f"{PASSAGE}/code/", sign_in.code, name="code"),
    path(f"{PASSAGE}/code/envoyer/", sign_in.send_code, name="send-code"),
    path(f"{PASSAGE}/compte/", sign_in.account, name="account"),
    path(f"{PASSAGE}/organisation/", sign_in.organization, name="organization"),
    path(f"{PASSAGE}/organisation/choisir/", sign_in.choose_organization, name="choose-organization"),
    path(f"{PASSAGE}/organisation/demande/", sign_in.moderation, name="moderation"),
    path(f"{PASSAGE}/organisation/<str:siret>/", sign_in.confirm_organization, name="confirm-organization"),
    path(f"{PASSAGE}/quitter/", sign_in.leave, name="leave"),
    path("mot-de-passe/", account.reset_password, name="reset"),
    path("mot-de-passe/change/<uuid:sign_in_id>/", account.reset_done, name="reset-done"),
]
