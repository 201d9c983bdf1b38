import { defineConfig } from "vite";

export default defineConfig({
  // Relative, so that the app can be served below any path.
  base: "./",
  // The kit is linked by its path, and has packages of its own for its tests.
  resolve: { dedupe: ["@apollo/client", "graphql", "rxjs"] },
  // Half of it is Apollo Client and React, which every view needs.
  build: { chunkSizeWarningLimit: 600 },
});
