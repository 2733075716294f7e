import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";

import { Broken, NotThere } from "./broken";
import { Root } from "./root";
import { oneOf, search, text, whole, yes } from "./search";

const root = createRootRoute({ component: Root, notFoundComponent: NotThere, errorComponent: Broken });
const at = <const P extends string>(path: P) => ({ getParentRoute: () => root, path }) as const;

const routes = [
  createRoute({
    ...at("/"),
    component: lazyRouteComponent(() => import("@/screens/now/screen"), "NowScreen"),
  }),
  createRoute({
    ...at("/flags"),
    validateSearch: search({
      q: text,
      sort: oneOf("key", "name", "changed", "used"),
      down: yes,
      archived: yes,
      create: yes,
      key: text, // of the flag to be created
    }),
    component: lazyRouteComponent(() => import("@/screens/flags/screen"), "FlagsScreen"),
  }),
  createRoute({
    ...at("/flags/$key"),
    validateSearch: search({
      env: text,
      tab: oneOf("targeting", "rollouts", "usage", "history", "code", "settings"),
      against: text,
    }),
    component: lazyRouteComponent(() => import("@/screens/flag/screen"), "FlagScreen"),
  }),
  createRoute({
    ...at("/segments"),
    validateSearch: search({ env: text, q: text, create: yes }),
    component: lazyRouteComponent(() => import("@/screens/segments/screen"), "SegmentsScreen"),
  }),
  createRoute({
    ...at("/segments/$env/$key"),
    component: lazyRouteComponent(() => import("@/screens/segment/screen"), "SegmentScreen"),
  }),
  createRoute({
    ...at("/splits"),
    validateSearch: search({ env: text, q: text, create: yes }),
    component: lazyRouteComponent(() => import("@/screens/splits/screen"), "SplitsScreen"),
  }),
  createRoute({
    ...at("/splits/$env/$key"),
    validateSearch: search({ tab: oneOf("split", "routers", "connect", "settings"), unit: text }),
    component: lazyRouteComponent(() => import("@/screens/split/screen"), "SplitScreen"),
  }),
  createRoute({
    ...at("/rollouts"),
    validateSearch: search({ env: text, state: oneOf("active", "ended"), q: text }),
    component: lazyRouteComponent(() => import("@/screens/rollouts/screen"), "RolloutsScreen"),
  }),
  createRoute({
    ...at("/rollouts/new"),
    validateSearch: search({ env: text, plan: text, kind: oneOf("flag", "split"), key: text }),
    component: lazyRouteComponent(() => import("@/screens/rollout-new/screen"), "RolloutNewScreen"),
  }),
  createRoute({
    ...at("/rollouts/$env/$key"),
    validateSearch: search({ tab: oneOf("live", "log", "plan"), metric: text }),
    component: lazyRouteComponent(() => import("@/screens/rollout/screen"), "RolloutScreen"),
  }),
  createRoute({
    ...at("/plans"),
    validateSearch: search({ env: text, q: text }),
    component: lazyRouteComponent(() => import("@/screens/plans/screen"), "PlansScreen"),
  }),
  createRoute({
    ...at("/plans/$env/$key"),
    component: lazyRouteComponent(() => import("@/screens/plan/screen"), "PlanScreen"),
  }),
  createRoute({
    ...at("/freezes"),
    validateSearch: search({ env: text }),
    component: lazyRouteComponent(() => import("@/screens/freezes/screen"), "FreezesScreen"),
  }),
  createRoute({
    ...at("/playground"),
    validateSearch: search({
      flag: text,
      split: text,
      env: text,
      unit: text,
      at: text,
      revision: whole,
      mode: oneOf("one", "all", "batch", "draft"),
      with: text, // names and types of attributes, never their values
      q: text,
      differ: yes,
      open: yes, // the explanation beside the table of all flags
    }),
    component: lazyRouteComponent(() => import("@/screens/playground/screen"), "PlaygroundScreen"),
  }),
  createRoute({
    ...at("/history"),
    validateSearch: search({
      env: text,
      kind: text,
      key: text,
      from: whole,
      to: whole,
      revision: whole,
      at: text,
      show: oneOf("change", "everything"),
    }),
    component: lazyRouteComponent(() => import("@/screens/history/screen"), "HistoryScreen"),
  }),
  createRoute({
    ...at("/compare"),
    validateSearch: search({ a: text, b: text, c: text, q: text, all: yes }),
    component: lazyRouteComponent(() => import("@/screens/compare/screen"), "CompareScreen"),
  }),
  createRoute({
    ...at("/hygiene"),
    validateSearch: search({ days: whole, owner: text }),
    component: lazyRouteComponent(() => import("@/screens/hygiene/screen"), "HygieneScreen"),
  }),
  createRoute({
    ...at("/clients"),
    validateSearch: search({ env: text, revision: whole, q: text }),
    component: lazyRouteComponent(() => import("@/screens/clients/screen"), "ClientsScreen"),
  }),
  createRoute({
    ...at("/audit"),
    validateSearch: search({
      env: text,
      actor: text,
      since: text,
      until: text,
      kind: text,
      key: text,
      action: text,
    }),
    component: lazyRouteComponent(() => import("@/screens/audit/screen"), "AuditScreen"),
  }),
  createRoute({
    ...at("/environments"),
    validateSearch: search({ create: yes, edit: text }),
    component: lazyRouteComponent(() => import("@/screens/environments/screen"), "EnvironmentsScreen"),
  }),
  createRoute({
    ...at("/access"),
    validateSearch: search({
      kind: oneOf("admin", "sdk", "evaluation"),
      state: oneOf("valid", "ended", "all"),
      env: text,
      create: yes,
    }),
    component: lazyRouteComponent(() => import("@/screens/access/screen"), "AccessScreen"),
  }),
  createRoute({
    ...at("/system"),
    component: lazyRouteComponent(() => import("@/screens/system/screen"), "SystemScreen"),
  }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren(routes),
  basepath: "/admin",
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultNotFoundComponent: NotThere,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
