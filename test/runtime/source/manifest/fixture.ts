// Manifests and the documents that carry them, for the tests of reading.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { GatewayModel } from "../../../../src/model/gateway";
import { makeManifest } from "../../../../src/model/manifest";
import { readManifest } from "../../../../src/runtime/source/manifest/read";
import { makeTempDir } from "../support";

type Json = { [key: string]: unknown };

export function modelOf(name: string, address = "10.0.0.9", description = "plain"): GatewayModel {
  return {
    name,
    datacenter: "dc1",
    bind: { address: "127.0.0.1", port: 8443 },
    defaultIntention: "deny",
    acl: { enabled: true, token: true, replicas: [] },
    meta: {},
    delivery: "file",
    services: [
      {
        name: "billing",
        protocol: "tcp",
        instances: [{ id: "billing", node: "tgw-external-10-0-0-9", address, port: 443, weight: 1 }],
        upstream: { mode: "plaintext" },
        disableAutoHostRewrite: false,
        intentions: [{ source: "web", action: "allow", precedence: 9, description }],
        maxConnections: 100_000,
        connectTimeoutMs: 5000,
        requestTimeoutMs: 15_000,
        idleTimeoutMs: 3_600_000,
        onRevoke: "drain",
        meta: {},
        tags: [],
      },
    ],
  };
}

export const manifestOf = (...args: Parameters<typeof modelOf>): Json => makeManifest(modelOf(...args)) as Json;
export const configuration = (...manifests: unknown[]): Json => ({
  terraform: { backend: {} },
  resource: {
    consul_node: { n: { address: "${var.ip}" } },
    terraform_data: Object.fromEntries(manifests.map((input, index) => [`gw${index}`, { input }])),
  },
});

/** Writes a tree of files: JSON, or text as it is. */
export function write(files: Readonly<Record<string, unknown>>): string {
  const dir = makeTempDir();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return dir;
}

export async function issuesOf(path: string, gateway?: string) {
  const result = await readManifest(path, gateway === undefined ? {} : { gateway });
  if (result.ok) throw new Error("expected issues");
  return result.error;
}
