import { describe, expect, it } from "vitest";

import examples from "@/screens/split/connect/examples.json";
import { addressOf, type Facts } from "@/screens/split/connect/facts";
import { filled, yaml, variable } from "@/screens/split/connect/fill";
import { BALANCERS, formsOf } from "@/screens/split/connect/forms";

const AS_WRITTEN: Facts = {
  environment: "production",
  split: "checkout",
  stable: "stable",
  others: ["canary"],
  host: "127.0.0.1",
  port: 8080,
  unitHeader: "X-User-Id",
  force: "X-Force-Cohort",
  cookie: "flagsvc_unit",
};
const OTHER: Facts = {
  environment: "staging",
  split: "shop-2.0",
  stable: "blue",
  others: ["green", "stable"],
  host: "flags.internal",
  port: 9000,
  unitHeader: "X-Account",
  force: null,
  cookie: "visitor",
};

describe("the configuration of a load balancer", () => {
  it.each(BALANCERS)("of %s is the example itself for the example's own split", (balancer) => {
    const files = formsOf(balancer, AS_WRITTEN, examples).flatMap((form) => form.files);

    const texts = Object.values(examples).map(plainly);
    expect(files.map(({ text }) => plainly(text)).filter((text) => !texts.includes(text))).toEqual([]);
  });

  it.each(BALANCERS)("of %s says nothing of the example's split for another one", (balancer) => {
    const text = formsOf(balancer, OTHER, examples)
      .flatMap((form) => form.files)
      .map((file) => decided(file.text))
      .join("\n");

    expect(text).not.toMatch(/checkout|canary|production|127\.0\.0\.1:8080/);
    expect(text).toContain("green");
  });

  it("names the split in the question", () => {
    const [asked] = formsOf("nginx", OTHER, examples);

    expect(asked?.files[0]?.text).toContain("/traffic/v1/staging/shop-2.0/decide");
    expect(asked?.files[0]?.text).toContain('"200 green" green; "200 stable" stable; default blue;');
  });

  it("leaves the preview out where the split has no such header", () => {
    const [, told] = formsOf("HAProxy", OTHER, examples);

    expect(told?.files[0]?.text).not.toContain("force");
  });

  it("lets Envoy resolve a name", () => {
    const [asked] = formsOf("Envoy", OTHER, examples);

    expect(asked?.files[0]?.text).toMatch(/name: flagsvc\n {4}type: STRICT_DNS/);
    expect(asked?.files[0]?.text).toContain("{address: flags.internal, port_value: 9000}");
  });
});

describe("an example", () => {
  it("that no longer has a place is an error, not a wrong configuration", () => {
    expect(() => filled("nothing", [["upstream", "x"]], OTHER)).toThrow(/no "upstream"/);
  });

  it("is filled at once: what was put in is no place", () => {
    expect(
      filled(
        "a b",
        [
          ["a", "b"],
          ["b", "c"],
        ],
        OTHER,
      ),
    ).toBe("b c");
  });
});

describe("an address", () => {
  it.each([
    ["flags.internal:9000", "flags.internal", 9000],
    ["http://10.0.0.1/", "10.0.0.1", 80],
    ["[::1]:8080", "[::1]", 8080],
  ])("%s is understood", (text, host, port) => {
    expect(addressOf(text)).toEqual({ host, port });
  });

  it.each(["", "a b", "https://x", "x:0", "x:70000", "-x"])("%s is none", (text) => {
    expect(addressOf(text)).toBeNull();
  });
});

it("quotes what YAML reads as something else than a text", () => {
  expect(["blue", "on", "2", "v1.2", "a-b"].map(yaml)).toEqual(["blue", '"on"', '"2"', '"v1.2"', "a-b"]);
});

it("makes names of variables of keys", () => {
  expect(["checkout", "shop-2.0", "2nd"].map(variable)).toEqual(["checkout", "shop_2_0", "split_2nd"]);
});

/** Quotes and "listed alike" aside. */
function plainly(text: string): string {
  return text.replaceAll('"', "").replace(/\[(\w+)\] = true/g, "$1 = true");
}

/** Without comments. */
function decided(text: string): string {
  return text.replace(/(^|\s)(#|--) .*$/gm, "");
}
