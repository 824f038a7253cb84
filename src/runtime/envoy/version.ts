// Which Envoy versions are supported, which are refused and why, and which patch releases have known holes. Pure.

export interface EnvoyVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** Older ones ignore `upstream_connect_mode` without a word and so connect upstream before the client is authenticated. */
export const MIN_ENVOY: EnvoyVersion = { major: 1, minor: 37, patch: 0 };

/** A hole that concerns a gateway, with the first fixed patch of each minor; later minors never had it. */
interface Hole {
  readonly what: string;
  readonly fixedIn: readonly EnvoyVersion[];
}

const HOLES: readonly Hole[] = [
  {
    what: "CVE-2026-26308 (RBAC passed by a header sent twice)",
    fixedIn: [{ major: 1, minor: 37, patch: 1 }],
  },
  {
    what: "CVE-2026-47778 (a DNS name in a certificate is cut at a NUL before it is compared)",
    fixedIn: [
      { major: 1, minor: 37, patch: 3 },
      { major: 1, minor: 38, patch: 1 },
    ],
  },
  {
    what:
      "CVE-2026-73553, CVE-2026-73552, CVE-2026-73551, CVE-2026-73511 and CVE-2026-73548 " +
      "(RBAC and path checks passed by path parameters and odd bytes; requests smuggled before an upgrade)",
    fixedIn: [
      { major: 1, minor: 37, patch: 6 },
      { major: 1, minor: 38, patch: 4 },
      { major: 1, minor: 39, patch: 1 },
    ],
  },
];

/**
 * Version in the text of `envoy --version`, as `envoy  version: <commit>/1.40.0/Clean/RELEASE/BoringSSL`, development
 * builds (`1.41.0-dev`) included; undefined when there is none.
 */
export function parseVersion(text: string): EnvoyVersion | undefined {
  const found = /version: *[0-9a-f]+\/(\d+)\.(\d+)\.(\d+)(?:-[\w.]+)?\//.exec(text);
  return found === null ? undefined : { major: Number(found[1]), minor: Number(found[2]), patch: Number(found[3]) };
}

/** `1.40.0`. */
export function formatVersion(version: EnvoyVersion): string {
  return `${version.major}.${version.minor}.${version.patch}`;
}

/** Below 0 when `a` is older than `b`, 0 when they are equal, above 0 when it is newer. */
export function compareVersions(a: EnvoyVersion, b: EnvoyVersion): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch;
}

export function isSupported(version: EnvoyVersion): boolean {
  return compareVersions(version, MIN_ENVOY) >= 0;
}

/** Why a version is refused, for people; undefined when it is supported. */
export function refusalReason(version: EnvoyVersion): string | undefined {
  if (isSupported(version)) return undefined;
  return (
    `Envoy ${formatVersion(version)} ignores upstream_connect_mode without an error: ` +
    "external services would see connections from callers that were never authenticated"
  );
}

/** Known holes of this release, one text each; a reason to warn and to update, not to refuse. */
export function knownHoles(version: EnvoyVersion): readonly string[] {
  return HOLES.flatMap(({ what, fixedIn }) => {
    const fix = fixedIn.find((fixed) => fixed.major === version.major && fixed.minor === version.minor);
    if (fix === undefined || version.patch >= fix.patch) return [];
    return [`Envoy ${formatVersion(version)} has ${what}; fixed in ${formatVersion(fix)}`];
  });
}
