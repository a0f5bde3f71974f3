import { useCallback, useState } from 'react';
import { App } from 'antd';
import { sentence } from './ErrorView';

/** Does something once at a time, and says in passing why it could not be done. */
export function useAct(): [act: <T>(work: () => Promise<T>, done?: (result: T) => void) => Promise<void>, isBusy: boolean] {
  const { message } = App.useApp();
  const [isBusy, setBusy] = useState(false);
  const act = useCallback(
    async <T>(work: () => Promise<T>, done?: (result: T) => void) => {
      setBusy(true);
      try {
        const result = await work();
        done?.(result);
      } catch (error) {
        void message.error({ content: sentence(error), duration: 8 });
      } finally {
        setBusy(false);
      }
    },
    [message],
  );
  return [act, isBusy];
}
