import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import typescript from "typescript-eslint";

const LAYERS = ["screens", "app", "components", "drafts", "live", "text", "theme", "api"];

export default typescript.config(
  { ignores: ["src/api/schema.ts"] },
  ...typescript.configs.strictTypeChecked,
  a11y.flatConfigs.strict,
  {
    plugins: { "react-hooks": hooks },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...hooks.configs.recommended.rules,
      "max-lines": ["error", 300],
      "max-lines-per-function": ["error", { max: 200, skipComments: true, skipBlankLines: true }],
      complexity: ["error", 14],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": "off", // () => set(x) reads better than a block
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/only-throw-error": "off", // the router throws its redirects
      "no-restricted-syntax": [
        "error",
        {
          selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
          message: "text only, never HTML from data",
        },
        {
          selector: "CallExpression[callee.name='fetch']",
          message: "api/client.ts is the one way to the service",
        },
      ],
      // Text and the client know no screen; a screen knows no other screen.
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: ["../../*/*", "**/screens/*/*"],
              message: "no way from one screen into another: move it to components",
            },
          ],
        },
      ],
    },
  },
  ...["api", "theme", "text", "live", "drafts", "components"].map((layer) => ({
    files: [`src/${layer}/**`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: LAYERS.slice(0, LAYERS.indexOf(layer)).map((above) => ({
            group: [`@/${above}/*`],
            message: `${layer} stands below ${above}`,
          })),
        },
      ],
    },
  })),
  { files: ["tests/**"], rules: { "max-lines": ["error", 400] } },
  { files: ["src/api/client.ts", "src/live/**"], rules: { "no-restricted-syntax": "off" } },
  { files: ["src/app/routes.tsx", "tests/**"], rules: { "no-restricted-imports": "off" } },
);
