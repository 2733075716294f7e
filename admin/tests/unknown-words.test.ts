import { expect, test } from "vitest";

import { askers, guessOf } from "@/screens/hygiene/unknown-words";

const at = "2026-11-26T12:00:00.000000Z";
const by = (...names: readonly string[]) =>
  names.map((application) => ({ application, sdk: "flagsdk-python/0.2.0", asked: 1, lastAskedAt: at }));
const key = (some: object) => ({
  environment: "production",
  key: "chekout",
  asked: 1,
  firstAskedAt: at,
  lastAskedAt: at,
  askedBy: by("shop"),
  archivedAt: null,
  similar: [],
  ...some,
});

test("what is archived is certain, what is alike is likely, and all else is not there yet", () => {
  expect(guessOf(key({ archivedAt: at, similar: ["checkout"] }))).toBe("archived");
  expect(guessOf(key({ similar: ["checkout"] }))).toBe("typo");
  expect(guessOf(key({}))).toBe("new");
});

test("those who ask are named once, those without a name last, and never too many", () => {
  expect(askers(key({}))).toBe("shop");
  expect(askers(key({ askedBy: by("", "shop", "shop") }))).toBe("shop and an application without a name");
  expect(askers(key({ askedBy: by("a", "b", "c", "d", "") }))).toBe("a, b, c and 2 more");
});
