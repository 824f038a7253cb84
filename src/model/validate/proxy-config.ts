// Gateway options of a declaration: right by themselves, and nothing that goes round mutual TLS and intentions.

import { given } from "../given";
import { guardStatic, NOWHERE } from "../proxy-config/guard";
import type { ProxyConfigProps } from "../proxy-config/props";
import { readProxyConfig } from "../proxy-config/read";
import { scanForSecrets } from "../secrets";
import { type Check, isPlainObject, join, refuse, report } from "./reading";

/**
 * Keys that nobody knows are mistakes where people write, and those of a later release where a manifest is read. What the
 * gateway's host has to say (ports in use, public addresses) is said there.
 */
export const proxyConfig: Check<ProxyConfigProps> = (value, path, reading) => {
  if (!isPlainObject(value)) {
    return refuse(value, path, reading, "an object", "write the options in braces, under Consul's own keys");
  }
  const secrets = scanForSecrets(value).map((each) => ({ ...each, path: join(path, each.path) }));
  for (const secret of secrets) report(reading, secret);
  if (secrets.length > 0) return undefined;
  const { values, mistakes, notTaken, unknown } = readProxyConfig(value, path);
  const { issues } = guardStatic(values, NOWHERE, path);
  for (const issue of [...mistakes, ...notTaken, ...issues]) {
    const { path: at, got, allowed, hint } = issue;
    report(reading, { path: at, got, allowed, hint });
  }
  if (reading.tolerant !== true) for (const issue of unknown) report(reading, issue);
  return given(value) as ProxyConfigProps;
};
