/** Whether texts mean what an operator reads in them, judged as the service does (docs/evaluation.md). */

const INSTANT = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-](\d\d):(\d\d))$/;

/** A date-time with an offset: `2026-01-31T09:00:00Z`. */
export function isInstant(text: string): boolean {
  const found = INSTANT.exec(text);
  if (!found || text.length > 128) return false;
  const numbers = found.slice(1).map((part: string | undefined) => Number(part ?? "0"));
  return isDay(numbers.slice(0, 3)) && isClock(numbers.slice(3, 6)) && isClock(numbers.slice(6));
}

function isDay([year = 0, month = 0, day = 0]: readonly number[]): boolean {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function isClock([hour = 0, minute = 0, second = 0]: readonly number[]): boolean {
  return hour < 24 && minute < 60 && second <= 60;
}

/** A semantic version; a leading v and missing minor or patch are fine. */
export function isVersion(text: string): boolean {
  if (text.length > 256) return false;
  const plain = /^[vV]/.test(text) ? text.slice(1) : text;
  const [core, build] = cut(plain, "+");
  const [numbers, prerelease] = cut(core, "-");
  const places = numbers.split(".");
  return (
    places.length <= 3 &&
    places.every(isNumeral) &&
    (build === undefined || build.split(".").every(isIdentifier)) &&
    (prerelease === undefined ||
      prerelease.split(".").every((part) => (/^\d+$/.test(part) ? isNumeral(part) : isIdentifier(part))))
  );
}

function cut(text: string, mark: string): readonly [string, string | undefined] {
  const place = text.indexOf(mark);
  return place < 0 ? [text, undefined] : [text.slice(0, place), text.slice(place + 1)];
}

function isNumeral(text: string): boolean {
  return /^(0|[1-9]\d*)$/.test(text);
}

function isIdentifier(text: string): boolean {
  return /^[0-9A-Za-z-]+$/.test(text);
}

/** `10.0.0.0/8`, `2001:db8::/32`, or a single address. */
export function isNetwork(text: string): boolean {
  const [base, prefix] = cut(text, "/");
  if (text.length > 68 || base.length > 64) return false;
  const bits = isIpv4(base) ? 32 : isIpv6(base) ? 128 : null;
  if (bits === null) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
}

function isIpv4(text: string): boolean {
  const places = text.split(".");
  return places.length === 4 && places.every((place) => isNumeral(place) && Number(place) <= 255);
}

function isIpv6(text: string): boolean {
  const halves = text.split("::");
  if (halves.length > 2 || text.includes(":::")) return false;
  const groups = halves.flatMap((half) => (half ? half.split(":") : []));
  const last = groups.at(-1) ?? "";
  const dotted = last.includes(".");
  if (dotted && (!isIpv4(last) || text.endsWith("::"))) return false;
  const plain = dotted ? groups.slice(0, -1) : groups;
  const count = plain.length + (dotted ? 2 : 0);
  return (
    plain.every((part) => /^[0-9a-fA-F]{1,4}$/.test(part)) && (halves.length === 2 ? count < 8 : count === 8)
  );
}
