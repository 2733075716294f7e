import { unfinished, type Faults } from "@/components/conditions";

import type { Decisions } from "./draft";

/** What is known to be incomplete before the service is asked, by the pointers that it would use. */
export function unready(of: Decisions): Faults {
  const rules = of.rules.flatMap((rule, i) =>
    unfinished(rule.when).map((fault) => ({ ...fault, pointer: `/rules/${String(i)}/when${fault.pointer}` })),
  );
  const targets = of.targets.flatMap((target, i) =>
    target.units.length ? [] : [missing(`/targets/${String(i)}/units`, "List at least one unit.")],
  );
  const prerequisites = of.prerequisites.flatMap((one, i) => [
    ...(one.flag ? [] : [missing(`/prerequisites/${String(i)}/flag`, "Choose a flag.")]),
    ...(one.variants.length
      ? []
      : [missing(`/prerequisites/${String(i)}/variants`, "Choose at least one variant.")]),
  ]);
  return [...prerequisites, ...targets, ...rules];
}

function missing(pointer: string, detail: string) {
  return { pointer, code: "unfinished", detail };
}
