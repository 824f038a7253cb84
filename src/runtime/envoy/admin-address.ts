// Where Envoy's admin interface is: a unix socket, or a TCP port. Pure.

import { rangeOf } from "../../model/ip-range";
import type { Issue, Result } from "../../model/issues";
import type { Place } from "../../model/place";
import { isIpAddress } from "../../model/validate/hosts";

/** A text is the path of a unix socket. */
export type AdminAddress = string | Place;

/** sockaddr_un.sun_path holds 108 bytes on Linux, the closing NUL included. */
const LONGEST_SOCKET_PATH = 107;

/**
 * Reads `--admin-bind`: `unix:///path`, `/path`, `ip:port`, `localhost:port` or `:port`, the last two on 127.0.0.1.
 * @param allowRemote TCP addresses that other hosts can reach are no mistake
 */
export function parseAdminBind(text: string, allowRemote: boolean): Result<AdminAddress, Issue> {
  const path = text.startsWith("unix://") ? text.slice("unix://".length) : text;
  if (path.startsWith("/")) {
    const length = Buffer.byteLength(path);
    if (length <= LONGEST_SOCKET_PATH && !path.endsWith("/")) return { ok: true, value: path };
    const allowed = `a path of at most ${LONGEST_SOCKET_PATH} bytes that names no directory`;
    return refuse(`${length} bytes`, allowed, "choose a shorter path");
  }
  const [, ipv6, host, digits] = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const address = ipv6 ?? (host === "" || host === "localhost" ? "127.0.0.1" : (host ?? ""));
  const port = Number(digits);
  if (!isIpAddress(address) || !(port >= 1 && port <= 65_535)) {
    return refuse(JSON.stringify(text), "unix:///path, /path or ip:port", "correct the flag");
  }
  if (rangeOf(address) !== "loopback" && !allowRemote) {
    const hint = "whoever reaches it can stop Envoy and read its configuration: accept that with --allow-remote-admin";
    return refuse(`${address}, which other hosts can reach`, "a unix socket or a loopback address", hint);
  }
  return { ok: true, value: { address, port } };
}

function refuse(got: string, allowed: string, hint: string): Result<AdminAddress, Issue> {
  return { ok: false, error: { path: "--admin-bind", got, allowed, hint } };
}
