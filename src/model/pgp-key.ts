// How PGP keys are told apart, and what is said when a token's secret is exported to one.

/**
 * A binary public key in base64 begins with the tag of its first packet (RFC 9580, 4.2: packet type 6, in either format), and line
 * breaks do no harm. The same text is a regular expression of Terraform's.
 */
export const PGP_KEY_PATTERN = "^(keybase:[0-9A-Za-z_]+|(m|x[g-v])[0-9A-Za-z+/\\s]+={0,2}\\s*)$";

const PGP_KEY = new RegExp(PGP_KEY_PATTERN);

/** The same of a private key: packet type 5. */
export const SECRET_PGP_KEY = /^(l|x[Q-Za-f])[0-9A-Za-z+/\s]{100,}={0,2}\s*$/;

/** Whether it can be such a key, as far as its beginning and length tell. */
export function isPgpKey(text: string): boolean {
  return PGP_KEY.test(text) && (text.startsWith("keybase:") || text.replaceAll(/\s/g, "").length % 4 === 0);
}

/** OID of the curve, with its length before it (RFC 9580, 9.2): today's gpg makes such keys where it is told nothing else. */
const CURVE25519 = "\x0a\x2b\x06\x01\x04\x01\x97\x55\x01\x05\x01";

/** The Consul provider has a library of 2016, which cannot encrypt to these. @param key as isPgpKey() takes it */
export function isOfCurve25519(key: string): boolean {
  return !key.startsWith("keybase:") && atob(key.replaceAll(/\s/g, "")).includes(CURVE25519);
}

/** What a late key is told that is none. */
export const NO_PGP_KEY =
  "acl.exportToken.pgpKey: got a text that is no key, allowed a PGP public key, binary in base64, or keybase:NAME; " +
  "nothing was exported, as the secret would be in the state as it is";

/** @param key undefined while it is not known */
export function exportWarning(gateway: string, key: string | undefined): string {
  const asks = key?.startsWith("keybase:") === true ? " The provider asks keybase.io for the key each time." : "";
  return (
    `acl.exportToken: the secret of the token of gateway "${gateway}" is put into the state and into its output, encrypted. ` +
    "Who reads either and has the private key can act as the gateway, until the token is replaced, and reading the secret needs " +
    `a deploying token with acl:write.${asks} Where the process can log in by itself, prefer auth.`
  );
}
