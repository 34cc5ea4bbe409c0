/**
 * Post HTML to nodes that cannot do harm.
 *
 * The server sanitises already; this is the second lock, so that one mistake there runs nothing
 * here.  Only the elements below survive, without attributes; of a link only an http(s) address.
 */

const ALLOWED = new Set(
  'p br a span strong b em i del s code pre blockquote ul ol li h1 h2 h3 h4 h5 h6'.split(' '),
);
const DROPPED = new Set(['script', 'style', 'template', 'iframe', 'object', 'svg', 'math']);

export function safe(html: string): DocumentFragment {
  // A parsed document is inert: it loads nothing and runs nothing.
  const parsed = new DOMParser().parseFromString(html, 'text/html');
  const fragment = document.createDocumentFragment();
  fragment.append(...copies(parsed.body));
  return fragment;
}

/** The words alone, for names and descriptions. */
export function plain(html: string): string {
  return new DOMParser().parseFromString(html, 'text/html').body.textContent.trim();
}

function copies(parent: Node): Node[] {
  return [...parent.childNodes].flatMap((node) => {
    if (node instanceof Text) return [document.createTextNode(node.data)];
    if (!(node instanceof Element) || DROPPED.has(node.localName)) return [];
    return ALLOWED.has(node.localName) ? [copy(node)] : copies(node);
  });
}

function copy(node: Element): Element {
  const element = document.createElement(node.localName);
  if (element instanceof HTMLAnchorElement) link(element, node.getAttribute('href') ?? '');
  // Mastodon shortens long links with these two classes.
  for (const name of ['invisible', 'ellipsis'])
    if (node.classList.contains(name)) element.classList.add(name);
  element.append(...copies(node));
  return element;
}

function link(anchor: HTMLAnchorElement, href: string): void {
  if (!/^https?:\/\//i.test(href)) return;
  anchor.href = href;
  anchor.rel = 'noopener noreferrer nofollow';
  anchor.target = '_blank';
}
