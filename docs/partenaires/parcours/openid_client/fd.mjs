// Un fournisseur de données (FD) : il demande à ProConnect ce que vaut le jeton qu’un service lui présente.

import { readFile } from "node:fs/promises";
import { importJWK } from "jose";
import * as client from "openid-client";

const { PROCONNECT, NOM } = process.env;
const CLIENT_ID = `${NOM}-fd`;
const LOCAL = PROCONNECT.startsWith("http://localhost"); // jamais hors de votre poste

const jwk = JSON.parse(await readFile(`${CLIENT_ID}.json`, "utf8"));

async function configured(metadata) {
  const configuration = await client.discovery(
    new URL(PROCONNECT),
    CLIENT_ID,
    metadata,
    client.PrivateKeyJwt({ key: await importJWK(jwk, "ES256"), kid: jwk.kid }),
    { execute: LOCAL ? [client.allowInsecureRequests] : [] },
  );
  // Sans cette ligne, la signature de la réponse signée n’est pas vérifiée.
  client.enableNonRepudiationChecks(configuration);
  return configuration;
}

const inJson = await configured({});
const signed = await configured({ introspection_signed_response_alg: "ES256" });

export const introspect = (accessToken) => client.tokenIntrospection(inJson, accessToken);
export const introspectSigned = (accessToken) => client.tokenIntrospection(signed, accessToken);

// Le jeton est bon ici, et ouvre ce que nous servons.
export const mayRead = (told) => told.active && told.scope.split(" ").includes(`${NOM}:lire`);
