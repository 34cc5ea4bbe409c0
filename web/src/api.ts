/** The public Mastodon API, as any other client would call it. */
import type { Account, Instance, Status } from './types';

/** The server said no; `message` is its own sentence. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

export interface Page {
  statuses: Status[];
  older: string | null; // path and query of the next page
}

export const instance = () => ask<Instance>('/api/v2/instance');

export const me = (token: string) => ask<Account>('/api/v1/accounts/verify_credentials', { token });

/** One page of the home timeline; `from` is what the page before gave as `older`. */
export async function home(token: string, from: string | null): Promise<Page> {
  const response = await send(from ?? '/api/v1/timelines/home?limit=20', { token });
  return {
    statuses: (await response.json()) as Status[],
    older: next(response.headers.get('Link') ?? ''),
  };
}

interface How {
  token?: string;
  form?: Record<string, string>;
}

/** GET, or POST when there is a form; gives the JSON back. */
export async function ask<T>(path: string, how: How = {}): Promise<T> {
  return (await (await send(path, how)).json()) as T;
}

async function send(path: string, { token, form }: How): Promise<Response> {
  const request: RequestInit = { credentials: 'omit', headers: { Accept: 'application/json' } };
  if (token) request.headers = { ...request.headers, Authorization: `Bearer ${token}` };
  if (form) Object.assign(request, { method: 'POST', body: new URLSearchParams(form) });
  const response = await fetch(path, request).catch(() => {
    throw new Refused('The server cannot be reached. Is the network up?', 0);
  });
  if (!response.ok) throw new Refused(await reason(response), response.status);
  return response;
}

async function reason(response: Response): Promise<string> {
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  const said = body.error_description ?? body.error;
  return typeof said === 'string' ? said : `The server answered ${response.status}.`;
}

/** The next page's path.  Its host is dropped: behind a proxy it may be another name for us. */
function next(link: string): string | null {
  const found = /<([^>]+)>;\s*rel="next"/.exec(link)?.[1];
  if (!found) return null;
  const url = new URL(found, location.origin);
  return url.pathname + url.search;
}
