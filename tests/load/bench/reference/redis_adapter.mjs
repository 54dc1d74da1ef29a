// oidc-provider's models in Redis: a string each, a hash for those that are consumed, a list of keys for each grant.
import { Redis } from 'ioredis';

const redis = new Redis(process.env.REDIS_SOCKET);

const CONSUMABLE = new Set(['AuthorizationCode', 'RefreshToken', 'DeviceCode', 'BackchannelAuthenticationRequest']);
const OF_A_GRANT = new Set([...CONSUMABLE, 'AccessToken']);

const grantKey = (id) => `reference:grant:${id}`;
const uidKey = (id) => `reference:uid:${id}`;

export class RedisAdapter {
  constructor(model) {
    this.model = model;
  }

  key(id) {
    return `reference:${this.model}:${id}`;
  }

  async upsert(id, payload, expiresIn) {
    const key = this.key(id);
    const told = redis.multi();
    const content = JSON.stringify(payload);
    if (CONSUMABLE.has(this.model)) told.hset(key, 'payload', content).expire(key, expiresIn);
    else told.set(key, content, 'EX', expiresIn);
    if (OF_A_GRANT.has(this.model) && payload.grantId) {
      told.rpush(grantKey(payload.grantId), key).expire(grantKey(payload.grantId), expiresIn, 'GT');
    }
    if (this.model === 'Session') told.set(uidKey(payload.uid), id, 'EX', expiresIn);
    await told.exec();
  }

  async find(id) {
    if (!CONSUMABLE.has(this.model)) {
      const content = await redis.get(this.key(id));
      return content ? JSON.parse(content) : undefined;
    }
    const { payload, consumed } = await redis.hgetall(this.key(id));
    return payload ? { ...JSON.parse(payload), ...(consumed && { consumed: Number(consumed) }) } : undefined;
  }

  async findByUid(uid) {
    const id = await redis.get(uidKey(uid));
    return id ? this.find(id) : undefined;
  }

  async findByUserCode() {
    return undefined; // no device flow here
  }

  async consume(id) {
    await redis.hset(this.key(id), 'consumed', Math.floor(Date.now() / 1000));
  }

  async destroy(id) {
    await redis.del(this.key(id));
  }

  async revokeByGrantId(grantId) {
    const keys = await redis.lrange(grantKey(grantId), 0, -1);
    await redis.del(grantKey(grantId), ...keys);
  }
}
