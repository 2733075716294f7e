import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const COMPRESSIBLE = /\.(js|css|svg|json|txt)$/;

/** Puts a gzip and a brotli form beside each asset, so that the service compresses nothing. */
export function compressed(): Plugin {
  let folder = "";
  return {
    name: "compressed",
    apply: "build",
    configResolved(config) {
      folder = join(config.root, config.build.outDir, "assets");
    },
    closeBundle() {
      for (const name of readdirSync(folder).filter((file) => COMPRESSIBLE.test(file))) {
        const plain = readFileSync(join(folder, name));
        writeFileSync(join(folder, `${name}.gz`), gzipSync(plain, { level: 9 }));
        writeFileSync(join(folder, `${name}.br`), brotliCompressSync(plain, parameters(plain.length)));
      }
    },
  };
}

function parameters(size: number) {
  return { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: size } };
}
