#!/usr/bin/env bash
# Tout le parcours d’un service (FS) et d’un fournisseur de données (FD), requête par requête.
#
#   PROCONNECT=http://localhost:8000/api/v2 NOM=essai URL=http://localhost:9000 ./parcours.sh
set -euo pipefail

ici=$(cd "$(dirname "$0")" && pwd)
fs="$NOM-fs"
fd="$NOM-fd"
assertion="urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

appel() { curl --silent --show-error --fail-with-body --max-time 10 "$@"; }
champ() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
hasard() { python3 -c 'import secrets; print(secrets.token_urlsafe(32))'; }
signer() { python3 "$ici/jeton.py" signer "$1" "$PROCONNECT"; }
verifier() { python3 "$ici/jeton.py" verifier "$1" "$PROCONNECT" "${2:-}"; }
reponse() { python3 -c 'import sys, urllib.parse as u
print(u.parse_qs(open("reponse.txt").read()).get(sys.argv[1], [""])[0])' "$1"; }
adresse_de() { python3 -c 'import sys, urllib.parse as u
print(sys.argv[1] + "?" + u.urlencode(dict(each.split("=", 1) for each in sys.argv[2:])))' "$@"; }
attendre() { until [ -s "$1" ]; do sleep 0.2; done; }
egal() { [ "$1" = "$2" ] || { echo "$3" >&2; exit 1; }; }

rm -f reponse.txt retour.txt logout_token.txt
python3 "$ici/recepteur.py" "${URL##*:}" &
trap 'kill $!' EXIT

echo "1. Découverte"
appel "$PROCONNECT/.well-known/openid-configuration" > decouverte.json
appel "$(champ jwks_uri < decouverte.json)" > jwks.json

echo "2. Connexion, deux facteurs exigés"
state=$(hasard)
nonce=$(hasard)
verifieur=$(hasard)
defi=$(python3 -c 'import base64, hashlib, sys
print(base64.urlsafe_b64encode(hashlib.sha256(sys.argv[1].encode()).digest()).rstrip(b"=").decode())' "$verifieur")
niveaux='["eidas0-mfa", "eidas1-mfa", "eidas2", "eidas3"]'
adresse=$(adresse_de \
    "$(champ authorization_endpoint < decouverte.json)" \
    "response_type=code" "client_id=$fs" "redirect_uri=$URL/callback" \
    "scope=openid given_name usual_name email siret $NOM:lire" \
    "state=$state" "nonce=$nonce" "code_challenge=$defi" "code_challenge_method=S256" \
    "claims={\"id_token\": {\"acr\": {\"essential\": true, \"values\": $niveaux}, \"amr\": null}}")
echo "Ouvrez : $adresse"
attendre reponse.txt
egal "$(reponse state)" "$state" "cette réponse n’est pas pour nous"
egal "$(reponse iss)" "$PROCONNECT" "cette réponse ne vient pas de ProConnect"
[ -z "$(reponse error)" ] || { echo "refus : $(reponse error)" >&2; exit 1; }

echo "3. Le code devient des jetons"
appel "$(champ token_endpoint < decouverte.json)" \
    --data-urlencode "grant_type=authorization_code" \
    --data-urlencode "code=$(reponse code)" \
    --data-urlencode "redirect_uri=$URL/callback" \
    --data-urlencode "code_verifier=$verifieur" \
    --data-urlencode "client_assertion_type=$assertion" \
    --data-urlencode "client_assertion=$(signer "$fs")" > jetons.json
champ id_token < jetons.json | verifier "$fs" > id_token.json
egal "$(champ nonce < id_token.json)" "$nonce" "cet ID token n’est pas pour nous"
acr=$(champ acr < id_token.json)
case $acr in
    eidas0-mfa | eidas1-mfa | eidas2 | eidas3) echo "acr : $acr" ;;
    *) echo "deux facteurs sont nécessaires, et non $acr" >&2; exit 1 ;;
esac

echo "4. Les données de la personne"
appel "$(champ userinfo_endpoint < decouverte.json)" --dump-header entetes.txt \
    --header "Authorization: Bearer $(champ access_token < jetons.json)" > userinfo.txt
if grep -qi '^content-type: application/jwt' entetes.txt; then
    verifier "$fs" < userinfo.txt > userinfo.json
    echo "userinfo : JWT signé"
else
    cp userinfo.txt userinfo.json
    echo "userinfo : JSON"
fi
egal "$(champ sub < userinfo.json)" "$(champ sub < id_token.json)" "userinfo parle de quelqu’un d’autre"
echo "email : $(champ email < userinfo.json)"

echo "5. Rafraîchissement : chaque jeton sert une fois, le nouveau remplace l’ancien"
ancien=$(champ refresh_token < jetons.json)
appel "$(champ token_endpoint < decouverte.json)" \
    --data-urlencode "grant_type=refresh_token" \
    --data-urlencode "refresh_token=$ancien" \
    --data-urlencode "client_assertion_type=$assertion" \
    --data-urlencode "client_assertion=$(signer "$fs")" > nouveaux.json
mv nouveaux.json jetons.json
[ "$(champ refresh_token < jetons.json)" != "$ancien" ]

echo "6. Le FD vérifie le jeton d’accès que le service lui présente"
introspecter() {
    appel "$(champ introspection_endpoint < decouverte.json)" --header "Accept: $1" \
        --data-urlencode "token=$(champ access_token < jetons.json)" \
        --data-urlencode "client_assertion_type=$assertion" \
        --data-urlencode "client_assertion=$(signer "$fd")"
}
introspecter application/json > introspection.json
echo "en JSON : $(champ active < introspection.json), $(champ scope < introspection.json)"
introspecter application/token-introspection+jwt | verifier "$fd" token-introspection+jwt > signee.json
echo "signée : $(champ token_introspection < signee.json)"

echo "7. Déconnexion"
adresse=$(adresse_de \
    "$(champ end_session_endpoint < decouverte.json)" \
    "id_token_hint=$(champ id_token < jetons.json)" \
    "post_logout_redirect_uri=$URL/deconnecte" "state=$state")
echo "Ouvrez : $adresse"
attendre retour.txt
egal "$(cat retour.txt)" "state=$state" "ce retour n’est pas pour nous"

echo "8. Le canal arrière : ProConnect l’annonce aussi de serveur à serveur"
attendre logout_token.txt
verifier "$fs" logout+jwt < logout_token.txt > fin.json
egal "$(champ events < fin.json)" "{'http://schemas.openid.net/event/backchannel-logout': {}}" \
    "ce n’est pas un jeton de déconnexion"
egal "$(champ sid < fin.json)" "$(champ sid < id_token.json)" "ce n’est pas cette session"
echo "Parcours terminé."
