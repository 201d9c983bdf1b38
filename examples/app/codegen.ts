import type { CodegenConfig } from "@graphql-codegen/cli";
import { typeOptions } from "reelgraph-client/codegen";

const config: CodegenConfig = {
  schema: "../../schema.graphql",
  documents: ["src/documents.ts"],
  generates: {
    "src/gql/": { preset: "client", presetConfig: { fragmentMasking: false }, config: typeOptions },
  },
};

export default config;
