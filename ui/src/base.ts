/** The path below which the gateway is served: the server writes it into `<base>`; everything else derives from it. */
export const basePath = new URL(document.baseURI).pathname.replace(/\/+$/, '');

/** An address of this gateway, for `fetch`, `EventSource` and links that the router does not handle. */
export const url = (path: string): string => basePath + path;

/** What the server signed this page with: the content security policy lets only styles with it in. */
export const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
