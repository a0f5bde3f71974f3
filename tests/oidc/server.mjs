// A real OpenID Connect provider: node server.mjs PORT REDIRECT_URI
// Whoever signs in as NAME is NAME@example.org; "unverified" has no verified address, "boss" is in "admins".
import Provider from 'oidc-provider';

const [port, redirect] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: [
    { client_id: 'gateway', client_secret: 'a secret of the client', redirect_uris: [redirect] },
    { client_id: 'public', token_endpoint_auth_method: 'none', redirect_uris: [redirect] },
  ],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
  scopes: ['openid', 'email', 'profile', 'groups'],
  pkce: { required: () => true },
  cookies: { keys: ['tests only'] },
  async findAccount(_context, id) {
    return {
      accountId: id,
      claims: async () => ({
        sub: id,
        email: `${id}@example.org`,
        email_verified: id !== 'unverified',
        name: `Person ${id}`,
        groups: id === 'boss' ? ['admins', 'loaders'] : ['loaders'],
      }),
    };
  },
});

provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
