// Asks a running server for its schema through Apollo Client and urql, which add `__typename` to whatever
// they send.
//
// Usage: node introspection.mjs URL

import assert from "node:assert/strict";
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { cacheExchange, Client, fetchExchange } from "@urql/core";
import { buildClientSchema, getIntrospectionQuery } from "graphql";

const [url] = process.argv.slice(2);
const document = getIntrospectionQuery({
  directiveIsRepeatable: true,
  inputValueDeprecation: true,
  oneOf: true,
  schemaDescription: true,
  specifiedByUrl: true,
});
const apollo = new ApolloClient({ link: new HttpLink({ uri: url }), cache: new InMemoryCache() });
const urql = new Client({ url, preferGetMethod: false, exchanges: [cacheExchange, fetchExchange] });

const answers = {
  "Apollo Client": await apollo.query({ query: gql(document) }),
  urql: await urql.query(document, {}).toPromise(),
};
for (const [client, { data, error }] of Object.entries(answers)) {
  assert.equal(error, undefined, `${client}: ${error}`);
  assert.equal(data.__schema.__typename, "__Schema", client);
  const types = Object.keys(buildClientSchema(data).getTypeMap());
  assert(types.includes("Video"), client);
  console.log(`${client} knows ${types.length} types`);
}
process.exit(0);
