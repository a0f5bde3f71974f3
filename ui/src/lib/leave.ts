import { basePath } from '@/base';

/** Leaves the application for another address of this gateway, so that everything begins anew. */
export const leave = {
  to: (path: string): void => location.assign(basePath + path),
};
