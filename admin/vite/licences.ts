import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

const ALLOWED = new Set(["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "0BSD"]);

/** Lists the licence of every package that is in the bundle in `licences.txt`, and stops for one that is not allowed. */
export function licences(): Plugin {
  let root = "";
  return {
    name: "licences",
    apply: "build",
    configResolved(config) {
      root = config.root;
    },
    generateBundle(_options, bundle) {
      const names = new Set<string>();
      for (const part of Object.values(bundle)) {
        if (part.type === "chunk") part.moduleIds.forEach((id) => addPackage(names, id));
      }
      const texts = [...names].sort().map((name) => licenceOf(join(root, "node_modules", name)));
      this.emitFile({ type: "asset", fileName: "licences.txt", source: `${texts.join("\n\n")}\n` });
    },
  };
}

function addPackage(names: Set<string>, id: string): void {
  const found = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id);
  if (found?.[1]) names.add(found[1]);
}

function licenceOf(folder: string): string {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  const { name, version, license } = manifest;
  if (!ALLOWED.has(license)) throw new Error(`${name}: the licence ${license} is not one that we ship`);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8").trim() : "";
  return `${name} ${version} (${license})\n\n${text}`.trim();
}
