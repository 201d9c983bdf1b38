// Asks a running server for its schema through Apollo Client and urql, which add `__typename` to whatever
// they send, and has ra-data-graphql find the resources of react-admin in it by itself.
//
// Usage: node introspection.mjs URL

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { cacheExchange, Client, fetchExchange } from "@urql/core";
import { buildClientSchema, getIntrospectionQuery } from "graphql";

// Outside bundlers, these can only be required.
const require = createRequire(import.meta.url);
const { CREATE, DELETE, GET_LIST, GET_ONE, UPDATE } = require("ra-core");
const { default: buildDataProvider } = require("ra-data-graphql");

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

const operationNames = {
  [GET_LIST]: ({ name }) => `${name.toLowerCase()}s`,
  [GET_ONE]: ({ name }) => name.toLowerCase(),
  [CREATE]: ({ name }) => `add${name}`,
  [UPDATE]: ({ name }) => `update${name}`,
  [DELETE]: ({ name }) => `delete${name}`,
};
// A list of IDs, by the field that was found for lists of the resource.
const buildQuery = ({ resources }) => (method, name) => {
  const { name: field } = resources.find(({ type }) => type.name === name)[method];
  return {
    query: gql(`{ ${field} { edges { node { id } } totalCount } }`),
    parseResponse: ({ data }) => ({ data: data[field].edges.map(({ node }) => node), total: data[field].totalCount }),
  };
};
const introspection = { operationNames, exclude: ["Node", "Viewer"] };
const provider = buildDataProvider({ clientOptions: { uri: url }, introspection, buildQuery });
const { resources, types } = await provider.getIntrospection();
assert.deepEqual(resources.map(({ type }) => type.name), ["Video"]);
assert.deepEqual(Object.keys(resources[0]).sort(), ["type", CREATE, DELETE, GET_LIST, GET_ONE, UPDATE].sort());
assert.deepEqual(await provider.getList("Video"), { data: [], total: 0 });
console.log(`ra-data-graphql knows ${types.length} types`);
process.exit(0);
