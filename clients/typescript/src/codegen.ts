// How graphql-codegen writes types that fit those of this package.

/** The scalars of the schema in TypeScript. A `SafeInt` is exact in a `number`. */
export const scalars = { ID: "string", SafeInt: "number", DateTime: "string", JSON: "unknown" } as const;

/** The `config` of graphql-codegen's plugin `typescript` and of its preset `client`. */
export const typeOptions = {
  scalars,
  // A new scalar stops the build instead of becoming `any`.
  strictScalars: true,
  // Enums are unions of text. Ones in answers may get more values, so `switch` needs a default branch.
  enumsAsTypes: true,
  // Fields that are undefined are omitted from JSON.
  inputMaybeValue: "T | null | undefined",
  useTypeImports: true,
};
