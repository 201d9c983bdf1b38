// Inputs as the server expects them.

/** A value without the nulls that `withoutNulls` removes. */
export type WithoutNulls<Value> = Value extends readonly (infer Item)[]
  ? WithoutNulls<NonNullable<Item>>[]
  : Value extends object
    ? { [Key in keyof Value]: WithoutNulls<Exclude<Value[Key], null>> | (null extends Value[Key] ? undefined : never) }
    : Exclude<Value, null>;

/**
 * A copy of an input without fields that are null or undefined, at every level. The server takes a null in a
 * filter for a mistake, and one in an update for the wish to clear a field. `keep` names fields whose null is meant.
 */
export function withoutNulls<Value>(value: Value, keep: readonly string[] = []): WithoutNulls<Value> {
  return strip(value, keep) as WithoutNulls<Value>;
}

function strip(value: unknown, keep: readonly string[]): unknown {
  if (Array.isArray(value)) return value.filter((item) => item != null).map((item) => strip(item, keep));
  if (typeof value !== "object" || value === null) return value;
  const isGiven = ([name, field]: [string, unknown]) => field != null || (field === null && keep.includes(name));
  const fields = Object.entries(value).filter(isGiven);
  return Object.fromEntries(fields.map(([name, field]) => [name, strip(field, keep)]));
}

/** The fields of `form` that differ from `base`: what an update should send. Null clears a field. */
export function changedFields<Form extends object>(base: Form, form: Form): Partial<Form> {
  const isChanged = ([name, value]: [string, unknown]) =>
    JSON.stringify(value) !== JSON.stringify(base[name as keyof Form]);
  return Object.fromEntries(Object.entries(form).filter(isChanged)) as Partial<Form>;
}
