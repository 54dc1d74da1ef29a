// Un service (FS) complet : Node, openid-client, et ProConnect.
//
//   npm install openid-client@6 jose@6
//   PROCONNECT=http://localhost:8000/api/v2 NOM=essai URL=http://localhost:9000 node service.mjs

import { createServer } from "node:http";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRemoteJWKSet, importJWK, jwtVerify } from "jose";
import * as client from "openid-client";
import { introspect, introspectSigned, mayRead } from "./fd.mjs";

const { PROCONNECT, NOM, URL: HOME } = process.env;
const CLIENT_ID = `${NOM}-fs`;
const TWO_FACTORS = ["eidas0-mfa", "eidas1-mfa", "eidas2", "eidas3"];
const LOGOUT = "http://schemas.openid.net/event/backchannel-logout";
const LOCAL = PROCONNECT.startsWith("http://localhost"); // jamais hors de votre poste

const jwk = JSON.parse(await readFile(`${CLIENT_ID}.json`, "utf8"));
const proconnect = await client.discovery(
  new URL(PROCONNECT),
  CLIENT_ID,
  { id_token_signed_response_alg: "ES256" },
  client.PrivateKeyJwt({ key: await importJWK(jwk, "ES256"), kid: jwk.kid }),
  { execute: LOCAL ? [client.allowInsecureRequests] : [] },
);
// Sans cette ligne, la signature d’un userinfo signé n’est pas vérifiée.
client.enableNonRepudiationChecks(proconnect);
const metadata = proconnect.serverMetadata();
const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));

const sessions = new Map(); // en production : un magasin partagé, et une durée de 12 h au plus

// La connexion

async function signIn(visit) {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const nonce = client.randomNonce();
  visit.open({ departure: { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce } });
  // Exige deux facteurs : une seule de ces valeurs suffit.
  const demand = { id_token: { acr: { essential: true, values: TWO_FACTORS }, amr: null } };
  visit.redirect(
    client.buildAuthorizationUrl(proconnect, {
      redirect_uri: `${HOME}/callback`,
      scope: `openid given_name usual_name email siret ${NOM}:lire`,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
      claims: JSON.stringify(demand),
    }),
  );
}

async function callback(visit) {
  if (!visit.session?.departure) return visit.answer(400, "Aucune connexion n’est en cours.");
  // La bibliothèque vérifie state, iss, nonce et l’ID token ; le niveau est à nous.
  const tokens = await client.authorizationCodeGrant(proconnect, visit.url, visit.session.departure);
  const said = tokens.claims();
  if (!TWO_FACTORS.includes(said.acr)) return visit.answer(403, "Deux facteurs sont nécessaires.");
  visit.close();
  visit.open({ tokens, said });
  visit.redirect("/moi");
}

// Une fois connecté

async function me({ session, answer }) {
  // En JSON, ou dans un JWT signé si le service l’a voulu à son enregistrement.
  const person = await client
    .fetchUserInfo(proconnect, session.tokens.access_token, session.said.sub)
    .catch((refused) => {
      if (refused.status !== 401) throw refused;
    });
  if (!person) return answer(401, "Vous n’êtes pas connecté."); // la session a fini chez ProConnect
  const told = { acr: session.said.acr, amr: session.said.amr, signe: "iss" in person, ...person };
  const text = JSON.stringify(told).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const form = "<form method=post action=/deconnexion><button>Se déconnecter</button></form>";
  answer(200, `<pre>${text}</pre>${form}`, "text/html");
}

async function refresh({ session, json }) {
  // Chaque jeton de rafraîchissement sert une fois : gardez celui qui revient.
  const before = session.tokens.refresh_token;
  const renewed = await client.refreshTokenGrant(proconnect, before);
  if (renewed.claims().sub !== session.said.sub) throw new Error("ce n’est plus la même personne");
  session.tokens = renewed;
  json({ tourne: renewed.refresh_token !== before });
}

