// Writes src/schema.ts: the types of the schema, as the server prints it.

import type { CodegenConfig } from "@graphql-codegen/cli";
import { typeOptions } from "./src/codegen.ts";

const config: CodegenConfig = {
  schema: "../../schema.graphql",
  generates: {
    "src/schema.ts": { plugins: ["typescript"], config: typeOptions },
  },
};

export default config;
