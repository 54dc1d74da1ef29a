from django.urls import path

from tests.mirrors.service import views
from tests.mirrors.service.back_channel import back_channel_logout

urlpatterns = [
    path("", views.home, name="home"),
    path("connexion", views.SignIn.as_view(), name="sign-in"),
    path("connexion/parametres", views.parameters, name="parameters"),
    path("callback", views.Callback.as_view(), name="callback"),
    path("moi", views.me, name="me"),
    path("echec", views.failure, name="failure"),
    path("deconnexion", views.SignOut.as_view(), name="sign-out"),
    path("deconnexion/retour", views.signed_out, name="signed-out"),
    path("deconnexion/canal-arriere", back_channel_logout, name="back-channel-logout"),
]

handler400 = "tests.mirrors.service.views.bad_request"
