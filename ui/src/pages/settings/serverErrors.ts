import type { FormInstance } from 'antd';
import { ApiError } from '@/api/client';
import { sentence } from '@/components/ErrorView';

const upper = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** Puts what the server found wrong at the fields; gives the sentence that stands above the form. */
export function showAtFields<T extends object>(form: FormInstance<T>, error: unknown): string {
  if (!(error instanceof ApiError) || !error.problem.errors?.length) return upper(sentence(error));
  const fields = Object.keys(form.getFieldsValue(true) as object);
  const found = error.problem.errors.filter((one) => fields.includes(head(one.path)));
  if (found.length === 0) return upper(sentence(error));
  form.setFields(found.map((one) => ({ name: head(one.path) as never, errors: [upper(one.message)] })));
  form.getFieldInstance(head(found[0]!.path) as never)?.focus?.();
  const others = error.problem.errors.filter((one) => !found.includes(one)).map((one) => upper(one.message));
  return ['Please look at the marked fields.', ...others].join(' ');
}

const head = (path: string): string => path.split(/[.[]/)[0] ?? '';
