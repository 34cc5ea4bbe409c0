/** What this page reads of the public API's answers; the server sends more. */

export type Reach = 'internal' | 'partners' | 'public';

export interface Instance {
  domain: string;
  title: string;
  description: string;
}

export interface Account {
  id: string;
  acct: string;
  username: string;
  display_name: string;
  url: string;
  avatar_static: string;
}

export interface Attachment {
  id: string;
  type: string;
  url: string | null;
  preview_url: string | null;
  description: string | null;
}

export interface Status {
  id: string;
  created_at: string;
  url: string | null;
  account: Account;
  content: string; // HTML
  language: string | null;
  spoiler_text: string;
  sensitive: boolean;
  visibility: string;
  media_attachments: Attachment[];
  reblog: Status | null;
  fedi?: { reach: Reach; reach_domains: string[]; held_until: string | null };
}
