import type { Schemas } from "@/api/client";

/** Routers to choose from; one that another binding drives cannot be chosen, and says which. */
export function choices(routers: readonly Schemas["Router"][], environment: string, binding?: string) {
  return routers.map(({ name, kind, binding: driver }) => {
    const free = !driver || (driver.environment === environment && driver.key === binding);
    const taken = driver && !free ? `, follows ${driver.key} in ${driver.environment}` : "";
    return { value: name, label: `${name} (${kind}${taken})`, disabled: !free };
  });
}