async function fileOfThePerson({ session, json }) {
  // Chez vous, le FD est un autre serveur, à qui le service envoie le jeton d’accès.
  const told = await introspect(session.tokens.access_token);
  const signed = await introspectSigned(session.tokens.access_token);
  json({ json: told, signe: signed, lisible: mayRead(told) && mayRead(signed) });
}

// La déconnexion

async function signOut(visit) {
  const { id_token } = visit.session.tokens;
  visit.close();
  visit.redirect(
    client.buildEndSessionUrl(proconnect, {
      id_token_hint: id_token,
      post_logout_redirect_uri: `${HOME}/deconnecte`,
    }),
  );
}

async function backChannelLogout({ form, answer }) {
  // openid-client ne lit pas les jetons de déconnexion : jose les vérifie, et ces lignes sont à nous.
  try {
    const { payload } = await jwtVerify((await form()).get("logout_token") ?? "", keys, {
      issuer: PROCONNECT,
      audience: CLIENT_ID,
      algorithms: ["ES256"],
      typ: "logout+jwt",
      requiredClaims: ["iat", "exp", "sid", "events"],
      clockTolerance: 30,
    });
    if (!payload.events[LOGOUT] || "nonce" in payload) throw new Error("ce n’est pas un jeton de déconnexion");
    for (const [id, { said }] of sessions) if (said?.sid === payload.sid) sessions.delete(id);
    answer(200, "");
  } catch {
    answer(400, JSON.stringify({ error: "invalid_request" }), "application/json");
  }
}

// Le serveur

const home = ({ session, answer }) =>
  session?.said
    ? answer(200, "Vous êtes connecté.")
    : answer(200, '<a href="/connexion">Se connecter avec ProConnect</a>', "text/html");
const open = { "/": home, "/connexion": signIn, "/callback": callback };
open["/deconnecte"] = ({ answer }) => answer(200, "Vous êtes déconnecté.");
const signedIn = { "/moi": me, "/rafraichir": refresh, "/dossier": fileOfThePerson };

function page(method, path, session) {
  if (method === "POST" && path === "/canal-arriere") return backChannelLogout;
  if (method === "GET" && open[path]) return open[path];
  const wanted = method === "POST" && path === "/deconnexion" ? signOut : signedIn[path];
  if (!wanted) return ({ answer }) => answer(404, "Page introuvable.");
  return session?.said ? wanted : ({ answer }) => answer(401, "Vous n’êtes pas connecté.");
}

function visitOf(request, response) {
  const url = new URL(request.url, HOME);
  const id = /(?:^|; )essai=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
  const answer = (status, text, type = "text/plain") =>
    response.writeHead(status, { "Content-Type": `${type}; charset=utf-8`, "Cache-Control": "no-store" }).end(text);
  return {
    url,
    session: sessions.get(id),
    answer,
    json: (value) => answer(200, JSON.stringify(value), "application/json"),
    redirect: (to) => response.writeHead(303, { Location: String(to) }).end(),
    open: (session) => {
      const fresh = randomUUID();
      sessions.set(fresh, session);
      // SameSite=Lax : un autre site ne peut pas poster la déconnexion. Sous https, ajoutez Secure.
      response.setHeader("Set-Cookie", `essai=${fresh}; HttpOnly; SameSite=Lax; Path=/`);
    },
    close: () => sessions.delete(id),
    form: async () => {
      let body = "";
      for await (const part of request) {
        body += part;
        if (body.length > 20_000) throw new Error("trop long");
      }
      return new URLSearchParams(body);
    },
  };
}

createServer(async (request, response) => {
  const visit = visitOf(request, response);
  try {
    await page(request.method, visit.url.pathname, visit.session)(visit);
  } catch (refused) {
    console.error(refused);
    visit.answer(403, `Refus : ${refused.error ?? refused.code ?? "erreur"}`);
  }
}).listen(Number(new URL(HOME).port), "localhost");
