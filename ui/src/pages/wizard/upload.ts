import { ApiError, csrfHeaders, OfflineError, type S } from '@/api/client';
import { basePath } from '@/base';

/** Send a file as it is; `told` hears which share has gone. A request of its own, as `fetch` says nothing about what was sent. */
export function upload(file: File, project: string, told: (share: number) => void): { done: Promise<S['FileView']>; stop: () => void } {
  const request = new XMLHttpRequest();
  const done = new Promise<S['FileView']>((resolve, reject) => {
    const query = new URLSearchParams({ name: file.name, project });
    request.open('POST', `${location.origin}${basePath}/api/v1/files?${query}`);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    for (const [name, value] of Object.entries(csrfHeaders())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => told(event.total ? event.loaded / event.total : 0);
    request.onerror = () => reject(new OfflineError());
    request.onabort = () => reject(new DOMException('stopped', 'AbortError'));
    request.onload = () => {
      let said: unknown = {};
      try {
        said = JSON.parse(request.responseText);
      } catch {
        // Something between us and the gateway answered.
      }
      const item = (said as Partial<S['FilesView']>).items?.[0];
      if (request.status < 300 && item) resolve(item);
      else reject(new ApiError({ ...(said as object), status: request.status }, request.getResponseHeader('x-request-id') ?? ''));
    };
    request.send(file);
  });
  return { done, stop: () => request.abort() };
}
