import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { defineConfig } from "vite";

/** Where the assets are, seen from the page, which is served at /graphql. */
const assetsDir = "graphiql/assets";

/**
 * Adds a Brotli copy of each asset. The server embeds only the copies.
 *
 * The best quality, 11, would take 18 s instead of 1 s and save 8 %.
 */
const brotliCopies = {
  name: "brotli-copies",
  async writeBundle({ dir }) {
    const assets = join(dir, assetsDir);
    const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
    const copy = async (name) => {
      const asset = await readFile(join(assets, name));
      await writeFile(join(assets, `${name}.br`), await promisify(brotliCompress)(asset, { params }));
    };
    await Promise.all((await readdir(assets)).map(copy));
  },
};

export default defineConfig({
  // Relative, so that a proxy may serve everything under a prefix.
  base: "./",
  build: {
    assetsDir,
    // The licences of all that is bundled are to go with it.
    license: { fileName: `${assetsDir}/licenses.md` },
    // The editor is one piece of 2.8 MB, which there is no use in splitting.
    chunkSizeWarningLimit: 3_000,
    rolldownOptions: {
      // Hundreds of modules say "use client", which means nothing here.
      onLog: (level, log, show) => log.code === "MODULE_LEVEL_DIRECTIVE" || show(level, log),
    },
  },
  plugins: [brotliCopies],
  // Workers are modules, and so can share code with each other.
  worker: { format: "es" },
});
