import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

import { compressed } from "./vite/compressed.ts";
import { licences } from "./vite/licences.ts";

const SERVICE = process.env.FLAGSVC_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "/admin/",
  plugins: [react(), licences(), compressed()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  html: { cspNonce: "__FLAGSVC_NONCE__" }, // the service puts a fresh one in its place, per answer
  build: {
    outDir: "../flagsvc/console",
    emptyOutDir: true,
    assetsInlineLimit: 0, // `data:` scripts and styles would need a hole in the policy
    modulePreload: { polyfill: false },
    target: "es2022",
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { "/api": SERVICE, "/health": SERVICE, "/openapi.json": SERVICE } },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
