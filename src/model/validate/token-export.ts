// The key that a token's secret is encrypted to. Whatever is not surely a public key is refused: the provider would put the
// secret into the state as it is where there is none.

import { isOfCurve25519, isPgpKey, SECRET_PGP_KEY } from "../pgp-key";
import type { AclProps, TokenExportProps } from "../props";
import { isLate } from "./describe";
import { type Check, type Draft, join, object, optional, type Reading, report } from "./reading";
import { leaf, type TextRule } from "./scalars";

const KEY: TextRule = {
  allowed: "a PGP public key, binary in base64, or keybase:NAME",
  hint: "give what `gpg --export NAME | base64 -w0` prints",
  test: isPgpKey,
};

export function tokenExport<S>(): Check<TokenExportProps<S>> {
  return object<TokenExportProps<S>>(
    { pgpKey: optional(pgpKey<S>()) },
    {
      rules(_draft, path, reading, given) {
        if (given.has("pgpKey")) return;
        const hint = "without one the secret would be in the state as it is, for everybody who reads that";
        report(reading, { path: join(path, "pgpKey"), got: "nothing", allowed: KEY.allowed, hint });
      },
    },
  );
}

/** An export without a token is a mistake, not nothing. */
export function exportRules(draft: Draft<AclProps<unknown>>, path: string, reading: Reading): void {
  const { enabled, token, exportToken } = draft;
  if (exportToken === undefined || (enabled !== false && token !== false)) return;
  const allowed = `nothing where ${enabled === false ? "enabled" : "token"} is false`;
  const hint = "remove it: there is no token to export";
  report(reading, { path: join(path, "exportToken"), got: "a key", allowed, hint });
}

function pgpKey<S>(): Check<S> {
  const binary = leaf<S>(KEY);
  return (value, path, reading) => {
    const known = typeof value === "string" || isLate(value) ? reading.peek(value) : undefined;
    const wrong = typeof known === "string" ? otherKey(known) : undefined;
    if (wrong === undefined) return binary(value, path, reading);
    report(reading, { path, allowed: KEY.allowed, ...wrong });
    return undefined;
  };
}

/** Keys that are none here, told without showing them. */
function otherKey(text: string): { readonly got: string; readonly hint: string } | undefined {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY/.test(text) || SECRET_PGP_KEY.test(text)) {
    return { got: "a private key (not shown)", hint: "give the public key, and replace this one: it has been exposed" };
  }
  if (isPgpKey(text) && isOfCurve25519(text)) {
    const hint = "the Consul provider cannot encrypt to it: `gpg --quick-gen-key NAME rsa3072 encr` makes one of RSA";
    return { got: "a key of Curve25519", hint };
  }
  if (!/-----BEGIN PGP /.test(text)) return undefined;
  return { got: "an armored key (not shown)", hint: `${KEY.hint}, without --armor` };
}
