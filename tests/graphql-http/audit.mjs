// Runs every audit of GraphQL over HTTP against the URL that is given, and names those that fail.

import { serverAudits } from "graphql-http";

const audits = serverAudits({ url: process.argv[2] });
const failed = [];
for (const audit of audits) {
  const result = await audit.fn();
  if (result.status !== "ok") failed.push(`${audit.id} ${audit.name}: ${result.reason}`);
}
console.log(`${audits.length - failed.length} of ${audits.length} audits passed`);
for (const failure of failed) console.log(failure);
process.exitCode = failed.length === 0 ? 0 : 1;
