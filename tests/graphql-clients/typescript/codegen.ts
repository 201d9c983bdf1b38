import type { CodegenConfig } from "@graphql-codegen/cli";

const url = process.env["API_URL"] ?? "http://127.0.0.1:4000/graphql";
const headers = { authorization: `Bearer ${process.env["API_KEY"] ?? ""}` };

const config: CodegenConfig = {
  schema: [{ [url]: { headers } }],
  documents: ["documents.ts"],
  importExtension: ".js",
  generates: {
    "gql/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: {
        scalars: { ID: "string", SafeInt: "number", DateTime: "string", JSON: "unknown" },
        strictScalars: true,
        enumsAsTypes: true,
        useTypeImports: true,
      },
    },
    // For urql's graphcache.
    "gql/schema.json": { plugins: ["introspection"], config: { minify: true } },
  },
};

export default config;
