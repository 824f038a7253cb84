// Flags about the gateway's options → what they mean, or every mistake at once. Pure.

import type { Issue, Result } from "../../model/issues";
import { readProxyConfig } from "../../model/proxy-config/read";
import { type AdminAddress, parseAdminBind } from "../envoy/admin-address";

/** As the command line gives them: text or absent. */
export interface OptionFlags {
  /** `key=value`, under Consul's own keys. */
  readonly proxyConfig?: readonly string[];
  readonly allowPublicBind?: boolean;
  readonly adminBind?: string;
  readonly allowRemoteAdmin?: boolean;
}

export interface GatewayFlags {
  /** Gateway options by Consul's keys; they win over every other place. */
  readonly proxyConfig: Readonly<Record<string, unknown>>;
  /** Addresses that anybody on the internet may reach are allowed. */
  readonly allowPublic: boolean;
  /** @default - a unix socket in the run directory */
  readonly admin?: AdminAddress;
}

export const NO_FLAGS: GatewayFlags = { proxyConfig: {}, allowPublic: false };

/** Where these options come from, in issues. */
export const FLAG = "--proxy-config";

/** Undefined where no such flag is given. */
export function parseGatewayFlags(flags: OptionFlags): Result<GatewayFlags | undefined> {
  const given = [flags.proxyConfig, flags.allowPublicBind, flags.adminBind, flags.allowRemoteAdmin];
  if (given.every((each) => each === undefined)) return { ok: true, value: undefined };
  const issues: Issue[] = [];
  const proxyConfig: Record<string, unknown> = {};
  for (const text of flags.proxyConfig ?? []) {
    const [, key = "", value = ""] = /^(\w+)=([\s\S]*)$/.exec(text) ?? [];
    if (key === "") {
      const hint = "write it as connect_timeout_ms=2000";
      issues.push({ path: FLAG, got: "no key before a =", allowed: "key=value", hint });
    } else if (key in proxyConfig) {
      issues.push({ path: FLAG, got: `${key} twice`, allowed: "each key once", hint: "leave one of them out" });
    } else proxyConfig[key] = typed(key, value);
  }
  const { mistakes, notTaken, unknown } = readProxyConfig(proxyConfig, FLAG);
  for (const { path, got, allowed, hint } of [...mistakes, ...notTaken, ...unknown]) {
    issues.push({ path, got, allowed, hint });
  }
  const admin =
    flags.adminBind === undefined ? undefined : parseAdminBind(flags.adminBind, flags.allowRemoteAdmin === true);
  if (admin?.ok === false) issues.push(admin.error);
  if (issues.length > 0) return { ok: false, error: issues };
  return {
    ok: true,
    value: {
      proxyConfig,
      allowPublic: flags.allowPublicBind ?? false,
      ...(admin?.ok === true ? { admin: admin.value } : {}),
    },
  };
}

/** Text as it is, where JSON is what the option wants as text; elsewhere lists and objects are written as JSON. */
function typed(key: string, text: string): unknown {
  if (key.endsWith("_json") || !/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
