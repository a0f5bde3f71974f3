/** Which uploads of this browser are under way, so that a closed window does not mean to begin anew. */
const keyOf = (file: File, project: string) => `intakegateway.upload.${project}.${file.name}.${file.size}.${file.lastModified}`;

/** The upload of this very file that was begun before; empty: there is none. */
export function begun(file: File, project: string): string {
  try {
    return localStorage.getItem(keyOf(file, project)) ?? '';
  } catch {
    return ''; // A browser that keeps nothing begins anew.
  }
}

/** Keep the id of an upload, or forget it: without one. */
export function keepBegun(file: File, project: string, id = ''): void {
  try {
    if (id) localStorage.setItem(keyOf(file, project), id);
    else localStorage.removeItem(keyOf(file, project));
  } catch {
    // A browser that keeps nothing begins anew.
  }
}
