// The reference: oidc-provider with the same FS, algorithms, lifetimes and claims as ours, and everything else at its default.
import cluster from 'node:cluster';
import { readFileSync, writeFileSync } from 'node:fs';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';

const { PORT, WORKERS, CONFIGURATION } = process.env;
const { issuer, scopes, claims, clients } = JSON.parse(readFileSync(CONFIGURATION));
const KEYS = `${CONFIGURATION}.keys`;

const HOUR = 3600; // seconds
const LIFETIMES = { AuthorizationCode: 60, AccessToken: HOUR, RefreshToken: 2 * HOUR, IdToken: 300, Session: 12 * HOUR };

async function drawKeys() {
  const keys = await Promise.all(['RS256', 'ES256'].map(async (alg) => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: 2048 });
    return { ...await exportJWK(privateKey), kid: alg.toLowerCase(), alg, use: 'sig' };
  }));
  writeFileSync(KEYS, JSON.stringify({ keys }), { mode: 0o600 });
}

// Whoever comes is signed in and consents: what is measured begins once the session is open.
async function signIn(ctx, provider) {
  const { prompt: { name }, session, params } = await provider.interactionDetails(ctx.req, ctx.res);
  if (name === 'login') {
    return provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: ctx.get('x-forwarded-for') } });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(scopes.join(' '));
  return provider.interactionFinished(ctx.req, ctx.res, { consent: { grantId: await grant.save() } });
}

async function serve() {
  const { RedisAdapter } = await import('./redis_adapter.mjs');
  const provider = new Provider(issuer, {
    adapter: RedisAdapter,
    clients,
    scopes,
    claims: Object.fromEntries(scopes.map((scope) => [scope, scope === 'openid' ? ['sub'] : [scope]])),
    jwks: JSON.parse(readFileSync(KEYS)),
    cookies: { keys: ['a-key-that-signs-the-cookies-of-the-reference'] },
    features: { devInteractions: { enabled: false }, jwtUserinfo: { enabled: true } },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (ctx, sub) => ({ accountId: sub, claims: () => ({ sub, ...claims }) }),
    issueRefreshToken: () => true,
    pkce: { required: () => true },
    ttl: LIFETIMES,
  });
  provider.proxy = true;
  provider.use((ctx, next) => (ctx.path.startsWith('/interaction/') ? signIn(ctx, provider) : next()));
  provider.on('server_error', (ctx, error) => console.error(error));
  provider.listen(Number(PORT), '127.0.0.1');
}

if (cluster.isPrimary) {
  await drawKeys();
  for (let worker = 0; worker < Number(WORKERS); worker += 1) cluster.fork();
} else {
  await serve();
}
