import { withoutSecrets, type Draft } from './draft';

const key = (project: string) => `intakegateway.draft.${project}`;

/** New tasks wait in the browser until they are saved, one for each project. */
export const kept = {
  read(project: string): Draft | null {
    try {
      const text = localStorage.getItem(key(project));
      const found = text ? (JSON.parse(text) as Draft) : null;
      return found?.definition?.source && found.definition.load ? found : null;
    } catch {
      return null;
    }
  },
  /** Whether it could be kept. */
  write(project: string, draft: Draft): boolean {
    try {
      localStorage.setItem(key(project), JSON.stringify(withoutSecrets(draft)));
      return true;
    } catch {
      return false;
    }
  },
  forget(project: string): void {
    try {
      localStorage.removeItem(key(project));
    } catch {
      // There was nothing that could be kept.
    }
  },
};
