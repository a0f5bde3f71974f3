/** What the server's forms are described by: JSON schema, with `order`, `secret`, `advanced` and `when`. */
export interface FormProperty {
  type?: string | string[];
  title?: string;
  description?: string;
  order?: number;
  secret?: boolean;
  advanced?: boolean;
  enum?: unknown[];
  default?: unknown;
  examples?: unknown[];
  minimum?: number;
  maximum?: number;
  format?: string;
  when?: { setting: string; in: unknown[] };
  properties?: Record<string, FormProperty>;
  required?: string[];
  items?: FormProperty;
}
export type FormSchema = FormProperty;
export type Values = Record<string, unknown>;

export type FieldKind = 'text' | 'long' | 'number' | 'switch' | 'choice' | 'secret' | 'pairs' | 'list' | 'json';
/** One thing to fill in; `path` leads to it through nested objects. */
export interface FormField {
  path: string[];
  key: string;
  group: string;
  title: string;
  kind: FieldKind;
  isWhole: boolean;
  isRequired: boolean;
  property: FormProperty;
}

const words = (name: string): string => {
  const text = name.replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
};
export const groupTitle = words;

function kindOf(property: FormProperty): FieldKind {
  if (property.secret) return 'secret';
  if (property.enum) return 'choice';
  switch (property.type) {
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'switch';
    case 'object':
      return 'pairs';
    case 'array':
      return 'list';
    case 'string':
      return property.format === 'textarea' ? 'long' : 'text';
    default:
      return 'json';
  }
}

/** All fields of a schema in the order of the form; objects with named parts are opened up. */
export function fieldsOfSchema(schema: FormSchema, path: string[] = []): FormField[] {
  const found = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const here = [...path, name];
    if (property.properties) return fieldsOfSchema(property, here);
    return [{
      path: here, key: here.join('.'), group: path.join('.'), title: property.title || words(name), kind: kindOf(property),
      isWhole: property.type === 'integer', isRequired: schema.required?.includes(name) ?? false, property,
    }];
  });
  return path.length ? found : found.sort((a, b) => (a.property.order ?? 999) - (b.property.order ?? 999));
}

export function valueAt(values: Values, path: string[]): unknown {
  let found: unknown = values;
  for (const step of path) found = found && typeof found === 'object' ? (found as Values)[step] : undefined;
  return found;
}

/** The values with one changed; `undefined` takes it out, and objects that are empty then go with it. */
export function withValue(values: Values, path: string[], value: unknown): Values {
  const [first, ...rest] = path;
  if (first === undefined) return values;
  const made = { ...values };
  if (rest.length) {
    const inner = made[first];
    const changed = withValue(inner && typeof inner === 'object' ? (inner as Values) : {}, rest, value);
    if (Object.keys(changed).length) made[first] = changed;
    else delete made[first];
  } else if (value === undefined) delete made[first];
  else made[first] = value;
  return made;
}

/** Whether a field has a meaning with what is chosen elsewhere. */
export function applies(field: FormField, fields: FormField[], values: Values): boolean {
  const { when } = field.property;
  if (!when) return true;
  const path = when.setting.split('.');
  const other = fields.find((one) => one.key === when.setting);
  return when.in.includes(valueAt(values, path) ?? other?.property.default);
}

/** The values without those that have no meaning any more, such as the token of another way to sign in. */
export function onlyWhatApplies(schema: FormSchema, values: Values): Values {
  const fields = fieldsOfSchema(schema);
  return fields.reduce((kept, field) => (applies(field, fields, values) ? kept : withValue(kept, field.path, undefined)), values);
}

/** Required fields that are empty. `kept`: secrets that the server has. */
export const missing = (schema: FormSchema, values: Values, kept: string[] = []): FormField[] => {
  const fields = fieldsOfSchema(schema);
  return fields.filter((field) => {
    const value = valueAt(values, field.path);
    return field.isRequired && applies(field, fields, values) && (value === undefined || value === null || value === '') && !kept.includes(field.key);
  });
};

const CHOICES: Record<string, string> = {
  none: 'None', bearer: 'Bearer token', api_key: 'API key', basic: 'User and password',
  oauth2_client_credentials: 'OAuth 2, between programs', oauth2_refresh_token: 'OAuth 2, with a refresh token',
  parquet: 'Parquet', csv: 'CSV', jsonl: 'JSON lines',
};
const BY_FIELD: Record<string, Record<string, string>> = {
  'auth.in': { header: 'In a header', query: 'In the address' },
  'auth.client_auth': { basic: 'In a header', body: 'In the request' },
  sslmode: {
    disable: 'disable – never', allow: 'allow – only if the server insists', prefer: 'prefer – if the server can',
    require: 'require – always', 'verify-ca': 'verify-ca – and check who signed', 'verify-full': 'verify-full – and check the name',
  },
};
/** A choice in words. */
export const choiceWord = (key: string, value: unknown): string => BY_FIELD[key]?.[String(value)] ?? CHOICES[String(value)] ?? String(value);
