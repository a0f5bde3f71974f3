import { useCallback } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import type { paths } from '@/api/schema';

/** Ask again for whatever is shown from these addresses. */
export function useRefresh(): (...addresses: (keyof paths)[]) => Promise<void> {
  const client = useQueryClient();
  return useCallback(
    (...addresses) => client.invalidateQueries({ predicate: (query) => addresses.includes(query.queryKey[1] as keyof paths) }),
    [client],
  );
}
