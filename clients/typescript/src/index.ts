// Clients of Reelgraph in TypeScript, without a framework.

export * from "./coalesce.js";
export * from "./errors.js";
export * from "./feed.js";
export * from "./inputs.js";
export * from "./live.js";
export type * from "./schema.js";
export * from "./socket.js";
