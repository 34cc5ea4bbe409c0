/**
 * Sign-in: OAuth 2 authorization code with PKCE (RFC 7636), as any Mastodon client does it.
 *
 * Everything lives in sessionStorage: closing the tab signs this page out on this computer, and no
 * cookie is set.  The scope is `read`, because this page only reads.
 */
import { ask } from './api';

const SCOPE = 'read';
const HERE = `${location.origin}/app/`;

interface App {
  client_id: string;
  client_secret: string;
}

interface Started extends App {
  state: string;
  verifier: string;
}

interface Session extends App {
  token: string;
}

/** Leaves this page for the server's sign-in page. */
export async function signIn(): Promise<void> {
  if (!crypto.subtle) throw new Error('Signing in needs HTTPS: open this page under https://.');
  const { client_id, client_secret } = await ask<App>('/api/v1/apps', {
    form: { client_name: 'fedi web', redirect_uris: HERE, scopes: SCOPE, website: HERE },
  });
  const started: Started = { client_id, client_secret, state: random(), verifier: random() };
  keep('started', started);
  const query = new URLSearchParams({
    response_type: 'code',
    client_id,
    redirect_uri: HERE,
    scope: SCOPE,
    state: started.state,
    code_challenge: await challenge(started.verifier),
    code_challenge_method: 'S256',
  });
  location.assign(`/oauth/authorize?${query}`);
}

/** The token, if signed in; finishes a sign-in when the server has just sent us back. */
export async function token(): Promise<string | null> {
  const query = new URLSearchParams(location.search);
  if (query.has('code') || query.has('error')) await finish(query);
  return kept<Session>('session')?.token ?? null;
}

/** Forgets the token here, whatever happens, then ends it on the server. */
export async function signOut(): Promise<void> {
  const session = kept<Session>('session');
  forget();
  if (session) await ask('/oauth/revoke', { form: { ...session } });
}

export function forget(): void {
  sessionStorage.removeItem('session');
}

async function finish(query: URLSearchParams): Promise<void> {
  history.replaceState(null, '', HERE); // the code must not stay in the address bar or the history
  const started = kept<Started>('started');
  sessionStorage.removeItem('started');
  const error = query.get('error');
  if (error === 'access_denied') throw new Error('You chose not to sign in.');
  if (error) throw new Error(query.get('error_description') ?? error);
  if (!started || query.get('state') !== started.state)
    throw new Error('That sign-in was not started in this tab. Please try again.');
  const { client_id, client_secret, verifier } = started;
  const { access_token } = await ask<{ access_token: string }>('/oauth/token', {
    form: {
      grant_type: 'authorization_code',
      code: query.get('code') ?? '',
      redirect_uri: HERE,
      client_id,
      client_secret,
      code_verifier: verifier,
    },
  });
  keep('session', { client_id, client_secret, token: access_token });
}

function random(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

async function challenge(verifier: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(hash));
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function keep(name: string, value: Started | Session): void {
  sessionStorage.setItem(name, JSON.stringify(value));
}

function kept<T>(name: string): T | null {
  return JSON.parse(sessionStorage.getItem(name) ?? 'null') as T | null;
}
